import type { Defect } from '../../../shared/fact.ts';
import type { FactSink } from './format.ts';
import { hiddenImports } from './looks-like-pickle.ts';
import { readArrayHeader } from './numpy-array.ts';
import type { Bytes } from './pickle-bytes.ts';
import { readStreams, type Streams } from './pickle-streams.ts';
import type { Import } from './pickle-values.ts';
import { storagesBehind } from './torch-storages.ts';
import type { TorchTensors } from './torch-tensors.ts';

/** What a look at one file gathers, over all its members. */
export interface Inventory {
  imports: Import[];
  streams: number;
  arrays: number;
  wrapping: string;
  members: string[];
  stopped: string | null;
  isTruncated: boolean;
  defects: Defect[];
  /** Of a pickled state of torch. */
  tensors: TorchTensors | null;
}

export const lookedThrough = 4 * 2 ** 20;

/** What would be imported by a loader that begins to read where no stream is known to begin. */
export function addHidden(bytes: Uint8Array, at: number, found: Inventory): void {
  for (const hidden of hiddenImports(bytes)) {
    const known = found.imports.find(({ module, name }) => module === hidden.module && name === hidden.name);
    if (known === undefined) found.imports.push({ ...hidden, offset: at + hidden.offset });
    else known.called ||= hidden.called;
  }
}

/** Bytes that a loader leaves alone are said, and what would be imported if one did not. */
export function addTrailing(rest: Uint8Array, trailing: number, at: number, found: Inventory, path: string): void {
  if (trailing === 0) return;
  addHidden(rest, at, found);
  found.defects.push({
    code: 'pickle-trailing-bytes',
    detail: `${trailing} bytes follow the end of the last stream; a loader does not see them.`,
    place: { path, offset: at },
  });
}

export function readStream(bytes: Bytes, head: Uint8Array, found: Inventory, facts: FactSink, path: string): Streams {
  const read = readStreams(bytes, head, found.imports, () => facts.checkpoint());
  found.streams += read.count;
  found.stopped ??= read.stopped;
  found.isTruncated ||= read.isTruncated;
  // Whoever begins elsewhere in a file that is no pickle from its first byte would load what begins there.
  if (read.stopped !== null && found.imports.length === 0) {
    bytes.at = 0;
    addHidden(bytes.take(Math.min(bytes.size, lookedThrough)), 0, found);
  }
  let { trailing } = read;
  if (read.hasBuffersElsewhere)
    found.defects.push({
      code: 'data-elsewhere',
      detail: 'The pickle refers to buffers that are handed over beside it, and none are in the file.',
      place: { path },
    });
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
  return read;
}

/** An array file: its header holds what is there, and an object array is a pickle. */
export function readArray(
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
