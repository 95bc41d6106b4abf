/** A text that is no XML as it is read here, and the line where. */
export class XmlError extends Error {
  readonly line: number;
  constructor(why: string, line: number) {
    super(`${why}, line ${line}`);
    this.name = 'XmlError';
    this.line = line;
  }
}

export interface XmlElement {
  name: string;
  attributes: [name: string, value: string][];
  line: number;
}
export interface XmlEvents {
  open?(element: XmlElement, depth: number): void;
  /** All the text of an element up to its first child or end, comments and instructions taken out. */
  text?(text: string, line: number): void;
  /** A comment or an instruction with text on both sides: programs that stop there read less than is written. */
  split?(line: number): void;
}

const depthAtMost = 256;
const nameStart = 'A-Za-z_:\\u00c0-\\u{effff}';
const name = new RegExp(`[${nameStart}][${nameStart}\\-.0-9\\u00b7]*`, 'uy');
const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;
const named: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/**
 * Walks a well-formed XML 1.0 document with namespaces, without a document type: a DTD is refused whole, so that no
 * entity is ever followed or fetched (XML 1.0, 2.8; OWASP XXE). @throws XmlError
 */
export function readXml(source: string, events: XmlEvents): void {
  const text = source.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n');
  let at = 0;
  let line = 1;
  const fail = (why: string): never => {
    throw new XmlError(why, line);
  };
  const illegal = forbidden.exec(text);
  if (illegal !== null) {
    line = text.slice(0, illegal.index).split('\n').length;
    fail('A character stands here that XML does not allow');
  }
  const advance = (to: number) => {
    for (let next = text.indexOf('\n', at); next >= 0 && next < to; next = text.indexOf('\n', next + 1)) line += 1;
    at = to;
  };
  const until = (end: string, what: string): string => {
    const to = text.indexOf(end, at);
    if (to < 0) return fail(`${what} does not end`);
    const held = text.slice(at, to);
    advance(to + end.length);
    return held;
  };
  const readName = (): string => {
    name.lastIndex = at;
    const found = name.exec(text)?.[0] ?? fail('A name is expected');
    at += found.length;
    return found;
  };
  const space = (): boolean => {
    const from = at;
    while (/[ \t\n]/.test(text[at] ?? '')) advance(at + 1);
    return at > from;
  };
  const resolved = (raw: string): string =>
    raw.replace(/&([^;]{0,12});?|&/g, (whole, word: string | undefined) => {
      const held = named[word ?? ''];
      if (held !== undefined && whole.endsWith(';')) return held;
      const [, hex, digits] = /^#(?:x([0-9a-fA-F]+)|([0-9]+))$/.exec(word ?? '') ?? [];
      const code = hex === undefined ? Number(digits) : Number.parseInt(hex, 16);
      const isCharacter =
        whole.endsWith(';') && code <= 0x10ffff && (code >= 0x20 || code === 9 || code === 10 || code === 13);
      if (!isCharacter || (code >= 0xd800 && code <= 0xdfff) || code === 0xfffe || code === 0xffff)
        return fail('An ampersand begins no reference that XML knows');
      return String.fromCodePoint(code);
    });
  const attributes = (): [string, string][] => {
    const found: [string, string][] = [];
    const known = new Set<string>();
    for (;;) {
      const spaced = space();
      if (/[/>?]/.test(text[at] ?? '')) return found;
      if (!spaced) fail('A space is missing before an attribute');
      const key = readName();
      space();
      if (text[at] !== '=') fail('An attribute has no value');
      at += 1;
      space();
      const quote = text[at];
      if (quote !== '"' && quote !== "'") return fail('The value of an attribute is not quoted');
      at += 1;
      const value = until(quote, 'The value of an attribute');
      if (value.includes('<')) fail('The value of an attribute holds a <');
      if (known.has(key)) fail(`The attribute ${key.slice(0, 60)} stands twice`);
      known.add(key);
      found.push([key, resolved(value)]);
    }
  };
  if (text.startsWith('<?xml') && /[ \t\n]/.test(text[5] ?? '')) {
    at = 5;
    attributes();
    if (!text.startsWith('?>', at)) fail('The declaration does not end');
    at += 2;
  }
  const open: { name: string; spaces: Map<string, string> }[] = [];
  let hasRoot = false;
  let said = '';
  let isSplit = false;
  const flush = () => {
    if (said.trim() !== '') events.text?.(said, line);
    said = '';
    isSplit = false;
  };
  while (at < text.length) {
    if (text[at] !== '<') {
      const to = text.indexOf('<', at);
      const raw = text.slice(at, to < 0 ? text.length : to);
      if (open.length === 0 && raw.trim() !== '') fail('Text stands outside the root');
      if (raw.includes(']]>')) fail('Text holds ]]>');
      if (isSplit && raw.trim() !== '' && said.trim() !== '') events.split?.(line);
      if (raw.trim() !== '') isSplit = false;
      said += resolved(raw);
      advance(to < 0 ? text.length : to);
    } else if (text.startsWith('<!--', at)) {
      at += 4;
      if (until('-->', 'A comment').includes('--')) fail('A comment holds two hyphens');
      isSplit = true;
    } else if (text.startsWith('<![CDATA[', at)) {
      if (open.length === 0) fail('Text stands outside the root');
      at += 9;
      said += until(']]>', 'A CDATA section');
    } else if (text.startsWith('<!', at)) fail('A document type or entity is declared, which is not read');
    else if (text.startsWith('<?', at)) {
      at += 2;
      if (readName().toLowerCase() === 'xml') fail('A declaration stands where none may');
      until('?>', 'An instruction');
      isSplit = true;
    } else if (text.startsWith('</', at)) {
      flush();
      at += 2;
      const closing = readName();
      space();
      if (text[at] !== '>') fail('A closing tag does not end');
      at += 1;
      if (open.pop()?.name !== closing) fail(`The closing tag ${closing.slice(0, 60)} closes nothing`);
    } else {
      flush();
      at += 1;
      const from = line;
      if (open.length === 0 && hasRoot) fail('A second root stands here');
      hasRoot = true;
      const element = readName();
      const held = attributes();
      const spaces = new Map(open.at(-1)?.spaces);
      for (const [key, value] of held) if (key === 'xmlns' || key.startsWith('xmlns:')) spaces.set(key.slice(6), value);
      const expanded = new Set<string>();
      for (const [key] of held) {
        const [prefix = '', local] = key.split(':');
        if (local === undefined || prefix === 'xmlns') continue;
        const whole = `${spaces.get(prefix) ?? prefix}\0${local}`;
        if (expanded.has(whole)) fail(`The attribute ${key.slice(0, 60)} stands twice under its namespace`);
        expanded.add(whole);
      }
      events.open?.({ name: element, attributes: held, line: from }, open.length);
      if (text.startsWith('/>', at)) at += 2;
      else if (text[at] === '>') {
        at += 1;
        if (open.length >= depthAtMost) fail(`The document is deeper than ${depthAtMost} elements`);
        open.push({ name: element, spaces });
      } else fail('A tag does not end');
    }
  }
  if (open.length > 0) fail(`The element ${open.at(-1)?.name.slice(0, 60) ?? ''} is never closed`);
  if (!hasRoot) fail('The document has no root');
}
