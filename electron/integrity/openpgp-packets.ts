import { KeyError } from './public-key.ts';

/** Packets of OpenPGP as keys and signatures need them (RFC 9580; RFC 4880 for version 3). All errors are KeyError. */
export interface Packet {
  tag: number;
  body: Buffer;
}
const packetsAtMost = 100_000;
const blocksAtMost = 1_000;

/** Bytes of all armored blocks of a label, or the bytes as they are (RFC 9580, 6). @throws KeyError */
export function dearmor(bytes: Uint8Array, label: string): Buffer {
  const text = Buffer.from(bytes).toString('latin1');
  if (!text.includes('-----BEGIN PGP ')) return Buffer.from(bytes);
  const blocks = [
    ...text.matchAll(new RegExp(`-----BEGIN PGP ${label}-----\\r?\\n([\\s\\S]*?)-----END PGP ${label}-----`, 'g')),
  ].slice(0, blocksAtMost);
  if (blocks.length === 0) throw new KeyError(`It holds no ${label.toLowerCase()}.`);
  return Buffer.concat(blocks.map(([, body = '']) => blockBytes(body)));
}

function blockBytes(body: string): Buffer {
  const lines = body.replace(/\r/g, '').split('\n');
  const blank = lines.findIndex((line) => line.trim() === '');
  const data = lines
    .slice(blank + 1)
    .filter((line) => !line.startsWith('='))
    .join('');
  if (!/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(data)) throw new KeyError('Its armor is not base64.');
  return Buffer.from(data, 'base64');
}

/**
 * Packets of a keyring or a signature, none of them in parts; of a message, whose content may be (RFC 9580, 4.2.1.4).
 * @throws KeyError
 */
export function packets(bytes: Buffer, mayBeInParts = false): Packet[] {
  const found: Packet[] = [];
  for (let at = 0; at < bytes.length; ) {
    const head = bytes[at++] ?? 0;
    if ((head & 0x80) === 0 || found.length >= packetsAtMost)
      throw new KeyError('It is no sequence of OpenPGP packets.');
    let length: number;
    const isNew = (head & 0x40) !== 0;
    const need = (count: number) => {
      if (at + count > bytes.length) throw new KeyError('An OpenPGP packet ends early.');
    };
    const parts: Buffer[] = [];
    if (isNew) {
      need(1);
      let first = bytes[at++] ?? 0;
      for (; mayBeInParts && first >= 224 && first < 255; first = bytes[at++] ?? 0) {
        const part = 2 ** (first & 0x1f);
        need(part + 1);
        parts.push(bytes.subarray(at, at + part));
        at += part;
      }
      if (first < 192) length = first;
      else if (first < 224) {
        need(1);
        length = ((first - 192) << 8) + (bytes[at++] ?? 0) + 192;
      } else if (first === 255) {
        need(4);
        length = bytes.readUInt32BE(at);
        at += 4;
      } else throw new KeyError('An OpenPGP packet has a length in parts, which keys and signatures never have.');
    } else {
      const width = [1, 2, 4, 0][head & 3] ?? 0;
      need(width);
      length = width === 0 ? bytes.length - at : bytes.readUIntBE(at, width);
      at += width;
    }
    need(length);
    const last = bytes.subarray(at, at + length);
    found.push({
      tag: isNew ? head & 0x3f : (head >> 2) & 0xf,
      body: parts.length === 0 ? last : Buffer.concat([...parts, last]),
    });
    at += length;
  }
  return found;
}

/** Fields of a packet, each held against what is left. */
export class PgpReader {
  at = 0;
  readonly body: Buffer;
  constructor(body: Buffer) {
    this.body = body;
  }
  take(length: number): Buffer {
    if (length < 0 || this.at + length > this.body.length) throw new KeyError('An OpenPGP packet ends early.');
    this.at += length;
    return this.body.subarray(this.at - length, this.at);
  }
  byte = () => this.take(1)[0] ?? 0;
  number = (width: 2 | 4) => this.take(width).readUIntBE(0, width);
  mpi = () => this.take(Math.ceil(this.number(2) / 8));
}
