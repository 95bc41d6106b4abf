import { createCipheriv, createDecipheriv, createPrivateKey, type KeyObject, pbkdf2, randomBytes } from 'node:crypto';
import { Failure } from '../../shared/failure.ts';
import {
  child,
  type Der,
  DerError,
  integer,
  nullElement,
  octets,
  oid,
  oidOf,
  readDer,
  sequence,
  tags,
} from '../integrity/der.ts';
import { pemBytes } from '../integrity/public-key.ts';

const oids = {
  pbes2: '1.2.840.113549.1.5.13',
  pbkdf2: '1.2.840.113549.1.5.12',
  hmacSha256: '1.2.840.113549.2.9',
  aes256: '2.16.840.1.101.3.4.1.42',
  aes128: '2.16.840.1.101.3.4.1.2',
} as const;
/** Off the main thread: it takes a third of a second, and nobody else may wait for it. */
/** PBKDF2 (RFC 8018 §5.2) off the main thread. */
const derive = (passphrase: string, salt: Uint8Array, iterations: number, length: number, digest: string) =>
  new Promise<Buffer>((resolve, reject) =>
    pbkdf2(passphrase, salt, iterations, length, digest, (error, secret) =>
      error === null ? resolve(secret) : reject(error),
    ),
  );
const iterations = 600_000;
const iterationsAtMost = 10_000_000;

const wrong = () =>
  new Failure('wrong-passphrase', {
    what: 'The passphrase does not open this key.',
    notDone: 'Nothing was signed and nothing was unlocked.',
    next: 'Type it again. There is no other way to open the key.',
  });
const unusable = (why: string) =>
  new Failure('unreadable', {
    what: 'This key file cannot be used.',
    why,
    notDone: 'Nothing was unlocked.',
    next: 'Use an ECDSA P-256 key in encrypted PKCS#8 with PBES2, as Assay and openssl write it.',
  });

/** AES-256-CBC under a key that PBKDF2-HMAC-SHA256 makes of the passphrase, 600,000 rounds (RFC 8018, 6.2). */
export async function encryptKey(key: KeyObject, passphrase: string): Promise<string> {
  const salt = randomBytes(16);
  const iv = randomBytes(16);
  const plain = key.export({ format: 'der', type: 'pkcs8' });
  const secret = await derive(passphrase.normalize('NFC'), salt, iterations, 32, 'sha256');
  const cipher = createCipheriv('aes-256-cbc', secret, iv);
  const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
  plain.fill(0);
  secret.fill(0);
  const derivation = sequence(
    oid(oids.pbkdf2),
    sequence(octets(salt), integer(iterations), integer(32), sequence(oid(oids.hmacSha256), nullElement())),
  );
  const body = sequence(
    sequence(oid(oids.pbes2), sequence(derivation, sequence(oid(oids.aes256), octets(iv)))),
    octets(sealed),
  );
  return `-----BEGIN ENCRYPTED PRIVATE KEY-----\n${body
    .toString('base64')
    .replace(/(.{64})/g, '$1\n')
    .trimEnd()}\n-----END ENCRYPTED PRIVATE KEY-----\n`;
}

/** Plain bytes of a PBES2 container (PKCS#8 or a bag of PKCS#12). @throws Failure wrong-passphrase, unreadable */
export async function decryptPbes2(algorithm: Der, sealed: Uint8Array, passphrase: string): Promise<Buffer> {
  if (oidOf(child(algorithm, 0)) !== oids.pbes2)
    throw unusable(
      'It is encrypted in an older way than PBES2. Convert it with: openssl pkcs8 -topk8 -v2 aes-256-cbc -iter 600000.',
    );
  const parameters = child(algorithm, 1, tags.sequence);
  const derivation = child(child(parameters, 0, tags.sequence), 1, tags.sequence);
  const scheme = child(parameters, 1, tags.sequence);
  if (oidOf(child(child(parameters, 0), 0)) !== oids.pbkdf2)
    throw unusable('Its key is derived by another way than PBKDF2.');
  const rounds = Number.parseInt(Buffer.from(child(derivation, 1, tags.integer).content).toString('hex'), 16);
  if (rounds > iterationsAtMost) throw unusable(`It asks for ${rounds} rounds; at most ${iterationsAtMost} are done.`);
  const hash = derivation.children.find(({ tag }, index) => index > 1 && tag === tags.sequence);
  const name =
    hash === undefined
      ? 'sha1'
      : ({
          [oids.hmacSha256]: 'sha256',
          '1.2.840.113549.2.7': 'sha1',
          '1.2.840.113549.2.10': 'sha384',
          '1.2.840.113549.2.11': 'sha512',
        }[oidOf(child(hash, 0))] ?? '');
  const cipher = {
    [oids.aes256]: { name: 'aes-256-cbc', bytes: 32 },
    [oids.aes128]: { name: 'aes-128-cbc', bytes: 16 },
  }[oidOf(child(scheme, 0))];
  if (name === '' || cipher === undefined) throw unusable('It is encrypted by another cipher than AES.');
  const secret = await derive(
    passphrase.normalize('NFC'),
    child(derivation, 0, tags.octets).content,
    rounds,
    cipher.bytes,
    name,
  );
  try {
    const open = createDecipheriv(cipher.name, secret, child(scheme, 1, tags.octets).content);
    return Buffer.concat([open.update(sealed), open.final()]);
  } catch {
    throw wrong();
  } finally {
    secret.fill(0);
  }
}

/** Opens an encrypted PKCS#8 key by our own code: Electron's OpenSSL cannot. @throws Failure wrong-passphrase, unreadable */
export async function decryptKey(pem: string, passphrase: string): Promise<KeyObject> {
  const bytes = pemBytes(pem, 'ENCRYPTED PRIVATE KEY');
  if (bytes === null) throw unusable('It is no encrypted private key in PEM.');
  try {
    const root = readDer(bytes);
    return privateKeyOf(
      await decryptPbes2(child(root, 0, tags.sequence), child(root, 1, tags.octets).content, passphrase),
    );
  } catch (error) {
    if (error instanceof DerError) throw unusable(error.message);
    throw error;
  }
}

/** A private key from PKCS#8 in DER; the bytes are wiped. Garbage here means that the passphrase was wrong. */
export function privateKeyOf(plain: Buffer): KeyObject {
  try {
    readDer(plain);
    const key = createPrivateKey({ key: plain, format: 'der', type: 'pkcs8' });
    if (key.asymmetricKeyType !== 'ec' || key.asymmetricKeyDetails?.namedCurve !== 'prime256v1')
      throw unusable('It is no ECDSA key on P-256.');
    return key;
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw wrong();
  } finally {
    plain.fill(0);
  }
}
