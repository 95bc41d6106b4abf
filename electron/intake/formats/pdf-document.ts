import zlib from 'node:zlib';
import type { Defect } from '../../../shared/fact.ts';
import { type Format, Unreadable } from './format.ts';

const largest = 64 * 2 ** 20;
const inflatedAtMost = 32 * 2 ** 20;

/** What a name of a PDF would have a viewer do (ISO 32000-2, 12.6 and 12.7), or carry beside its pages. */
const meanings: [code: string, names: string[], what: string][] = [
  [
    'pdf-active',
    [
      'JavaScript',
      'JS',
      'Launch',
      'SubmitForm',
      'ImportData',
      'GoToE',
      'GoToR',
      'Thread',
      'XFA',
      'RichMedia',
      'Rendition',
      'Movie',
      'Sound',
      'Trans3D',
      '3D',
      'SetOCGState',
      'AA',
      'Named',
    ],
    'It holds what would act in a viewer',
  ],
  ['pdf-embedded', ['EmbeddedFile', 'EmbeddedFiles', 'FileAttachment'], 'It carries other files'],
  ['pdf-hidden', ['OCProperties', 'OCGs', 'OCG'], 'It has layers that a viewer may hide'],
];

/** Names of a PDF text, their escapes undone (ISO 32000-2, 7.3.5). */
function namesIn(text: string, found: Set<string>): void {
  for (const [, raw = ''] of text.matchAll(/\/([^\s()<>[\]{}/%]{1,127})/g))
    found.add(raw.replace(/#([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))));
}

/** Text of the object streams, where actions may be hidden from who only looks at the file (7.5.7). */
function inflated(text: string, checkpoint: () => void): string {
  const parts: string[] = [];
  let left = inflatedAtMost;
  for (const match of text.matchAll(/stream\r?\n/g)) {
    checkpoint();
    const start = match.index + match[0].length;
    const head = text.slice(Math.max(0, match.index - 1_024), match.index);
    const dictionary = head.slice(head.lastIndexOf('obj'));
    if (!/ObjStm|XML|XFA|Metadata|#/.test(dictionary) || !/Flate|Fl\b|#/.test(dictionary)) continue;
    const end = text.indexOf('endstream', start);
    const packed = Buffer.from(text.slice(start, end < 0 ? text.length : end), 'latin1');
    if (left <= 0 || packed.length > 8 * 2 ** 20) break;
    try {
      const body = zlib.inflateSync(packed, {
        maxOutputLength: Math.min(left, 8 * 2 ** 20),
        finishFlush: zlib.constants.Z_SYNC_FLUSH,
      });
      left -= body.length;
      parts.push(body.toString('latin1'));
    } catch {
      // A stream that cannot be undone holds nothing that a viewer would act on either.
    }
  }
  return parts.join('\n');
}

/** A file named in an action or a stream (7.11.2): a viewer may fetch it. */
const fileSpecification = /\/U?F\s*[(<]|\/S\s*\/Launch/;
const hidden = /[\u0000-\u0008\u000e-\u001f\u007f]|\\0?(0[0-7]|1[0-7]|2[0-7]|3[0-7])(?![0-7])|\\x1b|<script|\u202e/i;

/** PDF documents: never rendered; what a viewer would do with them is named. */
export const pdfDocument: Format = {
  id: 'pdf',
  title: 'PDF',
  sieve: { endings: ['pdf'], first: '%' },
  recognise: ({ name, bytes, latin1 }) => /\.pdf$/i.test(name) || (bytes > 4_096 && latin1.startsWith('%PDF-')),
  read(file, facts) {
    const text = Buffer.from(file.whole(largest)).toString('latin1');
    const at = text.slice(0, 1_024 + 8).indexOf('%PDF-');
    if (at < 0) throw new Unreadable('It is named as a PDF and does not begin like one.');
    const defects: Defect[] = [];
    const say = (code: string, detail: string, offset = 0) =>
      defects.push({ code, detail, place: { path: file.path, offset } });
    if (at > 0) say('pdf-ambiguous', `The PDF begins at byte ${at}: what stands before it may be another file.`);
    const end = text.lastIndexOf('%%EOF');
    if (end < 0 && !/startxref/.test(text)) say('document-cut', 'The document has no end: it is cut.', text.length);
    const after = end < 0 ? '' : text.slice(end + 5);
    if (after.replace(/[\r\n\s\0]/g, '').length > 0)
      say(
        'pdf-trailing',
        `${after.length} bytes follow the end of the document: a viewer does not show them.`,
        end + 5,
      );
    const hiddenText = inflated(text, () => facts.checkpoint());
    const whole = `${text}\n${hiddenText}`;
    const names = new Set<string>();
    namesIn(whole, names);
    for (const [code, list, what] of meanings) {
      const held = list.filter((name) => names.has(name));
      if (held.length > 0) say(code, `${what}: ${held.map((name) => `/${name}`).join(', ')}. It is not rendered here.`);
    }
    if (names.has('URI') || names.has('Filespec') || fileSpecification.test(text))
      say('pdf-link', 'It leads to places outside itself. None of them is followed.');
    if (/<!(DOCTYPE|ENTITY)\b/i.test(whole))
      say('pdf-doctype', 'A document type is declared inside it, which could reach for other files.');
    for (const [, name = '', value = ''] of text.matchAll(
      /\/(Title|Author|Subject|Keywords|Creator|Producer)\s*\(((?:\\[\s\S]|[^\\)]){0,4000})\)/g,
    ))
      if (hidden.test(value)) say('text-hidden', `Its /${name} holds characters that cannot be seen, or markup.`);
    signatures(text, names, say);
    facts.add({
      kind: 'document',
      format: 'pdf',
      title: 'PDF',
      place: { path: file.path },
      properties: [{ name: 'Version', value: text.slice(at + 5, at + 8) }],
      defects: defects.slice(0, 50),
    });
  },
};

/** A signature field that does not sign the whole file is worth a look: a viewer may show it as if it did (12.8.1). */
function signatures(
  text: string,
  names: ReadonlySet<string>,
  say: (code: string, detail: string, offset?: number) => void,
): void {
  if (!names.has('Sig') && !names.has('ByteRange') && !names.has('DocTimeStamp')) return;
  const ranges = [...text.matchAll(/\/ByteRange\s*\[\s*([0-9]+)\s+([0-9]+)\s+([0-9]+)\s+([0-9]+)\s*\]/g)];
  if (ranges.length === 0) {
    if (/\/Type\s*\/Sig\b|\/SubFilter/.test(text))
      say('pdf-signature', 'It has a signature that names no bytes that it signs.');
    return;
  }
  const [, start = '', , from = '', length = ''] = ranges.at(-1) ?? [];
  if (Number(start) !== 0 || Number(from) + Number(length) !== text.length)
    say('pdf-signature', 'Its last signature does not cover the whole document.');
  if (/\/Contents\s*<\s*(0*)\s*>/.test(text)) say('pdf-signature', 'It has a signature without contents.');
}
