import { Dices } from 'lucide-react';
import { useState } from 'react';
import type { SampledRow } from '../../../shared/contract/sampling.ts';
import { type SamplingPlan, strataWords, stratumWord } from '../../../shared/sampling.ts';
import { visibleName } from '../../../shared/visible-text.ts';
import { backend } from '../../backend.ts';
import { type Column, DataGrid } from '../../components/data-grid.tsx';
import { Empty, FailureNote } from '../../components/note.tsx';
import { SizedPane } from '../../components/sized-pane.tsx';
import { Digest, PathText } from '../../components/values.tsx';
import { StateWord } from '../../components/verdict.tsx';
import { usePane } from '../../state/layout.ts';
import { useReviewPart } from '../../state/review-part.ts';
import { currentImport, useSession } from '../../state/session.ts';
import { useQuery } from '../../state/use-query.ts';
import { PartSwitch } from './part-switch.tsx';
import { PlanDetail } from './plan-detail.tsx';
import { PlanForm } from './plan-form.tsx';

const count = (value: number) => value.toLocaleString('en');
const isDone = ({ isOpened, isReviewed }: SampledRow) => isOpened || isReviewed;

const columnsOf = ({ strata }: SamplingPlan, onOpen: ((row: SampledRow) => void) | null): Column<SampledRow>[] => [
  {
    id: 'path',
    head: 'Path',
    width: 'minmax(160px,1fr)',
    cell: (row) =>
      onOpen === null || row.fileId === null ? (
        <PathText path={row.path} />
      ) : (
        <button type="button" className="link" tabIndex={-1} onClick={() => onOpen(row)}>
          <PathText path={row.path} />
        </button>
      ),
  },
  {
    id: 'looked',
    head: 'Looked at',
    width: '112px',
    cell: (row) => (
      <span className={isDone(row) ? 'd' : 'v warn'}>
        {row.isReviewed ? 'reviewed' : row.isOpened ? 'opened' : row.isChanged ? 'other bytes now' : 'not yet'}
      </span>
    ),
  },
  {
    id: 'stratum',
    head: 'Stratum',
    width: '130px',
    cell: ({ stratum }) => <span className="d">{visibleName(stratumWord(strata, stratum))}</span>,
  },
  {
    id: 'state',
    head: 'State',
    width: '94px',
    cell: ({ state }) => (state === null ? <span className="dd">gone</span> : <StateWord state={state} />),
  },
  { id: 'digest', givesWay: true, head: 'SHA-256', width: '104px', cell: ({ digest }) => <Digest digest={digest} /> },
];

/** Sampling plans: what was drawn, by which seed, and how far looking at it got. */
export function SamplingPart() {
  const { open, go } = useSession();
  const { planId, choosePlan } = useReviewPart();
  const [making, setMaking] = useState(false);
  const [selected, setSelected] = useState<number | null>(null);
  const size = usePane('review.sampling');
  const caseId = open?.id ?? 0;
  const shown = currentImport(open);
  const { data: plans, refused } = useQuery(
    () => (open === null ? null : backend.sampling.plans({ caseId })),
    [caseId],
  );
  const plan = plans?.find(({ id }) => id === planId) ?? plans?.at(-1) ?? null;
  const chosen = plan?.id ?? null;
  const rows = useQuery(() => (chosen === null ? null : backend.sampling.files({ planId: chosen })), [chosen]).data;
  // Evidence shows the newest import: a plan of another source is looked at there once that is the newest.
  const mayOpen = plan !== null && shown !== null && plan.importId === shown.id;
  const openFile = ({ fileId }: SampledRow) => {
    if (fileId !== null) go({ screen: 'evidence', item: fileId });
  };
  const row = rows?.find(({ position }) => position === selected) ?? null;
  const next = rows?.find((each) => !isDone(each) && !each.isChanged) ?? null;
  return (
    <>
      <section className="pane grow">
        <div className="tb wraps">
          <PartSwitch />
          <h1 className="sr">Sampling</h1>
          <span className="dd">
            {plans?.length ?? 0} {plans?.length === 1 ? 'plan' : 'plans'}
          </span>
          <span className="gap" />
          {plan !== null && plans !== null && plans.length > 1 && (
            <select
              className="txt"
              style={{ width: 190 }}
              aria-label="Plan"
              value={plan.id}
              onChange={(event) => choosePlan(Number(event.target.value))}
            >
              {plans.map(({ id, number, strata, isStale }) => (
                <option key={id} value={id}>
                  Plan {number}, {strataWords[strata]}
                  {isStale ? ', stale' : ''}
                </option>
              ))}
            </select>
          )}
          <button type="button" className="bt" disabled={shown === null} onClick={() => setMaking(true)}>
            <Dices size={14} aria-hidden />
            Make a plan
          </button>
        </div>
        <FailureNote parts={refused} />
        {plan === null ? (
          <Empty>
            No sampling plan yet. Where there are more files than anybody reads, a plan picks some by a seed that is
            recorded: whoever has the seed draws the same files, and the statement says how many were looked at.
          </Empty>
        ) : (
          <>
            <div className="sec row" style={{ padding: '8px 12px' }}>
              <b>
                Plan {plan.number}, {strataWords[plan.strata]}
              </b>
              {plan.isStale && <span className="v warn">stale: it is about other bytes</span>}
              <span className="gap" />
              <span className="bar" aria-hidden="true">
                <i style={{ width: `${plan.sampled === 0 ? 0 : (100 * plan.lookedAt) / plan.sampled}%` }} />
              </span>
              <span className="d">
                {count(plan.lookedAt)} of {count(plan.sampled)} looked at
              </span>
            </div>
            <DataGrid
              label="Sampled files"
              columns={columnsOf(plan, mayOpen ? openFile : null)}
              rows={rows ?? []}
              total={rows?.length ?? 0}
              keyOf={({ position }) => position}
              selected={selected}
              onSelect={({ position }) => setSelected(position)}
              onOpen={(each) => mayOpen && openFile(each)}
            />
            <div className="foot">
              <span className="d el">
                {mayOpen ? 'Enter opens a file in Evidence.' : 'Its files are in a source that Evidence does not show.'}
              </span>
              <span className="gap" />
              <button
                type="button"
                className="bt q"
                disabled={!mayOpen || next === null}
                onClick={() => next !== null && openFile(next)}
              >
                Open the next
              </button>
              <button
                type="button"
                className="bt q"
                disabled={!mayOpen || row?.fileId == null}
                onClick={() => row !== null && openFile(row)}
              >
                Open in Evidence
              </button>
            </div>
          </>
        )}
      </section>
      {(making || plan !== null) && (
        <SizedPane name="Sampling plan" size={size} usual={400} edge="left">
          <div className="tb">
            <h2 className="t">{making || plan === null ? 'New sampling plan' : `Plan ${plan.number}`}</h2>
          </div>
          {making && shown !== null ? (
            <div className="scroll grow">
              <PlanForm importId={shown.id} number={shown.number} onDone={() => setMaking(false)} />
            </div>
          ) : (
            plan !== null && <PlanDetail plan={plan} />
          )}
        </SizedPane>
      )}
    </>
  );
}
