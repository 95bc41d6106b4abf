import { createHash } from 'node:crypto';
import { inflateRawSync, inflateSync } from 'node:zlib';
import { dearmor, type Packet, packets } from '../../integrity/openpgp-packets.ts';
import { KeyError } from '../../integrity/public-key.ts';
import { decompressBzip2 } from '../bzip2.ts';
import { inflated } from '../inflate.ts';
import { coveredFile } from './covered-file.ts';
import { type Format, Unreadable } from './format.ts';
import { addSignature } from './openpgp.ts';

const largest = 4 * 2 ** 20;
const title = 'Signed message (OpenPGP)';
const armour = /-----BEGIN PGP MESSAGE-----\r?\n(?:[A-Za-z-]+: [^\n]*\n)*\r?\n([A-Za-z0-9+/]{4})/;
/** Packets of a message (RFC 9580, 5). */
const tags = { signature: 2, onePass: 4, compressed: 8, literal: 11 } as const;

const tagOf = (first = 0): number =>
  (first & 0x80) === 0 ? -1 : (first & 0x40) === 0 ? (first >> 2) & 0xf : first & 0x3f;
const isOfMessage = (first: number | undefined): boolean =>
  ([tags.onePass, tags.compressed] as number[]).includes(tagOf(first));

/** Length of the header of a packet and of its body; -1 where that comes in parts, or at the end (RFC 9580, 4.2). */
function headerOf(head: Uint8Array): { size: number; length: number } {
  const [first = 0, one = 0, two = 0] = head;
  const longAt = (at: number) => (head.length < at + 4 ? -1 : Buffer.from(head).readUInt32BE(at));
  if ((first & 0x40) === 0)
    return (
      [
        { size: 2, length: one },
        { size: 3, length: one * 256 + two },
        { size: 5, length: longAt(1) },
      ][first & 3] ?? { size: 1, length: -1 }
    );
  if (one < 192) return { size: 2, length: one };
  if (one < 224) return { size: 3, length: (one - 192) * 256 + two + 192 };
  return one === 255 ? { size: 6, length: longAt(2) } : { size: 2, length: -1 };
}

/**
 * Whether bytes begin a message, by the whole of its first packet's head: every twenty-fifth bare signature has a first
 * byte that could. A one-pass signature (5.4) has a version, a type and 13 bytes; compressed data (5.6) its own mark.
 */
function opensMessage(head: Uint8Array): boolean {
  const { size, length } = headerOf(head);
  const [version = 0, next = 0, third = 0] = head.subarray(size);
  const tag = tagOf(head[0]);
  if (tag === tags.onePass) return ((version === 3 && length === 13) || (version === 6 && length > 40)) && next <= 1;
  if (tag !== tags.compressed) return false;
  if (version === 0) return tagOf(next) === tags.onePass;
  if (version === 1) return (next & 6) !== 6;
  return version === 2 ? (next & 0xf) === 8 && (next * 256 + third) % 31 === 0 : version === 3 && next === 0x42;
}

/** Messages of OpenPGP that carry what they sign, as `gpg --sign` writes them (RFC 9580, 10.3). */
export const openpgpMessage: Format = {
  id: 'openpgp',
  title,
  recognise: (candidate) => {
    if (candidate.isArmoured && candidate.holds('-----BEGIN PGP MESSAGE')) {
      const [, text = ''] = armour.exec(candidate.latin1) ?? [];
      return isOfMessage(Buffer.from(text, 'base64')[0]);
    }
    const { name, head } = candidate;
    if (/.\.(gpg|pgp)$/i.test(name)) return isOfMessage(head[0]);
    return /.\.(asc|sig)$/i.test(name) && opensMessage(head);
  },
  read(file, facts) {
    try {
      const { signatures, content } = messageOf(packets(dearmor(file.whole(largest), 'MESSAGE'), true));
      // A file of its own name beside it is what a reader takes for signed.
      const covered = coveredFile(file);
      const isBeside = covered !== null && file.path.startsWith(`${covered}.`);
      addSignature(file, facts, signatures, content, [], {
        title,
        ...(isBeside ? { carried: { over: covered, digest: createHash('sha256').update(content).digest('hex') } } : {}),
      });
    } catch (error) {
      if (!(error instanceof KeyError)) throw error;
      throw new Unreadable(`It is a message of OpenPGP, and its signature was not verified. ${error.message}`);
    }
  },
};

/** The signatures of a message and the bytes that they are over. @throws KeyError */
function messageOf(held: readonly Packet[], depth = 0): { signatures: Buffer[]; content: Buffer } {
  const [first] = held;
  if (first?.tag === tags.compressed && depth < 2) return messageOf(packets(unpacked(first.body), true), depth + 1);
  const signatures = held.flatMap(({ tag, body }) => (tag === tags.signature ? [body] : []));
  const literals = held.flatMap(({ tag, body }) => (tag === tags.literal ? [body] : []));
  const [literal, ...more] = literals;
  if (literal === undefined || more.length > 0) throw new KeyError('It does not hold one content, and that alone.');
  if (signatures.length === 0 || signatures.length > 100)
    throw new KeyError('It holds no signature, or more than 100.');
  // Form, length of the name, name and date stand before the content, and are not signed (RFC 9580, 5.9).
  return { signatures, content: literal.subarray(6 + (literal[1] ?? 0)) };
}

/** What a packet of compressed data holds (RFC 9580, 5.6). @throws KeyError */
function unpacked(body: Buffer): Buffer {
  const packed = body.subarray(1);
  try {
    if (body[0] === 0) return packed;
    if (body[0] === 1) return inflated(inflateRawSync, packed, largest).data;
    if (body[0] === 2) return inflated(inflateSync, packed, largest).data;
    if (body[0] === 3) return decompressBzip2(packed, largest).data;
  } catch {
    throw new KeyError(`What it compresses cannot be read, or is more than ${largest} bytes.`);
  }
  throw new KeyError(`It is compressed in a way that is not known here, ${body[0]}.`);
}
