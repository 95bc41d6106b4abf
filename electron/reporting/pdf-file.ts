import zlib from 'node:zlib';

/** A PDF that is not of the form that is read here, in words. */
export class PdfError extends Error {}

/** One revision: a classic cross-reference section and what it changes (ISO 32000-2, 7.5). */
export interface Revision {
  /** Bytes from 0 up to and including its end-of-file marker and the line feed after it. */
  end: number;
  xrefAt: number;
  /** Object number → offset. */
  objects: Map<number, number>;
  size: number;
  root: string;
  info: string;
  id: string;
}

const text = (bytes: Uint8Array, from: number, to: number) => Buffer.from(bytes.subarray(from, to)).toString('latin1');

function readRevision(bytes: Uint8Array, xrefAt: number): Revision & { prev: number | null } {
  const window = text(bytes, xrefAt, Math.min(bytes.length, xrefAt + 4 * 2 ** 20));
  if (!window.startsWith('xref\n')) throw new PdfError('A cross-reference section is not where it is said to be.');
  const objects = new Map<number, number>();
  let at = 5;
  for (;;) {
    const section = /^([0-9]{1,7}) ([0-9]{1,7})\n/.exec(window.slice(at, at + 20));
    if (section === null) break;
    at += section[0].length;
    const first = Number(section[1]);
    for (let i = 0; i < Number(section[2]); i++, at += 20) {
      const entry = /^([0-9]{10}) ([0-9]{5}) ([nf])[ \r]?[\n\r ]/.exec(window.slice(at, at + 20));
      if (entry === null) throw new PdfError('A cross-reference entry is malformed.');
      if (entry[3] === 'n') objects.set(first + i, Number(entry[1]));
    }
  }
  const trailerEnd = window.indexOf('startxref', at);
  const trailer = window.slice(at, trailerEnd);
  if (!trailer.startsWith('trailer') || trailerEnd < 0) throw new PdfError('The trailer is missing.');
  const tail = /^startxref\n([0-9]+)\n%%EOF\n?/.exec(window.slice(trailerEnd, trailerEnd + 40));
  if (tail === null || Number(tail[1]) !== xrefAt) throw new PdfError('The end of a revision does not name its own cross-reference section.');
  const value = (name: string) => new RegExp(`/${name} ([0-9]+ 0 R|\\[[^\\]]*\\]|[0-9]+)`).exec(trailer)?.[1] ?? '';
  return { end: xrefAt + trailerEnd + tail[0].length, xrefAt, objects, size: Number(value('Size')), root: value('Root'), info: value('Info'), id: value('ID'), prev: value('Prev') === '' ? null : Number(value('Prev')) };
}

/** The revisions of a file, oldest first. @throws PdfError */
export function readRevisions(bytes: Uint8Array): Revision[] {
  const last = /startxref\n([0-9]+)\n%%EOF\n?$/.exec(text(bytes, Math.max(0, bytes.length - 64), bytes.length));
  if (last === null || !text(bytes, 0, 8).startsWith('%PDF-1.')) throw new PdfError('This is no PDF that ends where it should.');
  const revisions: Revision[] = [];
  for (let at: number | null = Number(last[1]); at !== null; ) {
    if (revisions.length > 20) throw new PdfError('The file has more than 20 revisions.');
    const revision = readRevision(bytes, at);
    revisions.unshift(revision);
    if (revision.prev !== null && revision.prev >= at) throw new PdfError('A revision names a later one as its predecessor.');
    at = revision.prev;
  }
  if (revisions.at(-1)?.end !== bytes.length) throw new PdfError('Bytes follow the last revision.');
  return revisions;
}

/** Text of an object up to `endobj` or its stream. */
export function objectText(bytes: Uint8Array, revisions: readonly Revision[], number: number): string {
  for (const { objects } of [...revisions].reverse()) {
    const at = objects.get(number);
    if (at === undefined) continue;
    const window = text(bytes, at, Math.min(bytes.length, at + 200_000));
    if (!window.startsWith(`${number} 0 obj\n`)) throw new PdfError(`Object ${number} is not where it is said to be.`);
    const end = window.indexOf('endobj');
    const stream = window.indexOf('stream\n');
    if (end < 0 && stream < 0) throw new PdfError(`Object ${number} does not end.`);
    return window.slice(`${number} 0 obj\n`.length, stream >= 0 && (end < 0 || stream < end) ? stream : end);
  }
  throw new PdfError(`Object ${number} is not there.`);
}

/** The bytes of the one embedded file of a name, inflated within a bound. @throws PdfError */
export function embeddedFile(bytes: Uint8Array, revision: Revision, limit: number): Buffer {
  for (const [number, at] of revision.objects) {
    const head = text(bytes, at, at + 2_000);
    const stream = head.indexOf('stream\n');
    if (stream < 0 || !head.slice(0, stream).includes('/EmbeddedFile')) continue;
    const dictionary = head.slice(0, stream);
    const length = Number(/\/Length ([0-9]+)/.exec(dictionary)?.[1] ?? '-1');
    const body = bytes.subarray(at + stream + 7, at + stream + 7 + length);
    if (length < 0 || body.length !== length) throw new PdfError(`The embedded file ${number} does not have the length it says.`);
    try {
      return dictionary.includes('/FlateDecode') ? zlib.inflateSync(body, { maxOutputLength: limit }) : Buffer.from(body);
    } catch {
      throw new PdfError('The embedded file cannot be unpacked.');
    }
  }
  throw new PdfError('No file is embedded.');
}
