import { Flag, StickyNote } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { Anchor } from '../../../shared/finding.ts';
import { visibleName, visibleText } from '../../../shared/visible-text.ts';
import { backend } from '../../backend.ts';
import { Empty, FailureNote } from '../../components/note.tsx';
import { SizedPane } from '../../components/sized-pane.tsx';
import { Digest, PathText, Time } from '../../components/values.tsx';
import { VerdictMark, VerdictWord } from '../../components/verdict.tsx';
import { usePane } from '../../state/layout.ts';
import { useSession } from '../../state/session.ts';
import { useQuery } from '../../state/use-query.ts';
import { AnnotateForm, FindingForm } from '../review/forms.tsx';
import { ContentView } from './content-view.tsx';

const tabs = ['Content', 'Facts', 'Checks', 'Notes', 'History'] as const;
type Tab = (typeof tabs)[number];

/** One file: what it holds, what is known of it, what was checked, what was noted. The verdict lies outside the well. */
export function FileViewer({ importId, fileId, caseId }: { importId: number; fileId: number; caseId: number }) {
  const { go } = useSession();
  const size = usePane('evidence.file');
  const [tab, setTab] = useState<Tab>('Content');
  const [form, setForm] = useState<'note' | 'finding' | null>(null);
  const [lines, setLines] = useState<{ from: number; to: number } | null>(null);
  const { data: file, refused } = useQuery(() => backend.evidence.file({ importId, fileId }), [importId, fileId]);
  const path = file?.path ?? null;
  const checks =
    useQuery(() => (path === null ? null : backend.checks.page({ importId, filter: { path } })), [importId, path]).data
      ?.rows ?? [];
  const notes =
    useQuery(() => (path === null ? null : backend.review.annotations({ caseId, path })), [caseId, path]).data ?? [];
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (
        event.target instanceof HTMLInputElement ||
        event.target instanceof HTMLTextAreaElement ||
        event.ctrlKey ||
        event.metaKey ||
        event.altKey
      )
        return;
      if (event.key === 'a' || event.key === 'f') {
        event.preventDefault();
        setForm(event.key === 'a' ? 'note' : 'finding');
      }
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
  if (file === null)
    return (
      <SizedPane name="File" size={size} usual={418} edge="left">
        <FailureNote parts={refused} />
      </SizedPane>
    );
  const worst = checks[0];
  const anchor: Anchor =
    lines === null
      ? { kind: 'file', importId, place: { path: file.path }, digest: file.digest }
      : {
          kind: 'lines',
          importId,
          place: { path: file.path, line: lines.from },
          toLine: lines.to,
          digest: file.digest,
        };
  const counts: Record<Tab, number | null> = {
    Content: null,
    Facts: file.properties.length + file.stated.length,
    Checks: checks.length,
    Notes: notes.length,
    History: file.history.length,
  };
  return (
    <SizedPane name="File" size={size} usual={418} edge="left" isRegion>
      <div className="tb">
        <PathText path={file.path} />
      </div>
      {worst !== undefined && worst.verdict !== 'pass' && (
        <div className={`say ${worst.verdict}`}>
          <h2>
            <VerdictMark verdict={worst.verdict} />
            {worst.aspect.replace(/^./, (first) => first.toUpperCase())}: {worst.verdict}
          </h2>
          <p>{visibleName(worst.message)}</p>
          <button type="button" className="link" onClick={() => go({ screen: 'checks', item: worst.id })}>
            Check in full
          </button>
        </div>
      )}
      <div className="tabs" role="tablist" aria-label="About the file">
        {tabs.map((name) => (
          <button
            type="button"
            key={name}
            role="tab"
            aria-selected={tab === name}
            className={tab === name ? 'on' : ''}
            onClick={() => setTab(name)}
          >
            {name}
            {counts[name] !== null && <small>{counts[name]}</small>}
          </button>
        ))}
      </div>
      {tab === 'Content' && (
        <ContentView importId={importId} fileId={fileId} title={file.title} selected={lines} onLines={setLines} />
      )}
      {tab === 'Facts' && (
        <div className="scroll grow">
          <div className="facts">
            <span>Digest</span>
            <span>
              <Digest digest={file.digest} />
            </span>
            <span>Format</span>
            <span>{file.title ?? 'not recognised'}</span>
            <span>Bytes from</span>
            <span>
              {file.bytesFrom === 'store'
                ? 'the store'
                : file.bytesFrom === 'source'
                  ? 'the source'
                  : 'nowhere: the medium is gone'}
            </span>
            {file.modifiedAt !== null && [
              <span key="m">Modified, as the source says</span>,
              <span key="mv">
                <Time at={file.modifiedAt} /> UTC
              </span>,
            ]}
            {file.properties.map(({ name, value }, index) => [
              <span key={`${name}${index}`}>{visibleName(name)}</span>,
              <span key={`${name}${index}v`} className="m">
                {visibleText(value)}
              </span>,
            ])}
          </div>
          {file.stated.length > 0 && (
            <div className="sec">
              <h3>Who states its digest</h3>
              {file.stated.map((claim, index) => (
                <div key={`${claim.listing}${index}`} className="row" style={{ minHeight: 26 }}>
                  <VerdictMark
                    verdict={claim.holds ? 'pass' : 'fail'}
                    label={claim.holds ? 'holds' : 'does not hold'}
                  />
                  <span className="el">{claim.title}</span>
                  <span className="dd el">{visibleName(claim.listing)}</span>
                  <span className="gap" />
                  <span className="d">
                    {claim.vouched === 'producer' ? 'unsigned' : claim.vouched === 'nobody' ? 'not accepted' : 'signed'}
                  </span>
                </div>
              ))}
            </div>
          )}
          {file.things.length > 0 && (
            <div className="sec">
              <h3>In the lineage</h3>
              {file.things.map(({ nodeId, type }) => (
                <button
                  type="button"
                  key={nodeId}
                  className="link"
                  onClick={() => go({ screen: 'lineage', item: nodeId })}
                >
                  Show this {type} in the graph
                </button>
              ))}
            </div>
          )}
        </div>
      )}
      {tab === 'Checks' && (
        <div className="scroll grow">
          {checks.length === 0 && (
            <Empty>No check speaks of this file by name. What was only counted stands under Checks.</Empty>
          )}
          {checks.map((check) => (
            <button
              type="button"
              key={check.id}
              className="sec col"
              style={{ width: '100%', gap: 2, padding: '10px 14px' }}
              onClick={() => go({ screen: 'checks', item: check.id })}
            >
              <VerdictWord verdict={check.verdict} />
              <span className="d" style={{ whiteSpace: 'normal' }}>
                {visibleName(check.message)}
              </span>
            </button>
          ))}
        </div>
      )}
      {tab === 'Notes' && (
        <div className="scroll grow">
          {notes.length === 0 && <Empty>No notes yet. Press a to make one.</Empty>}
          {notes.map((note) => (
            <div key={note.id} className="sec col" style={{ gap: 2, padding: '10px 14px' }}>
              <span style={{ font: 'var(--signed-15)', textDecoration: note.isWithdrawn ? 'line-through' : 'none' }}>
                {note.text}
              </span>
              <span className="dd">
                {visibleName(note.by)}, <Time at={note.at} /> UTC
                {note.anchor.place.line === undefined ? '' : `, line ${note.anchor.place.line}`}
                {note.isStale ? ', stale: the bytes changed' : ''}
              </span>
            </div>
          ))}
        </div>
      )}
      {tab === 'History' && (
        <div className="scroll grow">
          {file.history.map((row) => (
            <div key={row.importId} className="row sec" style={{ padding: '8px 14px' }}>
              <span>Import {row.number}</span>
              <span className="dd">
                <Time at={row.importedAt} /> UTC
              </span>
              <span className="gap" />
              <Digest digest={row.digest} />
            </div>
          ))}
        </div>
      )}
      {form === 'note' && (
        <div className="sec">
          <AnnotateForm caseId={caseId} anchor={anchor} onDone={() => setForm(null)} />
        </div>
      )}
      {form === 'finding' && (
        <div className="sec scroll" style={{ maxHeight: '60%' }}>
          <FindingForm
            caseId={caseId}
            draft={{ title: '', severity: 'medium', owner: '', rationale: '', recommendation: '', anchors: [anchor] }}
            onDone={() => setForm(null)}
          />
        </div>
      )}
      <div className="foot">
        <button type="button" className="bt" onClick={() => setForm('note')}>
          <StickyNote size={14} strokeWidth={1.5} aria-hidden />
          Annotate <kbd>a</kbd>
        </button>
        <span className="d el">
          {lines === null ? '' : lines.from === lines.to ? `Line ${lines.from}` : `Lines ${lines.from} to ${lines.to}`}
        </span>
        <span className="gap" />
        <button type="button" className="bt p" onClick={() => setForm('finding')}>
          <Flag size={14} strokeWidth={1.5} aria-hidden />
          Raise finding <kbd>f</kbd>
        </button>
      </div>
    </SizedPane>
  );
}
