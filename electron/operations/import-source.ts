import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ImportRow, NewCase } from '../../shared/case.ts';
import { Failure } from '../../shared/failure.ts';
import type { IntakeProgress } from '../intake/intake.ts';
import { openKeysDigest } from '../store/answer-key.ts';
import { beginCase, completeCase, dropCases, touchCase } from '../store/cases.ts';
import { openKeys } from '../store/checks.ts';
import { dropImport, emptyImport } from '../store/drop-import.ts';
import { countChanges } from '../store/import-changes.ts';
import { beginImport, completeImport, latestOf } from '../store/imports.ts';
import { ImportLoader, keepDocuments, loadLedgerRows } from '../store/load-import.ts';
import { trustEntries } from '../store/people.ts';
import { importCancelled } from './cancelled.ts';
import { actorOf, type Context, commit, now, theCase, theImport } from './context.ts';
import type { ExaminationSummary } from './examination.ts';
import { policyInUse } from './policy.ts';
import { startExamination } from './start-examination.ts';
import { noLongerTrusted, trustMarks } from './trust-marks.ts';

/**
 * Imports a source into a case and verifies it: nothing is seen of it before the one commit at its end, and where it is
 * refused or cancelled the case is as it was. The same bytes with the same outcome make no second import.
 * @param into the number of a case, or a case that is made with the import: where that is refused, there is none
 * @throws Failure refused, unreadable, disk-full, cancelled
 */
export async function importSource(
  context: Context,
  into: number | NewCase,
  path: string,
  onProgress: (progress: IntakeProgress) => void,
  signal: AbortSignal,
): Promise<{ row: ImportRow; same: boolean; caseId: number }> {
  const { store } = context;
  const made = typeof into === 'number' ? null : into;
  const caseId = typeof into === 'number' ? theCase(context, into).id : beginCase(store, into);
  const losses = store.lossesOfLoads;
  const trust = trustMarks(store.read(trustEntries));
  const importId = beginImport(store, caseId, path, now(context), actorOf(store));
  const staging = join(context.staging, `import-${importId}`);
  try {
    mkdirSync(staging, { mode: 0o700 });
    const before = store.read((db) => latestOf(db, caseId, path)) ?? null;
    const loader = new ImportLoader(store, importId);
    const { found, isSame } = await examined(context, importId, path, staging, before, loader, onProgress, signal);
    if (isSame && before !== null) {
      await drop(context, importId);
      const { digest } = before.source;
      commit(
        context,
        { action: 'source.verified', caseId, subject: path, detail: { digest, verdict: before.verdict, same: true } },
        () => undefined,
      );
      return { row: before, same: true, caseId };
    }
    loader.passes(found.passes);
    if (signal.aborted) throw importCancelled(path, false);
    complete(context, caseId, made, importId, before, found, losses, trust);
    context.indexWords();
    return { row: theImport(context, importId), same: false, caseId };
  } catch (error) {
    await undone(context, made === null ? caseId : null, importId, path, error);
    throw made !== null && error instanceof Failure && error.code === 'cancelled' ? importCancelled(path, true) : error;
  } finally {
    // Whatever became of the thread that read: its staging goes.
    rmSync(staging, { recursive: true, force: true });
  }
}

/** Looks at the source; what comes of it goes to the import that nobody sees yet, unless it is the same as before. */
async function examined(
  context: Context,
  importId: number,
  path: string,
  staging: string,
  before: ImportRow | null,
  loader: ImportLoader,
  progress: (progress: IntakeProgress) => void,
  signal: AbortSignal,
): Promise<{ found: ExaminationSummary; isSame: boolean }> {
  const { store, clock } = context;
  let isSame = false;
  const size = { filesTotal: 0 as number | null, bytesTotal: 0 as number | null };
  // One write a turn, in the order in which they came.
  let last = Promise.resolve();
  const inTurn = (write: () => void | Promise<void>): Promise<void> => {
    last = last.then(() => new Promise<void>((resume) => setImmediate(resume))).then(write);
    return last;
  };
  try {
    const found = await startExamination(
      {
        path,
        trust: { entries: store.read(trustEntries) },
        policy: policyInUse(context),
        asOf: clock().toISOString(),
        staging,
        before: before?.source.digest ?? null,
      },
      {
        progress(news) {
          size.filesTotal = news.filesTotal;
          size.bytesTotal = news.bytesTotal;
          progress(news);
        },
        keep: (documents) => inTurn(() => keepDocuments(store, importId, documents)),
        ledgerRows: (ledger, rows) => inTurn(() => loadLedgerRows(store, importId, ledger, rows)),
        async again() {
          let isLeft = true;
          while (isLeft)
            await inTurn(() => {
              isLeft = emptyImport(store, importId);
            });
        },
        async begin(summary) {
          await last;
          isSame = before !== null && cameToTheSame(context, before, summary);
          return !isSame;
        },
        part: (part) =>
          inTurn(async () => {
            await loader.take(part, signal);
            if (part.part !== 'files') return;
            const { filesTotal, bytesTotal } = size;
            progress({
              doing: 'Storing',
              filesDone: part.from,
              filesTotal,
              bytesDone: bytesTotal ?? 0,
              bytesTotal,
              news: [],
            });
          }),
      },
      signal,
    );
    await last;
    return { found, isSame };
  } catch (error) {
    await last.catch(() => undefined);
    throw error;
  }
}

/** The one commit that makes it seen. */
function complete(
  context: Context,
  caseId: number,
  made: NewCase | null,
  importId: number,
  before: ImportRow | null,
  { source, signs, policy, verdict, aspects, counts, unread, notChecked }: ExaminationSummary,
  losses: number,
  trust: string[],
): void {
  const changes = before === null ? null : context.store.read((db) => countChanges(db, before.id, importId));
  const named = 1_000;
  commit(
    context,
    {
      action: 'source.imported',
      caseId,
      subject: source.path,
      detail: {
        digest: source.digest,
        kind: source.kind,
        files: source.files,
        bytes: source.bytes,
        verdict,
        policy: policy.digest,
      },
    },
    (db, { time }) => {
      if (context.store.lossesOfLoads !== losses)
        throw new Failure('disk-full', {
          what: 'Not everything that was found could be kept.',
          where: source.path,
          why: 'The store could not be written for a moment while it was imported: the disk may have been full.',
          notDone: 'Nothing was imported.',
          next: 'Free space and import it again.',
        });
      completeImport(
        db,
        importId,
        {
          source,
          policy,
          verdict,
          aspects,
          counts,
          unread: unread.slice(0, named),
          notChecked: notChecked.slice(0, named),
          changes,
          signs,
          trust,
        },
        before?.id ?? null,
      );
      if (made === null) touchCase(db, caseId, time);
      else completeCase(db, caseId, time);
    },
    made === null ? [] : [{ action: 'case.created', caseId, subject: made.name }],
  );
}

async function drop({ store }: Context, importId: number): Promise<void> {
  while (dropImport(store, importId)) await new Promise((resume) => setImmediate(resume));
}

/** Takes back what was loaded, and a case that it would have made, and says so in the journal. What cannot be taken back now goes when the store is opened. */
async function undone(
  context: Context,
  caseId: number | null,
  importId: number,
  path: string,
  error: unknown,
): Promise<void> {
  try {
    await drop(context, importId);
    if (caseId === null) dropCases(context.store);
    if (error instanceof Failure)
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
  } catch (another) {
    // On a full disk neither may succeed; the person is told of what came first.
    if (!(another instanceof Failure)) throw another;
    context.log(`After an import that failed: ${another.message}`);
  }
}

/** The same bytes that come to the same, by the word of the same: whom the reviewer trusts no longer vouched then, and not now. */
const cameToTheSame = (context: Context, before: ImportRow, now: ExaminationSummary): boolean =>
  before.source.digest === now.source.digest &&
  before.policy?.digest === now.policy.digest &&
  before.verdict === now.verdict &&
  noLongerTrusted(before.trust, context.store.read(trustEntries)) === 0 &&
  openKeysDigest(context.store.read((db) => openKeys(db, before.id))) === now.openKeys;
