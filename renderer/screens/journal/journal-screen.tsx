import { useCallback, useEffect, useState } from 'react';
import { counted } from '../../../shared/counted.ts';
import type { JournalEntry, JournalVerification } from '../../../shared/journal.ts';
import { visibleName } from '../../../shared/visible-text.ts';
import { backend } from '../../backend.ts';
import { ColumnMenu } from '../../components/column-menu.tsx';
import { type Column, DataGrid } from '../../components/data-grid.tsx';
import { FailureNote } from '../../components/note.tsx';
import { SizedPane } from '../../components/sized-pane.tsx';
import { Digest, Time, WholeDigest } from '../../components/values.tsx';
import { VerdictMark } from '../../components/verdict.tsx';
import { useColumns, usePane } from '../../state/layout.ts';
import { useSession } from '../../state/session.ts';
import { useAct, useQuery } from '../../state/use-query.ts';

const columns: Column<JournalEntry>[] = [
  { id: 'seq', head: 'Act', width: '64px', isRight: true, isFixed: true, cell: ({ seq }) => seq.toLocaleString('en') },
  { id: 'time', head: 'Time, UTC', width: '104px', cell: ({ time }) => <Time at={time} /> },
  { id: 'actor', head: 'Who', width: '150px', cell: ({ actor }) => visibleName(actor) },
  { id: 'action', head: 'What', width: '150px', cell: ({ action }) => action },
  {
    id: 'subject',
    head: 'On',
    width: 'minmax(120px,1fr)',
    cell: ({ subject }) => <span className="d">{visibleName(subject)}</span>,
  },
  {
    id: 'hash',
    givesWay: true,
    head: 'Hash',
    width: '110px',
    cell: ({ hash }) => <Digest digest={`sha256:${hash}`} />,
  },
];

/** Every act, its actor, time and hash. */
export function JournalScreen() {
  const { changes } = useSession();
  const [rows, setRows] = useState<JournalEntry[]>([]);
  const [more, setMore] = useState(false);
  const [selected, setSelected] = useState<JournalEntry | null>(null);
  const [result, setResult] = useState<JournalVerification | null>(null);
  const [path, setPath] = useState('');
  const [compared, setCompared] = useState<{ holds: boolean; message: string } | null>(null);
  const { refused, busy, act } = useAct();
  const size = usePane('journal.act');
  const { shown, menu } = useColumns('acts', columns);
  const state = useQuery(() => backend.journal.state(), [result]).data;
  // biome-ignore lint/correctness/useExhaustiveDependencies: every change adds acts
  useEffect(() => {
    void backend.journal.page({}).then((page) => {
      setRows(page.rows);
      setMore(page.more);
    });
  }, [changes, result]);
  const onMore = useCallback(() => {
    const last = rows.at(-1);
    if (more && last !== undefined)
      void backend.journal.page({ before: last.seq }).then((page) => {
        setRows((known) => (known.at(-1)?.seq === last.seq ? [...known, ...page.rows] : known));
        setMore(page.more);
      });
  }, [rows, more]);
  return (
    <>
      <section className="pane grow">
        <div className="tb wraps">
          <h1>Journal</h1>
          <span className="dd">{state === null || state === undefined ? '' : counted(state.entries, 'act')}</span>
          <span className="gap" />
          <ColumnMenu {...menu} />
          <button
            type="button"
            className="bt"
            disabled={busy}
            onClick={() => act(async () => setResult(await backend.journal.verify()))}
          >
            Verify now
          </button>
        </div>
        <FailureNote parts={refused} />
        {state !== null && state.health.state !== 'sound' && (
          <div className={`say ${state.health.mayWrite ? 'undecided' : 'fail'}`}>
            <h2>
              <VerdictMark verdict={state.health.mayWrite ? 'undecided' : 'fail'} />
              {state.health.message}
            </h2>
          </div>
        )}
        {result !== null && (
          <div className={`say ${result.holds ? 'pass' : 'fail'}`}>
            <h2>
              <VerdictMark verdict={result.holds ? 'pass' : 'fail'} />
              {result.message}
            </h2>
            {result.anchors.map((anchor) => (
              <p key={anchor.where}>
                {anchor.message} <span className="m11">{anchor.where}</span>
              </p>
            ))}
          </div>
        )}
        <DataGrid
          label="Acts"
          columns={shown}
          onHeadMenu={() => menu.onOpen(true)}
          rows={rows}
          total={more ? rows.length + 1 : rows.length}
          keyOf={({ seq }) => seq}
          selected={selected?.seq ?? null}
          onSelect={(row) => setSelected(row)}
          onMore={onMore}
        />
        <form
          className="foot"
          onSubmit={(event) => {
            event.preventDefault();
            void act(async () =>
              setCompared(await backend.journal.compare({ token: (await backend.host.locate({ path })).token })),
            );
          }}
        >
          <label className="in grow">
            <span className="sr">Checkpoint of an old report</span>
            <input
              placeholder="Compare with journal/checkpoint.txt of an old report"
              value={path}
              onChange={(event) => setPath(event.target.value)}
              spellCheck={false}
            />
          </label>
          <button type="submit" className="bt" disabled={busy || path === ''}>
            Compare
          </button>
          {compared !== null && (
            <span className={compared.holds ? 'v pass' : 'v fail'} role="status">
              {compared.message}
            </span>
          )}
        </form>
      </section>
      {selected !== null && (
        <SizedPane name="Act" size={size} usual={380} edge="left" isRegion>
          <div className="tb">
            <h2 className="t">Act {selected.seq.toLocaleString('en')}</h2>
          </div>
          <div className="scroll grow">
            <div className="facts">
              <span>Time</span>
              <span>{selected.time} UTC</span>
              <span>Who</span>
              <span>{visibleName(selected.actor)}</span>
              <span>What</span>
              <span>{selected.action}</span>
              <span>On</span>
              <span>{visibleName(selected.subject)}</span>
              {Object.entries(selected.detail).map(([name, value]) => [
                <span key={name}>{name}</span>,
                <span key={`${name}v`} className="m">
                  {visibleName(String(value))}
                </span>,
              ])}
            </div>
            <div className="sec col">
              <h3>Hash</h3>
              <WholeDigest digest={`sha256:${selected.hash}`} />
              <h3>Hash of the act before</h3>
              <WholeDigest digest={`sha256:${selected.prev}`} />
            </div>
          </div>
        </SizedPane>
      )}
    </>
  );
}
