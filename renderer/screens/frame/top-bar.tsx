import { ArrowLeft, ArrowRight, Search } from 'lucide-react';
import type { Aspect } from '../../../shared/verdict.ts';
import { visibleName } from '../../../shared/visible-text.ts';
import { VerdictMark } from '../../components/verdict.tsx';
import { currentImport, useSession } from '../../state/session.ts';

const always: Aspect[] = ['content', 'chain', 'origin'];

/** The case and what its evidence comes to: three aspects always, two more where they have something to say. */
export function TopBar({ onCommand }: { onCommand(): void }) {
  const { open, go } = useSession();
  const shown = currentImport(open);
  const aspects =
    shown === null
      ? []
      : ([...always, 'claim', 'completeness'] as Aspect[]).filter(
          (aspect) =>
            always.includes(aspect) ||
            (shown.aspects[aspect].verdict !== null && shown.aspects[aspect].verdict !== 'pass'),
        );
  const reviewed = open?.progress;
  return (
    <header className="top">
      <span className="nav">
        <button type="button" className="ib" aria-label="Back" onClick={() => history.back()}>
          <ArrowLeft size={16} strokeWidth={1.5} />
        </button>
        <button type="button" className="ib" aria-label="Forward" onClick={() => history.forward()}>
          <ArrowRight size={16} strokeWidth={1.5} />
        </button>
      </span>
      <div className="case">
        <b className="el">{open === null ? 'No case is open' : visibleName(open.name)}</b>
        {shown !== null && (
          <span className="hall">
            {aspects.map((aspect) => {
              const { verdict } = shown.aspects[aspect];
              return (
                <span key={aspect}>
                  <VerdictMark verdict={verdict} label="" />
                  {aspect.replace(/^./, (first) => first.toUpperCase())}{' '}
                  <i className={`v ${verdict ?? 'none'}`}>{verdict ?? 'says nothing'}</i>
                </span>
              );
            })}
          </span>
        )}
      </div>
      <button type="button" className="cmd" onClick={onCommand}>
        <Search size={14} strokeWidth={1.5} aria-hidden />
        <span className="el">Go to, do, or find in evidence</span>
        <span className="gap" />
        <kbd>Ctrl K</kbd>
      </button>
      {reviewed !== undefined && (
        <button
          type="button"
          className="prog"
          title="Of the files whose bytes are here and were read"
          onClick={() => go({ screen: 'evidence' })}
        >
          <span className="bar">
            <i style={{ width: `${reviewed.total === 0 ? 0 : (100 * reviewed.reviewed) / reviewed.total}%` }} />
          </span>
          {reviewed.reviewed.toLocaleString('en')} of {reviewed.total.toLocaleString('en')} reviewed
        </button>
      )}
    </header>
  );
}
