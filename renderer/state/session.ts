import { create } from 'zustand';
import type { CaseDetail, ImportRow } from '../../shared/case.ts';
import type { Progress } from '../../shared/contract/source.ts';
import { backend } from '../backend.ts';

/** Where the window is: a screen and what is chosen on it. In the address, so that back, forward and links work. */
export interface Place {
  screen: string;
  caseId: number | null;
  /** File, check, node, finding: by screen. */
  item: number | null;
}
const placeOf = (hash: string): Place => {
  const [, screen = 'cases', caseId = '', item = ''] = /^#\/([a-z-]+)(?:\/([0-9]+))?(?:\/([0-9]+))?$/.exec(hash) ?? [];
  return { screen, caseId: caseId === '' ? null : Number(caseId), item: item === '' ? null : Number(item) };
};
const hashOf = ({ screen, caseId, item }: Place) =>
  `#/${screen}${caseId === null ? '' : `/${caseId}`}${caseId === null || item === null ? '' : `/${item}`}`;

export interface Work {
  title: string;
  progress: Progress | null;
  /** The last things worth seeing, newest last. */
  news: Progress['news'];
  cancel(): void;
}
const newsShown = 5;

interface Session {
  place: Place;
  open: CaseDetail | null;
  /** Counts up whenever something was written, so that queries ask again. */
  changes: number;
  work: Work | null;
  said: string;
  theme: 'system' | 'light' | 'dark';
  go(place: Partial<Place> & { screen: string }): void;
  select(item: number | null): void;
  /** Opens the case where the place is: the frame asks for it whenever the place is in another case. */
  openCase(caseId: number): Promise<void>;
  reload(): Promise<void>;
  changed(): void;
  say(text: string): void;
  /** What is under way, with what is new of it; null when it is over. */
  setWork(work: Omit<Work, 'news'> | null): void;
  setTheme(theme: Session['theme']): void;
}

/** The last of each path, a few of them. */
const lastOf = (news: Progress['news']): Progress['news'] =>
  [...new Map(news.map((each) => [each.path, each])).values()].slice(-newsShown);

/** The case that is being opened: each opening is an act of the journal, so none is asked for twice. */
let opening: { caseId: number; done: Promise<void> } | null = null;

export const useSession = create<Session>((set, get) => ({
  place: placeOf(location.hash),
  open: null,
  changes: 0,
  work: null,
  said: '',
  theme: 'system',
  go(place) {
    const next: Place = { caseId: get().place.caseId, item: null, ...place };
    location.hash = hashOf(next);
    set({ place: next });
  },
  select(item) {
    const next = { ...get().place, item };
    history.replaceState(null, '', hashOf(next));
    set({ place: next });
  },
  async openCase(caseId) {
    if (get().open?.id === caseId) return;
    if (opening?.caseId === caseId) return opening.done;
    const ask = async () => {
      try {
        const open = await backend.cases.open({ caseId });
        // She may have gone elsewhere meanwhile.
        if (get().place.caseId !== caseId) return;
        // What was said was said of the case before.
        set({ open, said: '', changes: get().changes + 1 });
        for (const { id, isLatest } of open.imports) if (isLatest) void glanceAt(caseId, id);
      } finally {
        if (opening?.caseId === caseId) opening = null;
      }
    };
    opening = { caseId, done: ask() };
    return opening.done;
  },
  async reload() {
    const caseId = get().open?.id;
    if (caseId !== undefined) {
      const open = await backend.cases.get({ caseId });
      if (get().open?.id === caseId) set({ open });
    }
    set({ changes: get().changes + 1 });
  },
  changed() {
    void get().reload();
  },
  say: (said) => set({ said }),
  setWork: (work) =>
    set({
      work:
        work === null ? null : { ...work, news: lastOf([...(get().work?.news ?? []), ...(work.progress?.news ?? [])]) },
    }),
  setTheme(theme) {
    if (theme === 'system') document.documentElement.removeAttribute('data-theme');
    else document.documentElement.setAttribute('data-theme', theme);
    set({ theme });
  },
}));

/** Whether a source changed since it was imported, said when its case is opened: what is unchanged needs no word. */
async function glanceAt(caseId: number, importId: number): Promise<void> {
  const { state, message } = await backend.sources.glance({ importId });
  const { open, say, changed } = useSession.getState();
  if (state !== 'changed' || open?.id !== caseId) return;
  say(message);
  changed();
}

window.addEventListener('hashchange', () => useSession.setState({ place: placeOf(location.hash) }));

/** The latest import of the open case: what most screens look at. */
export const currentImport = (open: CaseDetail | null): ImportRow | null =>
  open?.imports.find(({ isLatest }) => isLatest) ?? null;
