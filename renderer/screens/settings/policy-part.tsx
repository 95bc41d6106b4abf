import { useState } from 'react';
import { backend } from '../../backend.ts';
import { FailureNote } from '../../components/note.tsx';
import { Digest } from '../../components/values.tsx';
import { useSession } from '../../state/session.ts';
import { useAct, useQuery } from '../../state/use-query.ts';

/** What the reviewer accepts, as text that is checked when it is saved. */
export function PolicyPart() {
  const policy = useQuery(() => backend.policy.get(), []).data;
  const [draft, setDraft] = useState<string | null>(null);
  const { refused, act } = useAct();
  if (policy === null) return null;
  const text = draft ?? policy.text;
  const put = (work: () => Promise<unknown>) =>
    act(async () => {
      await work();
      setDraft(null);
      useSession.getState().changed();
    });
  return (
    <div className="form" style={{ maxWidth: 820 }}>
      <p className="d">
        What counts, beside whom you trust. What is mathematically right and not accepted here is shown as policy, never
        as a failure and never as a pass. Each verification records the policy by its digest; a change holds from the
        next verification on.
      </p>
      <div className="facts">
        <span>In force</span>
        <span>
          {policy.name}
          {policy.isDefault ? ', as it ships' : ''}
        </span>
        <span>Digest</span>
        <span>
          <Digest digest={policy.digest} />
        </span>
      </div>
      <label className="f">
        policy.yaml
        <textarea
          style={{ fontFamily: 'var(--face-bytes)' }}
          rows={26}
          spellCheck={false}
          value={text}
          onChange={(event) => setDraft(event.target.value)}
        />
      </label>
      <FailureNote parts={refused} />
      <div className="row">
        <button
          type="button"
          className="bt p"
          disabled={text === policy.text}
          onClick={() => put(() => backend.policy.set({ text }))}
        >
          Save the policy
        </button>
        <button type="button" className="bt" disabled={text === policy.text} onClick={() => setDraft(null)}>
          Discard changes
        </button>
        <button
          type="button"
          className="bt"
          disabled={policy.isDefault}
          onClick={() => put(() => backend.policy.reset())}
        >
          Back to the policy that ships
        </button>
      </div>
    </div>
  );
}
