import { Failure } from '../../shared/failure.ts';
import type { Finding } from '../../shared/finding.ts';
import type { JournalEntry } from '../../shared/journal.ts';
import { annotationMadeBy, changedBy, findingById } from '../store/cases.ts';
import { withdrawAnswer } from '../store/checks.ts';
import { type Context, commit, present } from './context.ts';
import { entryAt, pathsOfMark, undoing } from './journal-entries.ts';
import { changeFinding, mark, withdrawNote } from './review-acts.ts';

const conflict = () =>
  new Failure('conflict', {
    what: 'This act can no longer be taken back.',
    why: 'What it changed was changed again since, or was taken back already.',
    notDone: 'Nothing was changed.',
    next: 'Change it where it stands.',
  });

/**
 * Takes back an act of review: always a new entry that names the old one, which stays. Returns what was done, in words.
 * @throws Failure not-found, conflict, invalid
 */
export function undo(context: Context, seq: number): string {
  const entry = present(entryAt(context, seq), 'act');
  switch (entry.action) {
    case 'item.reviewed':
    case 'item.unreviewed': {
      const { importId, fileIds } = pathsOfMark(entry);
      mark(context, importId, fileIds, entry.action === 'item.unreviewed', seq);
      return entry.action === 'item.reviewed' ? 'The mark is taken back.' : 'The mark is set again.';
    }
    case 'finding.raised':
    case 'finding.changed':
      return undoFinding(context, entry);
    case 'annotation.made':
    case 'annotation.withdrawn': {
      const id = entry.detail['annotation'] ?? context.store.read((db) => annotationMadeBy(db, seq));
      const withdraw = entry.action === 'annotation.made';
      withdrawNote(context, Number(present(id ?? undefined, 'annotation')), withdraw, 'taken back', seq);
      return withdraw ? 'The note is withdrawn.' : 'The note stands again.';
    }
    case 'check.explained':
      commit(
        context,
        {
          action: 'check.explained',
          caseId: entry.caseId,
          subject: entry.subject,
          detail: { rule: entry.detail['rule'] ?? '', code: entry.detail['code'] ?? '', ...undoing(seq) },
        },
        (db) => {
          if (withdrawAnswer(db, seq) === 0) throw conflict();
        },
      );
      return 'The explanation is taken back.';
    default:
      throw new Failure('invalid', {
        what: 'This act is not one of review, and is not taken back.',
        notDone: 'Nothing was changed.',
      });
  }
}

function undoFinding(context: Context, entry: JournalEntry): string {
  const changes = context.store.read((db) => changedBy(db, entry.caseId ?? 0, entry.seq));
  const [first] = changes;
  const finding = first === undefined ? undefined : context.store.read((db) => findingById(db, first.findingId));
  if (finding === undefined) throw conflict();
  if (entry.action === 'finding.raised') {
    if (finding.status === 'withdrawn') throw conflict();
    changeFinding(context, finding.id, { status: 'withdrawn' }, 'taken back', entry.seq);
    return 'The finding is withdrawn.';
  }
  const fields = changes.map(({ what, before, after }) => ({
    name: what.split(':')[0] as 'title' | 'severity' | 'status' | 'owner' | 'rationale' | 'recommendation',
    before,
    after,
  }));
  if (fields.some(({ name, after }) => finding[name] !== after)) throw conflict();
  const back = Object.fromEntries(fields.map(({ name, before }) => [name, before])) as Partial<Finding>;
  changeFinding(context, finding.id, back, 'taken back', entry.seq);
  return 'The finding is as it was before.';
}
