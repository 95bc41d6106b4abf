import type { FactOf, Use } from '../../../shared/fact.ts';
import type { EvidenceView, Rule } from './rule.ts';

const words: Partial<Record<Use, string>> = {
  'model-signature': 'model signatures',
  provenance: 'provenance',
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

const signersBy = (id: string, evidence: EvidenceView): string[] => {
  const outcome = evidence.outcomes.get(id);
  return outcome?.verdict === 'pass' ? (outcome.signers ?? [outcome.key ?? outcome.by]) : [];
};

/** Kinds of document of which each speaks of files: so many are to sign for each file. Others are counted as a whole. */
const aboutFiles: ReadonlySet<Use> = new Set([
  'model-signature',
  'provenance',
  'approval',
  'statement',
  'document',
  'report',
]);

/**
 * How many different signers a kind of document has: those of the file, of all that it speaks of, that has the fewest.
 * Two models with one signer each are not a model with two.
 */
function signersOf(use: Use, evidence: EvidenceView): { found: number; about: string } {
  // Who signs a part of a document signs no document.
  const facts = evidence.facts('signature').filter((fact) => fact.use === use && !fact.isOverPart);
  const count = (each: readonly FactOf<'signature'>[]) =>
    new Set(each.flatMap(({ id }) => signersBy(id, evidence))).size;
  if (!aboutFiles.has(use)) return { found: count(facts), about: '' };
  const ofFile = new Map<string, Set<string>>();
  const speak = (of: string, signers: readonly string[]) => {
    const known = ofFile.get(of) ?? new Set();
    for (const signer of signers) known.add(signer);
    ofFile.set(of, known);
  };
  const listings = evidence.facts('listing').filter(({ role }) => role === 'subjects' || role === 'model-signature');
  for (const { id, place, detached } of facts) {
    const signers = signersBy(id, evidence);
    const held = listings.filter(({ signature }) => signature === id);
    for (const { items } of held) for (const { path, digests } of items) speak(path ?? digests.join(), signers);
    if (held.length === 0) speak(detached?.over ?? place.path, signers);
  }
  const [least] = [...ofFile].sort(([, a], [, b]) => a.size - b.size);
  return { found: least?.[1].size ?? 0, about: ofFile.size > 1 ? (least?.[0] ?? '') : '' };
}

/** What the reviewer's policy asks for beside each signature: how many, and what lists are worth that nobody signed. */
export const policyDemands: Rule = {
  id: 'policy-demands',
  title: 'Policy demands are met',
  verify(evidence, checks) {
    const { digests, signatures, unsigned } = evidence.policy;
    const base = { rule: 'policy-demands', expected: null, actual: null, vouched: 'nobody' } as const;
    for (const [use, count] of Object.entries(signatures.required) as [Use, number][]) {
      const { found, about } = signersOf(use, evidence);
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
          message: `Your policy asks for ${words[use] ?? use} by ${count} different ${count === 1 ? 'signer' : 'signers'} you named; ${found === 0 ? 'none is' : `${found} ${found === 1 ? 'is' : 'are'}`} here${about === '' ? '' : ` for ${about}`}.`,
        });
    }
    for (const listing of evidence.facts('listing')) {
      const places = evidence.places(listing);
      const used = new Set<string>();
      let isHere = false;
      listing.items.forEach((item, index) => {
        if ((places[index] ?? -1) < 0) return;
        isHere = true;
        for (const digest of item.digests) used.add(digest.slice(0, digest.indexOf(':')));
      });
      if (!isHere) continue;
      const at = { ...base, subject: listing.place.path, location: listing.place } as const;
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
      // A signature that nobody can be held to is none: anybody can lay one beside a list.
      const signed = listing.signature === null ? undefined : evidence.outcomes.get(listing.signature)?.verdict;
      const isUnsigned =
        (signed === undefined || signed === 'undecided') && (listing.role === 'manifest' || listing.role === 'payload');
      if (isUnsigned && unsigned.manifest !== 'pass')
        checks.add({
          ...at,
          aspect: 'origin',
          verdict: unsigned.manifest,
          code: 'policy-unsigned',
          vouched: 'producer',
          message: `“${listing.title}” is not signed${signed === undefined ? '' : ' by anybody you named'}. Your policy counts a list that nobody signed as ${unsigned.manifest}.`,
          settledBy: unsigned.manifest === 'undecided' ? 'A signature over the list.' : '',
        });
    }
  },
};
