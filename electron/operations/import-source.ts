import type { ImportRow } from '../../shared/case.ts';
import { Failure } from '../../shared/failure.ts';
import type { IntakeProgress } from '../intake/intake.ts';
import { touchCase } from '../store/cases.ts';
import { openChecks } from '../store/checks.ts';
import { countChanges } from '../store/import-changes.ts';
import {
  beginImport,
  checkKey,
  completeImport,
  dropImport,
  keepDocuments,
  latestOf,
  loadImport,
  loadLedgerRows,
} from '../store/imports.ts';
import { trustEntries } from '../store/people.ts';
import { actorOf, type Context, commit, now, theCase, theImport } from './context.ts';
import type { Examination } from './examination.ts';
import { startExamination } from './start-examination.ts';

/**
 * Imports a source into a case and verifies it: nothing is seen of it before the one commit at its end, and where it is
 * refused or cancelled the case is as it was. The same bytes with the same outcome make no second import.
 * @throws Failure refused, unreadable, disk-full, cancelled
 */
export async function importSource(
  context: Context,
  caseId: number,
  path: string,
  onProgress: (progress: IntakeProgress) => void,
  signal: AbortSignal,
): Promise<{ row: ImportRow; same: boolean }> {
  const { store } = context;
  theCase(context, caseId);
  const importId = beginImport(store, caseId, path, now(context), actorOf(store));
  let waiting: { digest: string; bytes: Uint8Array }[] = [];
  let size = 0;
  const flush = () => {
    if (waiting.length > 0) keepDocuments(store, waiting);
    waiting = [];
    size = 0;
  };
  try {
    const examination = await startExamination(
      { path, trust: { entries: store.read(trustEntries) }, asOf: now(context), staging: context.staging },
      {
        progress: onProgress,
        keep(_path, digest, bytes) {
          waiting.push({ digest, bytes });
          size += bytes.length;
          if (waiting.length >= 500 || size > 8 * 2 ** 20) flush();
        },
        ledgerRows: (ledgerPath, rows) => loadLedgerRows(store, importId, ledgerPath, rows),
      },
      signal,
    );
    flush();
    const before = store.read((db) => latestOf(db, caseId, path));
    if (before !== undefined && isSame(context, before, examination)) {
      dropImport(store, importId);
      return { row: before, same: true };
    }
    onProgress({
      doing: 'Storing',
      filesDone: 0,
      filesTotal: examination.files.length,
      bytesDone: 0,
      bytesTotal: null,
      news: [],
    });
    await loadImport(store, importId, examination, signal);
    if (signal.aborted)
      throw new Failure('cancelled', { what: 'The import was cancelled.', notDone: 'The case is as it was.' });
    const changes = before === undefined ? null : store.read((db) => countChanges(db, before.id, importId));
    const { source, verdict, aspects, counts, unread, notChecked } = examination;
    commit(
      context,
      {
        action: 'source.imported',
        caseId,
        subject: source.path,
        detail: { digest: source.digest, kind: source.kind, files: source.files, bytes: source.bytes, verdict },
      },
      (db, entry) => {
        completeImport(
          db,
          importId,
          {
            source,
            verdict,
            aspects,
            counts,
            unread: unread.slice(0, 10_000),
            notChecked: notChecked.slice(0, 10_000),
            changes,
          },
          before?.id ?? null,
          entry,
        );
        touchCase(db, caseId, now(context));
      },
    );
    return { row: theImport(context, importId), same: false };
  } catch (error) {
    dropImport(store, importId);
    if (error instanceof Failure && store.health.mayWrite)
      commit(
        context,
        {
          action: error.code === 'cancelled' ? 'source.cancelled' : 'source.refused',
          caseId,
          subject: path,
          detail: { code: error.code, why: error.parts.why.slice(0, 500) },
        },
        () => undefined,
      );
    throw error;
  }
}

/** The same bytes that come to the same: a trust store that changed may say otherwise of them, and that is news. */
function isSame(context: Context, before: ImportRow, examination: Examination): boolean {
  if (before.source.digest !== examination.source.digest || before.verdict !== examination.verdict) return false;
  const keys = new Set(context.store.read((db) => openChecks(db, before.id)).map((check) => checkKey(check)));
  const now = examination.checks.filter(({ verdict }) => verdict !== 'pass');
  return keys.size === new Set(now.map(checkKey)).size && now.every((check) => keys.has(checkKey(check)));
}
