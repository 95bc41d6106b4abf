import type { Hasher } from './digest.ts';

const table = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit += 1) value = (value >>> 1) ^ (value & 1 ? 0xedb88320 : 0);
  return value >>> 0;
});

/** CRC-32 of zip, gzip and SFV lists (ISO 3309, reflected), as eight hexadecimal digits. */
export function crc32(): Hasher {
  let crc = 0xffffffff;
  return {
    update(part) {
      let value = crc;
      for (let at = 0; at < part.length; at += 1)
        value = (value >>> 8) ^ (table[(value ^ (part[at] ?? 0)) & 0xff] ?? 0);
      crc = value;
    },
    hex: () => (~crc >>> 0).toString(16).padStart(8, '0'),
  };
}
