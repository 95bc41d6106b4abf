import { type Bytes, forward, inMemory, Stop } from './pickle-bytes.ts';
import { findsFor } from './pickle-finds.ts';
import { readPickle } from './pickle-opcodes.ts';
import type { Import } from './pickle-values.ts';
import type { MemberBytes } from './zip-members.ts';

/** Opcodes that need nothing before them: a mark, an import, an empty container, a text, bytes, a number, a frame, a protocol. */
const opening = new Set(
  Buffer.from('()]}NIJKMLFGSTUVXBCcP\x80\x82\x83\x84\x88\x89\x8a\x8b\x8c\x8d\x8e\x8f\x95\x96\x97\x98', 'latin1'),
);
const nameAtMost = 256;
const module = /[ci][A-Za-z_][\w.]*\r?$/;
const nameLine = /^[A-Za-z_][\w.]*\r?$/;

/** Where imports of protocols 0 to 3 begin: the end of one line is a module, the next a name. A step for each line. */
function* imports(text: string): Generator<number> {
  for (let end = text.indexOf('\n'); end >= 0; ) {
    const next = text.indexOf('\n', end + 1);
    if (next < 0) return;
    if (next - end <= nameAtMost && nameLine.test(text.slice(end + 1, next))) {
      const from = Math.max(0, end - nameAtMost);
      const at = module.exec(text.slice(from, end))?.index;
      if (at !== undefined) yield from + at;
    }
    end = next;
  }
}

/** Where streams may begin: the mark of a protocol, or an import. */
function startsIn(bytes: Uint8Array): number[] {
  const text = latin1(bytes);
  const found: number[] = [];
  for (let at = text.indexOf('\x80'); at >= 0 && found.length < startsAtMost; at = text.indexOf('\x80', at + 1)) {
    const protocol = bytes[at + 1] ?? 0;
    if (protocol >= 2 && protocol <= 5) found.push(at);
  }
  const marks = found.length;
  for (const at of imports(text)) if (found.push(at) >= marks + startsAtMost) break;
  return found;
}

/** So many opcodes are tried, of so many streams; what still goes on as a pickle after them is taken for one. */
const triedOpcodes = 100_000;
const triedStreams = 16;
/** What a module and a name are made of. Words of any text lie between the line feeds that an import takes. */
const plainName = /^[\p{L}_][\p{L}\p{N}_.-]*$/u;

/** What streams that begin here and need no mark of a protocol would import and call, as far as they are tried. */
function calledFrom(bytes: Bytes): { called: Import[]; goesOn: boolean } {
  const found: Import[] = [];
  let goesOn = false;
  try {
    for (let count = 0; count < triedStreams && bytes.at < bytes.size; count += 1)
      readPickle(bytes, { ...findsFor(found), opcodesAtMost: triedOpcodes });
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    goesOn = error.isLimit;
  }
  return {
    called: found.filter(({ called, module, name }) => called && plainName.test(module) && plainName.test(name)),
    goesOn,
  };
}

/**
 * Whether bytes are a pickle, whatever they are called: loaders do not ask for the name. A stream that names its protocol
 * is one where its opcodes go on to the end of what is here. One that does not is tried: what its opcodes import, by
 * operands that are names, and call makes it one.
 * @param whole the file that begins so, of which no more is read than the opcodes ask for
 */
export function looksLikePickle(head: Uint8Array, whole?: MemberBytes): boolean {
  const [first = 0, protocol = 0] = head;
  if (!opening.has(first)) return false;
  // Loaders take the mark of protocols 0 and 1 too, which their writers leave out: by itself it says little.
  if (first !== 0x80 || protocol < 2 || protocol > 5) {
    const { called, goesOn } = calledFrom(whole === undefined ? inMemory(head) : forward(whole, 0, head));
    return goesOn || called.length > 0;
  }
  const found: Import[] = [];
  try {
    readPickle(inMemory(head), findsFor(found));
    return true;
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    return error.isEnd ? head.length > 16 || found.length > 0 : isCalled(found);
  }
}

const latin1 = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
const isCalled = (imports: readonly Import[]) => imports.some(({ called }) => called);

const startsAtMost = 256;
/** What calls something, and means to stay hidden, is short; all starts together are to cost no more than one long pickle. */
const hiddenOpcodesAtMost = 4_000;

/** What streams that begin anywhere in these bytes would import and call: some loaders go on behind the first one. */
export function hiddenImports(bytes: Uint8Array): Import[] {
  const { called } = calledFrom(inMemory(bytes));
  if (called.length > 0) return called;
  for (const index of startsIn(bytes)) {
    const found: Import[] = [];
    try {
      readPickle(inMemory(bytes.subarray(index)), { ...findsFor(found), opcodesAtMost: hiddenOpcodesAtMost });
    } catch (error) {
      if (!(error instanceof Stop)) throw error;
    }
    if (isCalled(found)) return found;
  }
  return [];
}
