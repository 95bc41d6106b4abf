import { readMinisignSignature } from '../../integrity/minisign.ts';
import { KeyError } from '../../integrity/public-key.ts';
import { coveredFile } from './covered-file.ts';
import { addUnreadable } from './dsse.ts';
import type { Format } from './format.ts';

const largest = 16_384;

/** Signatures of minisign and signify (jedisct1.github.io/minisign; signify(1)). */
export const minisign: Format = {
  id: 'minisign',
  title: 'Signature (minisign)',
  sieve: { first: 'u' },
  recognise: ({ bytes, latin1 }) => {
    const text = latin1;
    // A key has 56 characters where a signature has 100.
    return bytes <= largest && /^untrusted comment:[^\n]*\n[A-Za-z0-9+/]{99}=\r?(\n|$)/.test(text);
  },
  read(file, facts) {
    const place = { path: file.path };
    try {
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
