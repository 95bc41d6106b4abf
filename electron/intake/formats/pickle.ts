import zlib from 'node:zlib';
import type { Defect } from '../../../shared/fact.ts';
import { limits } from '../../../shared/limits.ts';
import { decompressBzip2 } from '../bzip2.ts';
import { decompressLz4 } from '../lz4.ts';
import { type FactSink, type Format, type OpenFile, Unreadable } from './format.ts';
import { isArrayFile, readArrayHeader } from './numpy-array.ts';
import { type Bytes, type Import, Stop } from './pickle-opcodes.ts';
import { inMemory, readStreams } from './pickle-streams.ts';
import { readSkops } from './skops.ts';
import { zipMembers } from './zip-members.ts';

/** Reads a file forward in blocks of 1 MiB, without holding it. */
function forward(file: OpenFile, from = 0): Bytes {
  let block: Uint8Array = new Uint8Array();
  let blockAt = 0;
  return {
    at: from,
    size: file.bytes,
    take(length) {
      if (this.at + length > this.size) throw new Stop('The file ends in the middle of an opcode.', this.size, true);
      if (this.at < blockAt || this.at + length > blockAt + block.length) {
        blockAt = this.at;
        block = file.read(blockAt, Math.max(length, 1_048_576));
        if (block.length < length) throw new Stop('The file ends in the middle of an opcode.', this.size, true);
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
  wrapping: string;
  members: string[];
  stopped: string | null;
  isTruncated: boolean;
  defects: Defect[];
}

/** Compressions by their first bytes, never by name; joblib writes zlib, gzip, bz2, lzma, xz and lz4. */
function decompress(file: OpenFile): { data: Uint8Array; wrapping: string } | { wrapping: string; why: string } | null {
  const [a = 0, b = 0] = file.head;
  const head = Buffer.from(file.head.subarray(0, 8)).toString('latin1');
  const most = { maxOutputLength: 2 * limits.jsonBytes };
  const packed = () => file.whole(limits.jsonBytes);
  try {
    if (a === 0x1f && b === 0x8b) return { data: zlib.gunzipSync(packed(), most), wrapping: 'gzip' };
    if (a === 0x78 && (a * 256 + b) % 31 === 0) return { data: zlib.inflateSync(packed(), most), wrapping: 'zlib' };
    if (head.startsWith('BZh')) return { data: decompressBzip2(packed(), most.maxOutputLength), wrapping: 'bzip2' };
    if (head.startsWith('\x04"M\x18')) return { data: decompressLz4(packed(), most.maxOutputLength), wrapping: 'lz4' };
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/\.$/, '') : 'damaged';
    const isLarge = error instanceof Unreadable || / past |larger than/i.test(why);
    throw new Stop(`The compressed stream cannot be undone: ${why}.`, file.bytes, !isLarge);
  }
  if (head.startsWith('\xfd7zXZ\0') || head.startsWith(']\0\0'))
    return { wrapping: 'lzma', why: 'The stream is wrapped in LZMA, which cannot be undone here.' };
  return null;
}

function readStream(bytes: Bytes, head: Uint8Array, found: Inventory, facts: FactSink, path: string): void {
  const read = readStreams(bytes, head, found.imports, () => facts.checkpoint());
  found.streams += read.count;
  found.stopped ??= read.stopped;
  found.isTruncated ||= read.isTruncated;
  if (read.trailing > 0)
    found.defects.push({
      code: 'pickle-trailing-bytes',
      detail: `${read.trailing} bytes follow the end of the last stream; a loader does not see them.`,
      place: { path, offset: bytes.size - read.trailing },
    });
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
  if (header.isObject) return readStream(stream(header.dataAt), new Uint8Array(), found, facts, path);
  if (header.dataBytes === null || header.dataAt + header.dataBytes === bytes) return;
  const isShort = header.dataAt + header.dataBytes > bytes;
  found.defects.push({
    code: isShort ? 'tensor-data-short' : 'pickle-trailing-bytes',
    detail: `The array ${header.dtype} (${header.shape.join(', ')}) needs ${header.dataBytes} bytes, and ${bytes - header.dataAt} are here.`,
    place: { path, offset: header.dataAt },
  });
}

/** Every member of a zip is looked at, whatever its name: loaders choose by their own rules. */
function readZip(file: OpenFile, found: Inventory, facts: FactSink): void {
  const members = zipMembers(file);
  found.members = members.map(({ name }) => name);
  const schema = members.find(({ name }) => name === 'schema.json');
  if (schema !== undefined && /\.skops$/i.test(file.name)) {
    found.wrapping = 'skops';
    readSkops(schema.whole(), new Set(found.members), found.imports, found.defects, file.path);
  }
  for (const { name, bytes, whole } of members) {
    if (
      bytes === 0 ||
      /\.(json|txt|md)$|(^|\/)(version|byteorder|\.format_version|\.storage_alignment|\.data\/serialization_id)$/i.test(
        name,
      )
    )
      continue;
    // The numbered members of torch are raw storages; so is whatever begins like no pickle and no array.
    if (/(^|\/)data\/[0-9]+$/.test(name)) continue;
    const data = whole();
    if (isArrayFile(data))
      readArray(
        (offset, length) => data.subarray(offset, offset + length),
        data.length,
        (from) => inMemory(data.subarray(from)),
        found,
        facts,
        file.path,
      );
    else if (/\.(pkl|pickle|p|dat|bin)$/i.test(name) || data[0] === 0x80)
      readStream(inMemory(data), data.subarray(0, 64), found, facts, file.path);
  }
}

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
    (head[0] === 0x50 && head[1] === 0x4b && head[2] === 3 && head[3] === 4 && named.test(name)) ||
    (head[0] === 0x80 && (head[1] ?? 9) <= 5 && (named.test(name) || (head[2] === 0x95 && head[1] === 4))),
  read(file, facts) {
    const found: Inventory = {
      imports: [],
      streams: 0,
      wrapping: 'none',
      members: [],
      stopped: null,
      isTruncated: false,
      defects: [],
    };
    let isPlainArray = false;
    try {
      if (file.bytes === 0) throw new Stop('The file is empty.', 0, true);
      const unpacked = decompress(file);
      if (unpacked !== null && 'why' in unpacked) {
        found.wrapping = unpacked.wrapping;
        found.stopped = unpacked.why;
      } else if (unpacked !== null) {
        found.wrapping = unpacked.wrapping;
        readStream(inMemory(unpacked.data), unpacked.data.subarray(0, 64), found, facts, file.path);
      } else if (isArrayFile(file.head)) {
        found.wrapping = 'npy';
        readArray(file.read.bind(file), file.bytes, (from) => forward(file, from), found, facts, file.path);
        isPlainArray = found.imports.length === 0 && found.streams === 0;
      } else if (Buffer.from(file.head.subarray(0, 4)).toString('latin1') === 'PK\x03\x04') {
        found.wrapping = /\.npz$/i.test(file.name) ? 'npz' : 'zip';
        readZip(file, found, facts);
        isPlainArray = found.wrapping === 'npz' && found.streams === 0;
      } else readStream(forward(file), file.head, found, facts, file.path);
    } catch (error) {
      if (error instanceof Stop) {
        found.stopped = error.message;
        found.isTruncated = error.isEnd;
      } else if (error instanceof Unreadable)
        found.defects.push({ code: 'pickle-wrapping', detail: error.message, place: { path: file.path } });
      else throw error;
    }
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
