import type { Reading, ReadRequest } from './read-file.ts';

/**
 * Requests and readings as they cross between threads: columns. A hundred thousand objects of each take longer to copy
 * than the files take to read; most files have a digest and a format, and nothing else to say.
 */
export interface RequestColumns {
  paths: string[];
  bytes: number[];
  keep: boolean[];
  /** By which algorithms beside SHA-256 each is digested; null where none is. */
  also: (readonly string[])[] | null;
  files: ReadRequest['location']['file'][];
  /** Of entries of archives; null where all are files. */
  parts: Pick<ReadRequest['location'], 'part' | 'packed'>[] | null;
}
export interface ReadingColumns {
  readings: number;
  /** Digests of all, one after another, and for each where its digest ends. */
  digests: string;
  ends: number[];
  /** Names of formats, and the place of each reading's among them; -1 for none. */
  formats: string[];
  format: Int8Array;
  /** Digests by other algorithms; null where none has any. */
  further: string[] | null;
  /** Those that have more to say, with their places. */
  others: ({ at: number } & Pick<Reading, 'why' | 'facts' | 'waits' | 'rows'>)[];
}

const none: never[] = [];
export function requestColumns(requests: readonly ReadRequest[]): RequestColumns {
  const isInArchive = requests.some(({ location: { part } }) => part !== undefined);
  return {
    paths: requests.map(({ path }) => path),
    bytes: requests.map(({ bytes }) => bytes),
    keep: requests.map(({ keep }) => keep),
    also: requests.some(({ also }) => also.length > 0) ? requests.map(({ also }) => also) : null,
    files: requests.map(({ location: { file } }) => file),
    parts: isInArchive ? requests.map(({ location: { file: _, ...part } }) => part) : null,
  };
}
export const requestOf = ({ paths, bytes, keep, also, files, parts }: RequestColumns, at: number): ReadRequest => ({
  path: paths[at] ?? '',
  bytes: bytes[at] ?? 0,
  keep: keep[at] === true,
  also: also?.[at] ?? none,
  location: { file: files[at] ?? '', ...parts?.[at] },
});

/** Readings in the order in which they come. */
export class ReadingColumnsOf {
  private readonly digests: string[] = [];
  private readonly ends: number[] = [];
  private readonly formats: string[] = [];
  private readonly format: number[] = [];
  private readonly others: ReadingColumns['others'] = [];
  private readonly further: string[] = [];
  private end = 0;

  add({ digest, why, format, facts, waits, rows, further }: Reading): void {
    this.further.push(further);
    if (why !== null || facts.length > 0 || waits || rows.length > 0)
      this.others.push({ at: this.ends.length, why, facts, waits, rows });
    this.digests.push(digest ?? '');
    this.end += digest?.length ?? 0;
    this.ends.push(this.end);
    let place = format === null ? -1 : this.formats.indexOf(format);
    if (format !== null && place < 0) place = this.formats.push(format) - 1;
    this.format.push(place);
  }
  columns(): ReadingColumns {
    const { ends, formats, format, others, further } = this;
    return {
      readings: ends.length,
      digests: this.digests.join(''),
      ends,
      formats,
      format: Int8Array.from(format),
      others,
      further: further.some((each) => each !== '') ? further : null,
    };
  }
}

/** The readings again, one by one. What is empty is one and the same: a hundred thousand of them wait for the last. */
export function* readingsOf({
  readings,
  digests,
  ends,
  formats,
  format,
  others,
  further,
}: ReadingColumns): Generator<Reading> {
  let other = 0;
  for (let at = 0, from = 0; at < readings; at += 1) {
    const end = ends[at] ?? from;
    const more = others[other]?.at === at ? others[other++] : undefined;
    const place = format[at] ?? -1;
    yield {
      digest: end === from ? null : digests.slice(from, end),
      why: more?.why ?? null,
      format: place < 0 ? null : (formats[place] ?? null),
      facts: more === undefined || more.facts.length === 0 ? none : more.facts,
      waits: more?.waits ?? false,
      rows: more?.rows ?? none,
      further: further?.[at] ?? '',
    };
    from = end;
  }
}
