import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { strictBase64 } from './base64.ts';
import { sha256Hex } from './digest.ts';
import { verifySignature } from './public-key.ts';

/** A C2SP signed note: text that ends in a newline, and signature lines. */
export interface Note {
  text: string;
  signatures: { name: string; keyHash: string; value: Buffer }[];
}
/** A C2SP verifier key, `name+hex8+base64(type ‖ key)`. `key` is null for types that are not verified here. */
export interface VerifierKey {
  name: string;
  keyHash: string;
  type: number;
  key: KeyObject | null;
}
export interface Checkpoint {
  origin: string;
  size: number;
  root: Buffer;
  extensions: string[];
}

export class NoteError extends Error {}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const ed25519Prefix = Buffer.from('302a300506032b6570032100', 'hex'); // SubjectPublicKeyInfo of RFC 8410 up to the 32 bytes
const nameIsValid = (name: string) => name !== '' && !/[\s+]/u.test(name);

/** Parses a note (C2SP signed-note, "Format"): UTF-8, no control but newline, the last blank line separates. @throws NoteError */
export function parseNote(input: Uint8Array): Note {
  if (input.length > 1_000_000) throw new NoteError('The note is larger than 1,000,000 bytes.');
  let whole: string;
  try {
    whole = strictUtf8.decode(input);
  } catch {
    throw new NoteError('The note is not UTF-8.');
  }
  if (/[\u0000-\u0009\u000b-\u001f]/.test(whole)) throw new NoteError('The note holds a control character.');
  const split = whole.lastIndexOf('\n\n');
  if (split < 0) throw new NoteError('The note has no signatures.');
  const text = whole.slice(0, split + 1);
  const tail = whole.slice(split + 2);
  if (!tail.endsWith('\n') || tail === '\n') throw new NoteError('The signatures of the note do not end in a newline.');
  const lines = tail.slice(0, -1).split('\n');
  if (lines.length > 100) throw new NoteError('The note has more than 100 signatures.');
  const signatures = lines.map((line) => {
    const [, name = '', encoded = ''] = /^\u2014 (\S+) (\S+)$/.exec(line) ?? [];
    const raw = strictBase64(encoded);
    if (!nameIsValid(name) || raw === null || raw.length < 5)
      throw new NoteError('A signature line of the note is malformed.');
    return { name, keyHash: raw.subarray(0, 4).toString('hex'), value: raw.subarray(4) };
  });
  return { text, signatures };
}

/** Reads a verifier key; null where the text is none or its hash is not that of its key. */
export function parseVerifierKey(text: string): VerifierKey | null {
  const [, name = '', keyHash = '', encoded = ''] =
    /^(\S+?)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/.exec(text.trim()) ?? [];
  const raw = strictBase64(encoded);
  const type = raw?.[0];
  if (!nameIsValid(name) || raw === null || type === undefined) return null;
  if (type === 0x02) {
    const spki = raw.subarray(1);
    if (sha256Hex(spki).slice(0, 8) !== keyHash) return null;
    return { name, keyHash, type, key: keyOfSpki(spki) };
  }
  if (sha256Hex(Buffer.concat([Buffer.from(`${name}\n`), raw])).slice(0, 8) !== keyHash) return null;
  const isEd25519 = (type === 0x01 || type === 0x04) && raw.length === 33;
  return {
    name,
    keyHash,
    type,
    key: isEd25519
      ? createPublicKey({ key: Buffer.concat([ed25519Prefix, raw.subarray(1)]), format: 'der', type: 'spki' })
      : null,
  };
}

function keyOfSpki(spki: Uint8Array): KeyObject | null {
  try {
    return createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
  } catch {
    return null;
  }
}

/**
 * The verifier key that a public key is under a name, of the type by which the key id of a signature line comes out
 * (C2SP signed-note, "Signature types"; static-ct-api for 0x05, whose id is over the RFC 6962 log id). Null where none does.
 */
export function verifierKeyFor(name: string, keyHash: string, key: KeyObject): VerifierKey | null {
  const spki = key.export({ format: 'der', type: 'spki' });
  const isEd25519 = key.asymmetricKeyType === 'ed25519';
  const under = (type: number, rest: Uint8Array) =>
    sha256Hex(Buffer.concat([Buffer.from(`${name}\n`), Uint8Array.of(type), rest])).slice(0, 8);
  const logId = Buffer.from(sha256Hex(spki), 'hex');
  const types = [
    ...(isEd25519 ? [0x01, 0x04].map((type) => ({ type, id: under(type, spki.subarray(-32)) })) : []),
    { type: 0x02, id: sha256Hex(spki).slice(0, 8) },
    { type: 0x05, id: under(0x05, logId) },
  ];
  const found = types.find(({ id }) => id === keyHash);
  return found === undefined ? null : { name, keyHash, type: found.type, key };
}

/** The verifier key of an Ed25519 key under a name. */
export function formatVerifierKey(name: string, publicKey: KeyObject): string {
  const raw = Buffer.concat([Uint8Array.of(1), publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)]);
  return `${name}+${sha256Hex(Buffer.concat([Buffer.from(`${name}\n`), raw])).slice(0, 8)}+${raw.toString('base64')}`;
}

/** Which known keys signed. Signatures by unknown keys are passed over; a bad one by a known key rejects the note. */
export function verifyNote(note: Note, keys: readonly VerifierKey[]): { holds: boolean; by: VerifierKey[] } {
  const by: VerifierKey[] = [];
  for (const { name, keyHash, value } of note.signatures) {
    const key = keys.find((each) => each.name === name && each.keyHash === keyHash);
    if (key?.key == null) continue;
    if (!holds(note.text, key.key, key.type, value)) return { holds: false, by: [] };
    by.push(key);
  }
  return { holds: by.length > 0, by };
}

/**
 * Types 0x01 and 0x02 sign the text (Ed25519; ECDSA with SHA-256, DER); type 0x04 (C2SP tlog-cosignature) a time before
 * it, which stands before the signature; type 0x05 the tree head of RFC 6962 that the text states.
 */
function holds(text: string, key: KeyObject, type: number, value: Buffer): boolean {
  if (type === 0x02) return verifySignature(key, Buffer.from(text), value, 'sha256');
  if (type === 0x05) return treeHeadHolds(text, key, value);
  if (type !== 0x04) return value.length === 64 && verify(null, Buffer.from(text), key, value);
  if (value.length !== 72) return false;
  return verify(null, Buffer.from(`cosignature/v1\ntime ${value.readBigUInt64BE(0)}\n${text}`), key, value.subarray(8));
}

/**
 * RFC 6962, 3.5: version 0, type 1, time, size and root are signed, the origin is not. The signature bytes are the time
 * and a DigitallySigned (RFC 5246, 4.7): SHA-256 (4) with RSA (1) or ECDSA (3).
 */
function treeHeadHolds(text: string, key: KeyObject, value: Buffer): boolean {
  if (value.length < 12 || value.readUInt16BE(10) !== value.length - 12) return false;
  const algorithm = key.asymmetricKeyType === 'ec' ? 3 : 1;
  if (value[8] !== 4 || value[9] !== algorithm) return false;
  let head: Checkpoint;
  try {
    head = parseCheckpoint(text);
  } catch (error) {
    if (error instanceof NoteError) return false;
    throw error;
  }
  const size = Buffer.alloc(8);
  size.writeBigUInt64BE(BigInt(head.size));
  const signed = Buffer.concat([Uint8Array.of(0, 1), value.subarray(0, 8), size, head.root]);
  return verifySignature(key, signed, value.subarray(12), 'sha256');
}

/** A note signed by an Ed25519 key. `text` must end in a newline. */
export function signNote(text: string, name: string, privateKey: KeyObject): string {
  const [, keyHash = ''] = formatVerifierKey(name, createPublicKey(privateKey)).split('+');
  const value = Buffer.concat([Buffer.from(keyHash, 'hex'), sign(null, Buffer.from(text), privateKey)]);
  return `${text}\n\u2014 ${name} ${value.toString('base64')}\n`;
}

/** Text of a checkpoint (C2SP tlog-checkpoint): origin, size, root, extension lines. @throws NoteError */
export function parseCheckpoint(text: string): Checkpoint {
  const lines = text.split('\n');
  const [origin = '', size = '', encoded = '', ...rest] = lines;
  const root = strictBase64(encoded);
  if (
    origin === '' ||
    !/^(0|[1-9][0-9]{0,15})$/.test(size) ||
    root === null ||
    root.length !== 32 ||
    rest.at(-1) !== ''
  )
    throw new NoteError('The note is not a checkpoint.');
  return { origin, size: Number(size), root, extensions: rest.slice(0, -1) };
}

export function formatCheckpoint({ origin, size, root, extensions }: Checkpoint): string {
  return [origin, String(size), root.toString('base64'), ...extensions, ''].join('\n');
}
