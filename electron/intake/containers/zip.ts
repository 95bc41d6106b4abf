import { createReadStream, createWriteStream, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import zlib from 'node:zlib';
import { Failure } from '../../../shared/failure.ts';
import { limits } from '../../../shared/limits.ts';
import type { Access, Container, Entry } from './container.ts';
import { openFile } from './folder.ts';
import { foldedName, normalName, whyNameRefused } from './names.ts';
import { archiveRefused } from './refusal.ts';

const marks = {
  local: 0x04034b50,
  central: 0x02014b50,
  end: 0x06054b50,
  end64: 0x06064b50,
  locator64: 0x07064b50,
} as const;

interface Record {
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
}

/** End of the central directory (APPNOTE 6.3.10, 4.3.16): the comment ends at the end of the file and hides no second end. */
function directory(path: string, file: Access): { at: number; bytes: number; count: number; endAt: number } {
  const tailAt = Math.max(0, file.bytes - 65_557);
  const tail = Buffer.from(file.read(tailAt, file.bytes - tailAt));
  const ends: number[] = [];
  for (
    let at = tail.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]));
    at >= 0;
    at = at === 0 ? -1 : tail.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]), at - 1)
  )
    if (at + 22 <= tail.length && at + 22 + tail.readUInt16LE(at + 20) === tail.length) ends.push(at);
  const [end] = ends;
  if (end === undefined) throw archiveRefused(path, 'has no directory at its end: it is truncated, or bytes follow it');
  if (ends.length > 1 || tail.indexOf(Buffer.from([0x50, 0x4b, 5, 6])) !== end)
    throw archiveRefused(path, 'has more than one end of directory: readers would disagree about it');
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
  return { at, bytes, count, endAt };
}

/** 64-bit sizes of the extra field 0x0001 (APPNOTE 4.5.3), in their fixed order; the extra field must add up. */
function extra64(path: string, extra: Buffer, shown: { number: number; name: string }): bigint[] {
  const values: bigint[] = [];
  for (let at = 0; at < extra.length; ) {
    if (at + 4 > extra.length) {
      if (extra.subarray(at).every((byte) => byte === 0)) break;
      throw archiveRefused(path, 'has an extra field that does not add up', shown);
    }
    const id = extra.readUInt16LE(at);
    const size = extra.readUInt16LE(at + 2);
    if (at + 4 + size > extra.length) throw archiveRefused(path, 'has an extra field that does not add up', shown);
    if (id === 1)
      for (let inner = at + 4; inner + 8 <= at + 4 + size; inner += 8) values.push(extra.readBigUInt64LE(inner));
    if (id === 0x7075)
      throw archiveRefused(path, 'has a second name in an extra field: readers would disagree about it', shown);
    at += 4 + size;
  }
  return values;
}

function dosTime(time: number, date: number): number | null {
  const at = Date.UTC(
    1980 + (date >> 9),
    ((date >> 5) & 15) - 1,
    date & 31,
    time >> 11,
    (time >> 5) & 63,
    (time & 31) * 2,
  );
  return date === 0 || Number.isNaN(at) ? null : at;
}

function readDirectory(path: string, file: Access): Record[] {
  const { at: start, bytes, count } = directory(path, file);
  const central = Buffer.from(file.read(start, bytes));
  if (central.length !== bytes) throw archiveRefused(path, 'is truncated');
  const records: Record[] = [];
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
    const wide = extra64(path, central.subarray(at + 46 + nameLength, at + 46 + nameLength + extraLength), shown);
    if (size === 0xffffffff) size = Number(wide.shift() ?? 0n);
    if (packed === 0xffffffff) packed = Number(wide.shift() ?? 0n);
    if (localAt === 0xffffffff) localAt = Number(wide.shift() ?? 0n);
    if ((flags & 0x2041) !== 0) throw archiveRefused(path, 'is encrypted', shown);
    if (method !== 0 && method !== 8)
      throw archiveRefused(path, `is packed by method ${method}; stored and deflated entries are read`, shown);
    const mode = central.readUInt32LE(at + 38) >>> 16;
    const madeBy = central[at + 5] ?? 0;
    if (madeBy === 3 && (mode & 0o170000) !== 0 && (mode & 0o170000) !== 0o100000 && (mode & 0o170000) !== 0o040000)
      throw archiveRefused(path, (mode & 0o170000) === 0o120000 ? 'is a link' : 'is a device, pipe or socket', shown);
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
    });
    at = next;
  }
  if (at !== central.length) throw archiveRefused(path, 'has a directory with bytes that no entry explains');
  return records;
}

/** Each local header says what the directory says, and no two entries share a byte (the overlap bombs). */
function checkLocals(path: string, file: Access, records: Record[], directoryAt: number): void {
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
    if (local.readUInt16LE(8) !== record.method || ((local.readUInt16LE(6) ^ record.flags) & 0x0009) !== 0)
      throw archiveRefused(path, 'has a header that differs from the directory', shown);
    const wide = extra64(path, Buffer.from(file.read(record.localAt + 30 + nameLength, extraLength)), shown);
    const hasDescriptor = (record.flags & 8) !== 0;
    const size = local.readUInt32LE(22) === 0xffffffff ? Number(wide[0] ?? -1n) : local.readUInt32LE(22);
    const packed = local.readUInt32LE(18) === 0xffffffff ? Number(wide[1] ?? -1n) : local.readUInt32LE(18);
    const told = [local.readUInt32LE(14), packed, size];
    const same = told[0] === record.crc && told[1] === record.packed && told[2] === record.bytes;
    if (!same && !(hasDescriptor && told.every((value) => value === 0 || value === -1)))
      throw archiveRefused(path, 'has other sizes in its header than in the directory', shown);
    record.dataAt = record.localAt + 30 + nameLength + extraLength;
    if (record.localAt < end) throw archiveRefused(path, 'shares bytes with another entry', shown);
    end = record.dataAt + record.packed;
    if (end > directoryAt) throw archiveRefused(path, 'is longer than what is left: the archive is truncated', shown);
    if (record.method === 0 && record.packed !== record.bytes)
      throw archiveRefused(path, 'is stored and has two sizes', shown);
  }
}

/**
 * Opens a zip strictly: one directory, local headers that agree with it, no overlap, no link, no escape, no two
 * entries of one name, bounded sizes and ratio. Bodies come as bounded streams whose CRC and length must fit.
 * @param staging private folder; inflated entries are files in it named by number
 * @throws Failure refused, disk-full
 */
export function openZip(path: string, staging: string): Container {
  const file = openFile(path);
  try {
    const records = readDirectory(path, file);
    checkLocals(path, file, records, directory(path, file).at);
    const entries: Entry[] = [];
    const byPath = new Map<string, Record>();
    const folded = new Map<string, string>();
    const folders = new Set<string>();
    let total = 0;
    records.forEach((record, index) => {
      const shown = { number: index + 1, name: record.name };
      const isFolder = record.name.endsWith('/');
      const refused = whyNameRefused(isFolder ? record.name.replace(/\/+$/, '') : record.name);
      if (refused !== null) throw archiveRefused(path, refused, shown);
      const name = normalName(record.name);
      if (isFolder) {
        if (record.bytes > 0) throw archiveRefused(path, 'is a folder with bytes of its own', shown);
        folders.add(name);
        return;
      }
      if (byPath.has(name)) throw archiveRefused(path, 'has the name of an earlier entry', shown);
      const twin = folded.get(foldedName(name));
      if (twin !== undefined)
        throw archiveRefused(
          path,
          `differs from ${twin.slice(0, 200)} only in case or in how a letter is composed`,
          shown,
        );
      folded.set(foldedName(name), name);
      if (record.bytes > limits.entryBytes)
        throw archiveRefused(path, `is larger than ${limits.entryBytes} bytes`, shown);
      if (record.bytes > limits.ratioFromBytes && record.bytes > limits.ratio * Math.max(1, record.packed))
        throw archiveRefused(path, `would grow more than ${limits.ratio} times when unpacked`, shown);
      total += record.bytes;
      byPath.set(name, record);
      entries.push({ path: name, bytes: record.bytes, modifiedAt: record.modifiedAt });
    });
    if (total > limits.totalBytes) throw archiveRefused(path, `holds more than ${limits.totalBytes} bytes`);
    if (total > limits.ratioFromBytes && total > limits.ratio * file.bytes)
      throw archiveRefused(path, `would grow more than ${limits.ratio} times when unpacked`);
    for (const name of byPath.keys()) {
      if (folders.has(name)) throw archiveRefused(path, `holds ${name.slice(0, 200)} both as a file and as a folder`);
      for (let slash = name.indexOf('/'); slash > 0; slash = name.indexOf('/', slash + 1))
        if (byPath.has(name.slice(0, slash)))
          throw archiveRefused(path, `holds ${name.slice(0, slash).slice(0, 200)} both as a file and as a folder`);
    }
    const numbers = new Map(entries.map((entry, index) => [entry.path, index + 1]));
    return {
      kind: 'zip',
      entries,
      unread: [],
      locate: () => null,
      open: async (entry) => {
        const record = byPath.get(entry.path);
        if (record === undefined) throw archiveRefused(path, `holds no entry ${entry.path}`);
        return body(path, file, record, staging, numbers.get(entry.path) ?? 0);
      },
      close: async () => file.close(),
    };
  } catch (error) {
    file.close();
    throw error;
  }
}

async function body(path: string, file: Access, record: Record, staging: string, number: number): Promise<Access> {
  const shown = { number, name: record.name };
  if (record.method === 0 || record.bytes <= 4 * 2 ** 20) {
    const packed = record.method === 0 ? null : file.read(record.dataAt, record.packed);
    let data: Uint8Array | null = null;
    if (packed !== null) {
      try {
        data = zlib.inflateRawSync(packed, { maxOutputLength: record.bytes + 1 });
      } catch {
        throw archiveRefused(path, 'cannot be unpacked: its bytes are damaged or longer than it says', shown);
      }
    }
    const read = (offset: number, length: number): Uint8Array =>
      data === null
        ? file.read(record.dataAt + offset, Math.max(0, Math.min(length, record.bytes - offset)))
        : data.subarray(offset, offset + length);
    if (data !== null && data.length !== record.bytes) throw archiveRefused(path, 'is not as long as it says', shown);
    let crc = 0;
    for (let at = 0; at < record.bytes; at += 1_048_576) crc = zlib.crc32(read(at, 1_048_576), crc);
    if (crc !== record.crc)
      throw archiveRefused(path, 'does not have the checksum it says: its bytes are damaged', shown);
    return { bytes: record.bytes, read, close: () => {} };
  }
  const place = join(staging, String(number));
  let bytes = 0;
  let crc = 0;
  const bound = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      crc = zlib.crc32(chunk, crc);
      done(bytes > record.bytes ? archiveRefused(path, 'is longer than it says', shown) : null, chunk);
    },
  });
  try {
    await pipeline(
      createReadStream(path, { start: record.dataAt, end: record.dataAt + record.packed - 1 }),
      zlib.createInflateRaw(),
      bound,
      createWriteStream(place, { mode: 0o600, flags: 'wx' }),
    );
  } catch (error) {
    rmSync(place, { force: true });
    if (error instanceof Failure) throw error;
    throw (
      stagingFailure(path, error, record.bytes) ??
      archiveRefused(path, 'cannot be unpacked: its bytes are damaged', shown)
    );
  }
  if (bytes !== record.bytes || crc !== record.crc)
    throw archiveRefused(path, 'does not have the length or the checksum it says', shown);
  const opened = openFile(place);
  return {
    bytes: opened.bytes,
    read: opened.read,
    close: () => {
      opened.close();
      rmSync(place, { force: true });
    },
  };
}

/** A full disk, as a refusal that says how much is needed; null for any other error. */
export function stagingFailure(path: string, error: unknown, bytes: number): Failure | null {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : '';
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return null;
  return new Failure('disk-full', {
    what: 'The disk is full.',
    where: path,
    why: `${bytes} bytes are needed to unpack it, on the disk of the temporary folder.`,
    notDone: 'Nothing was kept.',
    next: 'Free the space, or set TMPDIR to a larger disk, and import again.',
  });
}
