import { Failure } from '../../shared/failure.ts';
import type { Annotation, Finding } from '../../shared/finding.ts';
import type { JournalEntry } from '../../shared/journal.ts';
import { changesBetween, draftFrom, isStale, mayBecome } from '../review/findings.ts';
import {
  addHistory,
  annotationById,
  annotationsOf,
  currentDigest,
  findingById,
  findingsOf,
  insertAnnotation,
  insertFinding,
  markReviewed,
  setWithdrawn,
  touchCase,
  unmark,
  updateFinding,
} from '../store/cases.ts';
import { answerCheck, checkById } from '../store/checks.ts';
import { fileById, fileByPath, nextUnreviewed, progressOf } from '../store/evidence.ts';
import { actorOf, type Context, commit, digestHex, present, theCase, theImport } from './context.ts';
import { os } from './implementer.ts';
import { entryAt, pathsOfMark } from './journal-entries.ts';

/** A finding with whether its bytes are still the ones it speaks of. */
export function withStaleness<T extends { anchors: Finding['anchors'] }>(
  context: Context,
  caseId: number,
  finding: T,
): T & { isStale: boolean } {
  return {
    ...finding,
    isStale: context.store.read((db) => isStale(finding.anchors, (path) => currentDigest(db, caseId, path))),
  };
}
export const findingsWithStaleness = (context: Context, caseId: number): Finding[] =>
  context.store.read((db) => findingsOf(db, caseId)).map((finding) => withStaleness(context, caseId, finding));
const findingNow = (context: Context, id: number): Finding => {
  const { caseId, ...finding } = present(
    context.store.read((db) => findingById(db, id)),
    'finding',
  );
  return withStaleness(context, caseId, finding);
};
export const annotationsWithStaleness = (context: Context, caseId: number, path: string | null): Annotation[] =>
  context.store.read((db) =>
    annotationsOf(db, caseId, path).map((note) => ({
      ...note,
      isStale: isStale([note.anchor], (each) => currentDigest(db, caseId, each)),
    })),
  );
const annotationNow = (context: Context, id: number): Annotation => {
  const { caseId, ...note } = present(
    context.store.read((db) => annotationById(db, id)),
    'annotation',
  );
  return {
    ...note,
    isStale: context.store.read((db) => isStale([note.anchor], (each) => currentDigest(db, caseId, each))),
  };
};

/** An anchor holds the digest of the file as it is in that import, whatever the window sent. */
function bound(context: Context, anchor: Finding['anchors'][number]): Finding['anchors'][number] {
  const file =
    anchor.place.path === ''
      ? undefined
      : context.store.read((db) => fileByPath(db, anchor.importId, anchor.place.path));
  return { ...anchor, digest: file?.digest ?? null };
}

function mark(context: Context, importId: number, fileIds: readonly number[], reviewed: boolean): JournalEntry {
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
      detail: { import: importId, files: files.map(({ id }) => id).join(' ') },
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

export const review = {
  findings: os.review.findings.handler(({ input, context }) =>
    findingsWithStaleness(context, theCase(context, input.caseId).id),
  ),
  draft: os.review.draft.handler(({ input, context }) => {
    const check = present(
      context.store.read((db) => checkById(db, input.checkId)),
      'check',
    );
    return draftFrom(
      check,
      bound(context, {
        kind: 'check',
        importId: check.importId,
        place: check.location ?? { path: check.subject },
        checkId: check.id,
        digest: null,
      }),
    );
  }),
  raise: os.review.raise.handler(({ input, context }) => {
    const { id: caseId } = theCase(context, input.caseId);
    const finding = { ...input.finding, anchors: input.finding.anchors.map((anchor) => bound(context, anchor)) };
    const by = actorOf(context.store);
    const id = commit(
      context,
      { action: 'finding.raised', caseId, subject: finding.title, detail: { severity: finding.severity } },
      (db, entry) => {
        const made = insertFinding(db, caseId, finding, entry.time, by, entry.seq);
        for (const { checkId } of finding.anchors) {
          const check = checkId === undefined ? undefined : checkById(db, checkId);
          if (check !== undefined && check.verdict !== 'pass')
            answerCheck(db, caseId, check, made, null, entry.time, by);
        }
        touchCase(db, caseId, entry.time);
        return made;
      },
    );
    return findingNow(context, id);
  }),
  change: os.review.change.handler(({ input, context }) => {
    const before = present(
      context.store.read((db) => findingById(db, input.findingId)),
      'finding',
    );
    const given = Object.fromEntries(
      Object.entries(input.change).filter(([, value]) => value !== undefined),
    ) as Partial<Finding>;
    const after = { ...before, ...given };
    if (!mayBecome(before.status, after.status))
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
          detail: { changed: changes.map(({ what }) => what).join(' '), reason: input.reason },
        },
        (db, entry) => {
          updateFinding(db, before.id, after);
          for (const change of changes)
            addHistory(db, before.id, {
              at: entry.time,
              by: actorOf(context.store),
              ...change,
              what: input.reason === '' ? change.what : `${change.what}: ${input.reason}`,
              journal: entry.seq,
            });
          touchCase(db, before.caseId, entry.time);
        },
      );
    return findingNow(context, input.findingId);
  }),
  annotations: os.review.annotations.handler(({ input, context }) =>
    annotationsWithStaleness(context, theCase(context, input.caseId).id, input.path),
  ),
  annotate: os.review.annotate.handler(({ input, context }) => {
    const { id: caseId } = theCase(context, input.caseId);
    const anchor = bound(context, input.anchor);
    const id = commit(
      context,
      { action: 'annotation.made', caseId, subject: anchor.place.path, detail: { kind: anchor.kind } },
      (db, entry) => insertAnnotation(db, caseId, anchor, input.text, entry.time, actorOf(context.store)),
    );
    return annotationNow(context, id);
  }),
  withdraw: os.review.withdraw.handler(({ input, context }) => {
    const note = present(
      context.store.read((db) => annotationById(db, input.annotationId)),
      'annotation',
    );
    commit(
      context,
      {
        action: 'annotation.withdrawn',
        caseId: note.caseId,
        subject: note.anchor.place.path,
        detail: { annotation: note.id, reason: input.reason },
      },
      (db) => setWithdrawn(db, note.id, true),
    );
    return annotationNow(context, input.annotationId);
  }),
  mark: os.review.mark.handler(({ input, context }) => {
    const entry = mark(context, input.importId, input.fileIds, input.reviewed);
    return { ...context.store.read((db) => progressOf(db, input.importId)), journal: entry.seq };
  }),
  next: os.review.next.handler(({ input, context }) => {
    const found = context.store.read((db) => nextUnreviewed(db, input.importId, input.after));
    return found === undefined ? null : { fileId: found.id, path: found.path };
  }),
  progress: os.review.progress.handler(({ input, context }) =>
    context.store.read((db) => progressOf(db, input.importId)),
  ),
  undo: os.review.undo.handler(({ input, context }) => {
    const entry = present(entryAt(context, input.journal), 'act');
    if (entry.action === 'item.reviewed' || entry.action === 'item.unreviewed') {
      const { importId, fileIds } = pathsOfMark(entry);
      mark(context, importId, fileIds, entry.action === 'item.unreviewed');
      return { message: entry.action === 'item.reviewed' ? 'The mark is taken back.' : 'The mark is set again.' };
    }
    throw new Failure('invalid', {
      what: 'This act is not taken back this way.',
      why: 'Findings and annotations are changed or withdrawn where they stand.',
      notDone: 'Nothing was changed.',
    });
  }),
  history: os.review.history.handler(({ input, context }) =>
    findingsWithStaleness(context, theCase(context, input.caseId).id)
      .flatMap(({ history }) => history)
      .sort((a, b) => b.journal - a.journal),
  ),
};
