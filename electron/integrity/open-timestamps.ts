import { createHash } from 'node:crypto';
import { ripemd160 } from '@noble/hashes/legacy.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import type { Attestation } from '../../shared/signature-parts.ts';

/** A proof that is not in its form, in words. */
export class CommitmentError extends Error {}

export interface Commitment {
  algorithm: string;
  /** Digest of what is stamped, lower-case hex. */
  digest: string;
  attestations: Attestation[];
}

const magic = Buffer.from('004f70656e54696d657374616d7073000050726f6f6600bf89e2e884e89294', 'hex');
/** As the reference implementation has them (opentimestamps.core.op, MAX_MSG_LENGTH and MAX_RESULT_LENGTH; notary). */
const longestMessage = 4_096;
const longestPayload = 8_192;
const longestCalendar = 1_000;
const deepest = 256;
/** Beyond what any proof that was made holds: a tree may fork at every step. */
const mostSteps = 20_000;

const hashOps: Record<number, { name: string; bytes: number; of(message: Uint8Array): Buffer }> = {
  2: { name: 'sha1', bytes: 20, of: (message) => createHash('sha1').update(message).digest() },
  3: { name: 'ripemd160', bytes: 20, of: (message) => Buffer.from(ripemd160(message)) },
  8: { name: 'sha256', bytes: 32, of: (message) => createHash('sha256').update(message).digest() },
  103: { name: 'keccak256', bytes: 32, of: (message) => Buffer.from(keccak_256(message)) },
};

const attestationTags: Record<string, Attestation['what']> = {
  '83dfe30d2ef90c8e': 'pending',
  '0588960d73d71901': 'bitcoin',
  '06869a0d73d71b45': 'litecoin',
};

class Reader {
  at = 0;
  readonly bytes: Uint8Array;
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
  take(length: number): Buffer {
    if (this.at + length > this.bytes.length) throw new CommitmentError(`It ends early, at byte ${this.bytes.length}.`);
    this.at += length;
    return Buffer.from(this.bytes.subarray(this.at - length, this.at));
  }
  byte(): number {
    return this.take(1)[0] ?? 0;
  }
  /** Little-endian groups of seven bits; no larger than a double counts. */
  count(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.byte();
      value += (byte & 0x7f) * factor;
      if (!Number.isSafeInteger(value)) throw new CommitmentError(`A number is too large, at byte ${this.at}.`);
      if (byte < 0x80) return value;
    }
  }
  text(least: number, most: number): Buffer {
    const length = this.count();
    if (length < least || length > most)
      throw new CommitmentError(
        `A part of ${length} bytes stands at byte ${this.at}; ${least} to ${most} are allowed.`,
      );
    return this.take(length);
  }
  end(): void {
    if (this.at !== this.bytes.length) throw new CommitmentError(`Bytes follow its end, at byte ${this.at}.`);
  }
}

export const isCommitment = (head: Uint8Array): boolean =>
  Buffer.compare(Buffer.from(head.subarray(0, magic.length)), magic) === 0;

/**
 * Reads a detached OpenTimestamps proof (`.ots`, version 1) and computes what each of its paths commits to. Strict as
 * the reference implementation is: operations known, lengths bounded, nothing after the end. @throws CommitmentError
 */
export function readCommitment(bytes: Uint8Array): Commitment {
  if (!isCommitment(bytes)) throw new CommitmentError('It is no OpenTimestamps proof.');
  const reader = new Reader(bytes);
  reader.take(magic.length);
  const version = reader.count();
  if (version !== 1) throw new CommitmentError(`Proofs of version ${version} are not read.`);
  const op = hashOps[reader.byte()];
  if (op === undefined) throw new CommitmentError('The digest of the file is by an algorithm that is not known.');
  const digest = reader.take(op.bytes);
  const attestations: Attestation[] = [];
  let steps = 0;
  const weakOf = (name: string) => (name === 'sha1' ? ['sha1'] : []);

  const walk = (message: Buffer, weak: readonly string[], depth: number): void => {
    if (depth > deepest) throw new CommitmentError(`Its operations are nested deeper than ${deepest}.`);
    for (let isLast = false; !isLast; ) {
      let tag = reader.byte();
      isLast = tag !== 0xff;
      if (!isLast) tag = reader.byte();
      if (++steps > mostSteps) throw new CommitmentError(`It has more than ${mostSteps} steps.`);
      if (tag === 0x00) {
        attestations.push(readAttestation(reader, message, weak));
        continue;
      }
      const hash = hashOps[tag];
      const result = hash === undefined ? edited(tag, message, reader) : hash.of(message);
      if (result.length > longestMessage)
        throw new CommitmentError(
          `A step makes ${result.length} bytes, at byte ${reader.at}; ${longestMessage} are allowed.`,
        );
      walk(result, hash === undefined ? weak : [...new Set([...weak, ...weakOf(hash.name)])], depth + 1);
    }
  };
  walk(digest, weakOf(op.name), 0);
  reader.end();
  return { algorithm: op.name, digest: digest.toString('hex'), attestations };
}

/** The operations that change bytes without a digest. */
function edited(tag: number, message: Buffer, reader: Reader): Buffer {
  switch (tag) {
    case 0xf0:
      return Buffer.concat([message, reader.text(1, longestMessage)]);
    case 0xf1:
      return Buffer.concat([reader.text(1, longestMessage), message]);
    case 0xf2:
      return Buffer.from(message).reverse();
    case 0xf3:
      return Buffer.from(message.toString('hex'));
    default:
      throw new CommitmentError(
        `Its operation ${tag.toString(16).padStart(2, '0')} is not known, at byte ${reader.at - 1}.`,
      );
  }
}

function readAttestation(reader: Reader, message: Buffer, weak: readonly string[]): Attestation {
  const what = attestationTags[reader.take(8).toString('hex')] ?? 'unknown';
  const payload = new Reader(reader.text(0, longestPayload));
  const found = { what, commitment: message.toString('hex'), height: null, calendar: null, weak: [...weak] };
  if (what === 'unknown') return found;
  if (what === 'pending') {
    const calendar = payload.text(0, longestCalendar).toString('latin1');
    payload.end();
    // What the reference implementation lets stand in an address: nothing that could be more than a place.
    if (!/^[A-Za-z0-9\-._/:]*$/.test(calendar))
      throw new CommitmentError('The address of its calendar has characters that none has.');
    return { ...found, calendar };
  }
  const height = payload.count();
  payload.end();
  if (message.length !== 32)
    throw new CommitmentError(`It commits to ${message.length} bytes in a block, whose Merkle root has 32.`);
  return { ...found, height };
}
