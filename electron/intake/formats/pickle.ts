import { limits } from '../../../shared/limits.ts';
import { folderOf } from '../shape.ts';
import { type Format, type OpenFile, Unreadable } from './format.ts';
import { looksLikePickle } from './looks-like-pickle.ts';
import { modelThing } from './model-thing.ts';
import { isArrayFile } from './numpy-array.ts';
import { forward, inMemory, Stop } from './pickle-bytes.ts';
import { addTrailing, type Inventory, lookedThrough, readArray, readStream } from './pickle-inventory.ts';
import { packsPickle, unpack, wrappingOf } from './pickle-packing.ts';
import { readZip } from './pickle-zip.ts';
import { readSkops } from './skops.ts';
import { tensorsOf } from './torch-tensors.ts';

/** Whether a file ends with the end record of a zip, and the comment that it tells of (APPNOTE 6.3.10, 4.3.16). */
function endsAsZip(file: OpenFile): boolean {
  const length = Math.min(file.bytes, 22 + 65_535);
  const tail = Buffer.from(file.read(file.bytes - length, length));
  const at = tail.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  return at >= 0 && at + 22 <= tail.length && at + 22 + tail.readUInt16LE(at + 20) === tail.length;
}

/** The schema of a skops file that was unpacked, or opened as any zip is. */
const isSchema = (name: string, head: Uint8Array): boolean =>
  name === 'schema.json' && Buffer.from(head).includes('"__loader__"') && Buffer.from(head).includes('"__module__"');

const named =
  /\.(pkl|pickle|joblib|dill|p|pt|pt2|ptl|pth|ckpt|bin|npy|npz|skops|model|sav|pyt|data)(\.(gz|bz2|lz4|xz|lzma|z|zst|zip))?$/i;
const surely = /\.(pkl|pickle|joblib|dill|npy|npz|skops|pt|pth|ckpt)(\.(gz|bz2|lz4|xz|lzma|z|zst|zip))?$/i;

const held = (data: Uint8Array) => (offset: number, length: number) => data.subarray(offset, offset + length);
const from = (data: Uint8Array) => (at: number) => forward({ bytes: data.length, read: held(data) }, at);

/** Pickles in every wrapping (raw, joblib, torch, npy, npz, skops): an inventory of what loading would import and call. */
export const pickle: Format = {
  id: 'pickle',
  title: 'Pickle',
  recognise: ({ name, head, bytes, read }) =>
    isArrayFile(head) ||
    surely.test(name) ||
    isSchema(name, head) ||
    (head[0] === 0x50 && head[1] === 0x4b && head[2] === 3 && head[3] === 4 && named.test(name)) ||
    (head[0] === 0x80 && (head[1] ?? 9) <= 5 && (named.test(name) || (head[2] === 0x95 && head[1] === 4))) ||
    (wrappingOf(head) !== null && /\.sav$/i.test(name)) ||
    packsPickle(head, bytes <= head.length) ||
    looksLikePickle(head, { bytes, read }),
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
      tensors: null,
    };
    let isPlainArray = false;
    try {
      if (file.bytes === 0) throw new Stop('The file is empty.', 0, { isEnd: true });
      const unpacked = unpack(file.head, file.bytes, () => file.whole(limits.jsonBytes));
      if (isSchema(file.name, file.head)) {
        found.wrapping = 'skops';
        const folder = folderOf(file.path);
        const names = file.list(folder).map((path) => path.slice(folder === '' ? 0 : folder.length + 1));
        readSkops(file.whole(limits.jsonBytes), new Set(names), found.imports, found.defects, file.path);
      } else if (unpacked !== null) {
        found.wrapping = unpacked.wrapping;
        const { data } = unpacked;
        // Arrays of joblib before 0.10 are their bytes alone: their pickle says what they are.
        isPlainArray = /\.npy\.z$/i.test(file.name) && !isArrayFile(data) && !looksLikePickle(data);
        if (isPlainArray) found.arrays += 1;
        else if (isArrayFile(data)) readArray(held(data), data.length, from(data), found, facts, file.path);
        else readStream(inMemory(data), data.subarray(0, 64), found, facts, file.path);
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
        const { made, isLegacyTorch } = readStream(forward(file), file.head, found, facts, file.path);
        // Of torch before 1.6: a magic number, a protocol, a system, and then the object.
        if (isLegacyTorch && made[3] !== undefined) found.tensors = tensorsOf(made[3]);
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
          .filter(({ isAside = false }) => !isAside)
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
    if (found.tensors !== null) facts.add({ kind: 'tensors', place: { path: file.path }, ...found.tensors });
    facts.add(modelThing(file, isPlainArray ? 'NumPy' : 'pickle'));
  },
};
