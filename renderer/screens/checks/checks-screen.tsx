import { Eye, RotateCcw } from 'lucide-react';
import { useState } from 'react';
import { type Aspect, aspects, type Verdict, verdicts } from '../../../shared/verdict.ts';
import { visibleName } from '../../../shared/visible-text.ts';
import { backend } from '../../backend.ts';
import { ChoiceMenu } from '../../components/choice-menu.tsx';
import { Empty, FailureNote } from '../../components/note.tsx';
import { SidePane } from '../../components/side-pane.tsx';
import { SizedPane } from '../../components/sized-pane.tsx';
import { VerdictMark } from '../../components/verdict.tsx';
import { usePane } from '../../state/layout.ts';
import { currentImport, useSession } from '../../state/session.ts';
import { useAct, useQuery } from '../../state/use-query.ts';
import { useImport } from '../cases/use-import.ts';
import { CheckDetail } from './check-detail.tsx';
import { LedgerView } from './ledger-view.tsx';

/** Every check, grouped by rule, worst first; one in full; the ledgers as chains. */
export function ChecksScreen() {
  const { open, place, select, say, changed } = useSession();
  const shown = currentImport(open);
  const [verdict, setVerdict] = useState<Verdict | null>(null);
  const [aspect, setAspect] = useState<Aspect | null>(null);
  const [folder, setFolder] = useState<string | null>(null);
  const [rule, setRule] = useState<string | null>(null);
  const [ledger, setLedger] = useState<number | null>(null);
  const importId = shown?.id ?? 0;
  const narrow = usePane('checks.narrow');
  const list = usePane('checks.list');
  const filter = { verdict, aspect, folder, rule };
  const groups = useQuery(
    () => (shown === null ? null : backend.checks.groups({ importId, filter })),
    [importId, verdict, aspect, folder, rule],
  );
  const page = useQuery(
    () => (shown === null ? null : backend.checks.page({ importId, filter, limit: 1000 })),
    [importId, verdict, aspect, folder, rule],
  ).data;
  const facets = useQuery(() => (shown === null ? null : backend.checks.facets({ importId })), [importId]).data;
  const ledgers = useQuery(() => (shown === null ? null : backend.ledgers.list({ importId })), [importId]).data ?? [];
  const { verifyAgain } = useImport();
  const { refused, busy, act } = useAct();
  const again = open?.verifyAgain?.find((each) => each.importId === importId);
  if (shown === null) return <Empty>Nothing is imported into this case yet. Import evidence first.</Empty>;
  return (
    <>
      <SidePane name="Choices that narrow the checks" size={narrow} usual={196}>
        <div className="tb">
          <b>Narrow by</b>
        </div>
        <div className="scroll" style={{ padding: '10px 8px' }}>
          <span className="lab" style={{ padding: '0 6px' }}>
            Verdict
          </span>
          {verdicts.map((each) => (
            <button
              type="button"
              key={each}
              className={`tr${verdict === each ? ' sel' : ''}`}
              style={{ width: '100%', paddingLeft: 6 }}
              aria-pressed={verdict === each}
              onClick={() => setVerdict(verdict === each ? null : each)}
            >
              <VerdictMark verdict={each} label="" />
              <span>{each.replace(/^./, (first) => first.toUpperCase())}</span>
              <span className="n">{(facets?.verdicts[each] ?? 0).toLocaleString('en')}</span>
            </button>
          ))}
          <span className="lab" style={{ padding: '10px 6px 0', display: 'block' }}>
            Speaks of
          </span>
          {aspects.map((each) => (
            <button
              type="button"
              key={each}
              className={`tr${aspect === each ? ' sel' : ''}`}
              style={{ width: '100%', paddingLeft: 6 }}
              aria-pressed={aspect === each}
              onClick={() => setAspect(aspect === each ? null : each)}
            >
              <span>{each.replace(/^./, (first) => first.toUpperCase())}</span>
              <span className="n">
                {(facets?.aspects.find((one) => one.aspect === each)?.count ?? 0).toLocaleString('en')}
              </span>
            </button>
          ))}
          {(facets?.folders.length ?? 0) > 0 && (
            <span className="lab" style={{ padding: '10px 6px 0', display: 'block' }}>
              Folder
            </span>
          )}
          {facets?.folders.map((each) => (
            <button
              type="button"
              key={each.folder}
              className={`tr${folder === each.folder ? ' sel' : ''}`}
              style={{ width: '100%', paddingLeft: 6 }}
              aria-pressed={folder === each.folder}
              onClick={() => setFolder(folder === each.folder ? null : each.folder)}
            >
              <span className="el">{visibleName(each.folder)}</span>
              <span className="n">{each.count.toLocaleString('en')}</span>
            </button>
          ))}
          {ledgers.length > 0 && (
            <span className="lab" style={{ padding: '10px 6px 0', display: 'block' }}>
              Ledgers
            </span>
          )}
          {ledgers.map((each) => (
            <button
              type="button"
              key={each.id}
              className={`tr${ledger === each.id ? ' sel' : ''}`}
              style={{ width: '100%', paddingLeft: 6 }}
              aria-pressed={ledger === each.id}
              onClick={() => setLedger(ledger === each.id ? null : each.id)}
            >
              <VerdictMark verdict={each.verdict} />
              <span className="el" title={visibleName(each.path)}>
                {visibleName(each.path.split('/').at(-1) ?? '')}
              </span>
              <span className="n">{each.entries.toLocaleString('en')}</span>
            </button>
          ))}
        </div>
      </SidePane>
      <SizedPane name="List of checks" size={list} usual={404} edge="right">
        <div className="tb wraps">
          <h1>Checks</h1>
          <span className="dd">{page?.total.toLocaleString('en')}</span>
          <span className="gap" />
          <ChoiceMenu<Verdict>
            label="Verdict"
            value={verdict}
            choices={[{ value: null, text: 'Any verdict' }, ...verdicts.map((value) => ({ value, text: value }))]}
            onChoose={setVerdict}
          />
        </div>
        <div className="tb">
          <button type="button" className="bt s" disabled={busy} onClick={() => act(() => verifyAgain(importId))}>
            <RotateCcw size={13} aria-hidden />
            Verify again
          </button>
          <button
            type="button"
            className="bt s"
            disabled={busy}
            title="By names, sizes, times and inodes; nothing is read again"
            onClick={() =>
              act(async () => {
                say((await backend.sources.glance({ importId })).message);
                changed();
              })
            }
          >
            <Eye size={13} aria-hidden />
            Look for changes
          </button>
        </div>
        {again !== undefined && (
          <div className="say warn" role="note">
            <p>{again.why}</p>
          </div>
        )}
        <FailureNote parts={refused ?? groups.refused} />
        <section className="grid scroll" tabIndex={0} aria-label="Checks by rule">
          {groups.data?.map((group) => (
            <div key={group.rule}>
              <button
                type="button"
                className="gr grp"
                style={{ gridTemplateColumns: 'minmax(0,1fr) auto', width: '100%' }}
                aria-pressed={rule === group.rule}
                title={rule === group.rule ? 'Show the checks of every rule' : 'Show only the checks of this rule'}
                onClick={() => setRule(rule === group.rule ? null : group.rule)}
              >
                <span style={{ textAlign: 'left' }}>
                  {group.title}
                  {rule === group.rule && <span className="d"> alone</span>}
                </span>
                <span className="row">
                  {verdicts
                    .filter((each) => group.counts[each] > 0)
                    .map((each) => (
                      <span key={each} className="row" style={{ gap: 4 }}>
                        <VerdictMark verdict={each} />
                        {group.counts[each].toLocaleString('en')}
                      </span>
                    ))}
                </span>
              </button>
              {page?.rows
                .filter(({ rule }) => rule === group.rule)
                .map((check) => (
                  <button
                    type="button"
                    key={check.id}
                    className={`gr two${place.item === check.id ? ' sel' : ''}`}
                    style={{ gridTemplateColumns: '18px minmax(0,1fr)', width: '100%' }}
                    aria-current={place.item === check.id || undefined}
                    onClick={() => {
                      setLedger(null);
                      select(check.id);
                    }}
                  >
                    <VerdictMark verdict={check.verdict} />
                    <span>
                      <span className="el" style={{ display: 'block' }}>
                        {visibleName(check.subject === '' ? 'The source' : check.subject)}
                        {check.location?.entry === undefined ? '' : ` entry ${check.location.entry}`}
                      </span>
                      <span className="dd says" style={{ font: 'var(--text-12)' }}>
                        {visibleName(check.message)}
                      </span>
                    </span>
                  </button>
                ))}
            </div>
          ))}
          {page?.more === true && (
            <p className="d" style={{ padding: '10px 12px' }}>
              The worst {page.rows.length.toLocaleString('en')} of {page.total.toLocaleString('en')} are shown. Choose a
              rule, a verdict or a folder to see others.
            </p>
          )}
          {groups.data?.length === 0 && <Empty>No check fits this choice.</Empty>}
        </section>
      </SizedPane>
      {ledger !== null ? (
        <LedgerView ledger={ledgers.find(({ id }) => id === ledger) ?? null} />
      ) : place.item === null ? (
        <section className="pane grow">
          <Empty>Choose a check to see what was compared with what, who vouches, and what would settle it.</Empty>
        </section>
      ) : (
        <CheckDetail key={place.item} checkId={place.item} caseId={open?.id ?? 0} />
      )}
    </>
  );
}
