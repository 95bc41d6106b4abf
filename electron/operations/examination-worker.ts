import { parentPort, workerData } from 'node:worker_threads';
import type { Check } from '../../shared/check.ts';
import type { JudgedFile } from '../../shared/evidence.ts';
import type { Fact, FactKind } from '../../shared/fact.ts';
import { Failure } from '../../shared/failure.ts';
import { lowerLimits } from '../../shared/limits.ts';
import type { Intake } from '../intake/intake.ts';
import { goesOn, ReaderLost, watchThisThread } from '../intake/reader-watch.ts';
import { buffersOf, type LedgerColumns } from '../integrity/ledger-columns.ts';
import { answerKeys, openKeysDigest } from '../store/answer-key.ts';
import { folderTree } from '../store/folder-tree.ts';
import { fileColumns, itemColumns, itemOrder } from '../store/import-columns.ts';
import type { ImportPart } from '../store/load-import.ts';
import type { Examination, ThreadData, ThreadMessage } from './examination.ts';
import { examine } from './examine.ts';
import type { FileNumbers } from './file-numbers.ts';

/** The thread in which evidence is read: it may be ended at any time, and its death is an answer. */
const { request, flow, watched } = workerData as ThreadData;
watchThisThread(watched, 0);
// Each examination has a thread of its own: what its policy lowers is lowered for it alone.
lowerLimits(request.policy?.policy.limits ?? {});
const stop = new AbortController();
const port = parentPort;
port?.on('message', () => stop.abort());

/** Bytes of documents and rows that may be under way before the reader waits for the store. */
const most = 8 * 2 ** 20;
function say(message: ThreadMessage, moved: ArrayBuffer[] = []): void {
  const { cost = 0 } = message;
  if (cost > 0) Atomics.add(flow, 0, cost);
  port?.postMessage(message, moved);
  for (let behind = Atomics.load(flow, 0); behind > most; behind = Atomics.load(flow, 0)) {
    if (Atomics.load(flow, 1) !== 0)
      throw new Failure('cancelled', { what: 'The import was cancelled.', notDone: 'The case is as it was.' });
    Atomics.wait(flow, 0, behind, 100);
    goesOn();
  }
}

/** What is said while there is more to do waits for the store only when some hundred thousand rows are under way. */
const aheadCost = 20;
/** A row costs so much that the store is waited for when two slices are under way. */
const waitedFor = most / 1_900;
/**
 * A part in slices, made as they go: no turn of the other side takes long.
 * @param rowCost bytes that are waited for, a row
 */
function sayPart<Rows extends { length: number; slice(from: number, to: number): Rows }>(
  rows: Rows,
  partOf: (some: Rows, from: number) => ImportPart,
  rowCost = waitedFor,
): void {
  for (let from = 0; from < rows.length; from += 1_000) {
    const some = rows.slice(from, from + 1_000);
    say({ kind: 'part', part: partOf(some, from), cost: Math.ceil(some.length * rowCost) });
  }
}
/** What is known as soon as files are judged: it is stored while the rest is put together. */
function sayJudged(files: readonly JudgedFile[], { source, facts }: Intake, numbers: FileNumbers): void {
  if (request.verdictsOnly === true || source.digest === request.before) return;
  sayFiles(files, numbers, aheadCost);
  sayKnown(facts, numbers, aheadCost);
  isKnownSaid = true;
}
let isKnownSaid = false;

/** What lists say of each file that is here. @param rowCost bytes that are waited for, a row */
function sayKnown(facts: readonly Fact[], numbers: FileNumbers, rowCost?: number): void {
  sayFacts(facts, ({ kind }) => kind === 'listing', rowCost);
  sayItems(facts, numbers, (_, place) => (place < 0 ? undefined : numbers.at(place)), rowCost);
}

/** Facts of some kinds, each by its place among all. */
function sayFacts(facts: readonly Fact[], isMeant: (fact: Fact) => boolean, rowCost?: number): void {
  const meant = [...facts.entries()].filter(([, fact]) => isMeant(fact));
  const partOf = (some: typeof meant, from: number): ImportPart => ({
    part: 'facts',
    from,
    values: some.flatMap(([index, fact]) => kept(fact, index)),
  });
  sayPart(meant, partOf, rowCost);
}

/** What lists say of some files. @param numberOf by path and place among the files that are here, -1 for none */
function sayItems(
  facts: readonly Fact[],
  numbers: FileNumbers,
  numberOf: (path: string, place: number) => number | undefined,
  rowCost?: number,
): void {
  for (const [listing, fact] of facts.entries()) {
    if (fact.kind !== 'listing') continue;
    const places = numbers.placesOf(fact);
    const order = itemOrder(fact.items, (path, item) => numberOf(path, places[item] ?? -1));
    const digestOf = (item: number) => numbers.digestAt(places[item] ?? -1);
    const partOf = (some: Float64Array, from: number): ImportPart => ({
      part: 'items',
      from,
      values: itemColumns(listing, fact.place.path, fact.items, some, digestOf),
    });
    sayPart(order, partOf, rowCost);
  }
}

/** The tree of folders, and the files in it. @param rowCost bytes that are waited for, a row */
function sayFiles(files: readonly JudgedFile[], numbers: FileNumbers, rowCost?: number): void {
  const { rows, idOf } = folderTree(files);
  sayPart(rows, (values, from) => ({ part: 'folders', from, values }), rowCost);
  // Files of one folder mostly follow each other.
  let folder = '';
  let number = idOf.get('') ?? 1;
  const folderOfFile = ({ path }: { path: string }): number => {
    const end = Math.max(0, path.lastIndexOf('/'));
    if (end === folder.length && path.startsWith(folder)) return number;
    folder = path.slice(0, end);
    number = idOf.get(folder) ?? 1;
    return number;
  };
  // Both stand in the order of paths; among these are some that are missing.
  let place = 0;
  const numberOf = ({ path }: { path: string }) =>
    numbers.pathAt(place) === path ? numbers.at(place++) : (numbers.of(path) ?? 0);
  const partOf = (some: typeof files, from: number): ImportPart => ({
    part: 'files',
    from,
    values: fileColumns(some, numberOf, folderOfFile),
  });
  sayPart(files, partOf, rowCost);
}

function sayAll(found: Examination): void {
  const { files, facts, checks, outcomes, moreDigests, graph, numbers, ...summary } = found;
  const missing = new Set(files.flatMap(({ state, path }) => (state === 'missing' ? [path] : [])));
  const isHere = (path: string) => numbers.places.has(path);
  const keyOf = answerKeys(found.source, (path) => (missing.has(path) ? null : numbers.digestOf(path)));
  const keys = request.verdictsOnly === true ? [] : checks.map(keyOf);
  const openKeys = openKeysDigest(keys.filter((_key, index) => checks[index]?.verdict !== 'pass'));
  say({ kind: 'begin', summary: { ...summary, openKeys }, cost: most + 1 });
  if (Atomics.load(flow, 2) !== 0) return say({ kind: 'done' });
  if (request.verdictsOnly !== true) {
    if (!isKnownSaid) {
      sayFiles(files, numbers);
      sayKnown(facts, numbers);
    }
    if (missing.size > 0) sayItems(facts, numbers, (path) => (missing.has(path) ? numbers.of(path) : undefined));
    sayFacts(facts, ({ kind }) => kind !== 'listing');
    sayPart(outcomes, (values, from) => ({ part: 'outcomes', from, values }));
    sayPart(moreDigests, (values, from) => ({ part: 'moreDigests', from, values }));
    sayPart(graph.nodes, (values, from) => ({ part: 'nodes', from, values }));
    sayPart(graph.edges, (values, from) => ({ part: 'edges', from, values }));
  }
  const fileOf = ({ subject }: Check) =>
    isHere(subject) || missing.has(subject) ? (numbers.of(subject) ?? null) : null;
  sayPart(checks, (some, from) => ({
    part: 'checks',
    from,
    values: some.map((check, row) => ({ check, file: fileOf(check), key: keys[from + row] ?? '' })),
  }));
  say({ kind: 'done' });
}

/** Kept in tables of their own, or read by rules alone. */
const notKept: ReadonlySet<FactKind> = new Set([
  'relation',
  'signature',
  'tensors',
  'shard-index',
  'external-data',
  'folder-size',
]);

/** Facts as the store keeps them; items of a listing follow by themselves. */
function kept(fact: Fact, index: number) {
  if (notKept.has(fact.kind)) return [];
  const isListing = fact.kind === 'listing';
  const body = JSON.stringify(isListing ? { ...fact, items: [] } : fact);
  return [{ kind: fact.kind, path: fact.place.path, body, listing: isListing ? index : null }];
}

examine(
  request,
  {
    judged: sayJudged,
    progress(progress) {
      // The thread reads for itself, and hears no message meanwhile.
      if (Atomics.load(flow, 1) !== 0) stop.abort();
      say({ kind: 'progress', progress });
    },
    keep(documents) {
      if (request.verdictsOnly === true) return;
      const { digests, bytes } = documents;
      say({ kind: 'keep', documents, cost: bytes.length + 200 * digests.length }, [bytes.buffer]);
    },
    ...(request.verdictsOnly === true
      ? {}
      : {
          ledgerRows: (ledgerId: string, rows: LedgerColumns) =>
            say({ kind: 'ledgerRows', ledgerId, rows, cost: rows.rows * 200 }, buffersOf(rows)),
        }),
  },
  stop.signal,
)
  .then(sayAll)
  .catch((error: unknown) =>
    port?.postMessage(
      (error instanceof Failure
        ? { kind: 'failure', code: error.code, parts: error.parts }
        : error instanceof ReaderLost
          ? { kind: 'lost', slot: error.slot, why: error.message }
          : {
              kind: 'bug',
              text: error instanceof Error ? (error.stack ?? error.message) : String(error),
            }) satisfies ThreadMessage,
    ),
  );
