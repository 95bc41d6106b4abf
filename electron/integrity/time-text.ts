const numeric = /^-?[0-9]+(\.[0-9]+)?$/;
const daysBefore = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];

/** Whether a text is a number rather than a time, whatever a program makes of it. */
export const isNumberForTime = (text: string): boolean => text.length < 20 && numeric.test(text);

/** Two digits; -1 for anything else. */
function two(bytes: Uint8Array, at: number): number {
  const tens = (bytes[at] ?? 0) - 0x30;
  const ones = (bytes[at + 1] ?? 0) - 0x30;
  return tens < 0 || tens > 9 || ones < 0 || ones > 9 ? -1 : tens * 10 + ones;
}

/** What stands between the numbers of `2026-11-21T10:00:00`. */
const marks: readonly (readonly [offset: number, byte: number])[] = [
  [4, 0x2d],
  [7, 0x2d],
  [10, 0x54],
  [13, 0x3a],
  [16, 0x3a],
];

/**
 * The time that a text of a record says, in ms since 1970; NaN where it is none, or a number, or holds an escape. The
 * form that most records have, in UTC, is read without making a text of it.
 */
export function timeIn(bytes: Buffer, from: number, to: number): number {
  const quick = utcTime(bytes, from, to);
  if (!Number.isNaN(quick)) return quick;
  const text = bytes.toString('utf8', from, to);
  return text.includes('\\') || isNumberForTime(text) ? Number.NaN : timeOf(text);
}

const iso =
  /^([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[Tt ]([0-9]{2}:[0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]+))?)? ?(?:Z|z|([+-][0-9]{2}):?([0-9]{2})?)?)?$/;
const hasZone = /(?:GMT|UTC|Z|[+-][0-9]{2}:?[0-9]{2})\s*(?:\([^()]*\))?$/i;

/**
 * The time that a text says, in ms since 1970; NaN where it is none. A time without a zone is taken as UTC, so that the
 * answer is the same on every machine, and a day that its month has not is none (ISO 8601; RFC 3339, 5.7).
 */
export function timeOf(text: string): number {
  const found = text.length > 60 ? null : iso.exec(text);
  if (found === null) return text.length > 60 ? Number.NaN : Date.parse(hasZone.test(text) ? text : `${text} UTC`);
  const [, day = '', minutes = '00:00', seconds = '00', fraction = '', hours = '+00', rest = '00'] = found;
  const at = Date.parse(`${day}T${minutes}:${seconds}Z`);
  if (Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== day) return Number.NaN;
  const digits = fraction.slice(0, 6).padEnd(6, '0');
  const offset = Number(hours) * 60 + (hours.startsWith('-') ? -1 : 1) * Number(rest);
  return at - offset * 60_000 + Number(digits.slice(0, 3)) + Number(digits.slice(3)) / 1_000;
}

/**
 * The time that a number says, in ms since 1970: seconds, and ms, µs or ns where so many seconds would be in a far
 * future. NaN for what is no number of our days.
 */
export function epochTime(text: string): number {
  if (!isNumberForTime(text)) return Number.NaN;
  const value = Number(text);
  if (value < 100_000_000) return Number.NaN;
  if (value < 100_000_000_000) return value * 1_000;
  return value < 1e14 ? value : value < 1e17 ? value / 1_000 : value / 1_000_000;
}

function utcTime(bytes: Buffer, from: number, to: number): number {
  const length = to - from;
  if (length < 20 || length > 30 || bytes[to - 1] !== 0x5a) return Number.NaN;
  for (let i = 0; i < marks.length; i++) {
    const mark = marks[i];
    if (mark !== undefined && bytes[from + mark[0]] !== mark[1]) return Number.NaN;
  }
  const century = two(bytes, from);
  const ofCentury = two(bytes, from + 2);
  const month = two(bytes, from + 5);
  const day = two(bytes, from + 8);
  const hour = two(bytes, from + 11);
  const minute = two(bytes, from + 14);
  const second = two(bytes, from + 17);
  // Days beyond the 28th are left to who knows the months.
  if (century < 0 || ofCentury < 0 || month < 1 || month > 12 || day < 1 || day > 28) return Number.NaN;
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return Number.NaN;
  let milliseconds = 0;
  let microseconds = 0;
  if (length > 20) {
    if (bytes[from + 19] !== 0x2e || length === 21) return Number.NaN;
    for (let i = 20; i < length - 1; i++) {
      const digit = (bytes[from + i] ?? 0) - 0x30;
      if (digit < 0 || digit > 9) return Number.NaN;
      if (i < 23) milliseconds += digit * (i === 20 ? 100 : i === 21 ? 10 : 1);
      else if (i < 26) microseconds += digit * (i === 23 ? 100 : i === 24 ? 10 : 1);
    }
  }
  const year = century * 100 + ofCentury;
  const leaps = (each: number) => Math.floor(each / 4) - Math.floor(each / 100) + Math.floor(each / 400);
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const days =
    (year - 1970) * 365 +
    (leaps(year - 1) - leaps(1969)) +
    (daysBefore[month - 1] ?? 0) +
    (isLeap && month > 2 ? 1 : 0) +
    day -
    1;
  return ((days * 24 + hour) * 60 + minute) * 60_000 + second * 1_000 + milliseconds + microseconds / 1_000;
}
