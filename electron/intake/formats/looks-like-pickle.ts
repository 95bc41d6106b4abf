import { inMemory, Stop } from './pickle-bytes.ts';
import { findsFor } from './pickle-finds.ts';
import { readPickle } from './pickle-opcodes.ts';
import type { Import } from './pickle-values.ts';

/** First bytes of streams that name no protocol: a mark, an import, an empty container, a text or a number. */
const plainFirst = new Set(Buffer.from('(c}])NISVXUTKJMGLF', 'latin1'));
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

/**
 * Whether bytes are a pickle, whatever they are called: loaders do not ask for the name. A stream that names its protocol
 * is one where its opcodes go on to the end of what is here; one that does not, where something is imported and called.
 */
export function looksLikePickle(head: Uint8Array): boolean {
  const [first = 0, protocol = 0] = head;
  // Loaders take the mark of protocols 0 and 1 too, which their writers leave out: by itself it says little.
  const isMarked = first === 0x80 && protocol >= 2 && protocol <= 5;
  const isOld = first === 0x80 && protocol <= 1;
  if (!isMarked && !isOld && (!plainFirst.has(first) || imports(latin1(head)).next().done === true)) return false;
  const found: Import[] = [];
  try {
    readPickle(inMemory(head), findsFor(found));
    return isMarked || isCalled(found);
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    return isMarked && error.isEnd ? head.length > 16 || found.length > 0 : isCalled(found);
  }
}

const latin1 = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
const isCalled = (imports: readonly Import[]) => imports.some(({ called }) => called);

const startsAtMost = 256;
/** What calls something, and means to stay hidden, is short; all starts together are to cost no more than one long pickle. */
const hiddenOpcodesAtMost = 4_000;

/** What streams that begin anywhere in these bytes would import and call: some loaders go on behind the first one. */
export function hiddenImports(bytes: Uint8Array): Import[] {
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
