/** What the type of an array says: bytes of an element, null where they are not fixed, and whether it holds objects. */
export interface ElementType {
  unit: number | null;
  isObject: boolean;
}
export interface HeaderLiteral {
  descr: ElementType;
  shape: number[];
}

/** Codes of types as numpy writes them (`dtype.str`); words, lists in texts and escapes are other ways that no writer takes. */
const code =
  /^[|<>=]?(?:([biufcSUVa])([0-9]{1,9})|([mM])8(?:\[[0-9]{0,9}[a-zA-Z]{1,7}(?:\/[0-9]{1,9})?\])?|(O)[0-9]?)$/;
const deepest = 32;

function typeOf(text: string): ElementType | null {
  const [all, kind, width, time, object] = code.exec(text) ?? [];
  if (all === undefined) return null;
  if (object !== undefined) return { unit: null, isObject: true };
  if (time !== undefined) return { unit: 8, isObject: false };
  return { unit: Number(width) * (kind === 'U' ? 4 : 1), isObject: false };
}

/**
 * The header of an array file: a Python literal that holds these three names and nothing else (numpy/lib/format.py,
 * "read_array_header_1_0"). It is parsed by what a writer writes, never evaluated. Null where it is anything else: what a
 * loader makes of that may be an array of objects.
 */
export function readHeaderLiteral(text: string): HeaderLiteral | null {
  let at = 0;
  const blank = () => {
    while (/[ \t\n\r]/.test(text[at] ?? 'x')) at += 1;
  };
  const is = (mark: string): boolean => {
    blank();
    if (!text.startsWith(mark, at)) return false;
    at += mark.length;
    return true;
  };
  /** A text in quotes; `isName` where its escapes do not matter. */
  const quoted = (isName: boolean): string | null => {
    blank();
    const mark = text[at];
    if (mark !== "'" && mark !== '"') return null;
    for (let end = at + 1; end < text.length; end += 1) {
      if (text[end] === '\\') {
        if (!isName) return null;
        end += 1;
      } else if (text[end] === mark) {
        const held = text.slice(at + 1, end);
        at = end + 1;
        return held;
      }
    }
    return null;
  };
  const whole = (): number | null => {
    blank();
    const digits = /^[0-9]{1,19}/.exec(text.slice(at, at + 20))?.[0];
    if (digits === undefined) return null;
    at += digits.length;
    if (text[at] === 'L') at += 1;
    return Number.isSafeInteger(Number(digits)) ? Number(digits) : null;
  };
  const sizes = (): number[] | null => {
    if (!is('(')) return null;
    const found: number[] = [];
    while (!is(')')) {
      const size = whole();
      if (size === null || found.push(size) > 64 || (!is(',') && !/^\s*\)/.test(text.slice(at, at + 100)))) return null;
    }
    return found;
  };
  const fieldName = (): boolean => {
    if (!is('(')) return quoted(true) !== null;
    return quoted(true) !== null && is(',') && quoted(true) !== null && is(')');
  };
  const type = (depth: number): ElementType | null => {
    if (depth > deepest) return null;
    if (!is('[')) return typeOf(quoted(false) ?? '');
    const all: ElementType = { unit: 0, isObject: false };
    while (!is(']')) {
      const field = is('(') && fieldName() && is(',') ? type(depth + 1) : null;
      if (field === null) return null;
      let times = 1;
      if (is(',') && !/^\s*\)/.test(text.slice(at, at + 100))) {
        const single = whole();
        const shape = single === null ? sizes() : [single];
        if (shape === null) return null;
        times = shape.reduce((product, size) => product * size, 1);
        is(',');
      }
      if (!is(')') || (!is(',') && !/^\s*\]/.test(text.slice(at, at + 100)))) return null;
      all.isObject ||= field.isObject;
      all.unit = all.unit === null || field.unit === null ? null : all.unit + field.unit * times;
      if (all.unit !== null && !Number.isSafeInteger(all.unit)) return null;
    }
    return all;
  };
  const found: { descr?: ElementType; order?: true; shape?: number[] } = {};
  if (!is('{')) return null;
  while (!is('}')) {
    const name = quoted(false);
    if (name === null || !is(':')) return null;
    if (name === 'descr' && found.descr === undefined) {
      const descr = type(0);
      if (descr === null) return null;
      found.descr = descr;
    } else if (name === 'fortran_order' && found.order === undefined && (is('True') || is('False'))) found.order = true;
    else if (name === 'shape' && found.shape === undefined) {
      const shape = sizes();
      if (shape === null) return null;
      found.shape = shape;
    } else return null;
    if (!is(',') && !/^\s*\}/.test(text.slice(at, at + 1_000))) return null;
  }
  blank();
  if (at !== text.length || found.descr === undefined || found.order === undefined || found.shape === undefined)
    return null;
  return { descr: found.descr, shape: found.shape };
}
