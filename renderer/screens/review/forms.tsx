import { useState } from 'react';
import { type Anchor, type FindingDraft, severities } from '../../../shared/finding.ts';
import { backend } from '../../backend.ts';
import { FailureNote } from '../../components/note.tsx';
import { useSession } from '../../state/session.ts';
import { useAct } from '../../state/use-query.ts';

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
      <label className="f">
        Title
        <input
          required
          maxLength={300}
          autoFocus
          value={finding.title}
          onChange={(event) => set({ title: event.target.value })}
        />
      </label>
      <div className="pair">
        <label className="f">
          Severity
          <select
            value={finding.severity}
            onChange={(event) => set({ severity: event.target.value as FindingDraft['severity'] })}
          >
            {severities.map((each) => (
              <option key={each}>{each}</option>
            ))}
          </select>
        </label>
        <label className="f">
          Owner
          <input maxLength={200} value={finding.owner} onChange={(event) => set({ owner: event.target.value })} />
        </label>
      </div>
      <label className="f">
        Rationale
        <textarea
          className="signed"
          required
          value={finding.rationale}
          onChange={(event) => set({ rationale: event.target.value })}
        />
      </label>
      <label className="f">
        Recommendation
        <textarea
          className="signed"
          value={finding.recommendation}
          onChange={(event) => set({ recommendation: event.target.value })}
        />
      </label>
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
