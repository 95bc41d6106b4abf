import { createHash } from 'node:crypto';
import type { Hasher } from './digest.ts';

/** Bytes that stand in texts (dvc 2, `istextfile.py`, `TEXT_CHARS`). */
const inTexts = Uint8Array.from({ length: 256 }, (_, byte) =>
  (byte >= 32 && byte < 127) || [8, 9, 10, 12, 13].includes(byte) ? 1 : 0,
);

function isText(bytes: Uint8Array): boolean {
  const first = bytes.subarray(0, 512);
  const others = first.reduce((sum, byte) => sum + 1 - (inTexts[byte] ?? 0), 0);
  return !first.includes(0) && others <= first.length * 0.3;
}

/**
 * MD5 as DVC 2 takes it (dvc-objects, `HashStreamFile`): of texts with CRLF turned into LF, of anything else as it is.
 * Its parts are of a mebibyte each, and a CRLF that two parts share stays what it is, as there: give them so.
 */
export function linefeedMd5(): Hasher {
  const state = createHash('md5');
  let converts: boolean | null = null;
  return {
    update(part) {
      if (part.length === 0) return;
      converts ??= isText(part);
      state.update(converts ? withLinefeeds(part) : part);
    },
    hex: () => state.digest('hex'),
  };
}

function withLinefeeds(part: Uint8Array): Uint8Array {
  if (!part.includes(13)) return part;
  const kept = new Uint8Array(part.length);
  let length = 0;
  for (let at = 0; at < part.length; at += 1)
    if (part[at] !== 13 || part[at + 1] !== 10) {
      kept[length] = part[at] ?? 0;
      length += 1;
    }
  return kept.subarray(0, length);
}
