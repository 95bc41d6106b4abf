import { inMemory, Stop } from './pickle-bytes.ts';
import { findsFor, readPickle } from './pickle-opcodes.ts';
import type { Import } from './pickle-values.ts';

/** First bytes of streams that name no protocol: a mark, an import, an empty container, a text or a number. */
const plainFirst = new Set(Buffer.from('(c}])NISVXUTKJMGLF', 'latin1'));
/** An import of protocols 0 to 3: two lines, module and name. */
const importing = /[ci][A-Za-z_][\w.]*\r?\n[A-Za-z_][\w.]*\r?\n/;

/**
 * Whether bytes are a pickle, whatever they are called: loaders do not ask for the name. A stream that names its protocol
 * is one where its opcodes go on to the end of what is here; one that does not, where something is imported and called.
 */
export function looksLikePickle(head: Uint8Array): boolean {
  const [first = 0, protocol = 0] = head;
  const isMarked = first === 0x80 && protocol >= 2;
  if (isMarked ? protocol > 5 : !plainFirst.has(first) || !importing.test(latin1(head))) return false;
  const imports: Import[] = [];
  try {
    readPickle(inMemory(head), findsFor(imports));
    return isMarked || isCalled(imports);
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    return isMarked && error.isEnd ? head.length > 16 || imports.length > 0 : isCalled(imports);
  }
}

const latin1 = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
const isCalled = (imports: readonly Import[]) => imports.some(({ called }) => called);

const someStart = /\x80[\x02-\x05]|[ci][A-Za-z_][\w.]*\r?\n[A-Za-z_][\w.]*\r?\n/g;
const startsAtMost = 256;

/** What streams that begin anywhere in these bytes would import and call: some loaders go on behind the first one. */
export function hiddenImports(bytes: Uint8Array): Import[] {
  let tried = 0;
  for (const { index } of latin1(bytes).matchAll(someStart)) {
    if (++tried > startsAtMost) break;
    const imports: Import[] = [];
    try {
      readPickle(inMemory(bytes.subarray(index)), findsFor(imports));
    } catch (error) {
      if (!(error instanceof Stop)) throw error;
    }
    if (isCalled(imports)) return imports;
  }
  return [];
}
