/** A value of a PDF (ISO 32000-2, 7.3). Names and texts keep their bytes, as latin1. */
export type PdfValue = null | boolean | number | PdfName | PdfText | PdfReference | PdfValue[] | PdfDictionary;
export interface PdfName {
  kind: 'name';
  name: string;
}
export interface PdfText {
  kind: 'text';
  bytes: Buffer;
}
export interface PdfReference {
  kind: 'reference';
  number: number;
}
export interface PdfDictionary {
  kind: 'dictionary';
  entries: Map<string, PdfValue>;
}

/** A PDF that is not of the form that is read here, in words. */
export class PdfError extends Error {}

const depthAtMost = 32;
const valuesAtMost = 200_000;
const blank = /[\0\t\n\f\r ]*(?:%[^\r\n]*[\0\t\n\f\r ]*)*/y;
const numberToken = /[+-]?(?:\d{1,15}(?:\.\d{0,15})?|\.\d{1,15})/y;
const nameToken = /\/[^\0\t\n\f\r ()<>[\]{}/%]*/y;
const referenceToken = /(\d{1,10})[\0\t\n\f\r ]+(\d{1,5})[\0\t\n\f\r ]+R(?![^\0\t\n\f\r ()<>[\]{}/%])/y;

export const isDictionary = (value: PdfValue | undefined): value is PdfDictionary =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && value.kind === 'dictionary';
export const isReference = (value: PdfValue | undefined): value is PdfReference =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && value.kind === 'reference';
export const isName = (value: PdfValue | undefined, name: string): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && value.kind === 'name' && value.name === name;
export const textOf = (value: PdfValue | undefined): string | null => {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value.kind !== 'text') return null;
  return value.bytes[0] === 0xfe && value.bytes[1] === 0xff
    ? Buffer.from(value.bytes.subarray(2, 2 + ((value.bytes.length - 2) & ~1)))
        .swap16()
        .toString('utf16le')
    : value.bytes.toString('latin1');
};

/** Reads one value from a text, bounded in depth and number. @returns the value and where it ends. @throws PdfError */
export function readValue(text: string, start: number): { value: PdfValue; end: number } {
  let at = start;
  let values = 0;
  const token = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found !== null) at += found[0].length;
    return found;
  };
  const value = (depth: number): PdfValue => {
    values += 1;
    if (depth > depthAtMost || values > valuesAtMost) throw new PdfError('An object is deeper or larger than is read.');
    token(blank);
    if (text.startsWith('<<', at)) return dictionary(depth);
    const first = text[at];
    if (first === '[') {
      at += 1;
      const items: PdfValue[] = [];
      for (;;) {
        token(blank);
        if (text[at] === ']') break;
        items.push(value(depth + 1));
      }
      at += 1;
      return items;
    }
    if (first === '(') return { kind: 'text', bytes: literal() };
    if (first === '<') return { kind: 'text', bytes: hexadecimal() };
    if (first === '/') return { kind: 'name', name: nameOf(token(nameToken)?.[0] ?? '/') };
    const reference = token(referenceToken);
    if (reference !== null) return { kind: 'reference', number: Number(reference[1]) };
    const number = token(numberToken);
    if (number !== null) return Number(number[0]);
    for (const [word, meaning] of [
      ['true', true],
      ['false', false],
      ['null', null],
    ] as const)
      if (text.startsWith(word, at)) {
        at += word.length;
        return meaning;
      }
    throw new PdfError('An object holds something that is no value.');
  };
  const dictionary = (depth: number): PdfDictionary => {
    at += 2;
    const entries = new Map<string, PdfValue>();
    for (;;) {
      token(blank);
      if (text.startsWith('>>', at)) break;
      const name = token(nameToken);
      if (name === null) throw new PdfError('A dictionary holds something that is no name.');
      const key = nameOf(name[0]);
      if (entries.has(key)) throw new PdfError(`A dictionary holds ${key} twice.`);
      entries.set(key, value(depth + 1));
    }
    at += 2;
    return { kind: 'dictionary', entries };
  };
  const literal = (): Buffer => {
    const out: number[] = [];
    let open = 0;
    for (; at < text.length; at++) {
      const char = text[at] ?? '';
      if (char === '(' && open++ === 0) continue;
      if (char === ')' && --open === 0) {
        at += 1;
        return Buffer.from(out);
      }
      if (char !== '\\') {
        out.push(char.charCodeAt(0));
        continue;
      }
      const octal = /^[0-7]{1,3}/.exec(text.slice(at + 1, at + 4))?.[0];
      if (octal !== undefined) {
        out.push(Number.parseInt(octal, 8) & 0xff);
        at += octal.length;
        continue;
      }
      at += 1;
      const escaped = text[at] ?? '';
      const meant = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f', '\n': '', '\r': '' }[escaped] ?? escaped;
      if (meant !== '') out.push(meant.charCodeAt(0));
    }
    throw new PdfError('A text does not end.');
  };
  const hexadecimal = (): Buffer => {
    const end = text.indexOf('>', at);
    const digits = end < 0 ? '' : text.slice(at + 1, end).replace(/[\0\t\n\f\r ]/g, '');
    if (end < 0 || /[^0-9a-fA-F]/.test(digits)) throw new PdfError('A hexadecimal text is malformed.');
    at = end + 1;
    return Buffer.from(digits.length % 2 === 0 ? digits : `${digits}0`, 'hex');
  };
  return { value: value(0), end: at };
}

/** Name without its slash, `#xx` resolved (7.3.5). */
const nameOf = (token: string): string =>
  token.slice(1).replace(/#([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
