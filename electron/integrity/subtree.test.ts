import { describe, expect, it } from 'vitest';
import { emptyRoot, leafHash, rootOf, verifySubtreeConsistency } from './merkle.ts';

const leaves = Array.from({ length: 13 }, (_, index) => leafHash(`leaf ${index}`));
const root = rootOf(leaves);

describe('a subtree and its tree', () => {
  it('agree by the hashes between them, and by no others', () => {
    const subtree = rootOf(leaves.slice(4, 8));
    const proof = [rootOf(leaves.slice(0, 4)), rootOf(leaves.slice(8))];
    expect(verifySubtreeConsistency(4, 8, 13, subtree, root, proof)).toBe(true);
    expect(verifySubtreeConsistency(4, 8, 13, subtree, root, proof.toReversed())).toBe(false);
    expect(verifySubtreeConsistency(4, 8, 17, subtree, root, proof)).toBe(false);
    expect(verifySubtreeConsistency(5, 8, 13, subtree, root, proof)).toBe(false);
    expect(verifySubtreeConsistency(4, 8, 13, leaves[0] ?? root, root, proof)).toBe(false);
  });
  it('that is partial at the right edge takes its own parts from the proof', () => {
    const subtree = rootOf(leaves.slice(8, 13));
    expect(verifySubtreeConsistency(8, 13, 13, subtree, root, [rootOf(leaves.slice(0, 8))])).toBe(true);
    expect(verifySubtreeConsistency(0, 13, 13, root, root, [])).toBe(true);
  });
  it('that is empty begins any tree, and has the empty root', () => {
    expect(verifySubtreeConsistency(3, 3, 13, emptyRoot(), root, [])).toBe(true);
    expect(verifySubtreeConsistency(3, 3, 13, root, root, [])).toBe(false);
    expect(verifySubtreeConsistency(14, 14, 13, emptyRoot(), root, [])).toBe(false);
  });
});
