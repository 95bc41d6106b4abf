import { VerdictMark } from '../../components/verdict.tsx';
import { routes } from '../../routes.ts';
import { currentImport, useSession } from '../../state/session.ts';

/** The rail on the left: every screen, with the count that a reviewer wants to know before she goes there. */
export function Rail() {
  const { place, open, go } = useSession();
  const shown = currentImport(open);
  const counts: Record<string, string> = {
    evidence: shown === null ? '' : shown.counts.files.toLocaleString('en'),
    review: open === null || open.openFindings === 0 ? '' : String(open.openFindings),
  };
  const group = (name: 'all' | 'case' | 'tool' | 'foot') =>
    routes
      .filter((route) => route.group === name)
      .map(({ id, title, icon: Icon }) => {
        const isOff = name === 'case' && open === null;
        return (
          <a
            key={id}
            href={`#/${id}`}
            className={`${place.screen === id ? 'on' : ''}${isOff ? ' off' : ''}`}
            aria-current={place.screen === id ? 'page' : undefined}
            aria-disabled={isOff || undefined}
            aria-label={title}
            title={title}
            onClick={(event) => {
              event.preventDefault();
              if (!isOff) go({ screen: id });
            }}
          >
            <Icon size={16} strokeWidth={1.5} className="i" aria-hidden />
            <span>{title}</span>
            {id === 'checks' && open !== null && open.blockers > 0 ? (
              <span className="n">
                <VerdictMark verdict={open.verdict} />
                {open.blockers.toLocaleString('en')}
              </span>
            ) : (
              <span className="n">{counts[id] ?? ''}</span>
            )}
          </a>
        );
      });
  return (
    <nav className="rail" aria-label="Screens">
      <div className="brand">
        <svg width="18" height="18" viewBox="0 0 18 18" aria-hidden="true">
          <circle cx="9" cy="9" r="9" fill="var(--ink)" />
          <path d="M5.5 12.5L9 5l3.5 7.5M6.8 10h4.4" stroke="var(--ground)" strokeWidth="1.5" fill="none" />
        </svg>
        <span>Assay</span>
      </div>
      {group('all')}
      <hr />
      {group('case')}
      <hr />
      {group('tool')}
      <div className="gap" />
      {group('foot')}
    </nav>
  );
}
