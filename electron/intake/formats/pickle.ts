import zlib from 'node:zlib';
import { limits } from '../../../shared/limits.ts';
import type { Format, OpenFile } from './format.ts';
import { type Bytes, type Import, readPickle, Stop } from './pickle-opcodes.ts';

/** Reads a file forward in blocks of 1 MiB, without holding it. */
function forward(file: OpenFile): Bytes {
  let block: Uint8Array = new Uint8Array();
  let from = 0;
  return {
    at: 0,
    size: file.bytes,
    take(length) {
      if (this.at + length > this.size) throw new Stop('The file ends in the middle of an opcode.', this.size);
      if (this.at < from || this.at + length > from + block.length) {
        from = this.at;
        block = file.read(from, Math.max(length, 1_048_576));
        if (block.length < length) throw new Stop('The file ends in the middle of an opcode.', this.size);
      }
      const taken = block.subarray(this.at - from, this.at - from + length);
      this.at += length;
      return taken;
    },
  };
}

function inMemory(data: Uint8Array): Bytes {
  return {
    at: 0,
    size: data.length,
    take(length) {
      if (this.at + length > data.length) throw new Stop('The file ends in the middle of an opcode.', data.length);
      this.at += length;
      return data.subarray(this.at - length, this.at);
    },
  };
}

/** What wraps the stream, sniffed by content and never by name: gzip and zlib are what joblib writes by default. */
function unwrap(file: OpenFile): { bytes: Bytes; wrapping: string } | { stopped: string; wrapping: string } {
  const [a = 0, b = 0] = file.head;
  const gzip = a === 0x1f && b === 0x8b;
  const zlibbed = a === 0x78 && (a * 256 + b) % 31 === 0;
  if (gzip || zlibbed) {
    const wrapping = gzip ? 'gzip' : 'zlib';
    try {
      const inflate = gzip ? zlib.gunzipSync : zlib.inflateSync;
      const data = inflate(file.whole(limits.jsonBytes), { maxOutputLength: 8 * limits.jsonBytes });
      return { bytes: inMemory(data), wrapping };
    } catch (error) {
      return {
        stopped: `The ${wrapping} wrapping cannot be undone: ${error instanceof Error ? error.message : 'damaged'}.`,
        wrapping,
      };
    }
  }
  const head = Buffer.from(file.head).toString('latin1');
  if (head.startsWith('PK\x03\x04'))
    return { stopped: 'The stream lies in a zip, which this reader does not open.', wrapping: 'zip' };
  if (head.startsWith('BZh'))
    return { stopped: 'The stream is wrapped in bzip2, which cannot be undone here.', wrapping: 'bzip2' };
  if (head.startsWith('\xfd7zXZ\0') || head.startsWith(']\0\0'))
    return { stopped: 'The stream is wrapped in LZMA, which cannot be undone here.', wrapping: 'lzma' };
  if (head.startsWith('\x04"M\x18'))
    return { stopped: 'The stream is wrapped in LZ4, which cannot be undone here.', wrapping: 'lz4' };
  return { bytes: forward(file), wrapping: 'none' };
}

/** Python pickles, joblib's among them: an inventory of what loading them would import and call. */
export const pickle: Format = {
  id: 'pickle',
  title: 'Pickle',
  recognise: ({ name, head }) =>
    /\.(pkl|pickle|joblib|dill|p|pt|pth|ckpt|bin)$/i.test(name) &&
    (/\.(pkl|pickle|joblib|dill)$/i.test(name) || (head[0] === 0x80 && (head[1] ?? 9) <= 5)),
  read(file, facts) {
    const imports: Import[] = [];
    const opened = unwrap(file);
    let stopped: string | null = null;
    let streams = 0;
    let trailing = 0;
    if ('stopped' in opened) stopped = opened.stopped;
    else {
      const { bytes } = opened;
      try {
        do {
          readPickle(bytes, imports);
          streams += 1;
          facts.checkpoint();
        } while (streams < 1_000 && bytes.at < bytes.size && bytes.take(1)[0] === 0x80 && bytes.at--);
        trailing = bytes.size - bytes.at;
      } catch (error) {
        if (!(error instanceof Stop)) throw error;
        stopped = `${error.message.replace(/\.$/, '')}, at byte ${error.offset}.`;
      }
    }
    facts.add({
      kind: 'document',
      format: 'pickle',
      title: 'Pickle, read by opcode and never loaded',
      place: { path: file.path },
      properties: [
        { name: 'Wrapping', value: opened.wrapping },
        { name: 'Streams', value: String(streams) },
        ...imports
          .slice(0, 500)
          .map(({ module, name, called }) => ({ name: called ? 'Calls' : 'Imports', value: `${module}.${name}` })),
      ],
      defects:
        trailing > 0
          ? [
              {
                code: 'pickle-trailing-bytes',
                detail: `${trailing} bytes follow the end of the last stream; a loader does not see them.`,
                place: { path: file.path, offset: file.bytes - trailing },
              },
            ]
          : [],
    });
    facts.add({ kind: 'imports', place: { path: file.path }, imports, stopped });
    facts.add({
      kind: 'thing',
      key: `${file.path}#model`,
      type: 'model',
      name: file.name,
      digests: [file.digest],
      path: file.path,
      place: { path: file.path },
      at: null,
      properties: [{ name: 'Format', value: 'pickle' }],
      signature: null,
    });
  },
};
