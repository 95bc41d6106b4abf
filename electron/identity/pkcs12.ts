import { createHash, createHmac, type KeyObject, timingSafeEqual } from 'node:crypto';
import { Failure } from '../../shared/failure.ts';
import { child, type Der, DerError, oidOf, readDer, tags } from '../integrity/der.ts';
import { decryptPbes2, privateKeyOf } from './key-file.ts';

const refuse = (
  why: string,
  next = 'Write it anew with: openssl pkcs12 -export -keypbe AES-256-CBC -certpbe AES-256-CBC -macalg sha256.',
) =>
  new Failure('unreadable', {
    what: 'This PKCS#12 file cannot be imported.',
    why,
    notDone: 'No identity was made.',
    next,
  });

/** Key derivation of PKCS#12 (RFC 7292, B.2) for the MAC, with SHA-256: blocks of 64 bytes. */
function macKey(password: string, salt: Uint8Array, rounds: number): Buffer {
  const text = Buffer.from(`${password}\0`, 'utf16le').swap16();
  const fill = (bytes: Uint8Array) =>
    Buffer.alloc(Math.ceil(bytes.length / 64) * 64).map((_, i) => bytes[i % bytes.length] ?? 0);
  let hash = createHash('sha256').update(Buffer.alloc(64, 3)).update(fill(salt)).update(fill(text)).digest();
  for (let i = 1; i < rounds; i++) hash = createHash('sha256').update(hash).digest();
  return hash;
}

/**
 * Key and certificate of a PKCS#12 file as OpenSSL 3 writes it: PBES2 with AES, MAC with SHA-256. Older ciphers (RC2,
 * triple DES) are refused with the command that converts. @throws Failure wrong-passphrase, unreadable
 */
export async function readPkcs12(
  bytes: Uint8Array,
  password: string,
): Promise<{ key: KeyObject; certificates: Buffer[] }> {
  try {
    const root = readDer(bytes);
    const auth = child(root, 1, tags.sequence);
    const content = child(child(auth, 1, 0xa0), 0, tags.octets).content;
    const mac = root.children[2];
    if (mac === undefined) throw refuse('It carries no checksum by its password.');
    const info = child(mac, 0, tags.sequence);
    if (oidOf(child(child(info, 0, tags.sequence), 0)) !== '2.16.840.1.101.3.4.2.1')
      throw refuse('Its checksum is not made with SHA-256.');
    const rounds =
      mac.children[2] === undefined ? 1 : Number.parseInt(Buffer.from(mac.children[2].content).toString('hex'), 16);
    if (rounds > 1_000_000) throw refuse('Its checksum asks for too many rounds.');
    const expected = createHmac('sha256', macKey(password, child(mac, 1, tags.octets).content, rounds))
      .update(content)
      .digest();
    const stated = child(info, 1, tags.octets).content;
    if (stated.length !== expected.length || !timingSafeEqual(expected, stated))
      throw new Failure('wrong-passphrase', {
        what: 'The password does not open this file.',
        notDone: 'No identity was made.',
        next: 'Type it again.',
      });
    const found: { key: KeyObject | null; certificates: Buffer[] } = { key: null, certificates: [] };
    for (const safe of readDer(content).children) {
      if (oidOf(child(safe, 0)) === '1.2.840.113549.1.7.6') {
        const encrypted = child(child(child(safe, 1, 0xa0), 0, tags.sequence), 1, tags.sequence);
        const sealed = encrypted.children[2];
        if (sealed !== undefined)
          await takeBags(
            readDer(await decryptPbes2(child(encrypted, 1, tags.sequence), sealed.content, password)),
            password,
            found,
          );
      } else await takeBags(readDer(child(child(safe, 1, 0xa0), 0, tags.octets).content), password, found);
    }
    if (found.key === null) throw refuse('It holds no private key.');
    if (found.certificates.length === 0) throw refuse('It holds no certificate.');
    return { key: found.key, certificates: found.certificates };
  } catch (error) {
    if (error instanceof DerError) throw refuse(`It cannot be read: ${error.message}.`);
    throw error;
  }
}

async function takeBags(
  bags: Der,
  password: string,
  found: { key: KeyObject | null; certificates: Buffer[] },
): Promise<void> {
  for (const bag of bags.children) {
    const type = oidOf(child(bag, 0));
    const value = child(child(bag, 1, 0xa0), 0);
    if (type === '1.2.840.113549.1.12.10.1.2')
      found.key = privateKeyOf(
        await decryptPbes2(child(value, 0, tags.sequence), child(value, 1, tags.octets).content, password),
      );
    if (type === '1.2.840.113549.1.12.10.1.1') found.key = privateKeyOf(Buffer.from(value.raw));
    if (type === '1.2.840.113549.1.12.10.1.3' && oidOf(child(value, 0)) === '1.2.840.113549.1.9.22.1')
      found.certificates.push(Buffer.from(child(child(value, 1, 0xa0), 0, tags.octets).content));
  }
}
