import type { FactOf } from '../../../shared/fact.ts';
import { isSubtree, verifyConsistency, verifyInclusion, verifySubtreeConsistency } from '../../integrity/merkle.ts';
import type { EvidenceView, Rule } from './rule.ts';

type Proof = FactOf<'proof'>;
const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex');
const folderOf = (path: string) => path.slice(0, path.lastIndexOf('/') + 1);

/** Root of a tree of a size, from a checkpoint beside the proof; and whether somebody vouches for it. */
function rootBeside(
  { place }: Proof,
  size: number,
  evidence: EvidenceView,
): { root: string; by: string; verdict: string } | null {
  const near = evidence
    .facts('checkpoint')
    .filter((each) => each.size === size && folderOf(each.place.path) === folderOf(place.path));
  const [first] = near;
  if (first === undefined || near.some(({ root }) => root !== first.root)) return null;
  return {
    root: Buffer.from(first.root, 'base64').toString('hex'),
    by: first.place.path,
    verdict: evidence.outcomes.get(first.signature)?.verdict ?? 'undecided',
  };
}

function holds(proof: Proof, fromRoot: string | null, root: string): boolean {
  const path = proof.path.map(bytes);
  const { subtree } = proof;
  if (proof.what === 'inclusion') {
    if (proof.leaf === null) return false;
    if (subtree === null) return verifyInclusion(bytes(proof.leaf), proof.index, proof.size, path, bytes(root));
    // A leaf of a subtree is proven as in a tree of its width (draft-ietf-plants-merkle-tree-certs, 4.3.2).
    return (
      isSubtree(subtree.start, subtree.end) &&
      proof.index >= subtree.start &&
      verifyInclusion(bytes(proof.leaf), proof.index - subtree.start, subtree.end - subtree.start, path, bytes(root))
    );
  }
  if (fromRoot === null) return false;
  return subtree === null
    ? verifyConsistency(proof.from, proof.size, bytes(fromRoot), bytes(root), path)
    : verifySubtreeConsistency(subtree.start, subtree.end, proof.size, bytes(fromRoot), bytes(root), path);
}

/** Proofs lead from what they prove to the root of their tree (RFC 9162, 2.1.3.2 and 2.1.4.2). */
export const merkleProofs: Rule = {
  id: 'merkle-proofs',
  title: 'Merkle proofs lead to their roots',
  verify(evidence, checks) {
    for (const proof of evidence.facts('proof')) {
      const later = proof.root === null ? rootBeside(proof, proof.size, evidence) : null;
      const earlier =
        proof.what === 'consistency' && proof.fromRoot === null ? rootBeside(proof, proof.from, evidence) : null;
      const root = proof.root ?? later?.root ?? null;
      const fromRoot = proof.fromRoot ?? earlier?.root ?? null;
      const base = {
        rule: 'merkle-proofs',
        aspect: 'chain',
        subject: proof.place.path,
        location: proof.place,
        expected: root === null ? null : `sha256:${root}`,
        actual: null,
      } as const;
      if (root === null || (proof.what === 'consistency' && fromRoot === null)) {
        checks.add({
          ...base,
          verdict: 'undecided',
          code: 'proof-without-root',
          vouched: 'nobody',
          message: `The proof speaks of a tree of ${proof.size} leaves, and no root of that tree is here.`,
          settledBy: 'A checkpoint of the log at that size.',
        });
        continue;
      }
      if (proof.isLeafElsewhere === true) {
        checks.add({
          ...base,
          verdict: 'undecided',
          code: 'proof-without-leaf',
          vouched: 'nobody',
          message: `The proof is about entry ${proof.index} of a log of ${proof.size}; what was logged there is not here.`,
          settledBy: 'The file that was logged, under the name of the proof without its ending.',
        });
        continue;
      }
      const carried = proof.signature === undefined ? undefined : evidence.outcomes.get(proof.signature);
      const isSigned = [later, earlier].some((each) => each?.verdict === 'pass') || carried?.verdict === 'pass';
      const words =
        proof.what === 'inclusion' ? 'the entry is in the tree' : 'the one tree is the beginning of the other';
      if (holds(proof, fromRoot, root))
        checks.add({
          ...base,
          verdict: 'pass',
          code: 'proof-holds',
          vouched: isSigned ? 'log' : 'producer',
          message: `The proof leads to the root ${later === null ? 'that stands in it' : `of ${later.by}`}: ${words}.${isSigned ? '' : ' Nobody you named vouches for that root.'}`,
        });
      else
        checks.add({
          ...base,
          verdict: 'fail',
          code: 'proof-invalid',
          vouched: 'nobody',
          message: `The proof does not lead to the root ${later === null ? 'that stands in it' : `of ${later.by}`}: that ${words} is not shown.`,
        });
    }
  },
};
