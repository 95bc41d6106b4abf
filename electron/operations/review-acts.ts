import { Failure } from '../../shared/failure.ts';
import type { Annotation, Finding } from '../../shared/finding.ts';
import type { JournalEntry } from '../../shared/journal.ts';
import { changesBetween, isStale, mayBecome } from '../review/findings.ts';
import {
  addHistory,
  annotationById,
  annotationsOf,
  currentDigest,
  findingById,
  findingsOf,
  markReviewed,
  setWithdrawn,
  touchCase,
  unmark,
  updateFinding,
} from '../store/cases.ts';
import { checkById } from '../store/checks.ts';
import { stateOfFinding, stateOfNote } from '../store/decisions.ts';
import { fileById, fileByPath } from '../store/evidence.ts';
import { caseOfImport } from '../store/imports.ts';
import { actorOf, type Context, commit, digestHex, present, theImport } from './context.ts';
import { undoing } from './journal-entries.ts';

/** A finding with whether its bytes are still the ones it speaks of. */
function withStaleness<T extends { anchors: Finding['anchors'] }>(
  context: Context,
  finding: T,
): T & { isStale: boolean } {
  return {
    ...finding,
    isStale: context.store.read((db) =>
      isStale(finding.anchors, (importId, path) => currentDigest(db, importId, path)),
    ),
  };
}
export const findingsWithStaleness = (context: Context, caseId: number): Finding[] =>
  context.store.read((db) => findingsOf(db, caseId)).map((finding) => withStaleness(context, finding));
export const findingNow = (context: Context, id: number): Finding => {
  const { caseId, ...finding } = present(
    context.store.read((db) => findingById(db, id)),
    'finding',
  );
  return withStaleness(context, finding);
};
export const annotationsWithStaleness = (context: Context, caseId: number, path: string | null): Annotation[] =>
  context.store.read((db) =>
    annotationsOf(db, caseId, path).map((note) => ({
      ...note,
      isStale: isStale([note.anchor], (importId, each) => currentDigest(db, importId, each)),
    })),
  );
export const annotationNow = (context: Context, id: number): Annotation => {
  const { caseId, ...note } = present(
    context.store.read((db) => annotationById(db, id)),
    'annotation',
  );
  return {
    ...note,
    isStale: context.store.read((db) => isStale([note.anchor], (importId, each) => currentDigest(db, importId, each))),
  };
};

/** An anchor holds the digest of the file as it is in that import, whatever the window sent. @throws Failure invalid */
export function bound(
  context: Context,
  caseId: number,
  anchor: Finding['anchors'][number],
): Finding['anchors'][number] {
  const { checkId, importId, place } = anchor;
  const check = checkId === undefined ? undefined : context.store.read((db) => checkById(db, checkId));
  if (
    (context.store.read((db) => caseOfImport(db, importId)) ?? theImport(context, importId).caseId) !== caseId ||
    (checkId !== undefined && (check === undefined || check.importId !== importId))
  )
    throw new Failure('invalid', {
      what: 'This is about evidence of another case.',
      notDone: 'Nothing was recorded.',
      next: 'Open the case that it belongs to.',
    });
  const file = place.path === '' ? undefined : context.store.read((db) => fileByPath(db, importId, place.path));
  return { ...anchor, digest: file?.digest ?? null };
}

/** Marks files, or takes their marks back; `undoes` is the number of the entry that this one takes back. */
export function mark(
  context: Context,
  importId: number,
  fileIds: readonly number[],
  reviewed: boolean,
  undoes: number | null = null,
): JournalEntry {
  const { caseId } = theImport(context, importId);
  const files = fileIds
    .map((id) =>
      present(
        context.store.read((db) => fileById(db, importId, id)),
        'file',
      ),
    )
    .filter(({ digest }) => digest !== null);
  if (files.length === 0)
    throw new Failure('invalid', {
      what: 'Nothing was marked.',
      why: 'A file whose bytes are not here cannot be reviewed.',
      notDone: 'Nothing was recorded.',
    });
  const by = actorOf(context.store);
  return commit(
    context,
    {
      action: reviewed ? 'item.reviewed' : 'item.unreviewed',
      caseId,
      subject: files.length === 1 ? (files[0]?.path ?? '') : `${files.length} files`,
      detail: { import: importId, files: files.map(({ id }) => id).join(' '), ...undoing(undoes) },
    },
    (db, entry) => {
      for (const { path, digest } of files) {
        if (reviewed) markReviewed(db, caseId, path, digestHex(digest), entry.time, by);
        else unmark(db, caseId, path, digestHex(digest));
      }
      return entry;
    },
  );
}

/** Nobody changes what she has not seen: a field that another window changed meanwhile. @throws Failure not-found, conflict */
export function asSeen(context: Context, findingId: number, seen: Partial<Record<keyof Finding, unknown>>): void {
  const finding = findingNow(context, findingId);
  const fields = Object.entries(seen) as [keyof Finding, unknown][];
  const other = fields.find(([name, value]) => value !== undefined && finding[name] !== value);
  if (other === undefined) return;
  const now = String(finding[other[0]]);
  throw new Failure('conflict', {
    what: `The ${other[0]} of this finding was changed meanwhile.`,
    why: now === '' ? 'It is empty now.' : `It is now: ${now.slice(0, 80)}${now.length > 80 ? '…' : ''}`,
    notDone: 'Nothing was changed.',
    next: 'Read what stands there now; keep the changes once more if yours are still right.',
  });
}

/** Changes a finding, with its history. @throws Failure not-found, invalid */
export function changeFinding(
  context: Context,
  findingId: number,
  given: Partial<Finding>,
  reason: string,
  undoes: number | null = null,
): Finding {
  const before = present(
    context.store.read((db) => findingById(db, findingId)),
    'finding',
  );
  const after = { ...before, ...given };
  if (undoes === null && !mayBecome(before.status, after.status))
    throw new Failure('invalid', {
      what: `A finding that is ${before.status} cannot become ${after.status}.`,
      notDone: 'Nothing was changed.',
      next: 'Open it again first.',
    });
  const changes = changesBetween(before, after);
  if (changes.length > 0)
    commit(
      context,
      {
        action: 'finding.changed',
        caseId: before.caseId,
        subject: `F-${String(before.number).padStart(2, '0')}`,
        detail: {
          changed: changes.map(({ what }) => what).join(' '),
          reason,
          state: stateOfFinding(after),
          ...undoing(undoes),
        },
      },
      (db, entry) => {
        updateFinding(db, before.id, after);
        for (const change of changes)
          addHistory(db, before.id, {
            at: entry.time,
            by: actorOf(context.store),
            ...change,
            what: reason === '' ? change.what : `${change.what}: ${reason}`,
            journal: entry.seq,
          });
        touchCase(db, before.caseId, entry.time);
      },
    );
  return findingNow(context, findingId);
}

/** Withdraws a note, or lets it stand again. @throws Failure not-found, invalid */
export function withdrawNote(
  context: Context,
  id: number,
  withdrawn: boolean,
  reason: string,
  undoes: number | null = null,
): Annotation {
  const note = present(
    context.store.read((db) => annotationById(db, id)),
    'annotation',
  );
  if (note.isWithdrawn === withdrawn)
    throw new Failure('invalid', {
      what: withdrawn ? 'This note is withdrawn already.' : 'This note stands.',
      notDone: 'Nothing was changed.',
    });
  commit(
    context,
    {
      action: withdrawn ? 'annotation.withdrawn' : 'annotation.made',
      caseId: note.caseId,
      subject: note.anchor.place.path,
      detail: {
        annotation: note.id,
        reason,
        state: stateOfNote(note.anchor, note.text, withdrawn),
        ...undoing(undoes),
      },
    },
    (db, { seq }) => setWithdrawn(db, note.id, withdrawn, seq),
  );
  return annotationNow(context, id);
}
