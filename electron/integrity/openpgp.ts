import { createHash, createVerify, getHashes, type KeyObject, verify } from 'node:crypto';
import { integer, sequence } from './der.ts';
import type { PgpKey } from './openpgp-key.ts';
import { dearmor, PgpReader, packets } from './openpgp-packets.ts';
import { KeyError } from './public-key.ts';
import type { Trial } from './streamed-signature.ts';

const here = new Set(getHashes());
const hashes: Record<number, string> = {
  1: 'md5',
  2: 'sha1',
  8: 'sha256',
  9: 'sha384',
  10: 'sha512',
  11: 'sha224',
  12: 'sha3-256',
  14: 'sha3-512',
};
export interface PgpSignature {
  version: number;
  type: number;
  hash: string;
  /** Key id or fingerprint as it names it, upper-case hex; null where it names none. */
  issuer: string | null;
  createdAt: Date | null;
  /** Seconds after its making; null where it does not expire. */
  expiresAfter: number | null;
  keyExpiresAfter: number | null;
  /** A critical subpacket that is not understood; null where there is none. */
  unknownCritical: number | null;
  algorithm: number;
  /** What its key may be used for, and a signature by a subkey that it carries; null where it does not say or carry any. */
  flags: number | null;
  embedded: Buffer | null;
  /** Hashed before everything else (version 6). */
  salt: Buffer;
  trailer: Buffer;
  /** First two bytes of the hash, a quick check; none where its form leaves them out. */
  left: Buffer;
  values: Buffer[];
}

const understood = new Set([2, 3, 9, 11, 16, 20, 21, 22, 23, 25, 27, 28, 29, 30, 31, 32, 33, 34, 35, 39]);

/** Reads the body of a signature packet. @throws KeyError */
export function readPgpSignature(body: Buffer): PgpSignature {
  const reader = new PgpReader(body);
  const version = reader.byte();
  if (version !== 3 && version !== 4 && version !== 6)
    throw new KeyError(`OpenPGP signatures of version ${version} are not read.`);
  const base = {
    version,
    issuer: null as string | null,
    createdAt: null as Date | null,
    expiresAfter: null as number | null,
    keyExpiresAfter: null as number | null,
    unknownCritical: null as number | null,
    flags: null as number | null,
    embedded: null as Buffer | null,
  };
  let salt: Buffer = Buffer.alloc(0);
  let type: number;
  let trailer: Buffer;
  let algorithm: number;
  let hashId: number;
  if (version === 3) {
    reader.byte();
    trailer = Buffer.from(reader.take(5));
    type = trailer[0] ?? 0;
    base.createdAt = new Date(trailer.readUInt32BE(1) * 1_000);
    base.issuer = reader.take(8).toString('hex').toUpperCase();
    algorithm = reader.byte();
    hashId = reader.byte();
  } else {
    type = reader.byte();
    algorithm = reader.byte();
    hashId = reader.byte();
    const width = version === 6 ? 4 : 2;
    const hashed = reader.take(reader.number(width));
    const end = reader.at;
    subpackets(hashed, base, true);
    subpackets(reader.take(reader.number(width)), base, false);
    const length = Buffer.alloc(6);
    length.writeUInt16BE((version << 8) | 0xff);
    length.writeUInt32BE(end, 2);
    trailer = Buffer.concat([body.subarray(0, end), length]);
  }
  const hash = hashes[hashId];
  if (hash === undefined || !here.has(hash))
    throw new KeyError(`The hash ${hashId} of the OpenPGP signature is not known.`);
  const left = reader.take(2);
  if (version === 6) salt = reader.take(reader.byte());
  const values: Buffer[] = [];
  if (algorithm === 27) values.push(reader.take(64));
  else if (algorithm === 28) values.push(reader.take(114));
  else while (reader.at < body.length && values.length < 4) values.push(reader.mpi());
  return { ...base, type, hash, algorithm, salt, trailer, left, values };
}

/** Only what is hashed is signed; of the rest the issuer alone is taken, as a hint (RFC 9580, 5.2.3). */
function subpackets(
  area: Buffer,
  into: Pick<
    PgpSignature,
    'issuer' | 'createdAt' | 'expiresAfter' | 'keyExpiresAfter' | 'unknownCritical' | 'flags' | 'embedded'
  >,
  isHashed: boolean,
): void {
  const reader = new PgpReader(area);
  while (reader.at < area.length) {
    const first = reader.byte();
    const length = first < 192 ? first : first < 255 ? ((first - 192) << 8) + reader.byte() + 192 : reader.number(4);
    if (length === 0) throw new KeyError('A subpacket of the OpenPGP signature is empty.');
    const marked = reader.byte();
    const body = reader.take(length - 1);
    const kind = marked & 0x7f;
    if (isHashed && (marked & 0x80) !== 0 && (!understood.has(kind) || kind === 20)) into.unknownCritical = kind;
    if (kind === 16 && body.length === 8) into.issuer ??= body.toString('hex').toUpperCase();
    if (kind === 32) into.embedded = Buffer.from(body);
    if (kind === 27 && isHashed) into.flags = body[0] ?? 0;
    if (kind === 33 && (body.length === 21 || body.length === 33))
      into.issuer = body.subarray(1).toString('hex').toUpperCase();
    if (!isHashed || body.length !== 4) continue;
    const seconds = body.readUInt32BE();
    if (kind === 2) into.createdAt = new Date(seconds * 1_000);
    if (kind === 3) into.expiresAfter = seconds === 0 ? null : seconds;
    if (kind === 9) into.keyExpiresAfter = seconds === 0 ? null : seconds;
  }
}

const padded = (bytes: Buffer, width: number) =>
  Buffer.concat([Buffer.alloc(Math.max(0, width - bytes.length)), bytes]);

/** DSA and ECDSA: two numbers, over the message itself; the others that are no RSA sign its digest. */
const isPairOfIntegers = (algorithm: number): boolean => algorithm === 17 || algorithm === 19;

/** A signature's numbers as node's verify takes them: RSA padded to its modulus, DSA and ECDSA in DER, EdDSA as two halves. */
function numbersOf(key: KeyObject, algorithm: number, [a = Buffer.alloc(0), b = Buffer.alloc(0)]: Buffer[]): Buffer {
  if (algorithm <= 3) return padded(a, Math.ceil((key.asymmetricKeyDetails?.modulusLength ?? 0) / 8));
  if (!isPairOfIntegers(algorithm))
    return algorithm === 27 || algorithm === 28 ? a : Buffer.concat([padded(a, 32), padded(b, 32)]);
  return sequence(integer(a), integer(b));
}

/** Whether a signature holds over data by a key (RFC 9580, 5.2.4). */
export function pgpHolds({ key, algorithm: of }: PgpKey, signature: PgpSignature, data: Uint8Array): boolean {
  const { values, hash, salt, trailer, left, algorithm } = signature;
  const isRsa = algorithm >= 1 && algorithm <= 3;
  if (key === null || (isRsa ? of > 3 : of !== algorithm)) return false;
  const whole = Buffer.concat([salt, data, trailer]);
  const digest = createHash(hash).update(whole).digest();
  if (!digest.subarray(0, left.length).equals(left)) return false;
  try {
    const value = numbersOf(key, algorithm, values);
    if (isRsa) return verify(hash, whole, { key, padding: 1 }, value);
    return isPairOfIntegers(algorithm) ? verify(hash, whole, key, value) : verify(null, digest, key, value);
  } catch {
    return false;
  }
}

/** The same over data that comes in parts, the trailer among them; null where the key is of another kind than the signature. */
export function pgpTrial({ key, algorithm: of, fingerprint }: PgpKey, signature: PgpSignature): Trial | null {
  const { values, hash, salt, left, algorithm } = signature;
  const isRsa = algorithm >= 1 && algorithm <= 3;
  if (key === null || (isRsa ? of > 3 : of !== algorithm)) return null;
  const digest = createHash(hash);
  const isDigestSigned = !isRsa && !isPairOfIntegers(algorithm);
  const state = isDigestSigned ? null : createVerify(hash);
  digest.update(salt);
  state?.update(salt);
  return {
    by: fingerprint,
    update(part) {
      digest.update(part);
      state?.update(part);
    },
    holds() {
      const over = digest.digest();
      try {
        if (!over.subarray(0, 2).equals(left)) return false;
        const value = numbersOf(key, algorithm, values);
        return state === null ? verify(null, over, key, value) : state.verify(isRsa ? { key, padding: 1 } : key, value);
      } catch {
        return false;
      }
    },
  };
}

/** Bodies of the signature packets of a detached signature. @throws KeyError */
export function signaturePackets(bytes: Uint8Array): Buffer[] {
  const bodies = packets(dearmor(bytes, 'SIGNATURE')).flatMap(({ tag, body }) => (tag === 2 ? [body] : []));
  if (bodies.length === 0 || bodies.length > 100)
    throw new KeyError('It holds no OpenPGP signature, or more than 100.');
  return bodies;
}

interface Clearsigned {
  signed: string;
  shown: string;
  signature: string;
  outside: boolean;
  /** Digests that its head names, as node calls them; none where it names none. */
  named: string[];
}

/** The signed text of a clearsigned document and what stands outside it (RFC 9580, 7). @throws KeyError */
export function readClearsigned(text: string): Clearsigned {
  const match =
    /-----BEGIN PGP SIGNED MESSAGE-----\r?\n((?:[A-Za-z-]+: [^\n]*\n)*)\r?\n([\s\S]*?)\r?\n(-----BEGIN PGP SIGNATURE-----[\s\S]*?-----END PGP SIGNATURE-----)/.exec(
      text,
    );
  if (match === null) throw new KeyError('The clearsigned document is not in its form.');
  const [whole, headers = '', body = '', signature = ''] = match;
  if (!headers.split('\n').every((line) => line.trim() === '' || /^Hash: /.test(line)))
    throw new KeyError('The clearsigned document has a header that it may not have.');
  const lines = body.split('\n').map((line) => line.replace(/\r$/, ''));
  if (lines.some((line) => line.startsWith('-') && !line.startsWith('- ')))
    throw new KeyError('A line of the clearsigned document begins with a dash that is not escaped.');
  const plain = lines.map((line) => line.replace(/^- /, ''));
  return {
    signed: plain.map((line) => line.replace(/[ \t]+$/, '')).join('\r\n'),
    shown: plain.join('\n'),
    signature,
    named: [...headers.matchAll(/^Hash: *([^\r\n]*)/gm)].flatMap(([, list = '']) =>
      list.split(',').map((name) => name.trim().toLowerCase()),
    ),
    outside: (text.slice(0, match.index) + text.slice(match.index + whole.length)).trim() !== '',
  };
}
