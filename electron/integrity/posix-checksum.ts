import type { Hasher } from './digest.ts';

const table = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index << 24;
  for (let bit = 0; bit < 8; bit += 1) value = value < 0 ? (value << 1) ^ 0x04c11db7 : value << 1;
  return value >>> 0;
});

/**
 * The checksum of `cksum` (POSIX.1-2024, cksum, "Description"): a CRC of 32 bits over the bytes and then over their
 * number, least significant byte first. Written as eight hexadecimal digits here, as a decimal number by the tool.
 */
export function posixChecksum(): Hasher {
  let crc = 0;
  let count = 0;
  const add = (value: number, byte: number) => ((value << 8) ^ (table[((value >>> 24) ^ byte) & 0xff] ?? 0)) | 0;
  return {
    update(part) {
      let value = crc;
      for (let at = 0; at < part.length; at += 1) value = add(value, part[at] ?? 0);
      crc = value;
      count += part.length;
    },
    hex() {
      let value = crc;
      for (let left = count; left > 0; left = Math.floor(left / 256)) value = add(value, left % 256);
      return (~value >>> 0).toString(16).padStart(8, '0');
    },
  };
}
