import { counted } from '../../../shared/counted.ts';
import { strataWords } from '../../../shared/sampling.ts';
import { type Coverage, verifiedOnly } from '../../../shared/sign-off.ts';
import { visibleName, visibleText } from '../../../shared/visible-text.ts';
import { sizeText } from '../../components/values.tsx';

const parts = [
  ['opened', 'Opened and read by a person', 'var(--ink)'],
  ['verified', 'Verified by machine only', 'var(--line-ctl)'],
  ['unvouched', 'Digested only: nothing here vouches for them', 'var(--line)'],
  ['notLookedAt', 'Not looked at', 'var(--line-2)'],
] as const;

/** What was opened by a person, verified by machine only or digested only, and what was not looked at and why. */
export function CoverageView({ coverage }: { coverage: Coverage }) {
  const share = (files: number) => (coverage.total.files === 0 ? 0 : (100 * files) / coverage.total.files);
  const { unvouched = { files: 0, bytes: 0 } } = coverage;
  const amounts = { ...coverage, unvouched, verified: verifiedOnly(coverage) };
  return (
    <div className="sec col">
      <h3>
        Coverage statement <span className="dd">what the signature will say was looked at</span>
      </h3>
      <div className="cover" aria-hidden="true">
        {parts.map(([key, , colour]) => (
          <i key={key} style={{ width: `${share(amounts[key].files)}%`, background: colour }} />
        ))}
      </div>
      {[...parts, ['total', 'All files, here or listed', 'transparent'] as const].map(([key, title, colour]) => (
        <div
          key={key}
          className="gr"
          style={{ gridTemplateColumns: '14px minmax(0,1fr) 62px 58px 72px', padding: '4px 0', height: 'auto' }}
        >
          <i
            style={{
              width: 10,
              height: 10,
              background: colour,
              border: key === 'notLookedAt' ? '1px solid var(--line-ctl)' : 0,
            }}
          />
          <span style={{ whiteSpace: 'normal' }}>{title}</span>
          <span className="r">{amounts[key].files.toLocaleString('en')}</span>
          <span className="r">{share(amounts[key].files).toFixed(1)} %</span>
          <span className="r">{sizeText(amounts[key].bytes)}</span>
        </div>
      ))}
      {coverage.reasons.map(({ files, why, example }) => (
        <span key={why} className="d">
          {counted(files, 'file')}: {why.replace(/^./, (first) => first.toLowerCase())}; {visibleName(example)} first
        </span>
      ))}
      {coverage.sampling?.map(({ number, sampled, population, lookedAt, strata, isStale, explanation }) => (
        <span key={number} className="d">
          Sampling plan {number}, {strataWords[strata]}: {sampled.toLocaleString('en')} of{' '}
          {population.toLocaleString('en')} files drawn, {lookedAt.toLocaleString('en')} of them looked at
          {isStale ? '; stale, it is about other bytes' : ''}
          {lookedAt < sampled && explanation !== null ? `. The others: ${visibleText(explanation)}` : ''}
        </span>
      ))}
    </div>
  );
}
