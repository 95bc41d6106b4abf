import { TreeBuilder } from './merkle.ts';

/** The RFC 9162 tree over entries as they come, with its roots at the sizes that were asked for. */
export class SizedTree {
  readonly roots = new Map<number, Buffer>();
  private readonly tree = new TreeBuilder();
  private readonly sizes: ReadonlySet<number>;

  constructor(sizes: ReadonlySet<number>) {
    this.sizes = sizes;
    if (sizes.has(0)) this.roots.set(0, this.tree.root());
  }

  get size(): number {
    return this.tree.size;
  }

  add(entry: Uint8Array): void {
    this.tree.appendEntry(entry);
    if (this.sizes.has(this.tree.size)) this.roots.set(this.tree.size, this.tree.root());
  }

  /** Hashes of leaves that stand one after another, 32 bytes each. */
  addAll(leaves: Uint8Array): void {
    const from = this.tree.size;
    const to = from + leaves.length / 32;
    for (const size of [...this.sizes].filter((each) => each > from && each <= to).sort((a, b) => a - b)) {
      this.tree.appendAll(leaves.subarray((this.tree.size - from) * 32, (size - from) * 32));
      this.roots.set(size, this.tree.root());
    }
    this.tree.appendAll(leaves.subarray((this.tree.size - from) * 32));
  }

  root(): Buffer {
    return this.tree.root();
  }
}
