import { Anchor, HardDrive, KeyRound, ScrollText, WifiOff } from 'lucide-react';
import { useEffect } from 'react';
import { counted } from '../../../shared/counted.ts';
import { visibleName } from '../../../shared/visible-text.ts';
import { backend } from '../../backend.ts';
import { useSession } from '../../state/session.ts';
import { useQuery } from '../../state/use-query.ts';

/** ms */
const askAgain = 1_000;

/** Where the store is, how long its journal, who sits here, what runs; that nothing leaves this machine. */
export function StatusBar() {
  const { work, said } = useSession();
  const journal = useQuery(() => backend.journal.state(), []).data;
  const state = journal?.health.state;
  // What is found later must be seen as much as what is found at once: it is asked until all was looked at.
  useEffect(() => {
    if (state !== 'checking') return;
    const timer = setInterval(
      () =>
        backend.journal.state().then(
          ({ health }) => health.state !== 'checking' && useSession.getState().changed(),
          () => undefined,
        ),
      askAgain,
    );
    return () => clearInterval(timer);
  }, [state]);
  const who = useQuery(() => backend.identity.current(), []).data;
  const icon = { size: 12, strokeWidth: 1.5, 'aria-hidden': true } as const;
  const percent =
    work?.progress == null || work.progress.bytesTotal === null || work.progress.bytesTotal === 0
      ? null
      : Math.floor((100 * work.progress.bytesDone) / work.progress.bytesTotal);
  return (
    <footer className="status">
      {journal !== null && (
        <>
          <span title={journal.store} className="hide-narrow">
            <HardDrive {...icon} />
            Store {journal.store.split(/[/\\]/).at(-1)}
          </span>
          <span>
            <ScrollText {...icon} />
            Journal {counted(journal.entries, 'act')}
          </span>
          <span className="hide-narrow">
            <Anchor {...icon} />
            Anchored at {journal.checkpointSize.toLocaleString('en')}
          </span>
          {!journal.health.mayWrite && <span className="v fail">{journal.health.message}</span>}
          {state === 'checking' && (
            <span className="v undecided" title={journal.health.message}>
              Not verified yet since it was opened
            </span>
          )}
        </>
      )}
      <span className="gap" role="status" aria-live="polite">
        {visibleName(said)}
      </span>
      {work !== null && (
        <span>
          {visibleName(work.title)}
          {work.progress === null
            ? ''
            : `, ${work.progress.doing.toLowerCase()}${percent === null ? '' : `, ${percent} %`}`}
          <button type="button" className="link" onClick={work.cancel}>
            Cancel
          </button>
        </span>
      )}
      {who !== null && (
        <span>
          <KeyRound {...icon} />
          {visibleName(who.name)}
          {who.identity === null ? ', no key' : who.identity.isUnlocked ? ', key unlocked' : ', key locked'}
        </span>
      )}
      <span>
        <WifiOff {...icon} />
        Offline
      </span>
    </footer>
  );
}
