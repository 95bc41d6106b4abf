import { createReadStream, createWriteStream, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import zlib from 'node:zlib';
import type { Defect } from '../../../shared/fact.ts';
import { Failure } from '../../../shared/failure.ts';
import { limits } from '../../../shared/limits.ts';
import { inflated } from '../inflate.ts';
import type { Access, Container, Entry, Location } from './container.ts';
import { openFile } from './folder.ts';
import { foldedName, normalName, whyNameRefused } from './names.ts';
import { archiveRefused } from './refusal.ts';
import { readDirectory, type ZipRecord } from './zip-directory.ts';

/** What is odd about an archive and refuses nothing: it is named, and not acted on. */
function zipDefects(records: readonly ZipRecord[], unexplained: readonly { start: number; end: number }[]): Defect[] {
  const defects: Defect[] = unexplained.map(({ start, end }) => ({
    code: 'archive-hidden-bytes',
    detail: `Bytes ${start} to ${end} of the archive belong to no entry that its directory lists. They were not read.`,
    place: { path: '', offset: start },
  }));
  if (records.every(({ name }) => name.endsWith('/')))
    defects.push({ code: 'archive-empty', detail: 'The archive holds no file.', place: { path: '' } });
  for (const { name, mode, dos, modifiedAt } of records) {
    const place = { path: normalName(name) };
    if (defects.length >= 100) break;
    if ((mode & 0o6000) !== 0)
      defects.push({
        code: 'archive-rights',
        detail: 'The archive would have this file run with the rights of its owner or group. They are not applied.',
        place,
      });
    if (modifiedAt === null && dos.date !== 0)
      defects.push({
        code: 'archive-time',
        detail: `The archive dates this file with a day or an hour that no calendar has (${dos.date}, ${dos.time}); the date is not shown.`,
        place,
      });
  }
  return defects;
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
    const archive = file.identity();
    const { records, unexplained } = readDirectory(path, file);
    const entries: Entry[] = [];
    const byPath = new Map<string, ZipRecord>();
    const folded = new Map<string, string>();
    const folders = new Set<string>();
    let total = 0;
    records.forEach((record, index) => {
      const shown = { number: index + 1, name: record.name };
      const isFolder = record.name.endsWith('/');
      const refused = whyNameRefused(isFolder ? record.name.replace(/\/+$/, '') : record.name);
      if (refused !== null) throw archiveRefused(path, refused, shown);
      const name = normalName(record.name);
      if (name === '' && !isFolder) throw archiveRefused(path, 'names no file', shown);
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
      stamp: archive,
      unread: [],
      defects: zipDefects(records, unexplained),
      locate(entry) {
        const record = byPath.get(entry.path);
        if (record === undefined || (record.method !== 0 && record.bytes > inflatedAtOnce)) return null;
        const { dataAt: offset, packed: bytes, crc } = record;
        const shown = { number: numbers.get(entry.path) ?? 0, name: record.name };
        return {
          file: path,
          part: { offset, bytes, archive },
          packed: { bytes: record.bytes, crc, shown, isStored: record.method === 0 },
        };
      },
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

/** Up to this size an entry is inflated in memory, at once; beyond it into staging. */
const inflatedAtOnce = 4 * 2 ** 20;

/**
 * An entry as the directory describes it: inflated where it is deflated, its length and CRC-32 held against its bytes.
 * @param part its bytes as they stand in the archive
 * @throws Failure refused
 */
export function unpacked(path: string, part: Access, packed: NonNullable<Location['packed']>): Access {
  const { bytes, shown } = packed;
  let data: Uint8Array | null = null;
  if (!packed.isStored) {
    let used = 0;
    try {
      ({ data, used } = inflated(zlib.inflateRawSync, part.read(0, part.bytes), bytes + 1));
    } catch {
      throw archiveRefused(path, 'cannot be unpacked: its bytes are damaged or longer than it says', shown);
    }
    if (used !== part.bytes) throw archiveRefused(path, 'holds bytes behind the end of what is packed', shown);
    if (data.length !== bytes) throw archiveRefused(path, 'is not as long as it says', shown);
  }
  const read = (offset: number, length: number): Uint8Array =>
    data === null ? part.read(offset, length) : data.subarray(offset, offset + length);
  let crc = 0;
  for (let at = 0; at < bytes; at += 1_048_576) crc = zlib.crc32(read(at, 1_048_576), crc);
  if (crc !== packed.crc)
    throw archiveRefused(path, 'does not have the checksum it says: its bytes are damaged', shown);
  return { bytes, read, close: () => part.close() };
}

async function body(path: string, file: Access, record: ZipRecord, staging: string, number: number): Promise<Access> {
  const shown = { number, name: record.name };
  const stored: Access = {
    bytes: record.packed,
    read: (offset, length) => file.read(record.dataAt + offset, Math.max(0, Math.min(length, record.packed - offset))),
    close: () => {},
  };
  if (record.method === 0 || record.bytes <= inflatedAtOnce)
    return unpacked(path, stored, { bytes: record.bytes, crc: record.crc, shown, isStored: record.method === 0 });
  const place = join(staging, String(number));
  const inflate = zlib.createInflateRaw();
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
      inflate,
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
  if (inflate.bytesWritten !== record.packed) {
    rmSync(place, { force: true });
    throw archiveRefused(path, 'holds bytes behind the end of what is packed', shown);
  }
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
