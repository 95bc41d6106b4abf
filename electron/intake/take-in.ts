import type { EvidenceFile, SourceSummary, Unread } from '../../shared/evidence.ts';
import type { Fact } from '../../shared/fact.ts';
import { Failure } from '../../shared/failure.ts';
import { limits } from '../../shared/limits.ts';
import { sha256 } from '../integrity/digest.ts';
import type { Container } from './containers/container.ts';
import { openContainer } from './containers/open-container.ts';
import { expectedDigests } from './expected-digests.ts';
import { furtherDigests } from './further-digests.ts';
import type { Intake, IntakeSink } from './intake.ts';
import { joinSignatures } from './join-signatures.ts';
import { SourceIndex } from './neighbours.ts';
import { headerOf } from './read-facts.ts';
import { changed, type Reading, type ReadRequest } from './read-file.ts';
import { readFiles } from './read-files.ts';
import { cancelled, readHere } from './read-here.ts';
import { readTrees } from './read-trees.ts';
import { signsOf } from './signs.ts';
import { sourceFormat } from './source-format.ts';
import { type OfferTrials, streamSignatures } from './stream-signatures.ts';

export interface TakeInOptions {
  staging: string;
  signal: AbortSignal;
  /** Ways in which signatures over large files may hold; none are tried where it is absent. */
  offer?: OfferTrials;
}

/**
 * Bytes to facts: opens a source, digests every file, lets the reader that recognises a file add its facts, and
 * computes what further digests listings ask for. Files that cannot be read are listed, and the rest goes on.
 * @throws Failure refused, unreadable, disk-full, cancelled
 */
export async function takeIn(
  path: string,
  { staging, signal, offer }: TakeInOptions,
  sink: IntakeSink,
): Promise<Intake> {
  const container = await openContainer(path, { staging, signal });
  try {
    container.entries.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
    const progress = progressOf(container, sink, signal);
    await headersFirst(container, progress.news);
    const index = new SourceIndex(container.entries);
    const reading = readAll(container, index, progress, sink, signal);
    // While other threads start.
    const signs = signsOf(container);
    // Nobody asks for them again, and they take as much memory as the paths.
    for (const entry of container.entries) if (entry.stamp !== undefined) entry.stamp = '';
    const readings = await reading;
    const unread: Unread[] = [...container.unread];
    const facts: Fact[] = [...oddities(container)];
    const files: EvidenceFile[] = [];
    const known = new Map<string, string[]>();
    let toDigest = container.entries.reduce((sum, { bytes }, i) => sum + (readings[i]?.digest == null ? bytes : 0), 0);
    for (const [i, entry] of container.entries.entries()) {
      if (signal.aborted) throw cancelled();
      let reading = readings[i] ?? null;
      if (reading === null || reading.waits) {
        const digested = (bytes: number) => progress.digesting(i, toDigest - bytes);
        reading = await readHere(container, entry, reading, index, sink, signal, digested);
        if (readings[i]?.digest == null) toDigest -= entry.bytes;
      }
      const { digest, why, format } = reading;
      if (why !== null) unread.push({ path: entry.path, why });
      for (const fact of reading.facts) facts.push(fact);
      const read = readings[i];
      if (read != null && read.further !== '' && read.digest === digest) known.set(entry.path, read.further.split(' '));
      readings[i] = null;
      files.push({
        path: entry.path,
        bytes: entry.bytes,
        digest,
        unread: why,
        format,
        modifiedAt: entry.modifiedAt,
      });
      if (i % 500 === 0) progress.recognising(i);
    }
    const taken = await readTrees(container, { files, facts, unread }, sink, signal);
    await joinSignatures(taken.container, taken.facts);
    if (offer !== undefined)
      await streamSignatures(taken.container, taken.facts, taken.files, offer, signal, progress.covered);
    const moreDigests = await furtherDigests(
      taken.container,
      taken.facts,
      taken.files,
      known,
      signal,
      (path) => {
        const file = taken.files.find((each) => each.path === path);
        if (file === undefined) return;
        file.digest = null;
        file.unread = changed;
        taken.unread.push({ path, why: changed });
      },
      progress.further,
    );
    return {
      source: summary(path, container, taken.files, taken.facts),
      files: taken.files,
      facts: taken.facts,
      unread: taken.unread.sort((a, b) => (a.path < b.path ? -1 : 1)),
      moreDigests,
      signs,
    };
  } finally {
    await container.close();
  }
}

/** What is odd about the container itself, as facts about the files concerned, like any other defect of form. */
function oddities({ kind, defects }: Container): Fact[] {
  const titles = { folder: 'Folder', file: 'File', zip: 'Zip archive', tar: 'Tar archive', 'tar.gz': 'Tar archive' };
  return defects.length === 0
    ? []
    : [{ kind: 'document', format: kind, title: titles[kind], place: { path: '' }, properties: [], defects }];
}

function progressOf(container: Container, sink: IntakeSink, signal: AbortSignal) {
  const filesTotal = container.entries.length;
  const bytesTotal = container.entries.reduce((sum, { bytes }) => sum + bytes, 0);
  let last = 0;
  let news: { path: string; text: string }[] = [];
  const say = (doing: string, filesDone: number, bytesDone: number) => {
    const now = Date.now();
    if (now - last < 100 && filesDone < filesTotal) return;
    last = now;
    sink.progress({ doing, filesDone, filesTotal, bytesDone, bytesTotal, news });
    news = [];
  };
  return {
    /** Worth seeing as it comes; what comes faster than anybody reads is left out. */
    news(path: string, text: string): void {
      if (news.length < newsAtOnce) news.push({ path, text });
    },
    reading: (files: number, bytes: number): boolean => {
      say('Reading and digesting', files, bytes);
      return !signal.aborted;
    },
    digesting: (files: number, left: number) => say('Reading and digesting', files, bytesTotal - left),
    further: (bytes: number) => say('Digesting by other algorithms', filesTotal - 1, bytes),
    covered: (bytes: number) => say('Reading what is signed', filesTotal - 1, bytes),
    recognising: (files: number) => say('Recognising documents', files, bytesTotal),
  };
}

const newsAtOnce = 5;
/** From this size on, digesting a file takes long enough to show what it is before. */
const large = 64 * 2 ** 20;

/** Of model files that take long to digest, what their headers say, before anything is digested. */
async function headersFirst(container: Container, news: (path: string, text: string) => void): Promise<void> {
  for (const entry of container.entries.filter(({ bytes }) => bytes >= large).slice(0, newsAtOnce)) {
    if (!/\.(safetensors|gguf)$/i.test(entry.path) || container.locate(entry) === null) continue;
    try {
      const access = await container.open(entry);
      try {
        const text = headerOf(entry.path, access);
        if (text !== null) news(entry.path, text);
      } finally {
        access.close();
      }
    } catch (error) {
      // What is wrong with it is said in its turn, when it is read.
      if (error instanceof Failure) throw error;
    }
  }
}

/** Every file that threads can read for themselves; null for the others. */
async function readAll(
  container: Container,
  index: SourceIndex,
  progress: ReturnType<typeof progressOf>,
  sink: IntakeSink,
  signal: AbortSignal,
): Promise<(Reading | null)[]> {
  const places: number[] = [];
  container.entries.forEach((entry, place) => {
    if (container.locate(entry) !== null) places.push(place);
  });
  const entryOf = (index: number) => container.entries[places[index] ?? -1];
  // Of what no reader knows the first are kept, in the order of their paths, up to a limit in all.
  let unknown = 0;
  const sizes = places.map((place) => container.entries[place]?.bytes ?? 0);
  const firstLeftOut = sizes.findIndex((bytes) => {
    unknown += bytes <= limits.keptBytes ? bytes : 0;
    return unknown > limits.keptUnknownBytes;
  });
  const expected = expectedDigests(container.entries.map(({ path }) => path));
  const readings = new Array<Reading | null>(container.entries.length).fill(null);
  // What asks for its neighbours and is digested is read here as soon as it is known, while others go on.
  const waiting: number[] = [];
  const asked = {
    sizes,
    between() {
      const place = waiting.pop();
      const entry = container.entries[place ?? -1];
      if (place === undefined || entry === undefined) return null;
      const run = async () => {
        const before = readings[place] ?? null;
        const now = await readHere(container, entry, before, index, sink, signal);
        readings[place] = before?.digest === now.digest ? { ...now, further: before?.further ?? '' } : now;
      };
      return { bytes: entry.bytes, run };
    },
    request(index: number): ReadRequest {
      const entry = entryOf(index) ?? { path: '', bytes: 0, modifiedAt: null };
      const keep = firstLeftOut < 0 || index < firstLeftOut;
      const location = container.locate(entry) ?? { file: '' };
      return { path: entry.path, bytes: entry.bytes, location, keep, also: expected(entry.path) };
    },
  };
  const take = (reading: Reading, index: number) => {
    const entry = entryOf(index);
    for (const { ledger, rows } of reading.rows) sink.ledgerRows?.(ledger, rows);
    const document = reading.facts.find((fact) => fact.kind === 'document');
    if (entry !== undefined && reading.why !== null) progress.news(entry.path, reading.why);
    else if (entry !== undefined && document?.kind === 'document') progress.news(entry.path, document.title);
    const place = places[index] ?? 0;
    readings[place] = reading.rows.length === 0 ? reading : { ...reading, rows: [] };
    if (reading.waits && reading.digest !== null) waiting.push(place);
  };
  const isWhole = await readFiles(asked, progress.reading, take, (documents) => sink.keep(documents));
  if (!isWhole || signal.aborted) throw cancelled();
  return readings;
}

function summary(
  path: string,
  container: Container,
  files: readonly EvidenceFile[],
  facts: readonly Fact[],
): SourceSummary {
  const lines = files.map(({ path: name, digest }) => `${digest?.slice(7) ?? 'unread'}  ${name}\n`).join('');
  return {
    path,
    kind: container.kind,
    format: sourceFormat(facts, files),
    digest: sha256(lines),
    files: files.length,
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}
