import type { FactOf } from '../../../shared/fact.ts';
import type { Attestation } from '../../../shared/signature-parts.ts';
import type { TrustEntry } from '../../../shared/trust.ts';
import { type BlockHeader, readBlock } from '../../integrity/block-header.ts';
import type { CheckSink, EvidenceView, Rule } from './rule.ts';

/** OpenTimestamps proofs begin with the file that is here and lead to a block; that block is held against one the reviewer gave. */
export const commitments: Rule = {
  id: 'commitments',
  title: 'Commitments cover what they name',
  verify(evidence, checks) {
    const blocks = blocksIn(evidence.trust.entries);
    for (const fact of evidence.facts('commitment')) holdCommitment(fact, blocks, evidence, checks);
  },
};

const blocksIn = (entries: readonly TrustEntry[]): BlockHeader[] =>
  entries.flatMap(({ kind, material }) => (kind === 'block' ? (readBlock(material) ?? []) : []));

function holdCommitment(
  { id, place, over: named, algorithm, digest, attestations }: FactOf<'commitment'>,
  blocks: readonly BlockHeader[],
  evidence: EvidenceView,
  checks: CheckSink,
): void {
  const base = { rule: 'commitments', aspect: 'origin', subject: place.path, location: place } as const;
  const stated = `${algorithm}:${digest}`;
  const over = named ?? evidence.files().find((file) => file.digest === stated)?.path ?? null;
  const actual = over === null ? null : evidence.digest(over, algorithm);
  if (over === null || actual === null) {
    checks.add({
      ...base,
      verdict: 'undecided',
      code: 'timestamp-nothing',
      expected: stated,
      actual: null,
      vouched: 'nobody',
      message: `What this proof stamps is not here, so it dates nothing. It leads to ${leadsTo(attestations)}.`,
      settledBy: 'The file that was stamped.',
    });
    return;
  }
  if (actual !== stated) {
    checks.add({
      ...base,
      verdict: 'fail',
      code: 'timestamp-imprint',
      expected: stated,
      actual,
      vouched: 'nobody',
      message: `The proof does not begin with ${over} as it is here: it was made for other bytes.`,
    });
    return;
  }
  checks.add({
    ...base,
    verdict: 'pass',
    code: 'commitment-fits',
    expected: stated,
    actual,
    vouched: 'producer',
    message: `The proof begins with the digest of ${over}, and every step of it was computed. It leads to ${leadsTo(attestations)}.`,
  });
  // Another way around a weak digest vouches for the file all the same.
  const proven = attestations.flatMap((each) => {
    const block = each.what === 'bitcoin' ? blocks.find(({ height }) => height === each.height) : undefined;
    return block === undefined ? [] : { each, block, holds: block.merkleRoot === each.commitment };
  });
  for (const { each, block, holds } of proven)
    checks.add({
      ...base,
      verdict: holds ? 'pass' : 'fail',
      code: holds ? 'timestamp-holds' : 'commitment-other-root',
      expected: block.merkleRoot,
      actual: each.commitment,
      vouched: holds && each.weak.length === 0 ? 'timestamp' : 'nobody',
      message: holds
        ? `${over} was there when Bitcoin block ${block.height} was made, ${block.at.toISOString()} by its header, which you gave.`
        : `The proof commits to another Merkle root than that of Bitcoin block ${block.height}, whose header you gave: nothing in that block vouches for ${over}.`,
    });
  const good = proven
    .filter(({ each, holds }) => holds && each.weak.length === 0)
    .map(({ block }) => block.at.toISOString());
  const [first] = good.sort();
  if (first !== undefined)
    evidence.outcomes.set(id, {
      holds: true,
      verdict: 'pass',
      by: 'Bitcoin',
      vouched: 'timestamp',
      provenAt: first,
      over,
    });
  const isWeak = attestations.length > 0 && attestations.every(({ weak }) => weak.length > 0);
  if (isWeak)
    checks.add({
      ...base,
      aspect: 'content',
      verdict: 'warn',
      code: 'digest-weak',
      expected: null,
      actual: 'SHA1',
      vouched: 'nobody',
      message:
        'The proof goes through SHA-1, under which two files can share one proof: it cannot tell this file from another.',
    });
  if (proven.length > 0) return;
  checks.add({
    ...base,
    verdict: 'undecided',
    ...undecidedOf(attestations),
    expected: null,
    actual: null,
    vouched: 'nobody',
    // Where the way itself is weak no block would settle anything, and the warning has said so.
    partial: isWeak,
  });
}

const leadsTo = (attestations: readonly Attestation[]): string => {
  const blocks = attestations.filter(({ height }) => height !== null);
  if (blocks.length > 0)
    return blocks
      .slice(0, 5)
      .map(
        ({ what, height, commitment }) =>
          `${what === 'bitcoin' ? 'Bitcoin' : 'Litecoin'} block ${height} (Merkle root ${commitment})`,
      )
      .join(' and ');
  const calendars = attestations.flatMap(({ calendar }) => (calendar === null ? [] : [calendar]));
  return calendars.length > 0
    ? `no block yet, but to calendars that promised one: ${calendars.slice(0, 5).join(', ')}`
    : 'nothing that is known here';
};

function undecidedOf(attestations: readonly Attestation[]): {
  code: 'commitment-block-not-here' | 'commitment-pending';
  message: string;
  settledBy: string;
} {
  const block = attestations.find(({ what }) => what === 'bitcoin');
  if (block !== undefined)
    return {
      code: 'commitment-block-not-here',
      message: `Whether Bitcoin block ${block.height} has the Merkle root ${block.commitment} cannot be told offline: its header is not among what you trust.`,
      settledBy: `The 80 bytes of the header of Bitcoin block ${block.height}, from a source that you trust, added in Settings, Whom I trust, as a line: the height and the header in hex.`,
    };
  return {
    code: 'commitment-pending',
    message: 'The proof is not finished: calendars promised to put it into a block, and it does not say into which.',
    settledBy: 'The same proof, upgraded by whoever can ask the calendars.',
  };
}
