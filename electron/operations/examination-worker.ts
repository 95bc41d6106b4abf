import { parentPort, workerData } from 'node:worker_threads';
import type { Fact, FactKind } from '../../shared/fact.ts';
import { Failure } from '../../shared/failure.ts';
import { lowerLimits } from '../../shared/limits.ts';
import { goesOn, ReaderLost, watchThisThread } from '../intake/reader-watch.ts';
import { buffersOf, type LedgerColumns } from '../integrity/ledger-columns.ts';
import { answerKeys, openKeysDigest } from '../store/answer-key.ts';
import { folderOf, folderTree } from '../store/folder-tree.ts';
import type { ImportPart } from '../store/load-import.ts';
import type { Examination, KeptDocument, ThreadData, ThreadMessage } from './examination.ts';
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

let documents: KeptDocument[] = [];
let size = 0;
function sayDocuments(): void {
  if (documents.length === 0) return;
  const [batch, cost] = [documents, size];
  documents = [];
  size = 0;
  say(
    { kind: 'keep', documents: batch, cost },
    batch.map(({ bytes }) => bytes.buffer as ArrayBuffer),
  );
}

/** A part in slices, made as they go, two under way at most: no turn of the other side takes long. */
function sayPart<Name extends ImportPart['part'], Item>(
  name: Name,
  items: readonly Item[],
  valuesOf: (item: Item, index: number) => Extract<ImportPart, { part: Name }>['values'],
): void {
  for (let at = 0; at < items.length; at += 1_000) {
    const values = items.slice(at, at + 1_000).flatMap<unknown>((item, i) => valuesOf(item, at + i));
    say({ kind: 'part', part: { part: name, from: at, values } as unknown as ImportPart, cost: most / 2 + 1 });
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
    sayPart('files', files, (file) => [{ file, folder: tree.idOf.get(folderOf(file.path)) ?? 1 }]);
    sayPart('facts', facts, kept);
    for (const [listing, fact] of facts.entries())
      if (fact.kind === 'listing')
        sayPart('items', fact.items, ({ path, digests, place, range }, item) => {
          const file = path === null || range !== undefined ? undefined : numberOf.get(path);
          return file === undefined
            ? []
            : [{ listing, file, item, place: JSON.stringify(place), digests: JSON.stringify(digests) }];
        });
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

/** Kept in tables of their own, or read by rules alone. */
const notKept: ReadonlySet<FactKind> = new Set(['relation', 'signature', 'tensors', 'shard-index']);

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
    progress: (progress) => say({ kind: 'progress', progress }),
    keep(_path, digest, bytes) {
      if (request.verdictsOnly === true) return;
      documents.push({ digest, bytes: Uint8Array.from(bytes) });
      size += bytes.length + 200;
      if (documents.length >= 1_000 || size > 2 ** 20) sayDocuments();
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
  .then((found) => {
    sayDocuments();
    sayAll(found);
  })
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
