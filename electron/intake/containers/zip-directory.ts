import { limits } from '../../../shared/limits.ts';
import type { Access } from './container.ts';
import { archiveRefused } from './refusal.ts';

const marks = {
  local: 0x04034b50,
  descriptor: 0x08074b50,
  central: 0x02014b50,
  end: 0x06054b50,
  end64: 0x06064b50,
  locator64: 0x07064b50,
} as const;

/** An entry as the directory of a zip lists it. */
export interface ZipRecord {
  name: string;
  rawName: Buffer;
  method: number;
  flags: number;
  crc: number;
  packed: number;
  bytes: number;
  localAt: number;
  dataAt: number;
  modifiedAt: number | null;
  /** Permission bits as a Unix writer noted them; 0 where none did. */
  mode: number;
  /** Date and time as the entry has them, in the form of MS-DOS. */
  dos: { date: number; time: number };
}

const twoEnds = (path: string) =>
  archiveRefused(path, 'has more than one end of directory: readers would disagree about it');

/**
 * End of the central directory (APPNOTE 6.3.10, 4.3.16): the comment ends at the end of the file and hides no second end.
 * @returns where the directory stands, and where else before it the mark of an end does: an entry may hold an archive
 */
function directory(
  path: string,
  file: Access,
): { at: number; bytes: number; count: number; endAt: number; others: number[] } {
  const tailAt = Math.max(0, file.bytes - 65_557);
  const tail = Buffer.from(file.read(tailAt, file.bytes - tailAt));
  const found: number[] = [];
  const mark = Buffer.from([0x50, 0x4b, 5, 6]);
  for (let at = tail.indexOf(mark); at >= 0; at = tail.indexOf(mark, at + 1)) found.push(at);
  const ends = found.filter((at) => at + 22 <= tail.length && at + 22 + tail.readUInt16LE(at + 20) === tail.length);
  const [end] = ends;
  if (end === undefined) throw archiveRefused(path, 'has no directory at its end: it is truncated, or bytes follow it');
  if (ends.length > 1) throw twoEnds(path);
  let [disk, startDisk, here, count, bytes, at] = [
    tail.readUInt16LE(end + 4),
    tail.readUInt16LE(end + 6),
    tail.readUInt16LE(end + 8),
    tail.readUInt16LE(end + 10),
    tail.readUInt32LE(end + 12),
    tail.readUInt32LE(end + 16),
  ];
  let endAt = tailAt + end;
  const locator = end >= 20 && tail.readUInt32LE(end - 20) === marks.locator64;
  if (locator) {
    const at64 = Number(tail.readBigUInt64LE(end - 12));
    const record = Buffer.from(file.read(at64, 56));
    if (
      record.length < 56 ||
      record.readUInt32LE(0) !== marks.end64 ||
      at64 + 12 + Number(record.readBigUInt64LE(4)) !== tailAt + end - 20
    )
      throw archiveRefused(path, 'has a 64-bit directory that does not add up');
    [disk, startDisk] = [record.readUInt32LE(16), record.readUInt32LE(20)];
    [here, count, bytes, at] = [
      Number(record.readBigUInt64LE(24)),
      Number(record.readBigUInt64LE(32)),
      Number(record.readBigUInt64LE(40)),
      Number(record.readBigUInt64LE(48)),
    ];
    endAt = at64;
  }
  if (disk !== 0 || startDisk !== 0 || here !== count) throw archiveRefused(path, 'spans several volumes');
  if (count > limits.entries) throw archiveRefused(path, `claims ${count} entries; at most ${limits.entries} are read`);
  if (bytes > 256 * 2 ** 20 || at + bytes !== endAt)
    throw archiveRefused(path, 'has a directory that does not end where it should');
  const others = found.filter((each) => each !== end).map((each) => tailAt + each);
  if (others.some((each) => each >= at)) throw twoEnds(path);
  return { at, bytes, count, endAt, others };
}

/** 64-bit sizes of the extra field 0x0001 (APPNOTE 4.5.3), in their fixed order; the extra field must add up. */
function extra64(path: string, extra: Buffer, rawName: Buffer, shown: { number: number; name: string }): bigint[] {
  const values: bigint[] = [];
  let hasWide = false;
  for (let at = 0; at < extra.length; ) {
    if (at + 4 > extra.length) {
      if (extra.subarray(at).every((byte) => byte === 0)) break;
      throw archiveRefused(path, 'has an extra field that does not add up', shown);
    }
    const id = extra.readUInt16LE(at);
    const size = extra.readUInt16LE(at + 2);
    if (at + 4 + size > extra.length) throw archiveRefused(path, 'has an extra field that does not add up', shown);
    if (id === 1 && hasWide) throw archiveRefused(path, 'has its 64-bit sizes twice', shown);
    hasWide ||= id === 1;
    if (id === 1)
      for (let inner = at + 4; inner + 8 <= at + 4 + size; inner += 8) values.push(extra.readBigUInt64LE(inner));
    // The Unicode path (APPNOTE 4.6.9): version, CRC of the name that it stands for, name.
    if (id === 0x7075 && !extra.subarray(at + 9, at + 4 + size).equals(rawName))
      throw archiveRefused(path, 'has a second name in an extra field: readers would disagree about it', shown);
    at += 4 + size;
  }
  return values;
}

/** Null where the fields are no moment: month 0, hour 31. `Date.UTC` would turn such into another moment. */
function dosTime(time: number, date: number): number | null {
  const [year, month, day] = [1980 + (date >> 9), (date >> 5) & 15, date & 31];
  const [hour, minute, second] = [time >> 11, (time >> 5) & 63, (time & 31) * 2];
  const at = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  const isSame =
    at.getUTCMonth() === month - 1 &&
    at.getUTCDate() === day &&
    at.getUTCHours() === hour &&
    minute < 60 &&
    second < 60;
  return isSame ? at.getTime() : null;
}

/** Systems whose attributes hold a mode of Unix, and those whose attributes are those of MS-DOS (APPNOTE 4.4.2.2). */
const unixSystems = new Set([3, 19]);
const windowsSystems = new Set([0, 10, 11, 14]);

function readRecords(
  path: string,
  file: Access,
  { at: start, bytes, count }: { at: number; bytes: number; count: number },
): ZipRecord[] {
  const central = Buffer.from(file.read(start, bytes));
  if (central.length !== bytes) throw archiveRefused(path, 'is truncated');
  const records: ZipRecord[] = [];
  let at = 0;
  for (let number = 1; number <= count; number++) {
    if (at + 46 > central.length || central.readUInt32LE(at) !== marks.central)
      throw archiveRefused(path, `has a directory that breaks off at entry ${number}`);
    const [nameLength, extraLength, commentLength] = [
      central.readUInt16LE(at + 28),
      central.readUInt16LE(at + 30),
      central.readUInt16LE(at + 32),
    ];
    const next = at + 46 + nameLength + extraLength + commentLength;
    if (next > central.length) throw archiveRefused(path, `has a directory that breaks off at entry ${number}`);
    const rawName = central.subarray(at + 46, at + 46 + nameLength);
    const name = rawName.toString('utf8');
    const shown = { number, name };
    if (Buffer.compare(Buffer.from(name), rawName) !== 0)
      throw archiveRefused(path, 'has a name that is not UTF-8', { number, name: rawName.toString('latin1') });
    const flags = central.readUInt16LE(at + 8);
    const method = central.readUInt16LE(at + 10);
    let packed: number = central.readUInt32LE(at + 20);
    let size: number = central.readUInt32LE(at + 24);
    let localAt: number = central.readUInt32LE(at + 42);
    const wide = extra64(
      path,
      central.subarray(at + 46 + nameLength, at + 46 + nameLength + extraLength),
      rawName,
      shown,
    );
    const next64 = (): number => {
      const value = wide.shift();
      if (value === undefined) throw archiveRefused(path, 'lacks the 64-bit size that it refers to', shown);
      return Number(value);
    };
    if (size === 0xffffffff) size = next64();
    if (packed === 0xffffffff) packed = next64();
    if (localAt === 0xffffffff) localAt = next64();
    if (![0, 0xffff].includes(central.readUInt16LE(at + 34)))
      throw archiveRefused(path, 'begins in another volume', shown);
    if ((flags & 0x2041) !== 0) throw archiveRefused(path, 'is encrypted', shown);
    if ((flags & 0x20) !== 0) throw archiveRefused(path, 'is a patch of another file, which is not here', shown);
    if (method !== 0 && method !== 8)
      throw archiveRefused(path, `is packed by method ${method}; stored and deflated entries are read`, shown);
    const attributes = central.readUInt32LE(at + 38);
    const madeBy = central[at + 5] ?? 0;
    const mode = unixSystems.has(madeBy) ? attributes >>> 16 : 0;
    const kind = mode & 0o170000;
    const isReparsePoint = windowsSystems.has(madeBy) && (attributes & 0x400) !== 0;
    if (kind === 0o120000 || isReparsePoint) throw archiveRefused(path, 'is a link', shown);
    if (kind !== 0 && kind !== 0o100000 && kind !== 0o040000)
      throw archiveRefused(path, 'is a device, pipe or socket', shown);
    const isFolder = kind === 0o040000 || (windowsSystems.has(madeBy) && (attributes & 0x10) !== 0);
    if (isFolder && size > 0 && !name.endsWith('/'))
      throw archiveRefused(path, 'is a folder by its rights and a file by its bytes', shown);
    records.push({
      name,
      rawName,
      method,
      flags,
      crc: central.readUInt32LE(at + 16),
      packed,
      bytes: size,
      localAt,
      dataAt: 0,
      modifiedAt: dosTime(central.readUInt16LE(at + 12), central.readUInt16LE(at + 14)),
      mode: mode & 0o7777,
      dos: { time: central.readUInt16LE(at + 12), date: central.readUInt16LE(at + 14) },
    });
    at = next;
  }
  if (at !== central.length) throw archiveRefused(path, 'has a directory with bytes that no entry explains');
  return records;
}

/** Longest data descriptor: mark, CRC, two 64-bit sizes (APPNOTE 4.3.9). */
const longestDescriptor = 24;

/**
 * Bytes of the data descriptor that says what the directory says (APPNOTE 4.3.9), with its mark or without, with sizes of
 * 32 or of 64 bits; null where it says otherwise.
 */
function descriptorLength(bytes: Buffer, { crc, packed, bytes: size }: ZipRecord): number | null {
  for (const from of bytes.length >= 4 && bytes.readUInt32LE(0) === marks.descriptor ? [4, 0] : [0]) {
    if (bytes.length < from + 12 || bytes.readUInt32LE(from) !== crc) continue;
    const isWide =
      bytes.length >= from + 20 &&
      bytes.readBigUInt64LE(from + 4) === BigInt(packed) &&
      bytes.readBigUInt64LE(from + 12) === BigInt(size);
    if (isWide) return from + 20;
    if (bytes.readUInt32LE(from + 4) === packed % 2 ** 32 && bytes.readUInt32LE(from + 8) === size % 2 ** 32)
      return from + 12;
  }
  return null;
}

/**
 * Each local header says what the directory says, and no two entries share a byte (the overlap bombs).
 * @returns ranges before the directory that no entry of it explains, at most 100
 */
function checkLocals(
  path: string,
  file: Access,
  records: ZipRecord[],
  directoryAt: number,
): { start: number; end: number }[] {
  const unexplained: { start: number; end: number }[] = [];
  const gap = (start: number, end: number, allowed: number) => {
    if (end - start > allowed && unexplained.length < 100) unexplained.push({ start, end });
  };
  let mayFollow = 0;
  const order = records
    .map((record, index) => ({ record, number: index + 1 }))
    .sort((a, b) => a.record.localAt - b.record.localAt);
  let end = 0;
  for (const { record, number } of order) {
    const shown = { number, name: record.name };
    const local = Buffer.from(file.read(record.localAt, 30));
    if (local.length < 30 || local.readUInt32LE(0) !== marks.local)
      throw archiveRefused(path, 'has no header where the directory says', shown);
    const [nameLength, extraLength] = [local.readUInt16LE(26), local.readUInt16LE(28)];
    const name = Buffer.from(file.read(record.localAt + 30, nameLength));
    if (Buffer.compare(name, record.rawName) !== 0)
      throw archiveRefused(path, 'has another name in its header than in the directory', shown);
    // What a name that is not ASCII says depends on bit 11 (APPNOTE 4.4.4): both must have it, or neither.
    const compared = record.rawName.every((byte) => byte < 0x80) ? 0x0009 : 0x0809;
    if (local.readUInt16LE(8) !== record.method || ((local.readUInt16LE(6) ^ record.flags) & compared) !== 0)
      throw archiveRefused(path, 'has a header that differs from the directory', shown);
    const wide = extra64(
      path,
      Buffer.from(file.read(record.localAt + 30 + nameLength, extraLength)),
      record.rawName,
      shown,
    );
    const hasDescriptor = (record.flags & 8) !== 0;
    const size = local.readUInt32LE(22) === 0xffffffff ? Number(wide[0] ?? -1n) : local.readUInt32LE(22);
    const packed = local.readUInt32LE(18) === 0xffffffff ? Number(wide[1] ?? -1n) : local.readUInt32LE(18);
    // Where a descriptor follows, a header leaves at 0 what its writer did not know: some know the size already (4.4.4).
    const differing = [
      { told: local.readUInt32LE(14), meant: record.crc },
      { told: packed, meant: record.packed },
      { told: size, meant: record.bytes },
    ].filter(({ told, meant }) => told !== meant);
    const same = differing.length === 0;
    if (!same && !(hasDescriptor && differing.every(({ told }) => told === 0 || told === -1)))
      throw archiveRefused(path, 'has other sizes in its header than in the directory', shown);
    record.dataAt = record.localAt + 30 + nameLength + extraLength;
    if (record.localAt < end) throw archiveRefused(path, 'shares bytes with another entry', shown);
    gap(end, record.localAt, mayFollow);
    mayFollow = 0;
    end = record.dataAt + record.packed;
    if (end > directoryAt) throw archiveRefused(path, 'is longer than what is left: the archive is truncated', shown);
    if (hasDescriptor) {
      const following = Buffer.from(file.read(end, Math.min(longestDescriptor, directoryAt - end)));
      const isMarked = following.length >= 4 && following.readUInt32LE(0) === marks.descriptor;
      // Some write the flag, and the sizes in the header all the same.
      const length = descriptorLength(following, record) ?? (same && !isMarked ? 0 : null);
      if (length === null)
        throw archiveRefused(path, 'is followed by another checksum or size than the directory has', shown);
      end += length;
    }
    if (record.method === 0 && record.packed !== record.bytes)
      throw archiveRefused(path, 'is stored and has two sizes', shown);
  }
  gap(end, directoryAt, mayFollow);
  return unexplained;
}

/**
 * The directory of a zip, read strictly, and what it does not explain.
 * @returns entries in its order, and ranges of the archive that belong to none of them
 * @throws Failure refused
 */
export function readDirectory(
  path: string,
  file: Access,
): { records: ZipRecord[]; unexplained: { start: number; end: number }[] } {
  const place = directory(path, file);
  const records = readRecords(path, file, place);
  const unexplained = checkLocals(path, file, records, place.at);
  // An archive within an entry has an end of its own. Anywhere else a reader might take it for that of this one.
  const last =
    place.others.length === 0 ? [] : records.filter((each) => each.dataAt + each.packed > file.bytes - 65_557);
  const isWithin = (mark: number) => last.some(({ dataAt, packed }) => mark >= dataAt && mark + 4 <= dataAt + packed);
  if (!place.others.every(isWithin)) throw twoEnds(path);
  return { records, unexplained };
}
