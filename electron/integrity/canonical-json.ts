import canonicalize from 'canonicalize';
import type { JsonNode, JsonValue } from './json.ts';

/** RFC 8785 text of a plain value. Throws on lone surrogates and on numbers that JSON has not. */
export function canonicalJson(value: JsonValue | object): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('The value has no JSON form.');
  return text;
}

/** The same, or null where a value has no such form: a number that no double holds. */
export function canonicalJsonOf(value: JsonValue): string | null {
  try {
    return canonicalJson(value);
  } catch {
    return null;
  }
}

/** How a writer spells a record before it is hashed. The numbers of Python keep the digits of the source. */
export const canonicalForms = {
  jcs: 'RFC 8785',
  'python-ascii': 'Python json.dumps(sort_keys=True, separators=(",", ":"))',
  'python-utf8': 'Python json.dumps(sort_keys=True, separators=(",", ":"), ensure_ascii=False)',
  'python-spaced': 'Python json.dumps(sort_keys=True)',
  'python-spaced-utf8': 'Python json.dumps(sort_keys=True, ensure_ascii=False)',
  'as-written': 'members in the order written, no spaces (JSON.stringify)',
  'python-as-written': 'members in the order written, Python json.dumps()',
  pretty: 'members in the order written, two spaces a level (JSON.stringify(…, null, 2))',
  'source-as-written': 'members in the order written, no spaces, numbers as written',
  'ascii-as-written': 'members in the order written, Python json.dumps(separators=(",", ":"))',
  'python-as-written-utf8': 'members in the order written, Python json.dumps(ensure_ascii=False)',
  'outer-sorted': 'the outermost members sorted, those within in the order written, no spaces',
  'go-as-written': 'members in the order written, Go json.Marshal',
  'go-sorted': 'members sorted, Go json.Marshal of a map',
  'python-pretty-sorted': 'Python json.dumps(sort_keys=True, indent=2)',
  'python-pretty4-sorted': 'Python json.dumps(sort_keys=True, indent=4)',
  'python-pretty': 'members in the order written, Python json.dumps(indent=2)',
  'python-repr': 'members in the order written, Python str() of a dictionary',
  'tokens-as-written': 'members in the order written, no spaces, texts with the escapes that stand in the file',
  'tokens-sorted': 'members sorted, no spaces, texts with the escapes that stand in the file',
  'tokens-outer-sorted': 'the outermost members sorted, no spaces, texts with the escapes that stand in the file',
  'python-pretty-sorted-utf8': 'Python json.dumps(sort_keys=True, indent=2, ensure_ascii=False)',
  'python-pretty4-sorted-utf8': 'Python json.dumps(sort_keys=True, indent=4, ensure_ascii=False)',
  'python-pretty4': 'members in the order written, Python json.dumps(indent=4)',
  pretty4: 'members in the order written, four spaces a level (JSON.stringify(…, null, 4))',
  'pretty-tab': "members in the order written, a tab a level (JSON.stringify(…, null, '\\t'))",
  'python-pretty-tab': "members in the order written, Python json.dumps(indent='\\t')",
  'half-spaced': 'members in the order written, a space after each colon',
  'half-spaced-sorted': 'members sorted, a space after each colon',
} as const;
export type CanonicalForm = keyof typeof canonicalForms;

/** Spaces a level. */
const indents: Partial<Record<CanonicalForm, string>> = {
  pretty: '  ',
  'python-pretty': '  ',
  'python-pretty-sorted': '  ',
  'python-pretty4-sorted': '    ',
  'python-pretty-sorted-utf8': '  ',
  'python-pretty4-sorted-utf8': '    ',
  'python-pretty4': '    ',
  pretty4: '    ',
  'pretty-tab': '\t',
  'python-pretty-tab': '\t',
};
/** Forms that few writers use: tried where none of the others explains anything. */
export const rareForms: ReadonlySet<CanonicalForm> = new Set([
  'python-pretty-sorted-utf8',
  'python-pretty4-sorted-utf8',
  'python-pretty4',
  'pretty4',
  'pretty-tab',
  'python-pretty-tab',
  'half-spaced',
  'half-spaced-sorted',
]);
const byUnits = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
/** Python compares by code point: characters beyond U+FFFF come after all others, not before U+E000. */
const byPoints = (a: { name: string }, b: { name: string }) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name));
const ascii = (text: string) =>
  JSON.stringify(text).replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
/** Go escapes what could end a script in a page, and the two line ends of JavaScript (encoding/json, HTMLEscape). */
const goText = (text: string) =>
  JSON.stringify(text).replace(
    /[<>&\u2028\u2029]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
const spacedForms: ReadonlySet<CanonicalForm> = new Set([
  'python-spaced',
  'python-spaced-utf8',
  'python-as-written',
  'python-as-written-utf8',
]);
const asciiForms: ReadonlySet<CanonicalForm> = new Set([
  'python-ascii',
  'python-spaced',
  'python-as-written',
  'ascii-as-written',
  'python-pretty',
  'python-pretty-sorted',
  'python-pretty4-sorted',
  'python-pretty4',
  'python-pretty-tab',
  'half-spaced',
  'half-spaced-sorted',
]);
const asWrittenForms: ReadonlySet<CanonicalForm> = new Set(
  (Object.keys(canonicalForms) as CanonicalForm[]).filter(
    (form) =>
      /as-written/.test(form) ||
      /^(pretty|pretty4|pretty-tab|python-pretty4?|python-pretty-tab|python-repr|half-spaced)$/.test(form),
  ),
);
/** A text as Python shows it: in single quotes, unless it holds one and no double one. */
function repr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const inner = text.replace(/[\\'\u0000-\u001f\u007f-\u00a0\u00ad]/g, (unit) => {
    if (unit === "'") return quote === "'" ? "\\'" : unit;
    const named = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' }[unit];
    return named ?? `\\x${unit.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
  return `${quote}${inner}${quote}`;
}
const reprLiteral = (value: boolean | null) => (value === null ? 'None' : value ? 'True' : 'False');

/**
 * RFC 8785, 3.2.2.3: the ECMAScript form of the double; minus zero is 0. A whole number that no double holds keeps its
 * digits: rounded, two different records would have one text, and an edit of the last digits would not show.
 */
export function numberText(source: string): string {
  const value = Number(source);
  if (
    !Number.isSafeInteger(value) &&
    /^-?[0-9]{16,400}$/.test(source) &&
    (!Number.isFinite(value) || BigInt(source) !== BigInt(value))
  )
    return source;
  return String(value + 0);
}

/** The name before a value as it stands in a text; null where it is plain, or stands far off. */
function nameToken(text: string | null, name: string, { start }: JsonNode): string | null {
  if (text === null || /^[\w$.:-]*$/.test(name)) return null;
  const before = text.slice(Math.max(0, start - name.length * 6 - 20), start);
  return /("(?:[^"\\]|\\.)*")[ \t]*:[ \t]*$/.exec(before)?.[1] ?? null;
}

/**
 * The canonical text of a parsed record, computed from the source text of its numbers and never from doubles where
 * the form keeps them (Python writes 1.0 and 1e-06 where JavaScript writes 1 and 0.000001).
 * @param leaveOut names of members of the outermost object that are not part of it
 * @param source the text in which the places of the nodes are, for forms that keep its escapes (PHP, .NET and others
 * escape what need not be escaped); these spell texts as JSON.stringify does without it
 */
export function canonicalText(
  node: JsonNode,
  form: CanonicalForm,
  leaveOut: ReadonlySet<string> = new Set(),
  source: string | null = null,
): string {
  const isRepr = form === 'python-repr';
  const [comma, colon] =
    isRepr || spacedForms.has(form) ? [', ', ': '] : [',', form.startsWith('half-spaced') ? ': ' : ':'];
  const keepsOrder = asWrittenForms.has(form);
  const indentBy = indents[form];
  const quote = isRepr ? repr : form.startsWith('go-') ? goText : asciiForms.has(form) ? ascii : JSON.stringify;
  const text = source !== null && form.startsWith('tokens-') ? source : null;
  const isOuterSorted = form === 'outer-sorted' || form === 'tokens-outer-sorted';
  const ofDoubles = form === 'jcs' || form === 'as-written' || /^pretty/.test(form) || form === 'outer-sorted';
  const among = (open: string, close: string, items: readonly string[], line: string) =>
    indentBy === undefined
      ? `${open}${items.join(comma)}${close}`
      : items.length === 0
        ? `${open}${close}`
        : `${open}${items.map((item) => `${line}${indentBy}${item}`).join(',')}${line}${close}`;
  const write = (each: JsonNode, isRoot: boolean, line = '\n'): string => {
    const within = indentBy === undefined ? line : `${line}${indentBy}`;
    switch (each.kind) {
      case 'object': {
        const members =
          isRoot && leaveOut.size > 0 ? each.members.filter(({ name }) => !leaveOut.has(name)) : [...each.members];
        if (!keepsOrder && (isRoot || !isOuterSorted)) members.sort(form === 'jcs' ? byUnits : byPoints);
        const after = indentBy === undefined ? colon : ': ';
        return among(
          '{',
          '}',
          members.map(
            ({ name, value }) => `${nameToken(text, name, value) ?? quote(name)}${after}${write(value, false, within)}`,
          ),
          line,
        );
      }
      case 'array':
        return among(
          '[',
          ']',
          each.items.map((item) => write(item, false, within)),
          line,
        );
      case 'string':
        return text?.slice(each.start, each.end) ?? quote(each.value);
      case 'number':
        return ofDoubles ? numberText(each.source) : each.source;
      default:
        return isRepr ? reprLiteral(each.value) : String(each.value);
    }
  };
  return write(node, true);
}
