import { createHash } from 'node:crypto';
import { readEmbeddedSignature, readMinisignSignature } from '../../integrity/minisign.ts';
import { KeyError } from '../../integrity/public-key.ts';
import { coveredFile } from './covered-file.ts';
import { addUnreadable } from './dsse.ts';
import type { FactSink, Format, OpenFile } from './format.ts';
import { addListed } from './listed-in-text.ts';

/** As much as a list of a release may be, which signify puts after its signature. */
const largest = 4 * 2 ** 20;

/** Signatures of minisign and signify (jedisct1.github.io/minisign; signify(1)). */
export const minisign: Format = {
  id: 'minisign',
  title: 'Signature (minisign)',
  sieve: { first: 'u', endings: ['minisig'] },
  recognise: ({ name, bytes, latin1 }) => {
    const text = latin1;
    if (/\.minisig$/i.test(name)) return bytes <= largest;
    // A key has 56 characters where a signature has 100.
    return bytes <= largest && /^untrusted comment:[^\n]*\n[A-Za-z0-9+/]{99}=\r?(\n|$)/.test(text);
  },
  read(file, facts) {
    const place = { path: file.path };
    try {
      const embedded = readEmbeddedSignature(file.whole(largest));
      if (embedded !== null) return addEmbedded(file, facts, embedded);
      const { id, isPrehashed, value, trustedComment, global } = readMinisignSignature(file.text(largest));
      const title = global === null && !isPrehashed ? 'Signature (signify)' : 'Signature (minisign)';
      const over = coveredFile(file);
      const one = (bytes: Buffer) => [{ keyId: id, name: null, value: bytes.toString('base64'), certificates: [] }];
      facts.add({
        kind: 'document',
        format: 'minisign',
        title,
        place,
        properties: [
          { name: 'Key', value: id },
          { name: 'Signs', value: isPrehashed ? 'the BLAKE2b-512 of the file' : 'the file' },
          { name: 'File', value: over ?? 'not here' },
          ...(trustedComment === null ? [] : [{ name: 'Trusted comment', value: trustedComment }]),
        ],
        defects: [],
      });
      const base = { kind: 'signature', scheme: 'minisign', use: 'document', place, predicateType: null } as const;
      facts.add({
        ...base,
        id: `${file.path}#signature`,
        title,
        signed: '',
        signatures: one(value),
        detached: { over, digest: isPrehashed ? 'blake2b' : null },
      });
      if (trustedComment !== null && global !== null)
        facts.add({
          ...base,
          id: `${file.path}#comment`,
          title: 'Trusted comment',
          signed: Buffer.concat([value, Buffer.from(trustedComment)]).toString('base64'),
          signatures: one(global),
        });
    } catch (error) {
      if (!(error instanceof KeyError)) throw error;
      addUnreadable(file, facts, 'minisign', 'Signature (minisign)', error.message);
    }
  },
};

/** A message with its signature before it. A file of its own name beside it is what a reader takes for signed. */
function addEmbedded(
  file: OpenFile,
  facts: FactSink,
  { signature: { id, value }, message }: NonNullable<ReturnType<typeof readEmbeddedSignature>>,
): void {
  const place = { path: file.path };
  const title = 'Signed message (signify)';
  const signature = `${file.path}#signature`;
  const defects = addListed(file, facts, message.toString('utf8'), signature);
  const bare = file.path.replace(/\.sig$/i, '');
  const over = bare !== file.path && file.has(bare) ? bare : null;
  facts.add({
    kind: 'document',
    format: 'minisign',
    title,
    place,
    properties: [
      { name: 'Key', value: id },
      { name: 'Signs', value: `the ${message.length} bytes that follow it` },
    ],
    defects,
  });
  facts.add({
    kind: 'signature',
    id: signature,
    scheme: 'minisign',
    use: 'document',
    title,
    place,
    signed: message.toString('base64'),
    signatures: [{ keyId: id, name: null, value: value.toString('base64'), certificates: [] }],
    predicateType: null,
    ...(over === null ? {} : { carried: { over, digest: createHash('sha256').update(message).digest('hex') } }),
  });
}
