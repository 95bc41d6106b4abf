import { Check, Dices, Eye } from 'lucide-react';
import { useCallback, useEffect, useState } from 'react';
import type { FileFilter, FileRow } from '../../../shared/contract/evidence.ts';
import { counted } from '../../../shared/counted.ts';
import { type FileState, fileStates } from '../../../shared/evidence.ts';
import { backend } from '../../backend.ts';
import { ChoiceMenu } from '../../components/choice-menu.tsx';
import { ColumnMenu } from '../../components/column-menu.tsx';
import { type Column, DataGrid } from '../../components/data-grid.tsx';
import { FailureNote } from '../../components/note.tsx';
import { SidePane } from '../../components/side-pane.tsx';
import { bytesText, Digest, PathText, Time } from '../../components/values.tsx';
import { StateWord, stateVerdict, stateWord, VerdictMark } from '../../components/verdict.tsx';
import { useColumns, usePane } from '../../state/layout.ts';
import { currentImport, useSession } from '../../state/session.ts';
import { useAct, useQuery } from '../../state/use-query.ts';
import { ImportPanel } from '../cases/import-panel.tsx';
import { FileViewer } from './file-viewer.tsx';
import { FolderTree } from './folder-tree.tsx';

const columns: Column<FileRow>[] = [
  {
    id: 'path',
    head: 'Path',
    width: 'minmax(120px,1fr)',
    isFixed: true,
    cell: ({ path }) => <PathText path={path} />,
  },
  {
    id: 'bytes',
    givesWay: true,
    head: 'Bytes',
    width: '92px',
    isRight: true,
    cell: ({ bytes, state }) => <span className="d">{state === 'missing' ? '−' : bytesText(bytes)}</span>,
  },
  {
    id: 'format',
    givesWay: true,
    head: 'Format',
    width: '120px',
    cell: ({ format }) => <span className={format === null ? 'dd' : 'd'}>{format ?? 'not recognised'}</span>,
  },
  {
    id: 'digest',
    givesWay: true,
    head: 'SHA-256',
    width: '104px',
    cell: ({ digest }) => <Digest digest={digest} onCopy={() => useSession.getState().say('The digest is copied')} />,
  },
  { id: 'state', head: 'State', width: '94px', cell: ({ state }) => <StateWord state={state} /> },
  {
    id: 'claims',
    givesWay: true,
    head: 'Claims',
    width: '52px',
    isRight: true,
    cell: ({ claims }) => <span className="d">{claims === 0 ? 'none' : claims}</span>,
  },
  {
    id: 'vouched',
    givesWay: true,
    head: 'Vouched by',
    width: '84px',
    cell: ({ vouched }) => <span className={vouched === 'nobody' ? 'dd' : 'd'}>{vouched}</span>,
  },
  {
    id: 'reviewed',
    name: 'Reviewed',
    head: <Eye size={14} strokeWidth={1.5} aria-label="Reviewed" />,
    width: '20px',
    cell: ({ isReviewed }) => (isReviewed ? <Check size={14} aria-label="Reviewed" /> : null),
  },
];
const usuallyHidden = ['format', 'vouched'];
const sortable = new Set(['path', 'bytes', 'state', 'format']);
const noFilter: FileFilter = { folder: null, path: '', state: null, format: null, unreviewed: false, sampled: false };

/** The files of an import: the tree, the grid, the viewer. */
export function EvidenceScreen() {
  const { open, place, changes, select, say, changed } = useSession();
  const shown = currentImport(open);
  const [filter, setFilter] = useState<FileFilter>(noFilter);
  const [sort, setSort] = useState({ by: 'path', descending: false });
  const [rows, setRows] = useState<FileRow[]>([]);
  const [cursor, setCursor] = useState<string | null>(null);
  const [total, setTotal] = useState(0);
  const [importing, setImporting] = useState(false);
  const { refused, act } = useAct();
  const tree = usePane('evidence.tree');
  const { shown: chosen, menu } = useColumns('evidence.files', columns, usuallyHidden);
  const importId = shown?.id ?? null;
  const facets = useQuery(() => (importId === null ? null : backend.evidence.facets({ importId })), [importId]).data;
  const ask = useCallback(
    (after: string | null) =>
      importId === null
        ? null
        : backend.evidence.files({
            importId,
            filter,
            sort: sort.by as 'path',
            descending: sort.descending,
            after,
            limit: 200,
          }),
    [importId, filter, sort],
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: a change elsewhere asks again
  useEffect(() => {
    let isCurrent = true;
    void ask(null)?.then((page) => {
      if (!isCurrent) return;
      setRows(page.rows);
      setCursor(page.cursor);
      setTotal(page.total);
    });
    return () => {
      isCurrent = false;
    };
  }, [ask, changes]);
  const more = useCallback(() => {
    if (cursor !== null)
      void ask(cursor)?.then((page) => {
        setRows((known) => (known.at(-1)?.id === page.rows[0]?.id ? known : [...known, ...page.rows]));
        setCursor(page.cursor);
      });
  }, [ask, cursor]);
  const fileId = place.item;
  const next = useCallback(() => {
    if (importId !== null)
      void backend.review
        .next({ importId, after: fileId })
        .then((found) => (found === null ? say('Everything is reviewed') : select(found.fileId)));
  }, [importId, fileId, select, say]);
  const mark = useCallback(() => {
    if (importId === null || fileId === null) return;
    const isReviewed = rows.find(({ id }) => id === fileId)?.isReviewed === true;
    void act(async () => {
      const { reviewed, total: all } = await backend.review.mark({
        importId,
        fileIds: [fileId],
        reviewed: !isReviewed,
      });
      say(isReviewed ? 'The mark is taken back' : `Reviewed. ${(all - reviewed).toLocaleString('en')} to go`);
      changed();
    });
  }, [importId, fileId, rows, act, say, changed]);
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
      if (event.key === 'n') next();
      else if (event.key === 'v') mark();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [next, mark]);
  // A file that is listed and not here has a row and no bytes: it is none of the files.
  const missing = shown?.counts.states.missing ?? 0;
  const rowsWord = missing === 0 ? counted(total, 'file') : `${counted(total, 'name')}, here or listed`;
  if (open === null) return null;
  if (shown === null || importId === null)
    return (
      <section className="pane grow">
        <div className="tb">
          <h1>Evidence</h1>
        </div>
        <div className="empty" style={{ maxWidth: 640, alignItems: 'stretch' }}>
          <span>Nothing is imported into this case yet.</span>
          <ImportPanel caseId={open.id} onDone={() => undefined} />
        </div>
      </section>
    );
  return (
    <>
      <SidePane name="Folders and states" size={tree} usual={236}>
        <div className="tb">
          <b>Import {shown.number}</b>
          <span className="dd el">
            <Time at={shown.importedAt} /> UTC
          </span>
        </div>
        <FolderTree
          importId={importId}
          allName={missing === 0 ? 'All files' : 'Here or listed'}
          selected={filter.folder}
          onSelect={(folder) => setFilter({ ...filter, folder })}
        />
        <div
          className="sec"
          style={{ borderTop: '1px solid var(--line)', borderBottom: 0, padding: '12px 14px', display: 'grid', gap: 2 }}
        >
          <span className="lab">
            {missing === 0
              ? `State of ${counted(shown.counts.files, 'file')}`
              : `${counted(shown.counts.files, 'file')} here, ${missing.toLocaleString('en')} listed and not here`}
          </span>
          {facets?.states.map(({ state, count }) => (
            <button
              type="button"
              key={state}
              className="row"
              style={{ height: 24 }}
              aria-pressed={filter.state === state}
              onClick={() => setFilter({ ...filter, state: filter.state === state ? null : state })}
            >
              <VerdictMark verdict={stateVerdict(state)} label="" />
              <span className="d">{stateWord(state)}</span>
              <span className="gap" />
              <span className="d">{count.toLocaleString('en')}</span>
            </button>
          ))}
          {facets !== null && facets !== undefined && facets.sampled > 0 && (
            <button
              type="button"
              className="row"
              style={{ height: 24 }}
              aria-pressed={filter.sampled}
              onClick={() => setFilter({ ...filter, sampled: !filter.sampled })}
            >
              <Dices size={14} strokeWidth={1.5} aria-hidden />
              <span className="d">Sampled</span>
              <span className="gap" />
              <span className="d">{facets.sampled.toLocaleString('en')}</span>
            </button>
          )}
        </div>
      </SidePane>
      <section className="pane grow">
        <div className="tb wraps">
          <h1>Evidence</h1>
          <span className="dd">{rowsWord}</span>
          <span className="gap" />
          <label className="in" style={{ flex: '1 1 90px', maxWidth: 150, height: 26 }}>
            <span className="sr">Filter by path</span>
            <input
              placeholder="Filter path"
              value={filter.path}
              onChange={(event) => setFilter({ ...filter, path: event.target.value })}
            />
          </label>
          <ChoiceMenu<FileState>
            label="State"
            value={filter.state}
            choices={[
              { value: null, text: 'Any state' },
              ...fileStates.map((value) => ({ value, text: stateWord(value) })),
            ]}
            onChoose={(state) => setFilter({ ...filter, state })}
          />
          <ChoiceMenu
            label="Format"
            value={filter.format}
            choices={[
              { value: null, text: 'Any format' },
              ...(facets?.formats ?? []).map(({ format, count }) => ({
                value: format,
                text: `${format === '' ? 'not recognised' : format} (${count})`,
              })),
            ]}
            onChoose={(format) => setFilter({ ...filter, format })}
          />
          <ColumnMenu {...menu} />
          <button type="button" className="bt s" onClick={() => setImporting(!importing)} aria-expanded={importing}>
            Import
          </button>
        </div>
        {importing && (
          <div className="sec">
            <ImportPanel caseId={open.id} onDone={() => setImporting(false)} />
          </div>
        )}
        <FailureNote parts={refused} />
        {shown.changes !== null && (
          <div className="sec d" style={{ padding: '8px 12px' }}>
            Since the import before: {shown.changes.added} added, {shown.changes.removed} removed,{' '}
            {shown.changes.changed} changed.
          </div>
        )}
        {rows.length === 0 && total === 0 ? (
          <div className="empty">
            No file fits this filter.
            <button type="button" className="bt" onClick={() => setFilter(noFilter)}>
              Show all files
            </button>
          </div>
        ) : (
          <DataGrid
            label="Files"
            columns={chosen}
            rows={rows}
            total={total}
            keyOf={({ id }) => id}
            selected={fileId}
            onSelect={({ id }) => select(id)}
            onMore={more}
            onHeadMenu={() => menu.onOpen(true)}
            sort={sort}
            onSort={(by) => sortable.has(by) && setSort({ by, descending: sort.by === by && !sort.descending })}
          />
        )}
        <div className="foot">
          <span className="d">
            {fileId === null ? 'None' : '1'} selected of {rowsWord}
          </span>
          <span className="gap" />
          <button type="button" className="bt q" onClick={next}>
            Next to review <kbd>n</kbd>
          </button>
          <button type="button" className="bt q" disabled={fileId === null} onClick={mark}>
            Mark reviewed <kbd>v</kbd>
          </button>
        </div>
      </section>
      {fileId !== null && (
        <FileViewer key={`${importId}-${fileId}`} importId={importId} fileId={fileId} caseId={open.id} />
      )}
    </>
  );
}
