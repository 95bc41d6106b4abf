import { limits } from '../../../shared/limits.ts';
import { behindWrapper } from './joblib-arrays.ts';
import { type Bytes, primitives, Stop } from './pickle-bytes.ts';
import { build, call, change } from './pickle-effects.ts';
import type { Memo, PickleFinds } from './pickle-finds.ts';
import {
  atom,
  decimal,
  dict,
  type Import,
  long,
  type Made,
  memoKey,
  other,
  put,
  quoted,
  unescaped,
  type Value,
} from './pickle-values.ts';

const mark = Symbol('mark');
type Slot = Value | typeof mark;

const utf8 = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true });

/** Whether these may be the first bytes of a pickle: the mark of a protocol, as bytes or as a text of them, or an import. */
function mayBegin(head: Uint8Array, isText: boolean): boolean {
  const [first, second = 0, third = 0] = head;
  if (first === 0x80) return second >= 2 && second <= 5;
  if (isText) return first === 0xc2 && second === 0x80 && third >= 2 && third <= 5;
  return first !== undefined && first >= 0x28 && head.includes(0x0a);
}
/** Bytes that a text stands for, as `_codecs.encode(text, 'latin1')` gives them. */
const bytesOf = (held: Uint8Array, isText: boolean): Uint8Array =>
  isText && held[0] === 0xc2 ? Buffer.from(utf8.decode(held), 'latin1') : Uint8Array.from(held);

/** What joblib keeps in place of an array. */
const isWrapper = /(^|\.)joblib\.(.+\.)?NumpyArrayWrapper$/;

/** Bytes in a pickle up to this size are looked at as a pickle of their own. */
const nestedAtMost = 64 * 2 ** 20;

/**
 * Reads one pickle stream, protocols 0 to 5, opcode by opcode as CPython's Lib/pickletools.py defines them, on a stack
 * of symbols: it resolves what would be imported (GLOBAL, INST, STACK_GLOBAL through the memo, EXT*) and which imports
 * would be called (REDUCE, NEWOBJ, NEWOBJ_EX, OBJ, INST, BUILD). Nothing is imported, called or built.
 * Raw array bytes that joblib writes between opcodes are skipped by joblib's own rule (numpy_pickle.py).
 * @returns what it would make, as far as that is known
 * @throws Stop where the stream ends early, an opcode is unknown, or a limit is passed.
 */
export function readPickle(bytes: Bytes, finds: PickleFinds, nesting = 0): Value {
  if (nesting > 16) throw new Stop('Streams are nested deeper than 16.', bytes.at);
  const { imports: found, storages } = finds;
  const stack: Slot[] = [];
  const memo: Memo = finds.reading === 'goes on' ? finds.memo : new Map();
  const { keys, index } = finds;
  const most = Math.min(finds.opcodesAtMost ?? limits.pickleOpcodes, limits.pickleOpcodes);
  let opcodes = 0;
  let isLater = false;
  let isFramedWrong = false;
  const { byte, uint, long8, line, skip } = primitives(bytes);
  const refuse = (why: string): never => {
    throw new Stop(why, bytes.at, { isRefused: true });
  };
  const pop = (): Value => {
    const top = stack.pop() ?? refuse('A value is asked for that was never made.');
    return top === mark ? refuse('A value is asked for where a mark stands.') : top;
  };
  /** Streams of one pickler may remember what an earlier one holds. */
  const isFirst = bytes.at === 0;
  const remembered = (key: number | bigint): Value => {
    const value = recalled(key);
    if (value.t === 'made') value.isShared ||= value.state === undefined;
    return finds.reading !== undefined && value.t === 'text' ? { ...value, isAgain: true } : value;
  };
  const recalled = (key: number | bigint): Value =>
    memo.get(key) ?? finds.memo.get(key) ?? (isFirst ? refuse('What was never remembered is asked for.') : other);
  const keyOf = (written: string): number | bigint => memoKey(written) ?? refuse('What is remembered has no number.');
  const popMark = (): Value[] => {
    const from = stack.lastIndexOf(mark);
    if (from < 0) refuse('A mark is asked for that was never set.');
    return stack.splice(from).filter((slot): slot is Value => slot !== mark);
  };
  const top = (): Value => {
    const last = stack.at(-1);
    return last === undefined || last === mark ? refuse('A value is asked for that was never made.') : last;
  };
  const importOf = (module: string, name: string, offset = bytes.at, isAside = false): Import => {
    const known = index.get(`${module}\0${name}`);
    if (known !== undefined && !isAside) delete known.isAside;
    if (known !== undefined) return known;
    if (found.length >= 10_000) throw new Stop('More than 10,000 different imports.', offset);
    const one: Import = { module, name, called: false, offset, ...(isAside ? { isAside } : {}) };
    found.push(one);
    index.set(`${module}\0${name}`, one);
    return one;
  };
  const imported = (...of: [module: string, name: string, offset: number, isAside?: boolean]): Value => ({
    t: 'import',
    v: importOf(...of),
  });
  /** Bytes, or a text of the years before bytes, which may be a pickle that somebody would load later. */
  const payload = (length: number, isText = false): Value => {
    const at = bytes.at;
    if (finds.nested !== undefined && length >= 4 && length <= Math.min(nestedAtMost, bytes.size - at)) {
      const isCandidate = mayBegin(bytes.take(Math.min(length, 4_096)), isText);
      bytes.at = at;
      const inner = isCandidate ? finds.nested(bytesOf(bytes.take(length), isText)) : null;
      if (inner !== null) return inner;
      bytes.at = at;
    }
    const held = skip(length);
    // A text longer than any name is still a text, and none that is known.
    return isText ? { t: 'text', v: held.length === length ? utf8.decode(held) : '\0' } : atom;
  };
  /** A persistent id is resolved by the loader's own code; torch's are known (a storage, a class with its source), and no others. */
  const persistent = (id: Value, offset: number): Value => {
    const [kind, type, key, , elements] = id.t === 'tuple' ? id.v : [];
    if (kind?.t === 'text' && kind.v === 'module' && type?.t === 'import') return type;
    if (kind?.t !== 'text' || kind.v !== 'storage') return imported('persistent_load', 'id', offset);
    const storage = {
      key: key?.t === 'text' ? key.v : '',
      type: type?.t === 'import' ? type.v.name : '',
      elements: elements?.t === 'int' ? elements.v : null,
    };
    if (key?.t === 'text' && !keys.has(key.v) && storages.length < 1_000_000) {
      keys.add(key.v);
      storages.push(storage);
    }
    return { t: 'storage', v: storage };
  };
  for (;;) {
    if (++opcodes > most) throw new Stop(`More than ${most} opcodes.`, bytes.at, { isLimit: true });
    const offset = bytes.at;
    const op = byte();
    switch (String.fromCharCode(op)) {
      case '.':
        // Loaders of today refuse it; one that does not would have run what came before.
        if (isLater) throw new Stop('A protocol later than 5.', offset);
        if (isFramedWrong) throw new Stop('A frame is longer than what is left.', offset, { isEnd: true });
        if (finds.memo.size === 0) finds.memo = memo;
        else if (finds.memo !== memo) for (const [key, value] of memo) finds.memo.set(key, value);
        return pop(); // STOP
      case '(':
        stack.push(mark);
        break;
      case '0':
        if (stack.pop() === undefined) refuse('A value is asked for that was never made.');
        break;
      case '1':
        popMark();
        break;
      case '2': {
        const again = top();
        if (again.t === 'made') again.isShared ||= again.state === undefined;
        stack.push(again);
        break;
      }
      case 'F':
        line();
        stack.push(atom);
        break;
      case 'L':
      case 'I':
        stack.push(decimal(line()));
        break;
      case 'S':
        stack.push({ t: 'text', v: quoted(line()) });
        break;
      case 'V':
        stack.push({ t: 'text', v: unescaped(line()) });
        break;
      case 'J':
        stack.push({ t: 'int', v: uint(4) | 0 });
        break;
      case 'K':
        stack.push({ t: 'int', v: byte() });
        break;
      case 'M':
        stack.push({ t: 'int', v: uint(2) });
        break;
      case 'G':
        bytes.take(8);
        stack.push(atom);
        break;
      case '\x8a':
        stack.push(long(skip(byte())));
        break;
      case '\x8b':
        skip(uint(4));
        stack.push(atom);
        break;
      case 'N':
        stack.push({ t: 'none' });
        break;
      case '\x88':
      case '\x89':
      case ']':
      case '\x8f':
        stack.push(atom);
        break;
      case '}':
        stack.push({ t: 'dict', v: new Map() });
        break;
      case 'T':
        stack.push(payload(uint(4), true));
        break;
      case 'U':
      case '\x8c':
        stack.push(payload(byte(), true));
        break;
      case 'X':
        stack.push(payload(uint(4), true));
        break;
      case '\x8d':
        stack.push(payload(long8(), true));
        break;
      case 'B':
        stack.push(payload(uint(4)));
        break;
      case 'C':
        stack.push(payload(byte()));
        break;
      case '\x8e':
      case '\x96':
        stack.push(payload(long8()));
        break;
      case ')':
        stack.push({ t: 'tuple', v: [] });
        break;
      case 't':
        stack.push({ t: 'tuple', v: popMark() });
        break;
      case '\x85':
        stack.push({ t: 'tuple', v: [pop()] });
        break;
      case '\x86': {
        const b = pop();
        stack.push({ t: 'tuple', v: [pop(), b] });
        break;
      }
      case '\x87': {
        const c = pop();
        const b = pop();
        stack.push({ t: 'tuple', v: [pop(), b, c] });
        break;
      }
      case 'l':
      case '\x91':
        popMark();
        stack.push(atom);
        break;
      case 'd':
        stack.push(dict(popMark()));
        break;
      case 'a':
        pop();
        change(top(), 'an item');
        break;
      case 'e':
      case '\x90':
        popMark();
        change(top(), 'items');
        break;
      case 's': {
        const value = pop();
        const key = pop();
        change(top(), 'an item');
        put(top(), [key, value]);
        break;
      }
      case 'u': {
        const items = popMark();
        change(top(), 'items');
        put(top(), items);
        break;
      }
      case 'p':
        memo.set(keyOf(line()), top());
        break;
      case 'q':
        memo.set(byte(), top());
        break;
      case 'r':
        memo.set(uint(4), top());
        break;
      case '\x94':
        memo.set(memo.size, top());
        break;
      case 'g':
        stack.push(remembered(keyOf(line())));
        break;
      case 'h':
        stack.push(remembered(byte()));
        break;
      case 'j':
        stack.push(remembered(uint(4)));
        break;
      case 'c':
        stack.push(imported(line(), line(), offset));
        break;
      case '\x93': {
        const name = pop();
        const module = pop();
        // A name that is not a plain text on the stack is computed: it cannot be known, and says so.
        const isText = module.t === 'text' && name.t === 'text';
        const isAside = finds.reading !== undefined && !(isText && !module.isAgain && !name.isAgain);
        stack.push(imported(module.t === 'text' ? module.v : '?', name.t === 'text' ? name.v : '?', offset, isAside));
        break;
      }
      case 'i': {
        const callee = imported(line(), line(), offset);
        stack.push(call(callee, { t: 'tuple', v: popMark() }, importOf));
        break;
      }
      case 'o': {
        const [callee = refuse('A class is asked for that was never named.'), ...args] = popMark();
        stack.push(call(callee, { t: 'tuple', v: args }, importOf));
        break;
      }
      case 'R':
      case '\x81': {
        const args = pop();
        stack.push(call(pop(), args, importOf, op === 0x81));
        break;
      }
      case '\x92': {
        const named = pop();
        const args = pop();
        stack.push(call(pop(), args, importOf, true, named));
        break;
      }
      case 'b': {
        const state = pop();
        const made = top();
        build(made, state);
        if (made.t === 'made' && finds.reading !== 'opcodes' && isWrapper.test(`${made.by.module}.${made.by.name}`))
          passArray(made);
        break;
      }
      case '\x82':
        stack.push(imported('copyreg extension', String(byte()), offset));
        break;
      case '\x83':
        stack.push(imported('copyreg extension', String(uint(2)), offset));
        break;
      case '\x84':
        stack.push(imported('copyreg extension', String(uint(4)), offset));
        break;
      case 'P':
        line();
        stack.push(persistent(other, offset));
        break;
      case 'Q':
        stack.push(persistent(pop(), offset));
        break;
      case '\x80':
        isLater ||= byte() > 5;
        break;
      case '\x95':
        isFramedWrong ||= long8() > bytes.size - bytes.at;
        break;
      case '\x97':
        finds.hasBuffersElsewhere = true;
        stack.push(other);
        break;
      case '\x98':
        break;
      default:
        throw new Stop(`Byte 0x${op.toString(16).padStart(2, '0')} is no opcode.`, offset);
    }
    if (stack.length > 1_000_000) throw new Stop('The stack is deeper than 1,000,000.', offset);
  }

  /** Passes over an array of joblib; whether another loader would, too, is for another reading of the same bytes. */
  function passArray(made: Made): void {
    finds.hasArrays = true;
    const behind = behindWrapper(made, bytes.at);
    if (behind.isStream) {
      const inner = { ...finds, memo: new Map() };
      readPickle(bytes, inner, nesting + 1);
      finds.hasBuffersElsewhere ||= inner.hasBuffersElsewhere;
    } else {
      if (behind.isPadded && finds.reading !== 'unpadded') skip(byte());
      skip(behind.bytes);
    }
  }
}
