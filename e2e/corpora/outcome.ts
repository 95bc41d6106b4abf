import type { Answer } from './ask-cases.ts';

/** What a label asks of an answer (the table of verdict words in the README of the corpora). Null: it asks nothing here. */
export function agrees(expected: string, { verdict, checks, unread }: Answer): boolean | null {
  const isRefused = verdict === 'refused';
  // A part that cannot be decided stands beside a pass without lifting it: it is no bare pass then.
  const isBare = verdict === 'pass' && checks.length === 0;
  switch (meaningOf(expected)) {
    case 'pass':
      // As exit status 0 says it: what was checked passed, perhaps with warnings.
      return verdict === 'pass' || verdict === 'warn';
    case 'loads':
      return !isRefused && verdict !== 'fail' && verdict !== 'policy';
    case 'fail':
      // What is to be rejected as a document is: listed as unread, with the reason.
      if (expected === 'reject' && unread.length > 0) return true;
      // A signer other than the one given may be policy; bytes that differ may not.
      return isRefused || verdict === 'fail' || (expected === 'invalid' && verdict === 'policy');
    case 'warn':
      return verdict === 'warn' || (verdict === 'pass' && !isBare);
    case 'policy':
      return verdict === 'policy';
    case 'undecided':
      return !isRefused && !isBare && verdict !== 'fail' && verdict !== 'policy';
    default:
      return null;
  }
}

const words: [RegExp, 'pass' | 'loads' | 'fail' | 'warn' | 'policy' | 'undecided'][] = [
  [/^(valid|equal|benign)$/, 'pass'],
  [/^parse$/, 'loads'],
  [/^(invalid|malicious|hash-mismatch|inconsistent|reject|header-ok-data-missing|invalid-bitcoin-root)$/, 'fail'],
  [/^invalid-(identity|policy)$/, 'policy'],
  [
    /^(inconclusive.*|unknown-attestation|pending|bitcoin-attested|unreadable|not-a-pickle|no-integrity-data|weights-not-present|data-not-present|hash-ok-no-key|valid-but-unanchored|unrecognised|template-not-json)$/,
    'undecided',
  ],
  [
    /^(valid-with-.*|valid-expired-key|valid-injected-certs|schema-valid-lineage-broken|bitcoin-attested-weak-hash|claims-.*|lossy)$/,
    'warn',
  ],
];
const meaningOf = (expected: string) => words.find(([pattern]) => pattern.test(expected))?.[1] ?? null;
