import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { strictBase64 } from './base64.ts';
import { sha256Hex } from './digest.ts';

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
  if (/[\u0000-\u0009\u000b-\u001f\u007f]/.test(whole)) throw new NoteError('The note holds a control character.');
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
    return { name, keyHash, type, key: null };
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

/** Type 0x01 signs the text; type 0x04 (C2SP tlog-cosignature) a time before it, which stands before the signature. */
function holds(text: string, key: KeyObject, type: number, value: Buffer): boolean {
  if (type !== 0x04) return value.length === 64 && verify(null, Buffer.from(text), key, value);
  if (value.length !== 72) return false;
  return verify(null, Buffer.from(`cosignature/v1\ntime ${value.readBigUInt64BE(0)}\n${text}`), key, value.subarray(8));
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
