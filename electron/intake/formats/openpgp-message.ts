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
const opensMessage = (first: number | undefined): boolean =>
  ([tags.onePass, tags.compressed] as number[]).includes(tagOf(first));

/** Messages of OpenPGP that carry what they sign, as `gpg --sign` writes them (RFC 9580, 10.3). */
export const openpgpMessage: Format = {
  id: 'openpgp',
  title,
  recognise: (candidate) => {
    if (candidate.isArmoured && candidate.holds('-----BEGIN PGP MESSAGE')) {
      const [, text = ''] = armour.exec(candidate.latin1) ?? [];
      return opensMessage(Buffer.from(text, 'base64')[0]);
    }
    return /.\.(gpg|pgp|asc|sig)$/i.test(candidate.name) && opensMessage(candidate.head[0]);
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
