import zlib from 'node:zlib';
import {
  isDictionary,
  isName,
  isReference,
  type PdfDictionary,
  PdfError,
  type PdfValue,
  readValue,
  textOf,
} from './pdf-object.ts';

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

const revisionsAtMost = 20;
const objectAtMost = 4 * 2 ** 20;
const xrefAtMost = 16 * 2 ** 20;
const text = (bytes: Uint8Array, from: number, to: number) => Buffer.from(bytes.subarray(from, to)).toString('latin1');

function readRevision(bytes: Uint8Array, xrefAt: number): Revision & { prev: number | null } {
  const window = text(bytes, xrefAt, Math.min(bytes.length, xrefAt + xrefAtMost));
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
  if (tail === null || Number(tail[1]) !== xrefAt)
    throw new PdfError('The end of a revision does not name its own cross-reference section.');
  const value = (name: string) => new RegExp(`/${name} ([0-9]+ 0 R|\\[[^\\]]*\\]|[0-9]+)`).exec(trailer)?.[1] ?? '';
  return {
    end: xrefAt + trailerEnd + tail[0].length,
    xrefAt,
    objects,
    size: Number(value('Size')),
    root: value('Root'),
    info: value('Info'),
    id: value('ID'),
    prev: value('Prev') === '' ? null : Number(value('Prev')),
  };
}

/** The revisions of a file, oldest first. @throws PdfError */
export function readRevisions(bytes: Uint8Array): Revision[] {
  if (!text(bytes, 0, 8).startsWith('%PDF-1.')) throw new PdfError('It does not begin as a PDF does.');
  const last = /startxref\n([0-9]+)\n%%EOF\n?$/.exec(text(bytes, Math.max(0, bytes.length - 64), bytes.length));
  if (last === null) {
    const marker = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).lastIndexOf('%%EOF');
    const isAppended = marker >= 0 && bytes.length > marker + 6;
    throw new PdfError(
      isAppended
        ? 'Bytes follow the end of its last revision, and nobody signed them.'
        : 'It does not end where a PDF ends.',
    );
  }
  const revisions: Revision[] = [];
  for (let at: number | null = Number(last[1]); at !== null; ) {
    if (revisions.length > revisionsAtMost) throw new PdfError(`The file has more than ${revisionsAtMost} revisions.`);
    const revision = readRevision(bytes, at);
    revisions.unshift(revision);
    if (revision.prev !== null && revision.prev >= at)
      throw new PdfError('A revision names a later one as its predecessor.');
    at = revision.prev;
  }
  if (revisions.at(-1)?.end !== bytes.length)
    throw new PdfError('Bytes follow its last revision, and nobody signed them.');
  return revisions;
}

/** Where an object stands in the newest of the revisions that holds it. */
function placeOf(revisions: readonly Revision[], number: number): number {
  for (let index = revisions.length - 1; index >= 0; index--) {
    const at = revisions[index]?.objects.get(number);
    if (at !== undefined) return at;
  }
  throw new PdfError(`Object ${number} is not there.`);
}

/** Reads at a place through a small window, and through larger ones where it does not fit: most objects are short. */
function through<T>(bytes: Uint8Array, at: number, read: (window: string) => T): T {
  for (const size of [4_096, 65_536, objectAtMost]) {
    const end = Math.min(bytes.length, at + size);
    try {
      return read(text(bytes, at, end));
    } catch (error) {
      if (!(error instanceof PdfError) || size === objectAtMost || end === bytes.length) throw error;
    }
  }
  throw new PdfError('An object is larger than is read.');
}

/** Text of an object up to `endobj` or its stream. @throws PdfError */
export function objectText(bytes: Uint8Array, revisions: readonly Revision[], number: number): string {
  return through(bytes, placeOf(revisions, number), (window) => {
    const head = `${number} 0 obj\n`;
    if (!window.startsWith(head)) throw new PdfError(`Object ${number} is not where it is said to be.`);
    const end = window.indexOf('endobj');
    const stream = window.indexOf('stream\n');
    if (end < 0 && stream < 0) throw new PdfError(`Object ${number} does not end.`);
    return window.slice(head.length, stream >= 0 && (end < 0 || stream < end) ? stream : end);
  });
}

/** An object as it stands after some revisions, and the bytes of its stream where it has one. */
export interface PdfObject {
  value: PdfValue;
  stream: Uint8Array | null;
}

/** The objects of a PDF as they stand after the revisions given. Only objects with generation 0 are read. */
export class PdfFile {
  private readonly bytes: Uint8Array;
  private readonly revisions: readonly Revision[];
  constructor(bytes: Uint8Array, revisions: readonly Revision[]) {
    this.bytes = bytes;
    this.revisions = revisions;
  }

  /** @throws PdfError */
  object(number: number): PdfObject {
    const at = placeOf(this.revisions, number);
    const head = `${number} 0 obj`;
    const { value, end, mark } = through(this.bytes, at, (window) => {
      if (!window.startsWith(head)) throw new PdfError(`Object ${number} is not where it is said to be.`);
      const read = readValue(window, head.length);
      const after = /^[\0\t\n\f\r ]*(?:(stream)\r?\n|endobj)/.exec(window.slice(read.end, read.end + 64));
      if (after === null) throw new PdfError(`Object ${number} does not end.`);
      return { ...read, mark: after };
    });
    if (mark[1] === undefined) return { value, stream: null };
    const length = this.resolve(isDictionary(value) ? value.entries.get('Length') : undefined);
    const from = at + end + mark[0].length;
    if (typeof length !== 'number' || length < 0 || from + length > this.bytes.length)
      throw new PdfError(`The stream of object ${number} does not have the length it says.`);
    if (!/^[\r\n]{0,2}endstream/.test(text(this.bytes, from + length, from + length + 16)))
      throw new PdfError(`The stream of object ${number} does not end where it says.`);
    return { value, stream: this.bytes.subarray(from, from + length) };
  }

  /** A value, or what a reference to one stands for. */
  resolve(value: PdfValue | undefined): PdfValue | undefined {
    return isReference(value) ? this.object(value.number).value : value;
  }

  dictionary(value: PdfValue | undefined): PdfDictionary | null {
    const resolved = this.resolve(value);
    return isDictionary(resolved) ? resolved : null;
  }

  /** The document catalog, and its number. @throws PdfError */
  root(): { number: number; entries: Map<string, PdfValue> } {
    const number = Number(/^([0-9]+) 0 R$/.exec(this.revisions.at(-1)?.root ?? '')?.[1] ?? 'NaN');
    const catalog = Number.isNaN(number) ? null : this.object(number).value;
    if (!isDictionary(catalog ?? undefined) || catalog === null) throw new PdfError('The document catalog is missing.');
    return { number, entries: (catalog as PdfDictionary).entries };
  }

  /** Object number of the form field of a name; null where there is none. Only fields without parents are read. */
  fieldNumber(name: string): number | null {
    const fields = this.resolve(this.dictionary(this.root().entries.get('AcroForm'))?.entries.get('Fields'));
    if (!Array.isArray(fields)) return null;
    for (const field of fields.slice(0, 1_000)) {
      const entries = this.dictionary(field)?.entries;
      if (isReference(field) && isName(entries?.get('FT'), 'Sig') && textOf(entries?.get('T')) === name)
        return field.number;
    }
    return null;
  }

  /** Page objects in order, at most 100,000. */
  pages(): { number: number; entries: Map<string, PdfValue> }[] {
    const found: { number: number; entries: Map<string, PdfValue> }[] = [];
    const seen = new Set<number>();
    const walk = (value: PdfValue | undefined, depth: number): void => {
      if (!isReference(value) || seen.has(value.number) || depth > 64 || seen.size > 100_000) return;
      seen.add(value.number);
      const node = this.dictionary(value);
      const kids = this.resolve(node?.entries.get('Kids'));
      if (node !== null && isName(node.entries.get('Type'), 'Page'))
        found.push({ number: value.number, entries: node.entries });
      if (Array.isArray(kids)) for (const kid of kids) walk(kid, depth + 1);
    };
    walk(this.root().entries.get('Pages'), 0);
    return found;
  }

  /** Number of the stream object that the catalog names as an embedded file; null where there is none of that name. */
  embeddedNumber(name: string): number | null {
    const names = this.dictionary(this.root().entries.get('Names'));
    const tree = this.dictionary(names?.entries.get('EmbeddedFiles'));
    const leaves = this.resolve(tree?.entries.get('Names'));
    if (!Array.isArray(leaves)) return null;
    for (let i = 0; i + 1 < leaves.length; i += 2) {
      if (textOf(this.resolve(leaves[i])) !== name) continue;
      const file = this.dictionary(this.dictionary(leaves[i + 1])?.entries.get('EF'))?.entries.get('F');
      if (isReference(file)) return file.number;
    }
    return null;
  }

  /** The bytes of an embedded file, inflated within a bound; null where there is none of that name. @throws PdfError */
  embedded(name: string, limit: number): Buffer | null {
    const number = this.embeddedNumber(name);
    if (number === null) return null;
    const { value, stream } = this.object(number);
    if (stream === null || !isDictionary(value)) throw new PdfError(`The embedded file ${name} is no stream.`);
    const filter = this.resolve(value.entries.get('Filter'));
    if (filter === undefined) return Buffer.from(stream);
    if (!isName(Array.isArray(filter) && filter.length === 1 ? filter[0] : filter, 'FlateDecode'))
      throw new PdfError(`The embedded file ${name} is packed in a way that is not read here.`);
    try {
      return zlib.inflateSync(stream, { maxOutputLength: limit });
    } catch {
      throw new PdfError(`The embedded file ${name} cannot be unpacked, or is larger than ${limit} bytes.`);
    }
  }
}
