import { useVirtualizer } from '@tanstack/react-virtual';
import { ArrowDown, ArrowUp } from 'lucide-react';
import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import { fitColumns } from './fit-columns.ts';

export interface Column<Row> {
  id: string;
  head: ReactNode;
  /** A track of the grid: `84px`, `minmax(0,1fr)`. */
  width: string;
  isRight?: boolean;
  /** What to call it in the menu of columns, where its head is a mark. */
  name?: string;
  /** True for what names a row: it is always shown. */
  isFixed?: boolean;
  /** True for what is left out where the grid has no room for all; what does not give way is never cut. */
  givesWay?: boolean;
  cell(row: Row): ReactNode;
}

/**
 * Rows that scroll like ten however many there are: only what is seen is drawn, pages are asked for as they come into
 * view. Arrows, Home, End and Page keys move the selection; Enter opens it.
 */
export function DataGrid<Row>({
  label,
  columns: chosen,
  rows,
  total,
  keyOf,
  selected,
  onSelect,
  onOpen,
  onMore,
  sort,
  onSort,
  onHeadMenu,
  rowHeight = 24,
}: {
  label: string;
  columns: Column<Row>[];
  rows: Row[];
  total: number;
  keyOf(row: Row): number;
  selected: number | null;
  onSelect(row: Row): void;
  onOpen?(row: Row): void;
  onMore?(): void;
  sort?: { by: string; descending: boolean };
  onSort?(by: string): void;
  /** A right click on the heads: opens the menu of columns. */
  onHeadMenu?(): void;
  rowHeight?: number;
}) {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const { current } = box;
    if (current === null) return;
    const seen = new ResizeObserver(() => setWidth(current.clientWidth));
    seen.observe(current);
    return () => seen.disconnect();
  }, []);
  const columns = fitColumns(chosen, width);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => rowHeight,
    overscan: 12,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (rows.length < total && last >= rows.length - 40) onMore?.();
  }, [last, rows.length, total, onMore]);
  const tracks = columns.map(({ width }) => width).join(' ');
  const at = rows.findIndex((row) => keyOf(row) === selected);
  const move = (to: number) => {
    const index = Math.max(0, Math.min(rows.length - 1, to));
    const row = rows[index];
    if (row === undefined) return;
    virtual.scrollToIndex(index);
    onSelect(row);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const page = Math.max(1, Math.floor((box.current?.clientHeight ?? 240) / rowHeight) - 1);
    const steps: Record<string, number> = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      PageDown: at + page,
      PageUp: at - page,
      Home: 0,
      End: rows.length - 1,
    };
    const to = steps[event.key];
    const row = rows[at];
    if (to !== undefined) {
      event.preventDefault();
      move(to);
    } else if (event.key === 'Enter' && row !== undefined) onOpen?.(row);
  };
  return (
    <div
      role="grid"
      aria-label={label}
      aria-rowcount={total + 1}
      tabIndex={0}
      className="grid scroll"
      ref={box}
      onKeyDown={onKeyDown}
      aria-activedescendant={at >= 0 ? `row-${selected}` : undefined}
    >
      <div
        role="row"
        aria-rowindex={1}
        className="gr h"
        style={{ gridTemplateColumns: tracks, position: 'sticky', top: 0, zIndex: 1 }}
        onContextMenu={(event) => {
          if (onHeadMenu === undefined) return;
          event.preventDefault();
          onHeadMenu();
        }}
      >
        {columns.map(({ id, head, isRight }) => (
          <span
            key={id}
            role="columnheader"
            className={isRight === true ? 'r' : ''}
            aria-sort={sort?.by === id ? (sort.descending ? 'descending' : 'ascending') : undefined}
          >
            {onSort === undefined ? (
              head
            ) : (
              <button type="button" className="row" tabIndex={-1} onClick={() => onSort(id)}>
                {head}
                {sort?.by === id &&
                  (sort.descending ? <ArrowDown size={12} aria-hidden /> : <ArrowUp size={12} aria-hidden />)}
              </button>
            )}
          </span>
        ))}
      </div>
      <div role="rowgroup" style={{ height: virtual.getTotalSize(), position: 'relative' }}>
        {items.map((item) => {
          const row = rows[item.index];
          if (row === undefined) return null;
          const key = keyOf(row);
          return (
            <div
              key={item.key}
              id={`row-${key}`}
              role="row"
              aria-rowindex={item.index + 2}
              aria-selected={key === selected}
              className={`gr${key === selected ? ' sel' : ''}`}
              style={{
                gridTemplateColumns: tracks,
                height: rowHeight,
                position: 'absolute',
                left: 0,
                right: 0,
                top: item.start,
              }}
              onClick={() => onSelect(row)}
              onDoubleClick={() => onOpen?.(row)}
            >
              {columns.map((column) => (
                <span key={column.id} role="gridcell" className={column.isRight === true ? 'r' : ''}>
                  {column.cell(row)}
                </span>
              ))}
            </div>
          );
        })}
      </div>
    </div>
  );
}
