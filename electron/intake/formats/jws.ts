import { createHash } from 'node:crypto';
import { hasBareHeader, jwsAlgorithm, readJws } from '../../integrity/jws.ts';
import { KeyError } from '../../integrity/public-key.ts';
import { coveredFile } from './covered-file.ts';
import { addUnreadable } from './dsse.ts';
import { type Format, Unreadable } from './format.ts';

const largest = 4 * 2 ** 20;

/** JSON Web Signatures: compact, flattened, general, detached (RFC 7515, RFC 7797). */
export const jws: Format = {
  id: 'jws',
  title: 'Signature (JWS)',
  sieve: { endings: ['jws', 'jwt'], first: 'e{' },
  recognise: ({ name, bytes, latin1 }) => {
    if (bytes > largest) return false;
    const text = latin1.trimStart();
    if (/\.(jws|jwt)$/i.test(name)) return true;
    return (
      /^eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*\s*$/.test(text) ||
      (/^\{\s*"(protected|payload|header|signature|signatures)"\s*:/.test(text) &&
        (/"protected"\s*:\s*"eyJ/.test(text) || hasBareHeader(text)) &&
        !/"payloadType"\s*:/.test(text))
    );
  },
  read(file, facts) {
    const place = { path: file.path };
    let read: ReturnType<typeof readJws>;
    try {
      read = readJws(file.text(largest));
    } catch (error) {
      if (!(error instanceof KeyError)) throw error;
      addUnreadable(file, facts, 'jws', 'Signature (JWS)', error.message);
      return;
    }
    const covered = coveredFile(file);
    const over = read.payload === null ? covered : null;
    // A file of its own name beside it is what a reader takes for signed.
    const carried =
      read.payload !== null && covered !== null && file.path.startsWith(`${covered}.`)
        ? { over: covered, digest: createHash('sha256').update(read.payload).digest('hex') }
        : null;
    facts.add({
      kind: 'document',
      format: 'jws',
      title: 'Signature (JWS)',
      place,
      properties: [
        ...read.signatures.map(({ algorithm, keyId }) => ({
          name: 'Signature',
          value: `${algorithm}${keyId === null ? '' : ` by ${keyId}`}`,
        })),
        {
          name: 'Payload',
          value: read.payload === null ? `detached: ${over ?? 'not here'}` : `${read.payload.length} bytes`,
        },
      ],
      defects: [],
    });
    for (const [index, each] of read.signatures.entries()) {
      const algorithm = jwsAlgorithm(each.algorithm);
      if (read.signatures.length > 20 && index >= 20) throw new Unreadable('It holds more than 20 signatures.');
      facts.add({
        kind: 'signature',
        id: `${file.path}#signature${index === 0 ? '' : `-${index + 1}`}`,
        scheme: 'jws',
        use: 'document',
        title: 'Signature (JWS)',
        place,
        signed: (each.signed ?? Buffer.from(`${each.protectedText}.`)).toString('base64'),
        signatures: [
          {
            keyId: each.keyId,
            name: null,
            value: each.value.toString('base64'),
            certificates: each.certificates.map((der) => der.toString('base64')),
            algorithm: each.algorithm,
            ...(algorithm?.digest == null ? {} : { digest: algorithm.digest }),
            ...(each.key === null ? {} : { key: each.key.toString('base64') }),
          },
        ],
        predicateType: null,
        ...(carried === null ? {} : { carried }),
        ...(each.signed === null
          ? { detached: { over, digest: null, encoding: each.isEncoded ? ('base64url' as const) : ('none' as const) } }
          : {}),
      });
    }
  },
};
