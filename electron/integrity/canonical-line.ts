import { isUtf8 } from 'node:buffer';
import { limits } from '../../shared/limits.ts';

/** Members of the outermost object that a scan looks for, and where their values stand in the line. */
export interface Wanted {
  name: Buffer;
  /** Offsets of the value, end exclusive; -1 where the line has no such member. */
  start: number;
  end: number;
  /** Offset of the member's name, so that the member can be cut out. */
  from: number;
  /** Whether it is the last member: then its comma stands before it. */
  isLast: boolean;
  /** That whoever asks holds a value of 64 characters against a hash, so that they need not be looked at here. */
  isHash: boolean;
}

/** Beginnings of names to be noticed at any level. */
export interface Spot {
  beginnings: readonly Buffer[];
  found: boolean;
}

export const wantedMember = (name: string, isHash = false): Wanted => ({
  name: Buffer.from(name),
  start: -1,
  end: -1,
  from: -1,
  isLast: false,
  isHash,
});

// Limits are only ever lowered after this.
const levels = limits.jsonDepth + 1;
const nameFrom = new Int32Array(levels);
const nameTo = new Int32Array(levels);
const isObject = new Uint8Array(levels);

/** Of each byte: 1 where it ends the run of plain characters in a text, 2 where it ends that in a name too. */
export const stops = new Uint8Array(256);
/** Of each byte: 1 where it may stand in a number. */
export const inNumber = new Uint8Array(256);
for (let byte = 0; byte < 256; byte++) {
  if (byte < 0x20 || byte === 0x22 || byte === 0x5c) stops[byte] = 1;
  else if (byte >= 0x80) stops[byte] = 2;
}
for (const char of '0123456789.eE+-') inNumber[char.charCodeAt(0)] = 1;

/**
 * One pass over the bytes of a line: whether it is the RFC 8785 form of an object, as it stands. Then its digest can be
 * taken from the bytes without parsing. False says only that the slow way decides: names beyond ASCII or with escapes
 * are left to it, since their order is by UTF-16 units.
 * @param wanted filled with the places of top-level members
 * @param spot told whether a name at any level begins so
 */
export const scanCanonicalLine = (line: Uint8Array, wanted: readonly Wanted[], spot: Spot | null = null): boolean =>
  line[0] === 0x7b && isUtf8(line) && scanCanonical(line, 0, wanted, spot) === line.length;

/**
 * The same for the object that begins at `start` of bytes already known to be UTF-8. Returns the offset after it, or -1
 * where it is none or spelled otherwise. No line end is part of such an object.
 */
export function scanCanonical(
  line: Uint8Array,
  start: number,
  wanted: readonly Wanted[],
  spot: Spot | null = null,
): number {
  for (let i = 0; i < wanted.length; i++) {
    const each = wanted[i];
    if (each !== undefined) each.start = -1;
  }
  if (spot !== null) spot.found = false;
  if (line[start] !== 0x7b || line[start + 1] === 0x7d) return -1;
  let at = start + 1;
  let depth = 1;
  isObject[1] = 1;
  nameFrom[1] = -1;
  let open: Wanted | null = null;
  // `state`: 0 before a name, 1 before a value, 2 after a value.
  let state = 0;
  for (;;) {
    if (state === 0) {
      if (line[at] !== 0x22) return -1;
      const from = at + 1;
      at = from;
      while (stops[line[at] ?? 0] === 0) at += 1;
      if (line[at] !== 0x22) return -1;
      if (!ascends(line, nameFrom[depth] ?? -1, nameTo[depth] ?? 0, from, at)) return -1;
      if (spot !== null && !spot.found) spot.found = begins(line, from, at, spot.beginnings);
      nameFrom[depth] = from;
      nameTo[depth] = at;
      if (line[at + 1] !== 0x3a) return -1;
      if (depth === 1) open = wantedAt(line, from, at, wanted);
      at += 2;
      if (open !== null && depth === 1) {
        open.from = from - 1;
        open.start = at;
      }
      state = 1;
    } else if (state === 1) {
      const byte = line[at];
      if (byte === 0x22) {
        const isHeld = open?.isHash === true && depth === 1 && line[at + 65] === 0x22;
        at = isHeld ? at + 66 : stringEnd(line, at + 1);
        if (at < 0) return -1;
      } else if (byte === 0x7b || byte === 0x5b) {
        if (depth >= limits.jsonDepth) return -1;
        depth += 1;
        isObject[depth] = byte === 0x7b ? 1 : 0;
        nameFrom[depth] = -1;
        at += 1;
        const next = line[at];
        if (next === (byte === 0x7b ? 0x7d : 0x5d)) {
          depth -= 1;
          at += 1;
        } else {
          state = byte === 0x7b ? 0 : 1;
          continue;
        }
      } else if (byte === 0x74 || byte === 0x66 || byte === 0x6e) {
        at = wordEnd(line, at, byte);
        if (at < 0) return -1;
      } else {
        at = numberEnd(line, at);
        if (at < 0) return -1;
      }
      state = 2;
    } else {
      const byte = line[at];
      if (open !== null && depth === 1) {
        open.end = at;
        open.isLast = byte === 0x7d;
        open = null;
      }
      at += 1;
      if (byte === 0x2c) state = isObject[depth] === 1 ? 0 : 1;
      else if (byte === (isObject[depth] === 1 ? 0x7d : 0x5d)) {
        depth -= 1;
        if (depth === 0) return at;
      } else return -1;
    }
  }
}

/** Whether a name comes after the one before it in byte order; equal names do not. */
function ascends(line: Uint8Array, aFrom: number, aTo: number, bFrom: number, bTo: number): boolean {
  if (aFrom < 0) return true;
  const shorter = Math.min(aTo - aFrom, bTo - bFrom);
  for (let i = 0; i < shorter; i++) {
    const difference = (line[bFrom + i] ?? 0) - (line[aFrom + i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return bTo - bFrom > aTo - aFrom;
}

export function begins(line: Uint8Array, from: number, to: number, beginnings: readonly Buffer[]): boolean {
  search: for (let b = 0; b < beginnings.length; b++) {
    const each = beginnings[b];
    if (each === undefined || to - from < each.length) continue;
    for (let i = 0; i < each.length; i++) if (each[i] !== line[from + i]) continue search;
    return true;
  }
  return false;
}

export function wantedAt(line: Uint8Array, from: number, to: number, wanted: readonly Wanted[]): Wanted | null {
  search: for (let w = 0; w < wanted.length; w++) {
    const each = wanted[w];
    if (each === undefined || each.name.length !== to - from) continue;
    for (let i = 0; i < each.name.length; i++) if (each.name[i] !== line[from + i]) continue search;
    return each;
  }
  return null;
}

/** Offset after the closing quote; -1 where an escape is not the one RFC 8785 writes. */
export function stringEnd(line: Uint8Array, from: number): number {
  for (let at = from; ; at++) {
    while (stops[line[at] ?? 0] !== 1) at += 1;
    const byte = line[at];
    if (byte === 0x22) return at + 1;
    if (byte !== 0x5c) return -1;
    at += 1;
    const letter = line[at];
    // \" \\ \b \f \n \r \t
    if (
      letter === 0x22 ||
      letter === 0x5c ||
      letter === 0x62 ||
      letter === 0x66 ||
      letter === 0x6e ||
      letter === 0x72 ||
      letter === 0x74
    )
      continue;
    if (letter !== 0x75 || line[at + 1] !== 0x30 || line[at + 2] !== 0x30) return -1;
    const high = line[at + 3];
    const low = line[at + 4] ?? 0;
    if (high !== 0x30 && high !== 0x31) return -1;
    if (!((low >= 0x30 && low <= 0x39) || (low >= 0x61 && low <= 0x66))) return -1;
    // 08, 09, 0a, 0c and 0d have short forms.
    if (high === 0x30 && (low === 0x38 || low === 0x39 || low === 0x61 || low === 0x63 || low === 0x64)) return -1;
    at += 4;
  }
}

const words: Record<number, Buffer> = { 116: Buffer.from('true'), 102: Buffer.from('false'), 110: Buffer.from('null') };
export function wordEnd(line: Uint8Array, at: number, first: number): number {
  const word = words[first];
  if (word === undefined) return -1;
  for (let i = 0; i < word.length; i++) if (line[at + i] !== word[i]) return -1;
  return at + word.length;
}

function numberEnd(line: Uint8Array, from: number): number {
  let at = from;
  if (line[at] === 0x2d) at += 1;
  const digits = at;
  while ((line[at] ?? 0) >= 0x30 && (line[at] ?? 0) <= 0x39) at += 1;
  const next = line[at];
  const isWhole = next !== 0x2e && next !== 0x65 && next !== 0x45;
  if (isWhole && at - digits <= 15) {
    if (at === digits) return -1;
    // A leading zero, and minus zero.
    if (line[digits] === 0x30 && (at - digits > 1 || digits > from)) return -1;
    return at;
  }
  while (inNumber[line[at] ?? 0] === 1) at += 1;
  if (at - from > 30) return -1;
  let text = '';
  for (let i = from; i < at; i++) text += String.fromCharCode(line[i] ?? 0);
  return String(Number(text)) === text ? at : -1;
}
