import type { Finding, FindingDraft } from '../../shared/finding.ts';
import { draftFrom } from '../review/findings.ts';
import { insertAnnotation, insertFinding, touchCase } from '../store/cases.ts';
import { answerCheck, checkById } from '../store/checks.ts';
import { stateOfFinding, stateOfNote } from '../store/decisions.ts';
import { fileByPath, nextUnreviewed, progressOf } from '../store/evidence.ts';
import { actorOf, commit, present, theCase } from './context.ts';
import { os } from './implementer.ts';
import {
  annotationNow,
  annotationsWithStaleness,
  asSeen,
  bound,
  changeFinding,
  findingNow,
  findingsWithStaleness,
  mark,
  withdrawNote,
} from './review-acts.ts';
import { undo } from './undo.ts';

export const review = {
  findings: os.review.findings.handler(({ input, context }) =>
    findingsWithStaleness(context, theCase(context, input.caseId).id),
  ),
  draft: os.review.draft.handler(({ input, context }) => {
    const check = present(
      context.store.read((db) => checkById(db, input.checkId)),
      'check',
    );
    const { importId, subject, location } = check;
    const isFile = context.store.read((db) => fileByPath(db, importId, subject)) !== undefined;
    // What a list says of a file is about the file: when its bytes change, so does what the finding speaks of.
    const anchors: FindingDraft['anchors'] = [
      ...(isFile && location !== null && location.path !== subject
        ? [{ kind: 'file' as const, importId, place: { path: subject }, digest: null }]
        : []),
      { kind: 'check', importId, place: location ?? { path: subject }, checkId: check.id, digest: null },
    ];
    return draftFrom(
      check,
      anchors.map((anchor) => bound(context, check.caseId, anchor)),
    );
  }),
  raise: os.review.raise.handler(({ input, context }) => {
    const { id: caseId } = theCase(context, input.caseId);
    const finding = {
      ...input.finding,
      anchors: input.finding.anchors.map((anchor) => bound(context, caseId, anchor)),
    };
    const by = actorOf(context.store);
    const id = commit(
      context,
      {
        action: 'finding.raised',
        caseId,
        subject: finding.title,
        detail: { severity: finding.severity, state: stateOfFinding({ ...finding, status: 'open' }) },
      },
      (db, entry) => {
        const made = insertFinding(db, caseId, finding, entry.time, by, entry.seq);
        for (const { checkId } of finding.anchors) {
          const check = checkId === undefined ? undefined : checkById(db, checkId);
          if (check !== undefined && check.verdict !== 'pass')
            answerCheck(db, check.id, {
              findingId: made,
              explanation: null,
              at: entry.time,
              by,
              journal: entry.seq,
            });
        }
        touchCase(db, caseId, entry.time);
        return made;
      },
    );
    return findingNow(context, id);
  }),
  change: os.review.change.handler(({ input, context }) => {
    const given = Object.fromEntries(
      Object.entries(input.change).filter(([, value]) => value !== undefined),
    ) as Partial<Finding>;
    asSeen(context, input.findingId, input.seen);
    return changeFinding(context, input.findingId, given, input.reason);
  }),
  annotations: os.review.annotations.handler(({ input, context }) =>
    annotationsWithStaleness(context, theCase(context, input.caseId).id, input.path),
  ),
  annotate: os.review.annotate.handler(({ input, context }) => {
    const { id: caseId } = theCase(context, input.caseId);
    const anchor = bound(context, caseId, input.anchor);
    const id = commit(
      context,
      {
        action: 'annotation.made',
        caseId,
        subject: anchor.place.path,
        detail: { kind: anchor.kind, state: stateOfNote(anchor, input.text, false) },
      },
      (db, { time, seq }) => insertAnnotation(db, caseId, anchor, input.text, time, actorOf(context.store), seq),
    );
    return annotationNow(context, id);
  }),
  withdraw: os.review.withdraw.handler(({ input, context }) =>
    withdrawNote(context, input.annotationId, true, input.reason),
  ),
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
  undo: os.review.undo.handler(({ input, context }) => ({ message: undo(context, input.journal) })),
  history: os.review.history.handler(({ input, context }) =>
    findingsWithStaleness(context, theCase(context, input.caseId).id)
      .flatMap(({ history }) => history)
      .sort((a, b) => b.journal - a.journal),
  ),
};
