import { existsSync } from 'node:fs';
import type { ImportRow } from '../../shared/case.ts';
import type { Progress } from '../../shared/contract/source.ts';
import type { IntakeProgress } from '../intake/intake.ts';
import { changesOf } from '../store/import-changes.ts';
import { previousOf } from '../store/imports.ts';
import { type Context, theImport } from './context.ts';
import { glance } from './glance.ts';
import { os, refusing } from './implementer.ts';
import { importSource } from './import-source.ts';

/** Progress with speed and time left, from what was done since the start. */
function rated(): (progress: IntakeProgress) => Progress {
  const start = Date.now();
  return ({ doing, filesDone, filesTotal, bytesDone, bytesTotal, news }) => {
    const seconds = (Date.now() - start) / 1_000;
    const bytesPerSecond = seconds > 0 ? bytesDone / seconds : 0;
    return {
      doing,
      filesDone,
      filesTotal,
      bytesDone,
      bytesTotal,
      bytesPerSecond,
      secondsLeft:
        bytesTotal === null || bytesPerSecond === 0 ? null : Math.max(0, (bytesTotal - bytesDone) / bytesPerSecond),
      news,
    };
  };
}

/** Progress as it comes and the outcome at the end; who leaves the stream cancels the work. */
async function* streamed<T>(
  outer: AbortSignal | undefined,
  work: (onProgress: (progress: IntakeProgress) => void, signal: AbortSignal) => Promise<T>,
): AsyncGenerator<{ progress: Progress } | { result: T }> {
  const stop = new AbortController();
  const abort = () => stop.abort();
  outer?.addEventListener('abort', abort);
  if (outer?.aborted === true) stop.abort();
  const rate = rated();
  let latest: Progress | null = null;
  let wake = () => {};
  let outcome: { result: T } | { error: unknown } | null = null;
  const running = work((progress) => {
    const { news = [] } = latest ?? {};
    latest = rate({ ...progress, news: [...news, ...progress.news].slice(-50) });
    wake();
  }, stop.signal).then(
    (result) => {
      outcome = { result };
      wake();
    },
    (error: unknown) => {
      outcome = { error };
      wake();
    },
  );
  try {
    for (;;) {
      if (latest !== null) {
        const progress: Progress = latest;
        latest = null;
        yield { progress };
      }
      const over = outcome as { result: T } | { error: unknown } | null;
      if (over !== null) {
        if ('error' in over) throw over.error;
        yield over;
        return;
      }
      await new Promise<void>((resume) => {
        wake = resume;
        if (latest !== null || outcome !== null) resume();
      });
    }
  } finally {
    stop.abort();
    outer?.removeEventListener('abort', abort);
    await running;
  }
}

async function* imported(
  context: Context,
  { caseId, token }: { caseId: number; token: string },
  signal: AbortSignal | undefined,
): AsyncGenerator<{ progress: Progress } | { done: ImportRow; same: boolean }> {
  const path = context.host.path(token);
  for await (const event of streamed(signal, (onProgress, stop) =>
    importSource(context, caseId, path, onProgress, stop),
  ))
    yield 'progress' in event ? event : { done: event.result.row, same: event.result.same };
}

async function* verifiedAgain(
  context: Context,
  importId: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<{ progress: Progress } | { done: { import: ImportRow; changed: boolean; message: string } }> {
  const before = theImport(context, importId);
  for await (const event of streamed(signal, (onProgress, stop) =>
    importSource(context, before.caseId, before.source.path, onProgress, stop),
  )) {
    if ('progress' in event) yield event;
    else {
      const { row, same } = event.result;
      yield { done: { import: row, changed: !same, message: sentence(before, row, same) } };
    }
  }
}

export const sources = {
  import: os.sources.import.handler(({ input, context, signal }) =>
    refusing(context, imported(context, input, signal)),
  ),
  verifyAgain: os.sources.verifyAgain.handler(({ input, context, signal }) =>
    refusing(context, verifiedAgain(context, input.importId, signal)),
  ),
  glance: os.sources.glance.handler(({ input, context, signal }) => glance(context, input.importId, signal)),
  isPresent: os.sources.isPresent.handler(({ input, context }) => {
    const { source } = theImport(context, input.importId);
    return { present: existsSync(source.path), path: source.path };
  }),
  changes: os.sources.changes.handler(({ input, context }) => {
    const row = theImport(context, input.importId);
    const before = context.store.read((db) => previousOf(db, row.id));
    if (before === null) return { rows: [], more: false };
    const rows = context.store.read((db) => changesOf(db, before, row.id, input.after ?? '', input.limit + 1));
    return {
      rows: rows
        .slice(0, input.limit)
        .map((each) => ({ ...each, before: each.before === null || each.before === '' ? null : each.before })),
      more: rows.length > input.limit,
    };
  }),
};

function sentence(before: ImportRow, row: ImportRow, same: boolean): string {
  if (same) return `Nothing changed since import ${before.number}: the same bytes, the same verdicts.`;
  const { added, removed, changed } = row.changes ?? { added: 0, removed: 0, changed: 0 };
  if (added + removed + changed === 0)
    return `The bytes are those of import ${before.number}; what you trust or what time it is changed what they come to. This is import ${row.number}.`;
  return `Import ${row.number}: ${added} added, ${removed} removed, ${changed} changed since import ${before.number}.`;
}
