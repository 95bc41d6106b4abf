import { createPublicKey, type KeyObject } from 'node:crypto';
import { strictBase64 } from './base64.ts';
import { KeyError } from './public-key.ts';

/** A key of minisign or signify: `Ed`, eight bytes of id, 32 bytes of Ed25519. */
export interface MinisignKey {
  id: string;
  key: KeyObject;
}
export interface MinisignSignature {
  id: string;
  /** Over the BLAKE2b-512 of the file instead of the file. */
  isPrehashed: boolean;
  value: Buffer;
  /** The comment that is signed with the signature (minisign); null for signify, which has none. */
  trustedComment: string | null;
  global: Buffer | null;
}

const idOf = (bytes: Buffer) => Buffer.from(bytes).reverse().toString('hex').toUpperCase();
const prefix = Buffer.from('302a300506032b6570032100', 'hex');

/** A public key, with or without its comment line. Null where the text is none. @throws KeyError */
export function readMinisignKey(text: string): MinisignKey | null {
  const lines = text.trim().split(/\r?\n/);
  const line = lines[0]?.startsWith('untrusted comment:') ? lines[1] : lines.length === 1 ? lines[0] : undefined;
  const bytes = line === undefined || line.length !== 56 ? null : strictBase64(line.trim());
  if (bytes?.length !== 42 || bytes.subarray(0, 2).toString('latin1') !== 'Ed') return null;
  try {
    const key = createPublicKey({ key: Buffer.concat([prefix, bytes.subarray(10)]), format: 'der', type: 'spki' });
    return { id: idOf(bytes.subarray(2, 10)), key };
  } catch {
    throw new KeyError('The minisign key cannot be read.');
  }
}

/**
 * A signature of signify with its message after it (signify(1), -e): the message is every byte after the second line.
 * Null where nothing follows, or what follows is what minisign writes there. @throws KeyError where it is no signature
 */
export function readEmbeddedSignature(bytes: Uint8Array): { signature: MinisignSignature; message: Buffer } | null {
  const first = bytes.indexOf(0x0a);
  const second = first < 0 ? -1 : bytes.indexOf(0x0a, first + 1);
  const message = Buffer.from(bytes.subarray(second + 1));
  if (second < 0 || message.length === 0) return null;
  const head = Buffer.from(bytes.subarray(0, second)).toString('latin1');
  if (/^trusted comment: [^\n]*\r?\n[A-Za-z0-9+/]{86}==\r?\n?$/.test(message.toString('latin1'))) return null;
  const signature = readMinisignSignature(`${head}\n`);
  return { signature, message };
}

/** Signatures of minisign (legacy `Ed`, prehashed `ED`) and signify (`Ed`, no comment that is signed). @throws KeyError */
export function readMinisignSignature(text: string): MinisignSignature {
  const [comment = '', line = '', trusted, last, ...rest] = text.replace(/\r\n/g, '\n').replace(/\n$/, '').split('\n');
  const bytes = strictBase64(line);
  if (!comment.startsWith('untrusted comment: ') || bytes?.length !== 74)
    throw new KeyError('The signature is not in the form of minisign.');
  const algorithm = bytes.subarray(0, 2).toString('latin1');
  if (algorithm !== 'Ed' && algorithm !== 'ED') throw new KeyError('The signature is by another algorithm.');
  const base = { id: idOf(bytes.subarray(2, 10)), isPrehashed: algorithm === 'ED', value: bytes.subarray(10) };
  if (trusted === undefined && algorithm === 'ED')
    throw new KeyError('The signature has no trusted comment, which minisign always signs.');
  if (trusted === undefined) return { ...base, trustedComment: null, global: null };
  const global = strictBase64(last ?? '');
  if (!trusted.startsWith('trusted comment: ') || global?.length !== 64 || rest.length > 0)
    throw new KeyError('The trusted comment of the signature is not as it must be.');
  return { ...base, trustedComment: trusted.slice('trusted comment: '.length), global };
}
