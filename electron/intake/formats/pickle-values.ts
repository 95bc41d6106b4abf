import type { NamedImport } from '../../../shared/model-facts.ts';
import type { Storage } from './torch-storages.ts';

export type Import = NamedImport;

/** What lies on the stack of a pickle, as far as it is known without building anything. */
export type Value =
  /** A text; whether it is one that was remembered. */
  | { t: 'text'; v: string; isAgain?: boolean }
  | { t: 'int'; v: number }
  | { t: 'none' }
  | { t: 'tuple'; v: Value[] }
  | Dict
  | { t: 'import'; v: Import }
  | { t: 'storage'; v: Storage }
  /** Bytes that are a pickle themselves; whether they could be read to their end. */
  | { t: 'nested'; isWhole: boolean }
  | Made
  | Partial
  /** What is no text and holds nothing that is followed: a number, a truth, bytes, a list, a text longer than any name. */
  | { t: 'atom' }
  | { t: 'other' };
export interface Dict extends Gaps {
  t: 'dict';
  v: Map<string, Value>;
}
/** What is not known of the items of a dictionary. */
interface Gaps {
  /** Whether a key may be any text. */
  hasOtherKeys?: boolean;
  /** How often it was changed. */
  changes?: number;
  /** Whether there are more items than are kept. */
  isCut?: boolean;
}
/** A function that is kept with some of its arguments (functools.partial), by the name that makes such. */
export interface Partial {
  t: 'partial';
  by: Import;
  of: Import;
  /** The arguments that it is kept with. */
  args?: Value;
  /** Whether it is `__new__` of a class, which makes nothing but an object. */
  isNew?: boolean;
}
/** What a call of an import made. */
export interface Made extends Gaps {
  t: 'made';
  by: Import;
  args: Value;
  /** Whether nothing but a new object was asked for. */
  isNew?: boolean;
  /** Whether it is given a state more than once: what it has then is not followed. */
  isRebuilt?: boolean;
  /** A class that was asked for, not an object of one: it is shared by the whole program. */
  isClass?: boolean;
  /** Whether it was in use elsewhere before it was given a state. */
  isShared?: boolean;
  /** Whether it is a type of numpy that holds objects, as far as is known. */
  isObject?: boolean;
  state?: Value;
  items?: Map<string, Value>;
}
export const other: Value = { t: 'other' };
export const atom: Value = { t: 'atom' };

const plainKeysAtMost = 10_000;
const keysAtMost = 1_000_000;

/** Names by which the machine of a pickle, or an object itself, finds out what to call. */
export const callNames: ReadonlySet<string> = new Set([
  '__setstate__',
  '__class__',
  '__reduce__',
  '__reduce_ex__',
  '__call__',
  '__getattr__',
  '__getattribute__',
  '__init__',
  '__new__',
  '__del__',
  'append',
  'extend',
  'add',
]);

/** Names in a state by which it is judged: they are kept however many others there are. */
const judgedNames = new Set([
  ...callNames,
  ...['_parse_arg_template', 'formula', 'restore_design_info', 'restore_model_spec', 'filename'],
  ...['shape', 'dtype', 'order', 'subclass', 'numpy_array_alignment_bytes'],
]);

/** Whether a key may be a text to Python that is not known here: an object may be of a class of texts (numpy.str_). */
function mayBeText(key: Value): boolean {
  if (key.t !== 'made') return key.t === 'other' || key.t === 'partial';
  const [type] = key.args.t === 'tuple' ? key.args.v : [];
  const [code] = type?.t === 'made' && type.args.t === 'tuple' ? type.args.v : [];
  const isNumber = code?.t === 'text' && /^[|<>=]?[biufcmM]/.test(code.v);
  return !(isNumber && /^numpy\.(_?core)\.multiarray$/.test(key.by.module) && key.by.name === 'scalar');
}

/** A whole number of few bytes, as it counts elements; any other is not kept. */
export function long(bytes: Uint8Array): Value {
  return bytes.length > 0 && bytes.length <= 6 ? { t: 'int', v: Buffer.from(bytes).readIntLE(0, bytes.length) } : atom;
}

/** A whole number of protocol 0 in digits, with the mark of a long or without; other spellings of it are not kept. */
export function decimal(line: string): Value {
  const digits = /^(-?(?:0|[1-9][0-9]{0,14})|0[01])L?\r?$/.exec(line)?.[1];
  return digits === undefined ? atom : { t: 'int', v: Number(digits) };
}

/** Keeps what is put into a dictionary: of plain values as many as a state has, of objects and imports all. */
export function put(target: Value, items: readonly Value[]): void {
  if (target.t !== 'made' && target.t !== 'dict') return;
  target.changes = (target.changes ?? 0) + 1;
  if (target.t === 'made') target.items ??= new Map();
  const held = target.t === 'dict' ? target.v : (target.items ?? new Map<string, Value>());
  for (let i = 0; i + 1 < items.length; i += 2) {
    const key = items[i];
    const value = items[i + 1];
    if (key === undefined || value === undefined) continue;
    if (key.t !== 'text') {
      if (mayBeText(key)) target.hasOtherKeys = true;
      continue;
    }
    const most = value.t === 'made' || value.t === 'import' ? keysAtMost : plainKeysAtMost;
    if (held.size < most || held.has(key.v) || judgedNames.has(key.v)) held.set(key.v, value);
    else target.isCut = true;
  }
}

export function dict(items: readonly Value[]): Value {
  const made: Value = { t: 'dict', v: new Map() };
  put(made, items);
  return made;
}

/** A key of the memo as a loader reads it from a line: `int()` of Python takes blanks, a sign and underscores. */
export function memoKey(line: string): number | bigint | null {
  const digits = /^\s*\+?([0-9]+(?:_[0-9]+)*)\s*$/.exec(line)?.[1];
  if (digits === undefined) return null;
  const key = Number(digits.replaceAll('_', ''));
  return Number.isSafeInteger(key) ? key : BigInt(digits.replaceAll('_', ''));
}

/** A text of protocol 0 between quotes, its escapes undone as Python undoes them (codecs, "escape_decode"). */
export function quoted(line: string): string {
  const bare = /^\s*(['"])([\s\S]*)\1\s*$/.exec(line)?.[2] ?? line;
  return bare.replace(/\\(?:x([0-9a-fA-F]{2})|([0-7]{1,3})|([nrtabfv\\'"]))/g, (_, hex, octal, plain) => {
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 0xff);
    return { n: '\n', r: '\r', t: '\t', a: '\x07', b: '\b', f: '\f', v: '\v' }[plain as string] ?? plain;
  });
}

/** A text of protocol 0 with escapes of Unicode (codecs, "raw_unicode_escape"). */
export const unescaped = (line: string): string =>
  line.replace(/\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/g, (whole, short, long) => {
    const code = Number.parseInt(short ?? long, 16);
    return code > 0x10ffff ? whole : String.fromCodePoint(code);
  });
