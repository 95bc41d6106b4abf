import { limits } from '../../../shared/limits.ts';
import type { Access, Container, Entry } from './container.ts';
import { foldedName, normalName, whyNameRefused } from './names.ts';
import { archiveRefused } from './refusal.ts';

const text = (block: Uint8Array, from: number, length: number): string => {
  const field = Buffer.from(block.subarray(from, from + length));
  const end = field.indexOf(0);
  return (end < 0 ? field : field.subarray(0, end)).toString('utf8');
};

/** A numeric field: octal digits with blanks or NULs around; null where it is anything else (base-256 included). */
function octal(block: Uint8Array, from: number, length: number): number | null {
  const field = Buffer.from(block.subarray(from, from + length))
    .toString('latin1')
    .replace(/^[ \0]+|[ \0]+$/g, '');
  return field === '' ? 0 : /^[0-7]+$/.test(field) ? Number.parseInt(field, 8) : null;
}

/** Records of a pax header, `length key=value\n` (POSIX.1-2017, pax). Null where they do not add up. */
function paxRecords(data: Uint8Array): Map<string, string> | null {
  const records = new Map<string, string>();
  const buffer = Buffer.from(data);
  for (let at = 0; at < buffer.length; ) {
    const space = buffer.indexOf(0x20, at);
    const length = Number(buffer.subarray(at, space).toString('latin1'));
    if (
      space < 0 ||
      !Number.isInteger(length) ||
      length < 5 ||
      at + length > buffer.length ||
      buffer[at + length - 1] !== 0x0a
    )
      return null;
    const record = buffer.subarray(space + 1, at + length - 1);
    const equals = record.indexOf(0x3d);
    if (equals < 1) return null;
    const key = record.subarray(0, equals).toString('utf8');
    if (records.has(key)) return null;
    records.set(key, record.subarray(equals + 1).toString('utf8'));
    at += length;
  }
  return records;
}

/**
 * Reads a tar archive strictly: ustar with pax (path, mtime, size) and GNU long names. Anything that two readers
 * could read differently refuses the whole: a size told twice and differently, a bad checksum, numbers that are not
 * octal, links, devices, names that escape or occur twice, bytes after the end, an end that is missing.
 * @param file whole archive, uncompressed
 * @throws Failure refused
 */
export function openTar(path: string, file: Access, kind: 'tar' | 'tar.gz', closeAll: () => Promise<void>): Container {
  const entries: Entry[] = [];
  const places = new Map<string, { offset: number; bytes: number }>();
  const folders = new Set<string>();
  const folded = new Map<string, string>();
  let number = 0;
  let total = 0;
  let long: string | null = null;
  let pax: Map<string, string> | null = null;
  let ended = false;
  for (let at = 0; at < file.bytes; ) {
    const block = file.read(at, 512);
    if (block.length < 512) throw archiveRefused(path, 'ends in the middle of a header: it is truncated');
    if (block.every((byte) => byte === 0)) {
      const rest = file.read(at, 512 * 2);
      if (rest.length < 1_024) throw archiveRefused(path, 'ends with half an end mark: it is truncated');
      if (!rest.every((byte) => byte === 0)) throw archiveRefused(path, 'holds entries after an end mark');
      for (let tail = at + 1_024; tail < file.bytes; tail += 65_536)
        if (!file.read(tail, 65_536).every((byte) => byte === 0))
          throw archiveRefused(path, 'holds bytes after its end');
      ended = true;
      break;
    }
    number += 1;
    const shown = { number, name: text(block, 0, 100) };
    let sum = 8 * 0x20;
    for (let i = 0; i < 512; i++) if (i < 148 || i >= 156) sum += block[i] ?? 0;
    if (octal(block, 148, 8) !== sum) throw archiveRefused(path, 'has a header whose checksum is wrong', shown);
    const type = String.fromCharCode(block[156] ?? 0);
    const size = octal(block, 124, 12);
    if (size === null) throw archiveRefused(path, 'has a size that is not octal', shown);
    const dataAt = at + 512;
    const paxSize: string | undefined = pax?.get('size');
    if (paxSize !== undefined && Number(paxSize) !== size)
      throw archiveRefused(path, 'has two sizes that differ: readers would disagree about it', shown);
    if (dataAt + size > file.bytes)
      throw archiveRefused(
        path,
        `claims ${size} bytes where ${file.bytes - dataAt} are left: the archive is truncated`,
        shown,
      );
    at = dataAt + Math.ceil(size / 512) * 512;
    if (type === 'x' || type === 'g') {
      if (size > 1_048_576) throw archiveRefused(path, 'has an extended header larger than 1 MiB', shown);
      const records = paxRecords(file.read(dataAt, size));
      if (records === null) throw archiveRefused(path, 'has an extended header that does not add up', shown);
      for (const key of records.keys())
        if (
          !/^(path|mtime|atime|ctime|size|uid|gid|uname|gname|comment|charset|hdrcharset|(SCHILY|LIBARCHIVE)\..*)$/.test(
            key,
          )
        )
          throw archiveRefused(path, `has an extended header of a kind that is not read, ${key.slice(0, 60)}`, shown);
      if (type === 'g' && (records.has('path') || records.has('size')))
        throw archiveRefused(path, 'renames or resizes every entry at once', shown);
      if (type === 'x') {
        if (pax !== null || long !== null) throw archiveRefused(path, 'has two extended headers for one entry', shown);
        pax = records;
      }
      continue;
    }
    if (type === 'L') {
      if (size > limits.pathBytes + 1 || long !== null || pax !== null)
        throw archiveRefused(path, 'has a long name that is too long or told twice', shown);
      long = text(file.read(dataAt, size), 0, size);
      continue;
    }
    if (type === 'K' || type === '1' || type === '2') throw archiveRefused(path, 'is a link', shown);
    if ('346'.includes(type)) throw archiveRefused(path, 'is a device or a pipe', shown);
    if (type !== '0' && type !== '\0' && type !== '5')
      throw archiveRefused(path, `is of a type that is not read, ${JSON.stringify(type)}`, shown);
    const prefix = text(block, 257, 5) === 'ustar' && block[262] === 0 ? text(block, 345, 155) : '';
    const written =
      pax?.get('path') ?? long ?? (prefix === '' ? text(block, 0, 100) : `${prefix}/${text(block, 0, 100)}`);
    const mtime = Number(pax?.get('mtime') ?? octal(block, 136, 12) ?? 0);
    pax = null;
    long = null;
    const isFolder = type === '5' || written.endsWith('/');
    const refused = whyNameRefused(written.replace(/\/+$/, '') || (isFolder ? '.' : ''));
    if (refused !== null) throw archiveRefused(path, refused, { number, name: written });
    const name = normalName(written);
    if (isFolder) {
      if (size > 0) throw archiveRefused(path, 'is a folder with bytes of its own', { number, name: written });
      folders.add(name);
      continue;
    }
    if (places.has(name)) throw archiveRefused(path, 'has the name of an earlier entry', { number, name: written });
    if (folders.has(name)) throw archiveRefused(path, 'has the name of a folder', { number, name: written });
    const twin = folded.get(foldedName(name));
    if (twin !== undefined)
      throw archiveRefused(path, `differs from ${twin.slice(0, 200)} only in case or in how a letter is composed`, {
        number,
        name: written,
      });
    folded.set(foldedName(name), name);
    if (size > limits.entryBytes)
      throw archiveRefused(path, `is larger than ${limits.entryBytes} bytes`, { number, name: written });
    total += size;
    if (total > limits.totalBytes) throw archiveRefused(path, `holds more than ${limits.totalBytes} bytes`);
    if (entries.length >= limits.entries) throw archiveRefused(path, `holds more than ${limits.entries} entries`);
    places.set(name, { offset: dataAt, bytes: size });
    entries.push({ path: name, bytes: size, modifiedAt: Number.isFinite(mtime) ? Math.floor(mtime * 1_000) : null });
  }
  if (!ended) throw archiveRefused(path, 'has no end mark: it is truncated');
  if (pax !== null || long !== null) throw archiveRefused(path, 'ends after the header of an entry that is not there');
  for (const name of places.keys())
    for (let slash = name.indexOf('/'); slash > 0; slash = name.indexOf('/', slash + 1))
      if (places.has(name.slice(0, slash)))
        throw archiveRefused(path, `holds ${name.slice(0, slash).slice(0, 200)} both as a file and as a folder`);
  return {
    kind,
    entries,
    unread: [],
    locate: () => null,
    open: async (entry) => {
      const place = places.get(entry.path) ?? { offset: 0, bytes: 0 };
      return {
        bytes: place.bytes,
        read: (offset, length) => file.read(place.offset + offset, Math.max(0, Math.min(length, place.bytes - offset))),
        close: () => {},
      };
    },
    close: closeAll,
  };
}
