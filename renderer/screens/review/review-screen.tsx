import { Plus } from 'lucide-react';
import { useState } from 'react';
import { type Finding, findingStatuses, type HistoryEntry } from '../../../shared/finding.ts';
import { visibleName, visibleText } from '../../../shared/visible-text.ts';
import { backend } from '../../backend.ts';
import { ColumnMenu } from '../../components/column-menu.tsx';
import { type Column, DataGrid } from '../../components/data-grid.tsx';
import { Empty, FailureNote } from '../../components/note.tsx';
import { SizedPane } from '../../components/sized-pane.tsx';
import { Time } from '../../components/values.tsx';
import { useColumns, usePane } from '../../state/layout.ts';
import { useReviewPart } from '../../state/review-part.ts';
import { currentImport, useSession } from '../../state/session.ts';
import { useAct, useQuery } from '../../state/use-query.ts';
import { FindingFields } from './finding-fields.tsx';
import { FindingForm } from './forms.tsx';
import { PartSwitch } from './part-switch.tsx';
import { SamplingPart } from './sampling-part.tsx';

type Edits = Partial<Pick<Finding, 'title' | 'severity' | 'status' | 'owner' | 'rationale' | 'recommendation'>>;
const numberOf = ({ number }: { number: number }) => `F-${String(number).padStart(2, '0')}`;
const columns: Column<Finding>[] = [
  { id: 'number', head: 'No.', width: '52px', cell: (finding) => numberOf(finding) },
  { id: 'title', head: 'Title', width: 'minmax(160px,1fr)', isFixed: true, cell: ({ title }) => visibleName(title) },
  {
    id: 'severity',
    head: 'Severity',
    width: '80px',
    cell: ({ severity }) => (
      <span className={severity === 'critical' || severity === 'high' ? 'v fail' : 'd'}>{severity}</span>
    ),
  },
  {
    id: 'status',
    head: 'Status',
    width: '80px',
    cell: ({ status, isStale }) => <span className={isStale ? 'v warn' : 'd'}>{isStale ? 'stale' : status}</span>,
  },
  {
    id: 'owner',
    givesWay: true,
    head: 'Owner',
    width: '110px',
    cell: ({ owner }) => <span className="d">{visibleName(owner)}</span>,
  },
  { id: 'raised', givesWay: true, head: 'Raised, UTC', width: '100px', cell: ({ raisedAt }) => <Time at={raisedAt} /> },
];

/** Findings, or sampling plans. */
export function ReviewScreen() {
  const { part } = useReviewPart();
  return part === 'findings' ? <FindingsPart /> : <SamplingPart />;
}

/** Findings in a grid and in full, with their history. */
function FindingsPart() {
  const { open, place, select } = useSession();
  const caseId = open?.id ?? 0;
  const shown = currentImport(open);
  const { data: findings, refused } = useQuery(
    () => (open === null ? null : backend.review.findings({ caseId })),
    [caseId],
  );
  const size = usePane('review.finding');
  const { shown: chosen, menu } = useColumns('findings', columns);
  const [making, setMaking] = useState(false);
  const finding = findings?.find(({ id }) => id === place.item) ?? null;
  return (
    <>
      <section className="pane grow">
        <div className="tb wraps">
          <PartSwitch />
          <h1 className="sr">Findings</h1>
          <span className="dd">{findings?.length ?? 0}</span>
          <span className="gap" />
          <ColumnMenu {...menu} />
          <button type="button" className="bt" disabled={shown === null} onClick={() => setMaking(true)}>
            <Plus size={14} aria-hidden />
            Raise a finding
          </button>
        </div>
        <FailureNote parts={refused} />
        {findings !== null && findings.length === 0 ? (
          <Empty>No findings yet. Press f on anything to raise one.</Empty>
        ) : (
          <DataGrid
            label="Findings"
            columns={chosen}
            onHeadMenu={() => menu.onOpen(true)}
            rows={findings ?? []}
            total={findings?.length ?? 0}
            keyOf={({ id }) => id}
            selected={place.item}
            onSelect={({ id }) => {
              setMaking(false);
              select(id);
            }}
            rowHeight={28}
          />
        )}
      </section>
      {making && shown !== null && (
        <SizedPane name="New finding" size={size} usual={420} edge="left">
          <div className="tb">
            <h2 className="t">New finding</h2>
          </div>
          <div className="scroll" style={{ padding: '14px 16px' }}>
            <FindingForm
              caseId={caseId}
              draft={{
                title: '',
                severity: 'medium',
                owner: '',
                rationale: '',
                recommendation: '',
                anchors: [{ kind: 'case', importId: shown.id, place: { path: '' }, digest: null }],
              }}
              onDone={() => setMaking(false)}
            />
          </div>
        </SizedPane>
      )}
      {!making && finding !== null && <FindingDetail key={finding.id} finding={finding} />}
    </>
  );
}

/** What a change of a field came to. */
function changeWords({ before, after }: HistoryEntry): string {
  if (before === null || after === null) return '';
  const [from = '', to = ''] = [before, after].map((text) => visibleText(text.slice(0, 80)));
  if (from === to) return '';
  return from === '' ? `, set to ${to}` : to === '' ? `, taken away: it was ${from}` : `, from ${from} to ${to}`;
}

function FindingDetail({ finding }: { finding: Finding }) {
  const size = usePane('review.finding');
  // Only what was changed in this window: the rest is as it is kept, whoever changes it.
  const [edits, setEdits] = useState<Edits>({});
  const edited = { ...finding, ...edits };
  const [reason, setReason] = useState('');
  const { refused, busy, act } = useAct();
  const { changed, say, go } = useSession();
  const set = (part: Edits) => setEdits({ ...edits, ...part });
  const save = async () => {
    const names = (Object.keys(edits) as (keyof Edits)[]).filter((name) => edits[name] !== finding[name]);
    if (names.length === 0) return say(`Nothing of ${numberOf(finding)} was changed`);
    const of = (from: Edits) => Object.fromEntries(names.map((name) => [name, from[name]]));
    const isKept = await act(() =>
      backend.review.change({ findingId: finding.id, change: of(edits), seen: of(finding), reason }),
    );
    // Where it was refused because it changed meanwhile, she sees what it is now.
    changed();
    if (!isKept) return;
    setEdits({});
    setReason('');
    say(`${numberOf(finding)} is changed`);
  };
  return (
    <SizedPane name="Finding" size={size} usual={440} edge="left" isRegion>
      <div className="tb">
        <h2 className="t">{numberOf(finding)}</h2>
        <span className="dd">raised by {visibleName(finding.raisedBy)}</span>
      </div>
      <div className="scroll grow">
        {finding.isStale && (
          <div className="say warn">
            <h2>Stale</h2>
            <p>The bytes it was made about changed in a later import. See whether it still holds.</p>
          </div>
        )}
        <form
          className="form"
          onSubmit={(event) => {
            event.preventDefault();
            void save();
          }}
        >
          <FindingFields
            finding={edited}
            set={set}
            beside={
              <label className="f">
                Status
                <select
                  value={edited.status}
                  onChange={(event) => set({ status: event.target.value as Finding['status'] })}
                >
                  {findingStatuses.map((each) => (
                    <option key={each}>{each}</option>
                  ))}
                </select>
              </label>
            }
          />
          <label className="f">
            Why it is changed
            <input value={reason} onChange={(event) => setReason(event.target.value)} />
          </label>
          <FailureNote parts={refused} />
          <div className="row">
            <button type="submit" className="bt p" disabled={busy}>
              Keep the changes
            </button>
          </div>
        </form>
        <div className="sec col">
          <h3>What it is about</h3>
          {finding.anchors.map((anchor, index) => (
            <span key={`${anchor.place.path}${index}`} className="m">
              {visibleName(anchor.place.path === '' ? 'the case' : anchor.place.path)}
              {anchor.place.line === undefined ? '' : `, line ${anchor.place.line}`}
              {anchor.checkId !== undefined && ', '}
              {anchor.checkId !== undefined && (
                <button
                  type="button"
                  className="link"
                  onClick={() => go({ screen: 'checks', item: anchor.checkId ?? null })}
                >
                  its check
                </button>
              )}
            </span>
          ))}
        </div>
        <div className="sec col">
          <h3>History</h3>
          {finding.history.map((entry) => (
            <div key={`${entry.journal}-${entry.what}`} className="d">
              <Time at={entry.at} /> UTC, {visibleName(entry.by)}: {visibleName(entry.what)}
              {changeWords(entry)} <span className="dd">act {entry.journal}</span>
            </div>
          ))}
        </div>
      </div>
    </SizedPane>
  );
}
