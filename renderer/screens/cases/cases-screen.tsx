import { Plus } from 'lucide-react';
import { useState } from 'react';
import type { CaseRow } from '../../../shared/case.ts';
import { visibleName } from '../../../shared/visible-text.ts';
import { backend } from '../../backend.ts';
import { ColumnMenu } from '../../components/column-menu.tsx';
import { type Column, DataGrid } from '../../components/data-grid.tsx';
import { FailureNote } from '../../components/note.tsx';
import { SizedPane } from '../../components/sized-pane.tsx';
import { Time } from '../../components/values.tsx';
import { VerdictWord } from '../../components/verdict.tsx';
import { useColumns, usePane } from '../../state/layout.ts';
import { useSession } from '../../state/session.ts';
import { useAct, useQuery } from '../../state/use-query.ts';
import { ImportPanel } from './import-panel.tsx';

const signOffWords = {
  none: 'None',
  'in-progress': 'One of two',
  signed: 'Signed',
  stale: 'Stale',
  superseded: 'Superseded',
} as const;
const columns: Column<CaseRow>[] = [
  {
    id: 'name',
    head: 'Name',
    width: 'minmax(160px,2fr)',
    isFixed: true,
    cell: ({ name }) => <b>{visibleName(name)}</b>,
  },
  {
    id: 'model',
    givesWay: true,
    head: 'Model',
    width: 'minmax(100px,1fr)',
    cell: ({ model }) => <span className="d">{visibleName(model)}</span>,
  },
  {
    id: 'risk',
    givesWay: true,
    head: 'Risk tier',
    width: '84px',
    cell: ({ riskTier }) => <span className="d">{riskTier}</span>,
  },
  { id: 'verdict', head: 'Integrity', width: '100px', cell: ({ verdict }) => <VerdictWord verdict={verdict} /> },
  {
    id: 'progress',
    givesWay: true,
    head: 'Reviewed',
    width: '84px',
    isRight: true,
    cell: ({ progress: { reviewed, total } }) => `${reviewed.toLocaleString('en')} of ${total.toLocaleString('en')}`,
  },
  {
    id: 'findings',
    givesWay: true,
    head: 'Open findings',
    width: '88px',
    isRight: true,
    cell: ({ openFindings }) => openFindings,
  },
  { id: 'blockers', givesWay: true, head: 'Blockers', width: '64px', isRight: true, cell: ({ blockers }) => blockers },
  {
    id: 'sign-off',
    head: 'Sign-off',
    width: '84px',
    cell: ({ signOff }) => <span className={signOff === 'stale' ? 'v warn' : 'd'}>{signOffWords[signOff]}</span>,
  },
  {
    id: 'touched',
    givesWay: true,
    head: 'Touched, UTC',
    width: '104px',
    cell: ({ touchedAt }) => <Time at={touchedAt} />,
  },
];

/** Every case, and the way to a new one. */
export function CasesScreen() {
  const { go, changed } = useSession();
  const { data: rows, refused } = useQuery(() => backend.cases.list(), []);
  const [making, setMaking] = useState<'form' | number | null>(null);
  const [selected, setSelected] = useState<number | null>(null);
  const sample = useAct();
  const size = usePane('cases.making');
  const { shown, menu } = useColumns('cases', columns);
  // Going there opens it (app.tsx); the one that is open is only read again, for another window may have changed it.
  const open = (caseId: number) => {
    if (caseId === useSession.getState().open?.id) changed();
    go({ screen: 'evidence', caseId });
  };
  const makeSample = () =>
    sample.act(async () => {
      await backend.cases.sample();
      useSession.getState().changed();
    });
  return (
    <>
      <section className="pane grow">
        <div className="tb wraps">
          <h1>Cases</h1>
          <span className="dd">{rows?.length ?? 0}</span>
          <span className="gap" />
          <ColumnMenu {...menu} />
          <button type="button" className="bt" disabled={sample.busy} onClick={makeSample}>
            {sample.busy ? 'Making the sample case' : 'Sample case'}
          </button>
          <button type="button" className="bt p" onClick={() => setMaking('form')}>
            <Plus size={14} aria-hidden />
            New case
          </button>
        </div>
        <FailureNote parts={refused ?? sample.refused} />
        {rows !== null && rows.length === 0 ? (
          <div className="empty">
            <span>
              No cases yet. Make one for the model under review, or try everything on the sample: the evidence of a
              vendor, once good and once tampered.
            </span>
            <div className="row">
              <button type="button" className="bt p" disabled={sample.busy} onClick={makeSample}>
                Make the sample case
              </button>
              <button type="button" className="bt" onClick={() => setMaking('form')}>
                New case
              </button>
            </div>
          </div>
        ) : (
          <DataGrid
            label="Cases"
            columns={shown}
            onHeadMenu={() => menu.onOpen(true)}
            rows={rows ?? []}
            total={rows?.length ?? 0}
            keyOf={({ id }) => id}
            selected={selected}
            onSelect={({ id }) => setSelected(id)}
            onOpen={({ id }) => open(id)}
            rowHeight={36}
          />
        )}
        {rows !== null && rows.length > 0 && (
          <div className="foot">
            <span className="d">{selected === null ? 'Choose a case' : '1 selected'}</span>
            <span className="gap" />
            <button type="button" className="bt" disabled={selected === null} onClick={() => setMaking(selected)}>
              Import evidence
            </button>
            <button
              type="button"
              className="bt p"
              disabled={selected === null}
              onClick={() => selected !== null && open(selected)}
            >
              Open <kbd>Enter</kbd>
            </button>
          </div>
        )}
      </section>
      {making !== null && (
        <SizedPane name={making === 'form' ? 'New case' : 'Import evidence'} size={size} usual={420} edge="left">
          <div className="tb">
            <h2 className="t">{making === 'form' ? 'New case' : 'Import evidence'}</h2>
            <span className="gap" />
            <button type="button" className="bt s q" onClick={() => setMaking(null)}>
              Close
            </button>
          </div>
          <div className="scroll" style={{ padding: '14px 16px' }}>
            {making === 'form' ? (
              <NewCaseForm onMade={(id) => setMaking(id)} />
            ) : (
              <ImportPanel
                caseId={making}
                onDone={() => {
                  const id = making;
                  setMaking(null);
                  open(id);
                }}
              />
            )}
          </div>
        </SizedPane>
      )}
    </>
  );
}

function NewCaseForm({ onMade }: { onMade(id: number): void }) {
  const { refused, busy, act } = useAct();
  return (
    <form
      className="col"
      onSubmit={(event) => {
        event.preventDefault();
        const form = new FormData(event.currentTarget);
        const text = (name: string) => String(form.get(name) ?? '');
        void act(async () => {
          const made = await backend.cases.create({
            name: text('name'),
            model: text('model'),
            purpose: text('purpose'),
            riskTier: text('riskTier') as 'high',
          });
          useSession.getState().changed();
          onMade(made.id);
        });
      }}
    >
      <label className="f">
        Name
        <input name="name" required maxLength={200} />
      </label>
      <label className="f">
        What is under review
        <input name="model" maxLength={200} />
      </label>
      <label className="f">
        Purpose
        <textarea name="purpose" maxLength={2000} />
      </label>
      <label className="f">
        Risk tier
        <select name="riskTier" defaultValue="unclassified">
          <option value="unclassified">not classified</option>
          <option value="minimal">minimal</option>
          <option value="limited">limited</option>
          <option value="high">high</option>
        </select>
      </label>
      <FailureNote parts={refused} />
      <div className="row">
        <button type="submit" className="bt p" disabled={busy}>
          Make the case
        </button>
      </div>
    </form>
  );
}
