import { limits } from '../../shared/limits.ts';

/** What a strict JSON text can hold. Objects have no prototype: `__proto__` is a name like any other. */
export type JsonValue = null | boolean | number | string | JsonValue[] | { [name: string]: JsonValue };

/** A value with its place in the text: `start` and `end` are UTF-16 offsets, `line` counts from 1. */
export type JsonNode =
  | { kind: 'object'; start: number; end: number; line: number; members: { name: string; value: JsonNode }[] }
  | { kind: 'array'; start: number; end: number; line: number; items: JsonNode[] }
  | { kind: 'string'; start: number; end: number; line: number; value: string }
  | { kind: 'number'; start: number; end: number; line: number; source: string }
  | { kind: 'literal'; start: number; end: number; line: number; value: null | boolean };

/** A text that is not strict JSON, and where. */
export class JsonError extends Error {
  readonly offset: number;
  readonly line: number;
  /** UTF-16 units from the start of the line, from 1. */
  readonly column: number;
  /** Whether nothing but blanks follows. */
  readonly isAtEnd: boolean;
  constructor(why: string, offset: number, line: number, column = 1, isAtEnd = false) {
    // Thrown by the thousand where documents are damaged: where in our code it was found costs more than finding it.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(`${why}, line ${line}, offset ${offset}`);
    Error.stackTraceLimit = stackTraceLimit;
    this.name = 'JsonError';
    this.offset = offset;
    this.line = line;
    this.column = column;
    this.isAtEnd = isAtEnd;
  }
}

export interface JsonOptions {
  /** Levels of arrays and objects at most; never more than 1,000, so that whoever walks a tree may recurse. */
  depth?: number;
  /** Bytes (or UTF-16 units of a string) at most. */
  size?: number;
  /** A byte order mark is refused unless it is said to be passed over. */
  byteOrderMark?: 'refuse' | 'skip';
}

const depthEver = 1_000;

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const number = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const plain = /[^"\\\u0000-\u001f]*/y;
const escapes: Record<string, string> = { '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/**
 * Parses one JSON text by RFC 8259 with the restrictions of I-JSON (RFC 7493): UTF-8 without BOM, no name twice in an
 * object, no lone surrogate, nothing after the value. Deeper or larger than the limits is refused before it is built.
 * @throws JsonError
 */
export function parseJsonTree(input: Uint8Array | string, options: JsonOptions = {}): JsonNode {
  const depthAtMost = Math.min(options.depth ?? limits.jsonDepth, depthEver);
  const sizeAtMost = options.size ?? limits.jsonBytes;
  if (input.length > sizeAtMost) throw new JsonError(`The text is larger than ${sizeAtMost} bytes`, 0, 1);
  let text: string;
  if (typeof input === 'string') text = input;
  else {
    try {
      text = strictUtf8.decode(input);
    } catch {
      throw new JsonError('The text is not UTF-8', 0, 1);
    }
  }
  const hasMark = text.charCodeAt(0) === 0xfeff;
  if (hasMark && options.byteOrderMark !== 'skip') throw new JsonError('The text begins with a byte order mark', 0, 1);
  if (!text.isWellFormed()) throw new JsonError('The text holds a lone surrogate', 0, 1);
  let at = hasMark ? 1 : 0;
  let line = 1;
  const fail = (why: string): never => {
    throw new JsonError(why, at, line, at - text.lastIndexOf('\n', at - 1), text.slice(at).trimStart() === '');
  };
  const space = () => {
    for (;;) {
      const code = text.charCodeAt(at);
      if (code === 0x0a) line += 1;
      else if (code !== 0x20 && code !== 0x09 && code !== 0x0d) return;
      at += 1;
    }
  };
  const string = (): string => {
    at += 1;
    let out = '';
    for (;;) {
      plain.lastIndex = at;
      const run = plain.exec(text)?.[0] ?? '';
      out += run;
      at += run.length;
      const next = text[at];
      if (next === '"') {
        at += 1;
        return out;
      }
      if (next !== '\\') fail(at >= text.length ? 'A text does not end' : 'A control character stands in a text');
      const letter = text[at + 1] ?? '';
      if (letter === 'u') {
        const hex = text.slice(at + 2, at + 6);
        if (!/^[0-9a-fA-F]{4}$/.test(hex)) fail('An escape is not four hexadecimal digits');
        out += String.fromCharCode(Number.parseInt(hex, 16));
        at += 6;
      } else {
        const plainText = escapes[letter];
        if (plainText === undefined) fail('An escape is not one of JSON');
        out += plainText ?? '';
        at += 2;
      }
    }
  };
  const wellFormed = (value: string): string => {
    if (!value.isWellFormed()) fail('A text holds a lone surrogate');
    return value;
  };
  let values = 0;
  const value = (depth: number): JsonNode => {
    if (++values > limits.jsonValues) fail(`The text holds more than ${limits.jsonValues} values`);
    space();
    const start = at;
    const from = line;
    const first = text[at];
    if (first === '{') {
      if (depth >= depthAtMost) fail(`The text is deeper than ${depthAtMost} levels`);
      at += 1;
      const members: { name: string; value: JsonNode }[] = [];
      const names = new Set<string>();
      space();
      if (text[at] === '}') at += 1;
      else
        for (;;) {
          space();
          if (text[at] !== '"') fail('A name is expected');
          const name = wellFormed(string());
          if (names.has(name)) fail(`The name ${JSON.stringify(name.slice(0, 100))} stands twice in an object`);
          names.add(name);
          space();
          if (text[at] !== ':') fail('A colon is expected');
          at += 1;
          members.push({ name, value: value(depth + 1) });
          space();
          const next = text[at];
          if (next !== ',' && next !== '}') fail('A comma or the end of an object is expected');
          at += 1;
          if (next === '}') break;
        }
      return { kind: 'object', start, end: at, line: from, members };
    }
    if (first === '[') {
      if (depth >= depthAtMost) fail(`The text is deeper than ${depthAtMost} levels`);
      at += 1;
      const items: JsonNode[] = [];
      space();
      if (text[at] === ']') at += 1;
      else
        for (;;) {
          items.push(value(depth + 1));
          space();
          const next = text[at];
          if (next !== ',' && next !== ']') fail('A comma or the end of an array is expected');
          at += 1;
          if (next === ']') break;
        }
      return { kind: 'array', start, end: at, line: from, items };
    }
    if (first === '"') {
      const held = wellFormed(string());
      return { kind: 'string', start, end: at, line: from, value: held };
    }
    for (const [word, meaning] of [
      ['true', true],
      ['false', false],
      ['null', null],
    ] as const) {
      if (text.startsWith(word, at)) {
        at += word.length;
        return { kind: 'literal', start, end: at, line: from, value: meaning };
      }
    }
    number.lastIndex = at;
    const source = number.exec(text)?.[0];
    if (source === undefined) return fail(at >= text.length ? 'The text ends early' : 'A value is expected');
    at += source.length;
    return { kind: 'number', start, end: at, line: from, source };
  };
  const root = value(0);
  space();
  if (at < text.length) fail('Something follows the value');
  return root;
}

/** The value of a node. Numbers become doubles: whoever needs the digits reads `source`. */
// biome-ignore lint/suspicious/noShadowRestrictedNames: a function of a module, not of the global object
export function valueOf(node: JsonNode): JsonValue {
  switch (node.kind) {
    case 'object': {
      const object: { [name: string]: JsonValue } = Object.create(null);
      for (const { name, value } of node.members) object[name] = valueOf(value);
      return object;
    }
    case 'array':
      return node.items.map(valueOf);
    case 'number':
      return Number(node.source);
    default:
      return node.value;
  }
}

/** Strict JSON to plain values; the rules of `parseJsonTree`. @throws JsonError */
export function parseJson(input: Uint8Array | string, options?: JsonOptions): JsonValue {
  return valueOf(parseJsonTree(input, options));
}

/** A member of an object node by name; undefined where it has none or is no object. */
export function member(node: JsonNode | undefined, name: string): JsonNode | undefined {
  return node?.kind === 'object' ? node.members.find((each) => each.name === name)?.value : undefined;
}

/** A parsed text that can be asked where a value stands (RFC 6901 pointers; '' is the whole). */
export interface JsonDocument {
  root: JsonNode;
  /** The value at a pointer; undefined where there is none. */
  at(pointer: string): JsonNode | undefined;
  /** Line of the value at a pointer, from 1; undefined where there is none. */
  lineOf(pointer: string): number | undefined;
}

/** Strict JSON with the place of every value; the rules of `parseJsonTree`. @throws JsonError */
export function parseJsonDocument(input: Uint8Array | string, options?: JsonOptions): JsonDocument {
  const root = parseJsonTree(input, options);
  const at = (pointer: string): JsonNode | undefined => {
    if (pointer === '') return root;
    if (!pointer.startsWith('/')) return undefined;
    let node: JsonNode | undefined = root;
    for (const token of pointer.slice(1).split('/')) {
      // RFC 6901, 4: ~1 before ~0, and an index has no leading zero.
      if (node?.kind === 'array') node = /^(0|[1-9][0-9]*)$/.test(token) ? node.items[Number(token)] : undefined;
      else node = member(node, token.replaceAll('~1', '/').replaceAll('~0', '~'));
    }
    return node;
  };
  return { root, at, lineOf: (pointer) => at(pointer)?.line };
}

/** One reference token of a JSON pointer, escaped (RFC 6901, 3). */
export const pointerToken = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');
