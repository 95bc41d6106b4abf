import zlib from 'node:zlib';
import type { Defect } from '../../../shared/fact.ts';
import { limits } from '../../../shared/limits.ts';
import { decompressBzip2 } from '../bzip2.ts';
import { inflated } from '../inflate.ts';
import { decompressLz4 } from '../lz4.ts';
import { decompressLzma } from '../lzma.ts';
import { folderOf } from '../shape.ts';
import { type FactSink, type Format, type OpenFile, Unreadable } from './format.ts';
import { hiddenImports, looksLikePickle } from './looks-like-pickle.ts';
import { isArrayFile, readArrayHeader } from './numpy-array.ts';
import { type Bytes, Stop } from './pickle-bytes.ts';
import type { Import } from './pickle-opcodes.ts';
import { inMemory, readStreams } from './pickle-streams.ts';
import { readSkops } from './skops.ts';
import { type Storage, storagesApart, storagesBehind } from './torch-storages.ts';
import { type MemberBytes, type ZipMember, zipMembers } from './zip-members.ts';

/** Reads a file forward in blocks of 1 MiB, without holding it. */
function forward(file: MemberBytes, from = 0): Bytes {
  let block: Uint8Array = new Uint8Array();
  let blockAt = 0;
  return {
    at: from,
    size: file.bytes,
    take(length) {
      if (this.at + length > this.size)
        throw new Stop('The file ends in the middle of an opcode.', this.size, { isEnd: true });
      if (this.at < blockAt || this.at + length > blockAt + block.length) {
        blockAt = this.at;
        block = file.read(blockAt, Math.max(length, 1_048_576));
        if (block.length < length)
          throw new Stop('The file ends in the middle of an opcode.', this.size, { isEnd: true });
      }
      const taken = block.subarray(this.at - blockAt, this.at - blockAt + length);
      this.at += length;
      return taken;
    },
  };
}

/** What a look at one file gathers, over all its members. */
interface Inventory {
  imports: Import[];
  streams: number;
  arrays: number;
  wrapping: string;
  members: string[];
  stopped: string | null;
  isTruncated: boolean;
  defects: Defect[];
}

/** Compressions by their first bytes, never by name; joblib writes zlib, gzip, bz2, lzma, xz and lz4. */
function decompress(file: OpenFile): { data: Uint8Array; wrapping: string; rest: Uint8Array } | null {
  const most = 2 * limits.jsonBytes;
  const wrapping = wrappingOf(file.head);
  if (wrapping === null) return null;
  try {
    const packed = file.whole(limits.jsonBytes);
    if (wrapping !== 'gzip' && wrapping !== 'zlib') {
      const undo = { bzip2: decompressBzip2, lz4: decompressLz4, lzma: decompressLzma }[wrapping];
      const { data, used } = undo(packed, most);
      return { data, wrapping, rest: packed.subarray(used) };
    }
    const { data, used } = inflated(wrapping === 'gzip' ? zlib.gunzipSync : zlib.inflateSync, packed, most);
    return { data, wrapping, rest: packed.subarray(used) };
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/\.$/, '') : 'damaged';
    const isLarge = error instanceof Unreadable || / past |larger than/i.test(why);
    throw new Stop(`The compressed stream cannot be undone: ${why}.`, file.bytes, { isEnd: !isLarge });
  }
}

function wrappingOf(head: Uint8Array): 'gzip' | 'zlib' | 'bzip2' | 'lz4' | 'lzma' | null {
  const [a = 0, b = 0] = head;
  if (a === 0x1f && b === 0x8b) return 'gzip';
  if (a === 0x78 && (a * 256 + b) % 31 === 0) return 'zlib';
  const start = Buffer.from(head.subarray(0, 8)).toString('latin1');
  if (start.startsWith('BZh')) return 'bzip2';
  if (start.startsWith('\x04"M\x18')) return 'lz4';
  return start.startsWith('\xfd7zXZ\0') || start.startsWith(']\0\0') ? 'lzma' : null;
}

/** Whether a gzip or zlib stream holds a pickle, by as much of it as its first bytes give. */
function packsPickle(head: Uint8Array): boolean {
  const wrapping = wrappingOf(head);
  if (wrapping !== 'gzip' && wrapping !== 'zlib') return false;
  try {
    const undo = wrapping === 'gzip' ? zlib.gunzipSync : zlib.inflateSync;
    return looksLikePickle(undo(head, { finishFlush: zlib.constants.Z_SYNC_FLUSH, maxOutputLength: 1_048_576 }));
  } catch {
    return false;
  }
}

const lookedThrough = 4 * 2 ** 20;

/** Bytes that a loader leaves alone are said, and what would be imported if one did not. */
function addTrailing(rest: Uint8Array, trailing: number, at: number, found: Inventory, path: string): void {
  if (trailing === 0) return;
  for (const hidden of hiddenImports(rest))
    if (!found.imports.some(({ module, name }) => module === hidden.module && name === hidden.name))
      found.imports.push({ ...hidden, offset: at + hidden.offset });
  found.defects.push({
    code: 'pickle-trailing-bytes',
    detail: `${trailing} bytes follow the end of the last stream; a loader does not see them.`,
    place: { path, offset: at },
  });
}

function readStream(bytes: Bytes, head: Uint8Array, found: Inventory, facts: FactSink, path: string): Storage[] {
  const read = readStreams(bytes, head, found.imports, () => facts.checkpoint());
  found.streams += read.count;
  found.stopped ??= read.stopped;
  found.isTruncated ||= read.isTruncated;
  let { trailing } = read;
  const from = bytes.size - trailing;
  const take = (at: number, length: number) => {
    bytes.at = at;
    return bytes.take(length);
  };
  if (read.isLegacyTorch) {
    const count = (at: number) => Number(Buffer.from(take(from + at, 8)).readBigInt64LE());
    const behind = storagesBehind(read.storages, trailing, count);
    trailing = behind === null ? 0 : trailing - behind.used;
    if (behind?.why != null)
      found.defects.push({ code: 'tensor-data-short', detail: behind.why, place: { path, offset: from } });
  }
  const rest = take(bytes.size - trailing, Math.min(trailing, lookedThrough));
  addTrailing(rest, trailing, bytes.size - trailing, found, path);
  return read.storages;
}

/** An array file: its header holds what is there, and an object array is a pickle. */
function readArray(
  read: (offset: number, length: number) => Uint8Array,
  bytes: number,
  stream: (from: number) => Bytes,
  found: Inventory,
  facts: FactSink,
  path: string,
): void {
  const header = readArrayHeader(read, bytes);
  found.arrays += 1;
  if (header.isObject) {
    readStream(stream(header.dataAt), new Uint8Array(), found, facts, path);
    return;
  }
  const end = header.dataAt + (header.dataBytes ?? bytes);
  if (header.dataBytes === null || end === bytes) return;
  const detail = `The array ${header.dtype} (${header.shape.join(', ')}) needs ${header.dataBytes} bytes, and ${bytes - header.dataAt} are here.`;
  if (end > bytes) found.defects.push({ code: 'tensor-data-short', detail, place: { path, offset: header.dataAt } });
  else addTrailing(read(end, Math.min(bytes - end, lookedThrough)), bytes - end, end, found, path);
}

/** Whether members are those of a torch archive: its writer may leave out checksums (torch.serialization.set_crc32_options). */
const isTorch = (members: readonly ZipMember[]) => members.some(({ name }) => /(^|\/)(data\.pkl|version)$/.test(name));

/** Every member of a zip is looked at, whatever its name: loaders choose by their own rules. */
function readZip(file: OpenFile, found: Inventory, facts: FactSink): void {
  const members = zipMembers(file);
  const place = { path: file.path };
  const wrapping = (detail: string) => found.defects.push({ code: 'pickle-wrapping', detail, place });
  found.members = members.map(({ name }) => name);
  if (members.length === 0) found.defects.push({ code: 'archive-empty', detail: 'The archive holds no file.', place });
  const schema = members.find(({ name }) => name === 'schema.json');
  const isSkops = /\.skops$/i.test(file.name);
  if (isSkops && schema === undefined)
    wrapping('It holds no schema.json, by which a loader of skops would know what to build.');
  const described = schema?.open();
  const text = described?.read(0, described.bytes);
  if (text !== undefined && (isSkops || Buffer.from(text).includes('"__loader__"'))) {
    found.wrapping = 'skops';
    readSkops(text, new Set(found.members), found.imports, found.defects, file.path);
  }
  const torch = isTorch(members) && found.wrapping === 'zip';
  if (torch && members.some(({ hasNoChecksum }) => hasNoChecksum))
    found.defects.push({
      code: 'digest-placeholder',
      detail:
        'Members of this archive have no checksum: whether their bytes are those that were written, nothing tells.',
      place,
    });
  const sizes = new Map(members.map(({ name, bytes }) => [name, bytes]));
  for (const member of members) {
    const { name, bytes } = member;
    const isArray = found.wrapping === 'npz' && name.endsWith('.npy');
    if (bytes === 0 && !isArray) continue;
    const data = opened(member, !torch, wrapping);
    facts.checkpoint();
    // The numbered members of torch are raw storages; so is whatever begins like no pickle and no array.
    if (data === undefined || /(^|\/)data\/[0-9]+$/.test(name)) continue;
    if (data === null) readPacked(member, found, file.path);
    else if (isArrayFile(data.read(0, 8)))
      readArray(data.read, bytes, (from) => forward(data, from), found, facts, file.path);
    else if (isArray) wrapping(`${name.slice(0, 200)} is called an array and holds none.`);
    else if (/\.(pkl|pickle)$/i.test(name) || looksLikePickle(data.read(0, lookedThrough))) {
      const storages = readStream(forward(data), data.read(0, 64), found, facts, file.path);
      for (const { code, detail } of storagesApart(name, storages, (each) => sizes.get(each)))
        if (found.defects.length < 100) found.defects.push({ code, detail, place });
    }
  }
  if (torch && found.streams === 0)
    wrapping('It holds no pickle, by which a loader of torch would know what to build.');
}

/** The bytes of a member; undefined where they are damaged, which is said, and the others are looked at all the same. */
function opened(
  member: ZipMember,
  isAsked: boolean,
  say: (detail: string) => void,
): ReturnType<ZipMember['open']> | undefined {
  try {
    return member.open(isAsked);
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    say(error.message);
    return undefined;
  }
}

/** A member that is too large to be unpacked here: of an array its header says whether code can lie in it. */
function readPacked(member: ZipMember, found: Inventory, path: string): void {
  const head = member.head();
  const read = (offset: number, length: number) => head.subarray(offset, offset + length);
  const header = isArrayFile(head) ? readArrayHeader(read, head.length) : null;
  const name = member.name.slice(0, 200);
  found.arrays += 1;
  if (header === null || header.isObject || header.dataBytes === null)
    throw new Stop(`${name} is too large to be unpacked here.`, 0);
  const detail = `The array ${header.dtype} (${header.shape.join(', ')}) needs ${header.dataAt + header.dataBytes} bytes with its header, and ${name} has ${member.bytes}.`;
  if (header.dataAt + header.dataBytes !== member.bytes)
    found.defects.push({ code: 'tensor-data-short', detail, place: { path } });
  else
    found.defects.push({
      code: 'archive-inside',
      detail: `${name} is too large to be unpacked here: its header is in order, and its ${member.bytes} bytes were not held against their checksum.`,
      place: { path },
    });
}

/** The end record of a zip without a comment (APPNOTE 6.3.10, 4.3.16). */
const endsAsZip = (file: OpenFile): boolean =>
  file.bytes > 22 && Buffer.from(file.read(file.bytes - 22, 4)).equals(Buffer.from('PK\x05\x06', 'latin1'));

/** The schema of a skops file that was unpacked, or opened as any zip is. */
const isSchema = (name: string, head: Uint8Array): boolean =>
  name === 'schema.json' && Buffer.from(head).includes('"__loader__"') && Buffer.from(head).includes('"__module__"');

const named =
  /\.(pkl|pickle|joblib|dill|p|pt|pth|ckpt|bin|npy|npz|skops|model|sav|pyt|data)(\.(gz|bz2|lz4|xz|lzma|z))?$/i;
const surely = /\.(pkl|pickle|joblib|dill|npy|npz|skops|pt|pth|ckpt)(\.(gz|bz2|lz4|xz|lzma|z))?$/i;

/** Pickles in every wrapping (raw, joblib, torch, npy, npz, skops): an inventory of what loading would import and call. */
export const pickle: Format = {
  id: 'pickle',
  title: 'Pickle',
  recognise: ({ name, head }) =>
    isArrayFile(head) ||
    surely.test(name) ||
    isSchema(name, head) ||
    (head[0] === 0x50 && head[1] === 0x4b && head[2] === 3 && head[3] === 4 && named.test(name)) ||
    (head[0] === 0x80 && (head[1] ?? 9) <= 5 && (named.test(name) || (head[2] === 0x95 && head[1] === 4))) ||
    (wrappingOf(head) !== null && /\.sav$/i.test(name)) ||
    packsPickle(head) ||
    looksLikePickle(head),
  read(file, facts) {
    const found: Inventory = {
      imports: [],
      streams: 0,
      arrays: 0,
      wrapping: 'none',
      members: [],
      stopped: null,
      isTruncated: false,
      defects: [],
    };
    let isPlainArray = false;
    try {
      if (file.bytes === 0) throw new Stop('The file is empty.', 0, { isEnd: true });
      const unpacked = decompress(file);
      if (isSchema(file.name, file.head)) {
        found.wrapping = 'skops';
        const folder = folderOf(file.path);
        const names = file.list(folder).map((path) => path.slice(folder === '' ? 0 : folder.length + 1));
        readSkops(file.whole(limits.jsonBytes), new Set(names), found.imports, found.defects, file.path);
      } else if (unpacked !== null) {
        found.wrapping = unpacked.wrapping;
        readStream(inMemory(unpacked.data), unpacked.data.subarray(0, 64), found, facts, file.path);
        addTrailing(
          unpacked.rest.subarray(0, lookedThrough),
          unpacked.rest.length,
          file.bytes - unpacked.rest.length,
          found,
          file.path,
        );
      } else if (isArrayFile(file.head)) {
        found.wrapping = 'npy';
        readArray(file.read.bind(file), file.bytes, (from) => forward(file, from), found, facts, file.path);
        isPlainArray = found.imports.length === 0 && found.streams === 0;
      } else if (/^PK(\x03\x04|\x05\x06)/.test(Buffer.from(file.head.subarray(0, 4)).toString('latin1'))) {
        found.wrapping = /\.npz$/i.test(file.name) ? 'npz' : 'zip';
        readZip(file, found, facts);
        isPlainArray = found.streams === 0 && (found.arrays > 0 || found.wrapping === 'npz');
      } else {
        // A zip is found by its end: one behind a pickle is read by some loaders, and the pickle by others.
        if (endsAsZip(file)) readZip(file, found, facts);
        readStream(forward(file), file.head, found, facts, file.path);
      }
    } catch (error) {
      if (error instanceof Stop) {
        found.stopped = error.message;
        found.isTruncated = error.isEnd;
      } else if (error instanceof Unreadable)
        found.defects.push({ code: 'pickle-wrapping', detail: error.message, place: { path: file.path } });
      else throw error;
    }
    const isOther = found.wrapping === 'zip' && found.streams === 0 && !isPlainArray && found.members.length > 0;
    if (isOther && found.stopped === null && found.defects.length === 0)
      found.defects.push({
        code: 'archive-inside',
        detail: 'This archive holds no pickle and no array: what its members are was not looked at.',
        place: { path: file.path },
      });
    const what = isPlainArray ? 'Arrays (NumPy)' : 'Pickle, read by opcode and never loaded';
    facts.add({
      kind: 'document',
      format: 'pickle',
      title: what,
      place: { path: file.path },
      properties: [
        { name: 'Wrapping', value: found.wrapping },
        { name: 'Streams', value: String(found.streams) },
        ...(found.members.length === 0 ? [] : [{ name: 'Members', value: String(found.members.length) }]),
        ...found.imports
          .slice(0, 500)
          .map(({ module, name, called }) => ({ name: called ? 'Calls' : 'Imports', value: `${module}.${name}` })),
      ],
      defects: found.defects.slice(0, 100),
    });
    // Of what holds no pickle nothing is said as of one.
    if (!isOther || found.stopped !== null || found.imports.length > 0)
      facts.add({
        kind: 'imports',
        place: { path: file.path },
        imports: found.imports,
        stopped: found.stopped,
        isTruncated: found.isTruncated,
        isPlain: isPlainArray,
      });
    facts.add({
      kind: 'thing',
      key: `${file.path}#model`,
      type: 'model',
      name: file.name,
      digests: [file.digest],
      path: file.path,
      place: { path: file.path },
      at: null,
      properties: [{ name: 'Format', value: isPlainArray ? 'NumPy' : 'pickle' }],
      signature: null,
    });
  },
};
