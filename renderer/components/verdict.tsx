import type { FileState } from '../../shared/evidence.ts';
import type { Verdict } from '../../shared/verdict.ts';

const words: Record<Verdict, string> = {
  pass: 'Pass',
  warn: 'Warn',
  fail: 'Fail',
  policy: 'Policy',
  undecided: 'Undecided',
};

/** The mark of a verdict, 14 px: shape and colour together. The word is its name for who cannot see it. */
export function VerdictMark({ verdict, label }: { verdict: Verdict | null; label?: string | undefined }) {
  const sign = { stroke: 'var(--mark-ink)', strokeWidth: 1.5, fill: 'none', strokeLinecap: 'round' as const };
  const isDecoration = label === '';
  const name = label ?? (verdict === null ? 'Nothing to say' : words[verdict]);
  return (
    // biome-ignore lint/a11y/noSvgWithoutTitle: without a name of its own it stands beside its word, and is hidden
    <svg
      width="14"
      height="14"
      viewBox="0 0 14 14"
      {...(isDecoration ? { 'aria-hidden': true } : { role: 'img', 'aria-label': name })}
      className={`g-${verdict ?? 'none'}`}
    >
      {!isDecoration && <title>{name}</title>}
      {verdict === null && <path d="M4 7h6" stroke="currentColor" strokeWidth="1.5" />}
      {verdict === 'pass' && (
        <g fill="none" stroke="currentColor" strokeWidth="1.4" strokeLinecap="round">
          <circle cx="7" cy="7" r="5.6" />
          <path d="M4.6 7.2l1.7 1.7 3.2-3.6" />
        </g>
      )}
      {verdict === 'warn' && (
        <g>
          <path d="M7 1l6.3 11.4H.7z" fill="currentColor" strokeLinejoin="round" />
          <path d="M7 5.2v3.2M7 10.4v.1" {...sign} />
        </g>
      )}
      {verdict === 'fail' && (
        <g>
          <rect x="1" y="1" width="12" height="12" rx="1.5" fill="currentColor" />
          <path d="M4.5 4.5l5 5m0-5l-5 5" {...sign} />
        </g>
      )}
      {verdict === 'policy' && (
        <g>
          <path d="M7 .6L13.4 7 7 13.4.6 7z" fill="currentColor" />
          <path d="M4.5 7h5" {...sign} />
        </g>
      )}
      {verdict === 'undecided' && (
        <g fill="none" stroke="currentColor" strokeLinecap="round">
          <circle cx="7" cy="7" r="5.6" strokeWidth="1.3" strokeDasharray="2.2 1.6" />
          <path d="M5.6 5.6a1.5 1.5 0 1 1 2 1.5c-.4.2-.6.4-.6.9M7 9.8v.1" strokeWidth="1.3" />
        </g>
      )}
    </svg>
  );
}

/** Mark and word, always together. */
export function VerdictWord({ verdict, word }: { verdict: Verdict | null; word?: string | undefined }) {
  return (
    <span className={`v ${verdict ?? 'none'}`}>
      <VerdictMark verdict={verdict} label="" />
      {word ?? (verdict === null ? 'None' : words[verdict])}
    </span>
  );
}

const stateLooks: Record<FileState, { verdict: Verdict | null; word: string }> = {
  match: { verdict: 'pass', word: 'Match' },
  mismatch: { verdict: 'fail', word: 'Mismatch' },
  missing: { verdict: 'fail', word: 'Missing' },
  extra: { verdict: 'warn', word: 'Extra' },
  ignored: { verdict: 'policy', word: 'Ignored' },
  unread: { verdict: 'undecided', word: 'Unread' },
  unclaimed: { verdict: null, word: 'Unclaimed' },
};
export const stateVerdict = (state: FileState): Verdict | null => stateLooks[state].verdict;
export const stateWord = (state: FileState): string => stateLooks[state].word;
export function StateWord({ state }: { state: FileState }) {
  return <VerdictWord verdict={stateLooks[state].verdict} word={stateLooks[state].word} />;
}
