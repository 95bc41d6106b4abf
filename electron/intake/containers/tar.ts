import type { Defect } from '../../../shared/fact.ts';
import { limits } from '../../../shared/limits.ts';
import type { Access, Container, Entry } from './container.ts';
import type { openFile } from './folder.ts';
import { foldedName, normalName, whyNameRefused } from './names.ts';
import { paxRecords } from './pax-records.ts';
import { archiveRefused } from './refusal.ts';

const text = (block: Buffer, from: number, length: number): string => {
  const end = block.indexOf(0, from);
  return block.toString('utf8', from, end < 0 ? from + length : Math.min(end, from + length));
};

/** Headers follow one another closely where files are small: some dozens are read at once. */
const window = 16_384;
function headersOf(file: Access): (at: number) => Buffer {
  let start = 0;
  let held = Buffer.alloc(0);
  return (at) => {
    if (at < start || at + 512 > start + held.length) {
      start = at;
      held = Buffer.from(file.read(at, window));
    }
    return held.subarray(at - start, at - start + 512);
  };
}

/** The least size that octal digits cannot tell: 8 GiB. Only from there on may it be told in another way. */
const beyondOctal = 8 ** 11;

const isBlank = (byte: number | undefined): boolean => byte === 0 || byte === 0x20;

/** Octal digits with blanks or NULs around; null where it is anything else. */
function octal(block: Uint8Array, from: number, length: number): number | null {
  let end = from + length;
  while (end > from && isBlank(block[end - 1])) end -= 1;
  let at = from;
  while (at < end && isBlank(block[at])) at += 1;
  let value = 0;
  for (; at < end; at += 1) {
    const digit = (block[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 7) return null;
    value = value * 8 + digit;
  }
  return value;
}

/** GNU's and star's way to tell a size from 8 GiB on: the first bit set, then a big-endian number. */
function base256(block: Uint8Array, from: number, length: number): number | null {
  if (block[from] !== 0x80) return null;
  const value = Buffer.from(block.subarray(from + 1, from + length)).reduce((sum, byte) => sum * 256 + byte, 0);
  return value >= beyondOctal && Number.isSafeInteger(value) ? value : null;
}

/** A time as milliseconds; null outside the years that a calendar of four digits knows. */
const moment = (seconds: number): number | null =>
  seconds >= 0 && seconds < 253_402_300_800 ? Math.floor(seconds * 1_000) : null;

/**
 * Reads a tar archive strictly: ustar with pax (path, mtime, size) and GNU long names. Anything that two readers
 * could read differently refuses the whole: a size told twice and differently, a bad checksum, numbers that are not
 * octal, links, devices, names that escape or occur twice, bytes after the end, an end that breaks off.
 * @param file whole archive, uncompressed; closed with the container
 * @param place where it stands
 * @throws Failure refused
 */
export function openTar(
  path: string,
  file: ReturnType<typeof openFile>,
  place: string,
  kind: 'tar' | 'tar.gz',
): Container {
  const archive = file.identity();
  const entries: Entry[] = [];
  const places = new Map<string, { offset: number; bytes: number }>();
  const folders = new Set<string>();
  const defects: Defect[] = [];
  const odd = (code: string, name: string, detail: string) => {
    if (defects.length < 100) defects.push({ code, detail, place: { path: name } });
  };
  const folded = new Map<string, string>();
  let number = 0;
  let total = 0;
  let long: string | null = null;
  let pax: { values: Map<string, string>; hasNul: boolean } | null = null;
  let ended = false;
  const header = headersOf(file);
  for (let at = 0; at < file.bytes; ) {
    const block = header(at);
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
    const written = octal(block, 124, 12) ?? base256(block, 124, 12);
    if (written === null) throw archiveRefused(path, 'has a size that is not octal', shown);
    const dataAt = at + 512;
    const paxSize: string | undefined = pax?.values.get('size');
    // A header that cannot tell the size says 0 or the most it can; any other difference is two archives in one.
    const cannotTell = written === 0 || written === beyondOctal - 1;
    const size = paxSize !== undefined && cannotTell && Number(paxSize) >= beyondOctal ? Number(paxSize) : written;
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
      if (typeof records === 'string') throw archiveRefused(path, records, shown);
      if (type === 'g' && (records.values.has('path') || records.values.has('size')))
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
      const written = Buffer.from(file.read(dataAt, size));
      long = text(written, 0, size);
      if (!written.subarray(Buffer.byteLength(long)).every((byte) => byte === 0) && !long.includes('\ufffd'))
        throw archiveRefused(path, 'has a long name with a NUL in it: readers would disagree about it', shown);
      continue;
    }
    if (type === 'K' || type === '1' || type === '2') throw archiveRefused(path, 'is a link', shown);
    if ('346'.includes(type)) throw archiveRefused(path, 'is a device or a pipe', shown);
    if (type !== '0' && type !== '\0' && type !== '5')
      throw archiveRefused(path, `is of a type that is not read, ${JSON.stringify(type)}`, shown);
    const hasPrefix = text(block, 257, 5) === 'ustar' && block[262] === 0 && block[345] !== 0;
    const prefix = hasPrefix ? `${text(block, 345, 155)}/` : '';
    const given = pax?.values.get('path') ?? long ?? `${prefix}${text(block, 0, 100)}`;
    if (given.includes('\ufffd')) throw archiveRefused(path, 'has a name that is not UTF-8', { number, name: given });
    const entry = { number, name: given };
    const modifiedAt = moment(Number(pax?.values.get('mtime') ?? octal(block, 136, 12) ?? -1));
    const hasNul = pax?.hasNul === true;
    pax = null;
    long = null;
    const isFolder = type === '5' || given.endsWith('/');
    const refused = whyNameRefused(given.replace(/\/+$/, '') || (isFolder ? '.' : ''));
    if (refused !== null) throw archiveRefused(path, refused, entry);
    const name = normalName(given);
    if (isFolder) {
      if (size > 0) throw archiveRefused(path, 'is a folder with bytes of its own', entry);
      folders.add(name);
      continue;
    }
    if (name === '') throw archiveRefused(path, 'names no file', entry);
    if (modifiedAt === null)
      odd(
        'archive-time',
        name,
        'The archive dates this file before 1970, after 9999, or in digits that are none; no date is shown.',
      );
    if (((octal(block, 100, 8) ?? 0) & 0o6000) !== 0)
      odd(
        'archive-rights',
        name,
        'The archive would have this file run with the rights of its owner or group. They are not applied.',
      );
    if (hasNul)
      odd(
        'archive-attributes',
        name,
        'The archive holds attributes of this file with a NUL in them. They are not read.',
      );
    if (places.has(name)) throw archiveRefused(path, 'has the name of an earlier entry', entry);
    if (folders.has(name)) throw archiveRefused(path, 'has the name of a folder', entry);
    const twin = folded.get(foldedName(name));
    if (twin !== undefined)
      throw archiveRefused(
        path,
        `differs from ${twin.slice(0, 200)} only in case or in how a letter is composed`,
        entry,
      );
    folded.set(foldedName(name), name);
    if (size > limits.entryBytes) throw archiveRefused(path, `is larger than ${limits.entryBytes} bytes`, entry);
    total += size;
    if (total > limits.totalBytes) throw archiveRefused(path, `holds more than ${limits.totalBytes} bytes`);
    if (entries.length >= limits.entries) throw archiveRefused(path, `holds more than ${limits.entries} entries`);
    places.set(name, { offset: dataAt, bytes: size });
    if (
      size % 512 !== 0 &&
      !header(at - 512)
        .subarray(size % 512)
        .every((byte) => byte === 0)
    )
      odd(
        'archive-hidden-bytes',
        name,
        'Bytes stand between the end of this file and the next header, where nothing belongs. They were not read.',
      );
    entries.push({ path: name, bytes: size, modifiedAt });
  }
  if (entries.length === 0)
    defects.push({ code: 'archive-empty', detail: 'The archive holds no file.', place: { path: '' } });
  else if (!ended)
    odd(
      'archive-end',
      entries.at(-1)?.path ?? '',
      'The archive has no end mark after this entry: whether more followed cannot be told from it.',
    );
  if (pax !== null || long !== null) throw archiveRefused(path, 'ends after the header of an entry that is not there');
  for (const name of places.keys())
    for (let slash = name.indexOf('/'); slash > 0; slash = name.indexOf('/', slash + 1))
      if (places.has(name.slice(0, slash)))
        throw archiveRefused(path, `holds ${name.slice(0, slash).slice(0, 200)} both as a file and as a folder`);
  return {
    kind,
    entries,
    stamp: archive,
    unread: [],
    defects,
    locate: (entry) => {
      const part = places.get(entry.path);
      return part === undefined ? null : { file: place, part: { ...part, archive } };
    },
    open: async (entry) => {
      const place = places.get(entry.path) ?? { offset: 0, bytes: 0 };
      return {
        bytes: place.bytes,
        read: (offset, length) => file.read(place.offset + offset, Math.max(0, Math.min(length, place.bytes - offset))),
        close: () => {},
      };
    },
    close: async () => file.close(),
  };
}
