import { parentPort, workerData } from 'node:worker_threads';
import type { Fact, FactKind, FactOf, ListingItem } from '../../shared/fact.ts';
import { Failure } from '../../shared/failure.ts';
import { lowerLimits } from '../../shared/limits.ts';
import { goesOn, ReaderLost, watchThisThread } from '../intake/reader-watch.ts';
import { buffersOf, type LedgerColumns } from '../integrity/ledger-columns.ts';
import { answerKeys, openKeysDigest } from '../store/answer-key.ts';
import { folderOf, folderTree } from '../store/folder-tree.ts';
import { fileRow, type ImportPart } from '../store/load-import.ts';
import type { Examination, ThreadData, ThreadMessage } from './examination.ts';
import { examine } from './examine.ts';

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

/** A part in slices, made as they go, two under way at most: no turn of the other side takes long. */
function sayPart<Name extends Exclude<ImportPart['part'], 'files'>, Item>(
  name: Name,
  items: readonly Item[],
  valuesOf: (item: Item, index: number) => Extract<ImportPart, { part: Name }>['values'],
): void {
  for (let at = 0; at < items.length; at += 1_000) {
    const values: unknown[] = [];
    for (let i = at; i < Math.min(at + 1_000, items.length); i += 1)
      for (const value of valuesOf(items[i] as Item, i)) values.push(value);
    say({ kind: 'part', part: { part: name, from: at, values } as unknown as ImportPart, cost: most / 2 + 1 });
  }
}
function sayFiles(files: Examination['files'], folderIds: ReadonlyMap<string, number>): void {
  for (let from = 0; from < files.length; from += 1_000) {
    const some = files.slice(from, from + 1_000);
    const digests = Buffer.alloc(some.length * 32);
    some.forEach(({ digest }, i) => {
      if (digest !== null) digests.write(digest.slice(7), i * 32, 'hex');
    });
    const values = some.map((file) => fileRow(file, folderIds.get(folderOf(file.path)) ?? 1));
    say({ kind: 'part', part: { part: 'files', from, values, digests }, cost: most / 2 + 1 });
  }
}

function sayAll(found: Examination): void {
  const { files, facts, checks, outcomes, moreDigests, graph, ...summary } = found;
  const keyOf = answerKeys(found);
  const keys = request.verdictsOnly === true ? [] : checks.map(keyOf);
  const openKeys = openKeysDigest(keys.filter((_key, index) => checks[index]?.verdict !== 'pass'));
  say({ kind: 'begin', summary: { ...summary, openKeys }, cost: most + 1 });
  if (Atomics.load(flow, 2) !== 0) return say({ kind: 'done' });
  const numberOf = new Map(files.map(({ path }, index) => [path, index + 1]));
  if (request.verdictsOnly !== true) {
    const tree = folderTree(files);
    sayPart('folders', tree.rows, (row) => [row]);
    sayFiles(files, tree.idOf);
    sayPart('facts', facts, kept);
    for (const [listing, fact] of facts.entries())
      if (fact.kind === 'listing')
        sayPart('items', byFile(fact.items, numberOf), ({ file, item, of: { place, digests } }) => [
          [listing, file, item, JSON.stringify(place), JSON.stringify(digests)],
        ]);
    sayPart('outcomes', outcomes, (outcome) => [outcome]);
    sayPart('moreDigests', moreDigests, (digests) => [digests]);
    sayPart('nodes', graph.nodes, (node) => [node]);
    sayPart('edges', graph.edges, (edge) => [edge]);
  }
  sayPart('checks', checks, (check, index) => [
    { check, file: numberOf.get(check.subject) ?? null, key: keys[index] ?? '' },
  ]);
  say({ kind: 'done' });
}

/** Items by the file that they speak of: the store keeps them in that order, whatever the order of the list. */
function byFile(items: FactOf<'listing'>['items'], numberOf: ReadonlyMap<string, number>) {
  const found: { file: number; item: number; of: ListingItem }[] = [];
  items.forEach((of, item) => {
    const file = of.path === null || of.range !== undefined ? undefined : numberOf.get(of.path);
    if (file !== undefined) found.push({ file, item, of });
  });
  return found.sort((a, b) => a.file - b.file || a.item - b.item);
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
