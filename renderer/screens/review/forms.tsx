import { useState } from 'react';
import type { Anchor, FindingDraft } from '../../../shared/finding.ts';
import { backend } from '../../backend.ts';
import { FailureNote } from '../../components/note.tsx';
import { useSession } from '../../state/session.ts';
import { useAct } from '../../state/use-query.ts';
import { FindingFields } from './finding-fields.tsx';

/** A note on something; what it is about is said by its anchor. */
export function AnnotateForm({ caseId, anchor, onDone }: { caseId: number; anchor: Anchor; onDone(): void }) {
  const [text, setText] = useState('');
  const { refused, busy, act } = useAct();
  return (
    <form
      className="col"
      onSubmit={(event) => {
        event.preventDefault();
        void act(async () => {
          await backend.review.annotate({ caseId, anchor, text });
          useSession.getState().changed();
          useSession.getState().say('The note is kept');
          onDone();
        });
      }}
    >
      <label className="f">
        Note
        <textarea
          className="signed"
          autoFocus
          required
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      </label>
      <FailureNote parts={refused} />
      <div className="row">
        <button type="submit" className="bt p" disabled={busy || text.trim() === ''}>
          Keep the note
        </button>
        <button type="button" className="bt q" onClick={onDone}>
          Close
        </button>
      </div>
    </form>
  );
}

/** A finding: title, severity, owner, rationale, recommendation. Nothing is raised without a rationale. */
export function FindingForm({ caseId, draft, onDone }: { caseId: number; draft: FindingDraft; onDone(): void }) {
  const [finding, setFinding] = useState(draft);
  const { refused, busy, act } = useAct();
  const set = (part: Partial<FindingDraft>) => setFinding({ ...finding, ...part });
  return (
    <form
      className="col"
      aria-label="Finding"
      onSubmit={(event) => {
        event.preventDefault();
        void act(async () => {
          const made = await backend.review.raise({ caseId, finding });
          useSession.getState().changed();
          useSession.getState().say(`F-${String(made.number).padStart(2, '0')} is raised`);
          onDone();
        });
      }}
    >
      <FindingFields finding={finding} set={set} isNew />
      <FailureNote parts={refused} />
      <div className="row">
        <button
          type="submit"
          className="bt p"
          disabled={busy || finding.title.trim() === '' || finding.rationale.trim() === ''}
        >
          Raise the finding
        </button>
        <button type="button" className="bt q" onClick={onDone}>
          Close
        </button>
      </div>
    </form>
  );
}
