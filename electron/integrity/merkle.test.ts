import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  consistencyProof,
  emptyRoot,
  inclusionProofs,
  leafHash,
  rootOf,
  TreeBuilder,
  verifyConsistency,
  verifyInclusion,
} from './merkle.ts';

const corpus = '../shared/corpora/merkle';
const cases: { id: string; group: string; expected: string; path: string }[] = existsSync(corpus)
  ? JSON.parse(readFileSync(`${corpus}/GIVE/cases.json`, 'utf8')).cases
  : [];
const bytes = (text: unknown) => Buffer.from(typeof text === 'string' ? text : '', 'base64');
const leaves = Array.from({ length: 33 }, (_, i) => leafHash(`entry ${i}`));

describe('Merkle trees', () => {
  it.skipIf(cases.length === 0)(
    'agrees with every inclusion and consistency vector (skipped where the corpus is not there)',
    () => {
      let agreed = 0;
      const differing: string[] = [];
      for (const { id, group, path } of cases) {
        if (group !== 'inclusion' && group !== 'consistency') continue;
        const v = JSON.parse(readFileSync(`${corpus}/${path}`, 'utf8'));
        const proof = (v.proof ?? []).map(bytes);
        const holds =
          group === 'inclusion'
            ? verifyInclusion(bytes(v.leafHash), v.leafIdx, v.treeSize, proof, bytes(v.root))
            : verifyConsistency(v.size1, v.size2, bytes(v.root1), bytes(v.root2), proof);
        if (holds === !v.wantErr) agreed += 1;
        else differing.push(id);
      }
      expect(differing).toEqual([]);
      expect(agreed).toBeGreaterThan(100);
    },
  );

  it('grows on from its full subtrees alone as it grows from the beginning', () => {
    for (let size = 0; size <= leaves.length; size++) {
      const first = new TreeBuilder();
      for (const leaf of leaves.slice(0, size)) first.append(leaf);
      const again = TreeBuilder.from(size, first.subtrees());
      for (const leaf of leaves.slice(size)) again?.append(leaf);
      expect([again?.size, again?.root()]).toEqual([leaves.length, rootOf(leaves)]);
      expect(TreeBuilder.from(size, [...first.subtrees(), leafHash('x')])).toBeNull();
    }
    for (const size of [-1, 1.5, 2 ** 53]) expect(TreeBuilder.from(size, [leafHash('x')])).toBeNull();
    expect(TreeBuilder.from(1, [Buffer.alloc(31)])).toBeNull();
  });

  it('takes leaves one by one and many at once alike, however they are divided', () => {
    for (let first = 0; first <= leaves.length; first++)
      for (const second of [first, first + 1, first + 6, leaves.length]) {
        const tree = new TreeBuilder();
        for (const part of [leaves.slice(0, first), leaves.slice(first, second), leaves.slice(Math.max(first, second))])
          tree.appendAll(Buffer.concat(part));
        expect(tree.size).toBe(leaves.length);
        expect(tree.root()).toEqual(rootOf(leaves));
      }
  });

  it('proves each entry and each earlier size, and nothing else', () => {
    for (let size = 1; size <= leaves.length; size++) {
      const part = leaves.slice(0, size);
      const root = rootOf(part);
      const proofOf = inclusionProofs(part);
      for (let index = 0; index < size; index++) {
        const proof = proofOf(index);
        expect(verifyInclusion(leafHash(`entry ${index}`), index, size, proof, root)).toBe(true);
        expect(verifyInclusion(leafHash('another'), index, size, proof, root)).toBe(false);
        expect(verifyInclusion(leafHash(`entry ${index}`), index, size, [...proof, leafHash('')], root)).toBe(false);
      }
      for (let from = 1; from <= size; from++) {
        const proof = consistencyProof(part, from);
        expect(verifyConsistency(from, size, rootOf(leaves.slice(0, from)), root, proof)).toBe(true);
        if (from < size) expect(verifyConsistency(from, size, leafHash('x'), root, proof)).toBe(false);
      }
    }
  });

  it('proves every entry of a long journal, whose nodes are not computed for each of them again', () => {
    const many = Array.from({ length: 6_001 }, (_, i) => leafHash(`act ${i}`));
    const root = rootOf(many);
    const proofOf = inclusionProofs(many);
    expect(many.every((leaf, index) => verifyInclusion(leaf, index, many.length, proofOf(index), root))).toBe(true);
    for (const outside of [-1, 6_001, 0.5]) expect(() => proofOf(outside)).toThrow(RangeError);
  });

  it('grows to the same root at every size', () => {
    const tree = new TreeBuilder();
    expect(tree.root()).toEqual(emptyRoot());
    for (const [i, leaf] of leaves.entries()) {
      tree.append(leaf);
      expect(tree.root()).toEqual(rootOf(leaves.slice(0, i + 1)));
    }
    expect(emptyRoot().toString('hex')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(() => tree.append(Buffer.alloc(31))).toThrow(RangeError);
  });
});
