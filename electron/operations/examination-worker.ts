import { parentPort, workerData } from 'node:worker_threads';
import { Failure } from '../../shared/failure.ts';
import { lowerLimits } from '../../shared/limits.ts';
import { answerKeys } from '../store/answer-key.ts';
import { folderOf, folderTree } from '../store/folder-tree.ts';
import type { Examination, KeptDocument, LongPart, ThreadData, ThreadMessage } from './examination.ts';
import { examine } from './examine.ts';

/** The thread in which evidence is read: it may be ended at any time, and its death is an answer. */
const { request, flow } = workerData as ThreadData;
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

/** A long list in slices, two under way at most: no turn of the other side takes long. */
function sayPart(part: LongPart, values: readonly unknown[], of = 0): void {
  const slice = part === 'facts' ? 100 : part === 'folderOfFile' || part === 'answerKeys' ? 10_000 : 1_000;
  for (let at = 0; at < values.length; at += slice)
    say({ kind: 'part', part, of, values: values.slice(at, at + slice), cost: most / 2 + 1 });
}

function sayAll(found: Examination): void {
  const { files, facts, checks, outcomes, moreDigests, graph, ...shell } = found;
  sayPart('checks', checks);
  if (request.verdictsOnly !== true) {
    const tree = folderTree(files);
    const keyOf = answerKeys(found);
    sayPart('files', files);
    sayPart('folders', tree.rows);
    sayPart(
      'folderOfFile',
      files.map(({ path }) => tree.idOf.get(folderOf(path)) ?? 1),
    );
    sayPart('answerKeys', checks.map(keyOf));
    sayPart(
      'facts',
      facts.map((fact) => (fact.kind === 'listing' ? { ...fact, items: [] } : fact)),
    );
    for (const [index, fact] of facts.entries()) if (fact.kind === 'listing') sayPart('items', fact.items, index);
    sayPart('outcomes', outcomes);
    sayPart('moreDigests', moreDigests);
    sayPart('nodes', graph.nodes);
    sayPart('edges', graph.edges);
  }
  say({ kind: 'done', shell });
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
    ledgerRows(ledgerId, rows) {
      if (request.verdictsOnly !== true) say({ kind: 'ledgerRows', ledgerId, rows, cost: rows.at.length * 200 });
    },
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
        : {
            kind: 'bug',
            text: error instanceof Error ? (error.stack ?? error.message) : String(error),
          }) satisfies ThreadMessage,
    ),
  );
