import { hash } from 'node:crypto';

// Hashes go about as texts of 32 characters, one a byte: Node gives a text in half the time that a Buffer takes.
const hashOf = (bytes: Uint8Array): string => hash('sha256', bytes, 'binary');
const bytesOf = (text: string): Buffer => Buffer.from(text, 'latin1');
const nodeScratch = Buffer.alloc(65, 1);
let leafScratch: Buffer = Buffer.alloc(4_096);

function leafText(entry: Uint8Array): string {
  if (entry.length >= leafScratch.length) leafScratch = Buffer.alloc(entry.length * 2);
  leafScratch[0] = 0;
  leafScratch.set(entry, 1);
  return hashOf(leafScratch.subarray(0, entry.length + 1));
}
function nodeText(left: string, right: string): string {
  nodeScratch.write(left, 1, 32, 'latin1');
  nodeScratch.write(right, 33, 32, 'latin1');
  return hashOf(nodeScratch);
}

/** Hash of a leaf: SHA-256(0x00 ‖ entry) (RFC 9162, 2.1.1). */
export const leafHash = (entry: Uint8Array | string): Buffer =>
  bytesOf(leafText(typeof entry === 'string' ? Buffer.from(entry) : entry));
/** Hash of an inner node: SHA-256(0x01 ‖ left ‖ right), each 32 bytes. */
export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  nodeScratch.set(left, 1);
  nodeScratch.set(right, 33);
  return bytesOf(hashOf(nodeScratch));
}
export const emptyRoot = (): Buffer => bytesOf(hashOf(new Uint8Array()));

/** A growing tree in memory that is logarithmic in its size: the roots of its full subtrees, largest first. */
export class TreeBuilder {
  size = 0;
  private readonly full: string[] = [];

  /** Appends the hash of a leaf, 32 bytes. */
  append(leaf: Uint8Array): void {
    if (leaf.length !== 32) throw new RangeError('The hash of a leaf has 32 bytes.');
    this.push(Buffer.from(leaf).toString('latin1'));
  }

  /** Appends an entry by its bytes. */
  appendEntry(entry: Uint8Array): void {
    this.push(leafText(entry));
  }

  /** Appends the hashes of leaves that stand one after another, 32 bytes each. */
  appendAll(leaves: Uint8Array): void {
    const all = Buffer.from(leaves.buffer, leaves.byteOffset, leaves.length);
    let at = this.size % 2 === 1 ? 32 : 0;
    if (at > 0 && all.length > 0) this.push(all.toString('latin1', 0, at));
    // Two and two as they stand: no text is made of either.
    for (; at + 64 <= all.length; at += 64) {
      all.copy(nodeScratch, 1, at, at + 64);
      this.join(hashOf(nodeScratch), this.size / 2);
      this.size += 2;
    }
    if (at < all.length) this.push(all.toString('latin1', at, at + 32));
  }

  private push(leaf: string): void {
    this.join(leaf, this.size);
    this.size += 1;
  }
  /** A full subtree after those that stand. @param place how many of its height come before it */
  private join(root: string, place: number): void {
    let top = root;
    for (let bits = place; bits % 2 === 1; bits = (bits - 1) / 2) top = nodeText(this.full.pop() ?? top, top);
    this.full.push(top);
  }

  /** Roots of its full subtrees, largest first: all that it takes to grow on. */
  subtrees(): Buffer[] {
    return this.full.map(bytesOf);
  }

  /** The tree of a size with these full subtrees; null where a tree of that size has another number of them. */
  static from(size: number, subtrees: readonly Uint8Array[]): TreeBuilder | null {
    if (!Number.isSafeInteger(size) || size < 0 || !subtrees.every(isHash)) return null;
    if (BigInt(size).toString(2).replaceAll('0', '').length !== subtrees.length) return null;
    const tree = new TreeBuilder();
    tree.size = size;
    for (const each of subtrees) tree.full.push(Buffer.from(each).toString('latin1'));
    return tree;
  }

  /** Root at the present size. */
  root(): Buffer {
    let top = this.full.at(-1);
    if (top === undefined) return emptyRoot();
    for (let i = this.full.length - 2; i >= 0; i--) top = nodeText(this.full[i] ?? top, top);
    return bytesOf(top);
  }
}

/** Root over the hashes of leaves. */
export function rootOf(leaves: readonly Uint8Array[]): Buffer {
  const tree = new TreeBuilder();
  for (const leaf of leaves) tree.append(leaf);
  return tree.root();
}

/** Largest power of two smaller than n, for n > 1. */
const split = (n: number): number => 2 ** Math.floor(Math.log2(n - 1));

/**
 * Audit paths of leaves, deepest first (RFC 9162, 2.1.3.1). Every node of the tree is computed once, so that the paths
 * of many leaves cost little more than that of one. @returns the path of a leaf; it throws RangeError outside the tree
 */
export function inclusionProofs(leaves: readonly Uint8Array[]): (index: number) => Buffer[] {
  // By level, the roots of the full subtrees of that height.
  const levels = [leaves.map((leaf) => Buffer.from(leaf).toString('latin1'))];
  for (let below = levels[0] ?? []; below.length > 1; ) {
    const level: string[] = [];
    for (let at = 0; at + 1 < below.length; at += 2) level.push(nodeText(below[at] ?? '', below[at + 1] ?? ''));
    levels.push(level);
    below = level;
  }
  const root = (start: number, size: number): string => {
    const height = Math.log2(size);
    if (Number.isInteger(height)) return levels[height]?.[start / size] ?? '';
    const k = split(size);
    return nodeText(root(start, k), root(start + k, size - k));
  };
  const path = (start: number, size: number, index: number): Buffer[] => {
    if (size === 1) return [];
    const k = split(size);
    return index < k
      ? [...path(start, k, index), bytesOf(root(start + k, size - k))]
      : [...path(start + k, size - k, index - k), bytesOf(root(start, k))];
  };
  return (index) => {
    if (!Number.isInteger(index) || index < 0 || index >= leaves.length)
      throw new RangeError('The entry is outside the tree.');
    return path(0, leaves.length, index);
  };
}

const same = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;
const isHash = (value: Uint8Array) => value.length === 32;

/** RFC 9162, 2.1.3.2. False also for hashes of a wrong length, an empty tree, an index outside it. */
export function verifyInclusion(
  leaf: Uint8Array,
  index: number,
  size: number,
  proof: readonly Uint8Array[],
  root: Uint8Array,
): boolean {
  if (
    ![index, size].every((n) => Number.isSafeInteger(n) && n >= 0) ||
    index >= size ||
    ![leaf, root, ...proof].every(isHash)
  )
    return false;
  let fn = index;
  let sn = size - 1;
  let hash: Buffer = Buffer.from(leaf);
  for (const step of proof) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      hash = nodeHash(step, hash);
      while (fn % 2 === 0 && fn !== 0) {
        fn /= 2;
        sn = Math.floor(sn / 2);
      }
    } else hash = nodeHash(hash, step);
    fn = Math.floor(fn / 2);
    sn = Math.floor(sn / 2);
  }
  return sn === 0 && same(hash, root);
}

/** Proof that a tree of `from` leaves is the beginning of this one (RFC 9162, 2.1.4.1). */
export function consistencyProof(leaves: readonly Uint8Array[], from: number): Buffer[] {
  if (!Number.isInteger(from) || from <= 0 || from > leaves.length)
    throw new RangeError('The earlier size is outside the tree.');
  const sub = (m: number, part: readonly Uint8Array[], whole: boolean): Buffer[] => {
    if (m === part.length) return whole ? [] : [rootOf(part)];
    const k = split(part.length);
    return m <= k
      ? [...sub(m, part.slice(0, k), whole), rootOf(part.slice(k))]
      : [...sub(m - k, part.slice(k), false), rootOf(part.slice(0, k))];
  };
  return sub(from, leaves, true);
}

/** RFC 9162, 2.1.4.2. An earlier size of 0 proves nothing and is refused, as transparency-dev does. */
export function verifyConsistency(
  first: number,
  second: number,
  firstRoot: Uint8Array,
  secondRoot: Uint8Array,
  proof: readonly Uint8Array[],
): boolean {
  if (
    ![first, second].every((n) => Number.isSafeInteger(n) && n > 0) ||
    first > second ||
    ![firstRoot, secondRoot, ...proof].every(isHash)
  )
    return false;
  if (first === second) return proof.length === 0 && same(firstRoot, secondRoot);
  const path = Number.isInteger(Math.log2(first)) ? [firstRoot, ...proof] : [...proof];
  let fn = first - 1;
  let sn = second - 1;
  while (fn % 2 === 1) {
    fn = (fn - 1) / 2;
    sn = Math.floor(sn / 2);
  }
  const [start, ...steps] = path;
  if (start === undefined) return false;
  let fr: Buffer = Buffer.from(start);
  let sr: Buffer = Buffer.from(start);
  for (const step of steps) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      fr = nodeHash(step, fr);
      sr = nodeHash(step, sr);
      while (fn % 2 === 0 && fn !== 0) {
        fn /= 2;
        sn = Math.floor(sn / 2);
      }
    } else sr = nodeHash(sr, step);
    fn = Math.floor(fn / 2);
    sn = Math.floor(sn / 2);
  }
  return sn === 0 && same(fr, firstRoot) && same(sr, secondRoot);
}

/** Whether [start, end) is a subtree: as wide as it begins evenly (draft-ietf-plants-merkle-tree-certs, 4.1). */
export function isSubtree(start: number, end: number): boolean {
  if (![start, end].every((n) => Number.isSafeInteger(n) && n >= 0) || start >= end) return false;
  let width = 1;
  while (width < end - start) width *= 2;
  return start % width === 0;
}

/** That a subtree [start, end) is part of a tree of `size` leaves (draft-ietf-plants-merkle-tree-certs, 4.4.3). */
export function verifySubtreeConsistency(
  start: number,
  end: number,
  size: number,
  subtreeRoot: Uint8Array,
  root: Uint8Array,
  proof: readonly Uint8Array[],
): boolean {
  // An empty subtree is the beginning of any tree.
  if (start === end && Number.isSafeInteger(end) && 0 <= end && end <= size)
    return proof.length === 0 && same(subtreeRoot, emptyRoot());
  if (!isSubtree(start, end) || !Number.isSafeInteger(size) || end > size) return false;
  if (![subtreeRoot, root, ...proof].every(isHash)) return false;
  let fn = start;
  let sn = end - 1;
  let tn = size - 1;
  const shift = () => {
    fn = Math.floor(fn / 2);
    sn = Math.floor(sn / 2);
    tn = Math.floor(tn / 2);
  };
  if (sn === tn) while (fn !== sn) shift();
  else while (fn !== sn && sn % 2 === 1) shift();
  const [first, ...others] = proof;
  const begin = fn === sn ? subtreeRoot : first;
  if (begin === undefined) return false;
  let fr: Buffer = Buffer.from(begin);
  let sr: Buffer = Buffer.from(begin);
  for (const step of fn === sn ? proof : others) {
    if (tn === 0) return false;
    if (sn % 2 === 1 || sn === tn) {
      if (fn < sn) fr = nodeHash(step, fr);
      sr = nodeHash(step, sr);
      while (sn % 2 === 0 && sn !== 0) shift();
    } else sr = nodeHash(sr, step);
    shift();
  }
  return tn === 0 && same(fr, subtreeRoot) && same(sr, root);
}
