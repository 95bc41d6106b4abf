import type { Format } from './format.ts';
import { formats } from './index.ts';

const known = new Map<string, readonly Format[]>();
/** Endings are named by whoever made the evidence: so many of them are worth remembering. */
const rememberedAtMost = 1_000;
/** Where the first character is none of ASCII it may be a byte order mark, or a blank of another alphabet. */
const anything = '';

/** The readers to be asked about a file, in their order: those whose sieve lets a file of such a name or beginning through. */
export function askedAbout(name: string, head: Uint8Array): readonly Format[] {
  const ending = name.slice(name.lastIndexOf('.') + 1 || name.length).toLowerCase();
  const first = firstOf(head);
  const key = `${first}${ending}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  const asked = formats.filter(
    ({ sieve }) =>
      sieve === undefined ||
      first === anything ||
      sieve.endings?.includes(ending) === true ||
      sieve.first?.includes(first) === true,
  );
  if (known.size < rememberedAtMost) known.set(key, asked);
  return asked;
}

function firstOf(head: Uint8Array): string {
  let at = 0;
  for (let byte = head[at]; byte === 0x20 || (byte !== undefined && byte >= 0x09 && byte <= 0x0d); byte = head[at])
    at += 1;
  const byte = head[at] ?? 0xff;
  return byte < 0x80 ? String.fromCharCode(byte) : anything;
}
