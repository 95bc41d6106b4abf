import { useState } from 'react';
import { type SamplingPlan, strataWords, stratumWord } from '../../../shared/sampling.ts';
import { visibleName } from '../../../shared/visible-text.ts';
import { backend } from '../../backend.ts';
import { FailureNote } from '../../components/note.tsx';
import { Time, WholeDigest } from '../../components/values.tsx';
import { useSession } from '../../state/session.ts';
import { useAct } from '../../state/use-query.ts';

const count = (value: number) => value.toLocaleString('en');

/** A sampling plan in full: its rule, its seed, its strata, and why some files were not looked at. */
export function PlanDetail({ plan }: { plan: SamplingPlan }) {
  return (
    <section className="scroll grow" tabIndex={0} aria-label={`Sampling plan ${plan.number}`}>
      {plan.isStale && (
        <div className="say warn">
          <h2>Stale</h2>
          <p>A later import has other bytes. Draw another plan from it; this one stays, and is stated.</p>
        </div>
      )}
      <div className="facts">
        <span>Seed</span>
        <span className="m">{plan.seed}</span>
        <span>Strata</span>
        <span>{strataWords[plan.strata]}</span>
        <span>Population</span>
        <span>
          {count(plan.population)} files of import {plan.source}
          {plan.outside > 0 && `; ${count(plan.outside)} missing or unread are outside`}
        </span>
        <span>Sampled</span>
        <span>
          {count(plan.sampled)}
          {plan.sampled < plan.size && `, all there are of ${count(plan.size)} asked for`}
        </span>
        <span>Looked at</span>
        <span>{count(plan.lookedAt)}</span>
        <span>Made</span>
        <span>
          <Time at={plan.madeAt} /> UTC by {visibleName(plan.madeBy)}
        </span>
      </div>
      <div className="sec col">
        <h3>Strata</h3>
        <table className="strata" aria-label="Strata">
          <thead>
            <tr>
              <th scope="col">Stratum</th>
              {['Files', 'Sampled', 'Looked at'].map((head) => (
                <th key={head} scope="col">
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {plan.parts.map(({ name, files, sampled, lookedAt }) => (
              <tr key={name}>
                <th scope="row">{visibleName(stratumWord(plan.strata, name))}</th>
                <td>{count(files)}</td>
                <td>{count(sampled)}</td>
                <td>{count(lookedAt)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {(plan.lookedAt < plan.sampled || plan.explanation !== null) && (
        <Explanation key={`${plan.id}-${plan.explanation}`} plan={plan} />
      )}
      <div className="sec col">
        <h3>Digest of the list of picked files</h3>
        <WholeDigest digest={plan.list} />
      </div>
    </section>
  );
}

/** Why the rest was not looked at: the statement says it in these words. */
function Explanation({ plan }: { plan: SamplingPlan }) {
  const [text, setText] = useState(plan.explanation ?? '');
  const { refused, busy, act } = useAct();
  const { changed, say } = useSession();
  return (
    <form
      className="sec col"
      aria-label="Explanation"
      onSubmit={(event) => {
        event.preventDefault();
        void act(async () => {
          await backend.sampling.explain({ planId: plan.id, explanation: text });
          changed();
          say('The explanation is kept');
        });
      }}
    >
      <label className="f">
        Why some were not looked at
        <textarea className="signed" required value={text} onChange={(event) => setText(event.target.value)} />
      </label>
      <FailureNote parts={refused} />
      <div className="row">
        <button type="submit" className="bt" disabled={busy || text.trim() === '' || text === plan.explanation}>
          Keep the explanation
        </button>
      </div>
    </form>
  );
}
