import { useState } from 'react';
import { type StrataRule, sampleAtMost, strataWords } from '../../../shared/sampling.ts';
import { backend } from '../../backend.ts';
import { FailureNote } from '../../components/note.tsx';
import { useReviewPart } from '../../state/review-part.ts';
import { useSession } from '../../state/session.ts';
import { useAct } from '../../state/use-query.ts';

/** What a sampling plan is made from: how many files, by what they are divided, and a seed where she has one. */
export function PlanForm({ importId, number, onDone }: { importId: number; number: number; onDone(): void }) {
  const [size, setSize] = useState('25');
  const [strata, setStrata] = useState<StrataRule>('format');
  const [seed, setSeed] = useState('');
  const { refused, busy, act } = useAct();
  const { changed, say } = useSession();
  const make = () =>
    act(async () => {
      const typed = seed.trim() === '' ? null : seed;
      const plan = await backend.sampling.make({ importId, size: Number(size), strata, seed: typed });
      useReviewPart.getState().choosePlan(plan.id);
      changed();
      say(`Sampling plan ${plan.number} is kept: ${plan.sampled.toLocaleString('en')} files`);
      onDone();
    });
  return (
    <form
      className="form"
      aria-label="Sampling plan"
      onSubmit={(event) => {
        event.preventDefault();
        void make();
      }}
    >
      <p className="d">
        Files are drawn from import {number}, in proportion to its strata and at least one of each. A plan is kept as it
        was made: another one can be drawn, and all are stated.
      </p>
      <label className="f">
        Size, files
        <input
          type="number"
          autoFocus
          required
          min={1}
          max={sampleAtMost}
          step={1}
          value={size}
          onChange={(event) => setSize(event.target.value)}
        />
      </label>
      <label className="f">
        Strata
        <select value={strata} onChange={(event) => setStrata(event.target.value as StrataRule)}>
          {Object.entries(strataWords).map(([value, text]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
      </label>
      <label className="f">
        Seed, 32 hex digits; empty to have one drawn at random
        <input
          className="m"
          value={seed}
          onChange={(event) => setSeed(event.target.value)}
          pattern="\s*[0-9a-fA-F]{32}\s*"
          title="32 hex digits"
          spellCheck={false}
          autoComplete="off"
        />
      </label>
      <FailureNote parts={refused} />
      <div className="row">
        <button type="submit" className="bt p" disabled={busy}>
          {busy ? 'Drawing' : 'Draw and keep the plan'}
        </button>
        <button type="button" className="bt q" onClick={onDone}>
          Close
        </button>
      </div>
    </form>
  );
}
