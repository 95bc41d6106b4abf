import { useState } from 'react';
import { create } from 'zustand';
import { backend } from '../backend.ts';

type Kept = Pick<Awaited<ReturnType<typeof backend.settings.get>>, 'panes' | 'columns'>;
interface Layout extends Kept {
  setPane(id: string, width: number | null): void;
  setColumns(grid: string, hidden: readonly string[] | null): void;
}

const settledAfter = 500;
const waiting: { [part in keyof Kept]?: ReturnType<typeof setTimeout> } = {};
/** Kept once hands are still: each change is an act in the journal. What a read-only store refuses holds for this window. */
function keep(part: keyof Kept): void {
  clearTimeout(waiting[part]);
  waiting[part] = setTimeout(() => {
    backend.settings.set({ [part]: useLayout.getState()[part] }).catch(() => undefined);
  }, settledAfter);
}

/** How wide panes are, and which columns are not shown: as this person left them on this machine. */
export const useLayout = create<Layout>((set, get) => ({
  panes: {},
  columns: {},
  setPane(id, width) {
    const { [id]: _, ...others } = get().panes;
    set({ panes: width === null ? others : { ...others, [id]: width } });
    keep('panes');
  },
  setColumns(grid, hidden) {
    const { [grid]: _, ...others } = get().columns;
    set({ columns: hidden === null ? others : { ...others, [grid]: [...hidden] } });
    keep('columns');
  },
}));

/** The width of one pane. @param id screen and pane, such as `evidence.file` */
export function usePane(id: string): { width: number | null; onWidth(width: number | null): void } {
  const width = useLayout(({ panes }) => panes[id] ?? null);
  return { width, onWidth: (next) => useLayout.getState().setPane(id, next) };
}

const noneHidden: readonly string[] = [];
/**
 * The columns of one grid, and its menu of them.
 * @param usuallyHidden ids of those that are there to be chosen
 */
export function useColumns<Column extends { id: string; isFixed?: boolean }>(
  grid: string,
  columns: readonly Column[],
  usuallyHidden: readonly string[] = noneHidden,
) {
  const [isOpen, onOpen] = useState(false);
  const hidden = useLayout(({ columns: kept }) => kept[grid]) ?? usuallyHidden;
  return {
    shown: columns.filter(({ id, isFixed }) => isFixed === true || !hidden.includes(id)),
    menu: {
      columns,
      hidden,
      isOpen,
      onOpen,
      onHidden: (next: readonly string[] | null) => useLayout.getState().setColumns(grid, next),
    },
  };
}
