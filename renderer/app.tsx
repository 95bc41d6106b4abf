import { useEffect, useState } from 'react';
import { visibleName } from '../shared/visible-text.ts';
import { backend, partsOf } from './backend.ts';
import { routes } from './routes.ts';
import { useImport } from './screens/cases/use-import.ts';
import { CommandField } from './screens/frame/command-field.tsx';
import { KeysDialog } from './screens/frame/keys-dialog.tsx';
import { Rail } from './screens/frame/rail.tsx';
import { StatusBar } from './screens/frame/status-bar.tsx';
import { TopBar } from './screens/frame/top-bar.tsx';
import { useLayout } from './state/layout.ts';
import { useSession } from './state/session.ts';

/** The frame: rail, top, status, and one screen in the middle. */
export function App() {
  const place = useSession((state) => state.place);
  const open = useSession((state) => state.open);
  const { openCase, setTheme } = useSession.getState();
  const [asking, setAsking] = useState<'command' | 'keys' | null>(null);
  const [isOver, setOver] = useState(false);
  const { drop } = useImport();
  useEffect(() => {
    backend.settings.get().then(
      ({ theme, panes, columns }) => {
        setTheme(theme);
        useLayout.setState({ panes, columns });
      },
      () => undefined,
    );
  }, [setTheme]);
  useEffect(() => {
    const { caseId } = place;
    if (caseId !== null && caseId !== open?.id)
      openCase(caseId).catch((error: unknown) => {
        const { place: now, go, say } = useSession.getState();
        if (now.caseId === caseId) go({ screen: 'cases', caseId: open?.id ?? null });
        say(partsOf(error).what);
      });
  }, [place, open?.id, openCase]);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const typing =
        event.target instanceof HTMLInputElement ||
        event.target instanceof HTMLTextAreaElement ||
        event.target instanceof HTMLSelectElement;
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        setAsking('command');
      } else if (event.key === '?' && !typing) setAsking('keys');
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
  const route = routes.find(({ id }) => id === place.screen) ?? routes[0];
  const isOpening = place.caseId !== null && place.caseId !== open?.id;
  const needsCase = route?.group === 'case' && (open === null || isOpening);
  const Screen = route?.screen;
  return (
    <div
      className="app"
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={({ relatedTarget }) => relatedTarget === null && setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        void drop(event.dataTransfer);
      }}
    >
      <Rail />
      <TopBar onCommand={() => setAsking('command')} />
      <main id="main">
        {needsCase || Screen === undefined ? (
          <div className="empty">{isOpening ? 'Opening the case.' : 'Open a case first.'}</div>
        ) : (
          <Screen />
        )}
      </main>
      <StatusBar />
      <CommandField isOpen={asking === 'command'} onClose={() => setAsking(null)} />
      <KeysDialog isOpen={asking === 'keys'} onClose={() => setAsking(null)} />
      {isOver && (
        <div className="drop">Drop to import into {open === null ? 'a new case' : visibleName(open.name)}</div>
      )}
    </div>
  );
}
