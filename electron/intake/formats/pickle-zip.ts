import { type FactSink, type OpenFile, Unreadable } from './format.ts';
import { looksLikePickle } from './looks-like-pickle.ts';
import { isArrayFile, readArrayHeader } from './numpy-array.ts';
import { forward, inMemory, Stop } from './pickle-bytes.ts';
import { addHidden, type Inventory, lookedThrough, readArray, readStream } from './pickle-inventory.ts';
import { unpack, wrappingOf } from './pickle-packing.ts';
import { readSkops } from './skops.ts';
import { storagesApart } from './torch-storages.ts';
import { tensorsOf } from './torch-tensors.ts';
import { type MemberBytes, type ZipBytes, type ZipMember, zipMembers } from './zip-members.ts';

/** Whether members are those of a torch archive: its writer may leave out checksums (torch.serialization.set_crc32_options). */
const isTorch = (members: readonly ZipMember[]) => members.some(({ name }) => /(^|\/)(data\.pkl|version)$/.test(name));

/** A program that torch.export wrote describes itself in JSON, and need hold no pickle (torch/export/pt2_archive). */
const isExported = (members: readonly ZipMember[]) =>
  members.some(({ name }) => /(^|\/)(archive_format|serialized_exported_program\.json)$/.test(name));

/** Raw storages of torch are numbered, in a folder beside their pickle. */
const numbered = /(^|\/)data\/[0-9]+$/;

/** Every member of a zip is looked at, whatever its name: loaders choose by their own rules. */
export function readZip(file: OpenFile, found: Inventory, facts: FactSink): void {
  const { members, unexplained } = zipMembers(file);
  const place = { path: file.path };
  const wrapping = (detail: string) => found.defects.push({ code: 'pickle-wrapping', detail, place });
  found.members = members.map(({ name }) => name);
  if (members.length === 0) found.defects.push({ code: 'archive-empty', detail: 'The archive holds no file.', place });
  for (const { start, end } of unexplained) {
    addHidden(file.read(start, Math.min(end - start, lookedThrough)), start, found);
    found.defects.push({
      code: 'archive-hidden-bytes',
      detail: `${end - start} bytes that no entry of the archive explains lie at ${start}.`,
      place: { ...place, offset: start },
    });
  }
  readSchema(file, members, found, wrapping);
  const torch = isTorch(members) && found.wrapping === 'zip';
  if (torch && members.some(({ hasNoChecksum }) => hasNoChecksum))
    found.defects.push({
      code: 'digest-placeholder',
      detail:
        'Members of this archive have no checksum: whether their bytes are those that were written, nothing tells.',
      place,
    });
  const programs = members.filter(({ name }) => torch && /(^|\/)code\/.+\.py$/.test(name)).length;
  if (programs > 0)
    found.defects.push({
      code: 'pickle-runs-code',
      detail: `It holds ${programs} programs (TorchScript) that run when the model does. They were not read.`,
      place,
    });
  const sizes = new Map(members.map(({ name, bytes }) => [name, bytes]));
  const referred = new Set<string>();
  const look = (member: ZipMember, isStorage: boolean) => {
    const { name, bytes } = member;
    const isArray = found.wrapping === 'npz' && name.endsWith('.npy');
    if (bytes === 0 && !isArray) return;
    const data = opened(member, !torch, wrapping);
    facts.checkpoint();
    // Whatever begins like no pickle and no array is raw, or a text.
    if (data === undefined || isStorage) return;
    if (data === null) readPacked(member, found, file.path);
    else if (isArrayFile(data.read(0, 8)))
      readArray(data.read, bytes, (from) => forward(data, from), found, facts, file.path);
    else if (isArray) wrapping(`${name.slice(0, 200)} is called an array and holds none.`);
    else if (/\.(pkl|pickle)$/i.test(name) || looksLikePickle(data.read(0, lookedThrough), data))
      lookAtPickle(member, data, sizes, referred, found, facts, file.path);
    else lookInside(name, data, found, facts, file.path);
  };
  const isStorage = ({ name }: ZipMember) => torch && numbered.test(name);
  for (const member of members) if (!isStorage(member)) look(member, false);
  for (const member of members) if (isStorage(member)) look(member, referred.has(member.name));
  if (torch && found.streams === 0 && !isExported(members))
    wrapping('It holds no pickle, by which a loader of torch would know what to build.');
}

/** The schema of a skops file, by which its loader knows what to build. */
function readSchema(
  file: OpenFile,
  members: readonly ZipMember[],
  found: Inventory,
  wrapping: (detail: string) => void,
): void {
  const schema = members.find(({ name }) => name === 'schema.json');
  const isSkops = /\.skops$/i.test(file.name);
  if (isSkops && schema === undefined)
    wrapping('It holds no schema.json, by which a loader of skops would know what to build.');
  const described = schema?.open();
  const text = described?.read(0, described.bytes);
  if (text === undefined || (!isSkops && !Buffer.from(text).includes('"__loader__"'))) return;
  found.wrapping = 'skops';
  readSkops(text, new Set(found.members), found.imports, found.defects, file.path);
}

/** A pickle among the members: its streams, the storages it refers to, and the tensors that it names. */
function lookAtPickle(
  { name }: ZipMember,
  data: MemberBytes,
  sizes: ReadonlyMap<string, number>,
  referred: Set<string>,
  found: Inventory,
  facts: FactSink,
  path: string,
): void {
  const { storages, made } = readStream(forward(data), data.read(0, 64), found, facts, path);
  const { apart, members } = storagesApart(name, storages, (each) => sizes.get(each));
  for (const member of members) referred.add(member);
  for (const { code, detail } of apart)
    if (found.defects.length < 100) found.defects.push({ code, detail, place: { path } });
  const [root] = made;
  if (/(^|\/)data\.pkl$/.test(name) && root !== undefined) found.tensors ??= tensorsOf(root);
}

/** A member that is compressed or an archive itself: the one is looked into, and of the other it is said that it was not. */
function lookInside(name: string, data: MemberBytes, found: Inventory, facts: FactSink, path: string): void {
  const head = data.read(0, 64);
  const [a, b, c, d] = head;
  const isArchive = a === 0x50 && b === 0x4b && ((c === 3 && d === 4) || (c === 5 && d === 6));
  const packed = wrappingOf(head);
  const isCalled = /\.(gz|bz2|lz4|xz|lzma|z|zst)$/i.test(name);
  // Two bytes of raw data look like zlib now and then; where the name does not say so, what it holds must.
  const unpacked = packed === null ? null : unpackedOf(head, data, isCalled);
  if (unpacked !== null && (isCalled || looksLikePickle(unpacked)))
    readStream(inMemory(unpacked), unpacked.subarray(0, 64), found, facts, path);
  else if (isArchive && /\.npz$/i.test(name)) readArrays({ name, ...data }, found, facts, path);
  else if (isArchive && found.defects.length < 100)
    found.defects.push({
      code: 'archive-inside',
      detail: `${name.slice(0, 200)} is an archive itself, and was not opened.`,
      place: { path },
    });
}

/** Arrays in a zip of their own, as skops keeps what is sparse: looked into as a file of arrays is, and no deeper. */
function readArrays(archive: ZipBytes, found: Inventory, facts: FactSink, path: string): void {
  const say = (detail: string) => found.defects.push({ code: 'pickle-wrapping', detail, place: { path } });
  const { members, unexplained } = zipMembers(archive);
  for (const { start, end } of unexplained)
    addHidden(archive.read(start, Math.min(end - start, lookedThrough)), start, found);
  if (unexplained.length > 0) say(`${archive.name.slice(0, 200)} holds bytes that no entry of it explains.`);
  for (const member of members) {
    const data = opened(member, true, say);
    facts.checkpoint();
    if (data === undefined) continue;
    if (data === null) readPacked(member, found, path);
    else if (isArrayFile(data.read(0, 8)))
      readArray(data.read, member.bytes, (from) => forward(data, from), found, facts, path);
    else say(`${member.name.slice(0, 200)} lies among arrays and is none.`);
  }
}

function unpackedOf(head: Uint8Array, data: MemberBytes, isCalled: boolean): Uint8Array | null {
  try {
    return unpack(head, data.bytes, () => data.read(0, data.bytes))?.data ?? null;
  } catch (error) {
    if (!(error instanceof Stop) || isCalled) throw error;
    return null;
  }
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
