import { create } from 'zustand';
import { backend } from '../backend.ts';

type Kept = Pick<Awaited<ReturnType<typeof backend.settings.get>>, 'panes' | 'columns'>;
interface Layout extends Kept {
  setPane(id: string, width: number | null): void;
  setColumns(grid: string, hidden: readonly string[]): void;
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
    set({ columns: { ...get().columns, [grid]: [...hidden] } });
    keep('columns');
  },
}));

/** The width of one pane. @param id screen and pane, such as `evidence.file` */
export function usePane(id: string): { width: number | null; onWidth(width: number | null): void } {
  const width = useLayout(({ panes }) => panes[id] ?? null);
  return { width, onWidth: (next) => useLayout.getState().setPane(id, next) };
}
