import { useState } from 'react';
import { backend } from '../../backend.ts';
import { FailureNote } from '../../components/note.tsx';
import { useQuery } from '../../state/use-query.ts';

const step = 500;
type View = 'auto' | 'text' | 'hex';

/** What a file holds, inside the well: text is text, nothing is rendered live. */
export function ContentView({
  importId,
  fileId,
  title,
  selected,
  onLines,
}: {
  importId: number;
  fileId: number;
  title: string | null;
  selected: { from: number; to: number } | null;
  onLines(lines: { from: number; to: number } | null): void;
}) {
  const [view, setView] = useState<View>('auto');
  const [from, setFrom] = useState(0);
  const { data: content, refused } = useQuery(
    () => backend.evidence.content({ importId, fileId, view, from, limit: step }),
    [importId, fileId, view, from],
  );
  const choose = (next: View) => {
    setFrom(0);
    setView(next);
  };
  const pick = (line: number, extend: boolean) =>
    onLines(
      extend && selected !== null
        ? { from: Math.min(selected.from, line), to: Math.max(selected.to, line) }
        : { from: line, to: line },
    );
  const more = content !== null && 'more' in content && content.more;
  return (
    <>
      <div className="wellcap">
        <span className="el">{title ?? 'Not recognised'}</span>
        <span className="gap" />
        {(['auto', 'text', 'hex'] as const).map((each) => (
          <button
            type="button"
            key={each}
            className={view === each ? 'v' : 'link'}
            aria-pressed={view === each}
            onClick={() => choose(each)}
          >
            {each === 'auto' ? 'Best view' : each === 'text' ? 'Text' : 'Hex'}
          </button>
        ))}
      </div>
      <FailureNote parts={refused} />
      <section className="well scroll" tabIndex={0} aria-label="Content">
        {content?.view === 'none' && <div className="empty">{content.why}</div>}
        {content?.view === 'text' && (
          <div className="lines">
            {content.lines.map((line) => (
              <div
                key={line.number}
                className={selected !== null && line.number >= selected.from && line.number <= selected.to ? 'on' : ''}
                onClick={(event) => pick(line.number, event.shiftKey)}
              >
                <span className="ln">{line.number.toLocaleString('en')}</span>
                <span className="tx">{line.text}</span>
              </div>
            ))}
          </div>
        )}
        {content?.view === 'json' && (
          <div className="lines">
            {content.rows.map((row) => (
              <div
                key={row.pointer}
                className={selected !== null && row.line >= selected.from && row.line <= selected.to ? 'on' : ''}
                onClick={() => pick(row.line, false)}
              >
                <span className="ln">{row.line}</span>
                <span className="tx" style={{ paddingLeft: row.depth * 14 }}>
                  <span className="d">
                    {row.key}
                    {row.key === '' ? '' : ': '}
                  </span>
                  {row.value ?? <span className="dd">{row.children.toLocaleString('en')} members</span>}
                </span>
              </div>
            ))}
          </div>
        )}
        {content?.view === 'hex' && (
          <div className="lines">
            {content.rows.map((row) => (
              <div key={row.offset} style={{ gridTemplateColumns: '80px minmax(0,1fr) 140px' }}>
                <span className="ln">{row.offset.toString(16).padStart(8, '0')}</span>
                <span>{row.hex}</span>
                <span className="d">{row.text}</span>
              </div>
            ))}
          </div>
        )}
        {content?.view === 'table' && (
          <table className="m11" style={{ borderCollapse: 'collapse' }}>
            <thead>
              <tr>
                <th scope="col" style={{ padding: '4px 8px', textAlign: 'right' }}>
                  row
                </th>
                {content.columns.map((name, index) => (
                  <th
                    scope="col"
                    key={`${name}${index}`}
                    style={{ padding: '4px 8px', textAlign: 'left', whiteSpace: 'nowrap' }}
                  >
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {content.rows.map((row) => (
                <tr key={row.number} style={{ borderTop: '1px solid var(--line)' }}>
                  <td className="dd" style={{ padding: '3px 8px', textAlign: 'right' }}>
                    {row.number.toLocaleString('en')}
                  </td>
                  {row.cells.map((cell, index) => (
                    <td key={`${row.number}-${index}`} style={{ padding: '3px 8px', whiteSpace: 'nowrap' }}>
                      {cell}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        )}
        {(from > 0 || more) && (
          <div className="row" style={{ padding: 12 }}>
            <button
              type="button"
              className="bt s"
              disabled={from === 0}
              onClick={() => setFrom(Math.max(0, from - step))}
            >
              Before
            </button>
            <button type="button" className="bt s" disabled={!more} onClick={() => setFrom(from + step)}>
              After
            </button>
          </div>
        )}
      </section>
    </>
  );
}
