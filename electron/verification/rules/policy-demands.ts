import type { Use } from '../../../shared/fact.ts';
import type { EvidenceView, Rule } from './rule.ts';

const words: Partial<Record<Use, string>> = {
  'model-signature': 'model signatures',
  approval: 'approvals',
  layout: 'layouts',
  link: 'links',
  statement: 'statements',
  ledger: 'ledgers',
  checkpoint: 'checkpoints',
  timestamp: 'timestamps',
  document: 'signed documents',
  report: 'reports',
};

/** Signers of one kind of document that hold, each counted once. */
const signersOf = (use: Use, evidence: EvidenceView): number =>
  new Set(
    evidence
      .facts('signature')
      .filter((fact) => fact.use === use)
      .flatMap(({ id }) => {
        const outcome = evidence.outcomes.get(id);
        return outcome?.verdict === 'pass' ? (outcome.signers ?? [outcome.key ?? outcome.by]) : [];
      }),
  ).size;

/** What the reviewer's policy asks for beside each signature: how many, and what lists are worth that nobody signed. */
export const policyDemands: Rule = {
  id: 'policy-demands',
  title: 'Policy demands are met',
  verify(evidence, checks) {
    const { digests, signatures, unsigned } = evidence.policy;
    const base = { rule: 'policy-demands', expected: null, actual: null, vouched: 'nobody' } as const;
    for (const [use, count] of Object.entries(signatures.required) as [Use, number][]) {
      const found = signersOf(use, evidence);
      if (found < count)
        checks.add({
          ...base,
          aspect: 'origin',
          verdict: 'policy',
          code: 'policy-signers',
          subject: '',
          location: null,
          expected: String(count),
          actual: String(found),
          message: `Your policy asks for ${words[use] ?? use} by ${count} different ${count === 1 ? 'signer' : 'signers'} you named; ${found === 0 ? 'none is' : `${found} ${found === 1 ? 'is' : 'are'}`} here.`,
        });
    }
    for (const listing of evidence.facts('listing')) {
      const here = listing.items.filter(({ path }) => path !== null && evidence.file(path) !== undefined);
      if (here.length === 0) continue;
      const at = { ...base, subject: listing.place.path, location: listing.place } as const;
      const used = new Set(here.flatMap((item) => item.digests.map((digest) => digest.slice(0, digest.indexOf(':')))));
      const isAccepted = [...used].some((each) => (digests.accepted as string[]).includes(each));
      if (used.size > 0 && !isAccepted)
        checks.add({
          ...at,
          aspect: 'content',
          verdict: 'policy',
          code: 'policy-digest',
          actual: [...used].join(', '),
          message: `“${listing.title}” gives digests by ${[...used].join(' and ').toUpperCase()} alone, which your policy does not accept.`,
        });
      const isUnsigned = listing.signature === null && (listing.role === 'manifest' || listing.role === 'payload');
      if (isUnsigned && unsigned.manifest !== 'pass')
        checks.add({
          ...at,
          aspect: 'origin',
          verdict: unsigned.manifest,
          code: 'policy-unsigned',
          vouched: 'producer',
          message: `“${listing.title}” is not signed. Your policy counts a list that nobody signed as ${unsigned.manifest}.`,
          settledBy: unsigned.manifest === 'undecided' ? 'A signature over the list.' : '',
        });
    }
  },
};
