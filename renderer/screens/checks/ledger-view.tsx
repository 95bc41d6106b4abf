import { useState } from 'react';
import type { LedgerRow } from '../../../shared/contract/ledger.ts';
import { counted } from '../../../shared/counted.ts';
import { visibleName } from '../../../shared/visible-text.ts';
import { backend } from '../../backend.ts';
import { Empty } from '../../components/note.tsx';
import { Digest, Time, WholeDigest } from '../../components/values.tsx';
import { VerdictMark } from '../../components/verdict.tsx';
import { useQuery } from '../../state/use-query.ts';

const step = 200;

/** A ledger in order, the chain as a line down the side, broken exactly where it breaks. */
export function LedgerView({ ledger }: { ledger: LedgerRow | null }) {
  const [from, setFrom] = useState(1);
  const [entry, setEntry] = useState<number | null>(null);
  const page = useQuery(
    () => (ledger === null ? null : backend.ledgers.entries({ ledgerId: ledger.id, from, limit: step })),
    [ledger?.id, from],
  ).data;
  const detail = useQuery(
    () => (ledger === null || entry === null ? null : backend.ledgers.entry({ ledgerId: ledger.id, entry })),
    [ledger?.id, entry],
  ).data;
  if (ledger === null) return null;
  const [first] = ledger.breaks;
  // The chain may hold and something else said of it fail: a head, a root, a count from outside.
  const verdict = ledger.verdict ?? 'undecided';
  const besides: Partial<Record<typeof verdict, string>> = {
    fail: ', but a check of this ledger fails',
    policy: ', but your policy does not accept this ledger',
  };
  return (
    <section className="pane grow" aria-label="Ledger">
      <div className="tb">
        <span className="el">{visibleName(ledger.path)}</span>
        <span className="gap" />
        <span className="dd">{counted(ledger.entries, 'entry', 'entries')}</span>
      </div>
      <div className={`say ${verdict}`}>
        <h2>
          <VerdictMark verdict={verdict} />
          {first === undefined
            ? `${ledger.entries.toLocaleString('en')} entries follow from one another${besides[verdict] ?? ''}`
            : `The chain breaks at entry ${first.entry.toLocaleString('en')}`}
        </h2>
        <p>{first === undefined ? ledger.rule : visibleName(first.detail)}</p>
        <p>{visibleName(ledger.anchor)}</p>
        {ledger.worst !== null && ledger.worst !== ledger.anchor && <p>{visibleName(ledger.worst)}</p>}
        <p className="m11">{ledger.formula}</p>
        {first !== undefined && (
          <button
            type="button"
            className="link"
            onClick={() => {
              setFrom(Math.max(1, first.entry - 3));
              setEntry(first.entry);
            }}
          >
            Show the break
          </button>
        )}
      </div>
      <section className="grid scroll" tabIndex={0} aria-label="Entries">
        <div className="gr h chain">
          <span> </span>
          <span className="r">Entry</span>
          <span>Time as written</span>
          <span>Actor</span>
          <span>Event</span>
          <span>Hash</span>
        </div>
        {page?.rows.map((row) => (
          <button
            type="button"
            key={row.entry}
            className={`gr chain${row.entry === entry ? ' sel' : ''}`}
            style={{ width: '100%' }}
            onClick={() => setEntry(row.entry)}
          >
            <svg width="14" height="28" viewBox="0 0 14 28" aria-hidden="true">
              <path
                d={row.broken === null ? 'M7 0v28' : 'M7 0v7M7 21v7'}
                stroke={row.broken === null ? 'var(--line-ctl)' : 'var(--fail-mark)'}
                strokeWidth="1.5"
              />
              {row.broken === null ? (
                <circle cx="7" cy="14" r="3" fill="var(--pane)" stroke="var(--line-ctl)" strokeWidth="1.5" />
              ) : (
                <path d="M3 10l8 8m0-8l-8 8" stroke="var(--fail-mark)" strokeWidth="1.8" />
              )}
            </svg>
            <span className="r">{row.entry.toLocaleString('en')}</span>
            <Time at={row.at} />
            <span className="el">{row.actor}</span>
            <span className="el">{row.event}</span>
            <span className={row.broken === null ? '' : 'v fail'}>
              {row.broken ?? <Digest digest={row.hash === null ? null : `sha256:${row.hash}`} />}
            </span>
          </button>
        ))}
        {page?.rows.length === 0 && <Empty>This ledger has no entries.</Empty>}
      </section>
      {detail !== null && entry !== null && (
        <div className="sec scroll" style={{ maxHeight: '45%', borderTop: '1px solid var(--line)' }}>
          <h3>Entry {entry.toLocaleString('en')}</h3>
          <div className="pair">
            <div className="col">
              <span className="lab">Hash that is claimed</span>
              <div className="diff">
                {detail.claimed === null ? (
                  <span className="digest whole">none</span>
                ) : (
                  <WholeDigest
                    digest={`sha256:${detail.claimed}`}
                    other={detail.computed === null ? null : `sha256:${detail.computed}`}
                  />
                )}
              </div>
            </div>
            <div className="col">
              <span className="lab">Hash that its bytes give</span>
              <div className="diff">
                {detail.computed === null ? (
                  <span className="digest whole">not computed</span>
                ) : (
                  <WholeDigest
                    digest={`sha256:${detail.computed}`}
                    other={detail.claimed === null ? null : `sha256:${detail.claimed}`}
                  />
                )}
              </div>
            </div>
            <div className="col">
              <span className="lab">Previous hash that it names</span>
              <div className="diff">
                {detail.previousClaimed === null ? (
                  <span className="digest whole">none</span>
                ) : (
                  <WholeDigest
                    digest={`sha256:${detail.previousClaimed}`}
                    other={detail.previousActual === null ? null : `sha256:${detail.previousActual}`}
                  />
                )}
              </div>
            </div>
            <div className="col">
              <span className="lab">Hash of the entry before</span>
              <div className="diff">
                {detail.previousActual === null ? (
                  <span className="digest whole">none</span>
                ) : (
                  <WholeDigest
                    digest={`sha256:${detail.previousActual}`}
                    other={detail.previousClaimed === null ? null : `sha256:${detail.previousClaimed}`}
                  />
                )}
              </div>
            </div>
          </div>
          <span className="lab">Bytes that were hashed</span>
          <div className="well m11" style={{ padding: 10, whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
            {detail.hashed}
          </div>
        </div>
      )}
      <div className="foot">
        <button type="button" className="bt s" disabled={from === 1} onClick={() => setFrom(Math.max(1, from - step))}>
          Before
        </button>
        <button
          type="button"
          className="bt s"
          disabled={page === null || from + step > page.total}
          onClick={() => setFrom(from + step)}
        >
          After
        </button>
      </div>
    </section>
  );
}
