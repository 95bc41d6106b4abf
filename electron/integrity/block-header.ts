import { createHash } from 'node:crypto';

/** The header of a Bitcoin block as a reviewer gives it: its height, and what of it dates anything. */
export interface BlockHeader {
  height: number;
  /** Hex, in the order of the header's bytes. */
  merkleRoot: string;
  at: Date;
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();

/**
 * One line: the height and the 80 bytes of the header in hex. Null where it is none, or where its hash is not below the
 * target that it names: no miner ever made such a block.
 */
export function readBlock(line: string): BlockHeader | null {
  const [, height, hex] = /^([0-9]{1,9})[ \t]+([0-9a-fA-F]{160})$/.exec(line.trim()) ?? [];
  if (height === undefined || hex === undefined) return null;
  const header = Buffer.from(hex, 'hex');
  const bits = header.readUInt32LE(72);
  const [exponent, mantissa] = [bits >>> 24, bits & 0x7fffff];
  if (exponent < 3 || exponent > 0x1d) return null;
  const target = BigInt(mantissa) << BigInt(8 * (exponent - 3));
  const work = BigInt(
    `0x${Buffer.from(sha256(sha256(header)))
      .reverse()
      .toString('hex')}`,
  );
  if (work > target) return null;
  return {
    height: Number(height),
    merkleRoot: header.subarray(36, 68).toString('hex'),
    at: new Date(header.readUInt32LE(68) * 1_000),
  };
}
