import type { Elsewhere } from './report-package.ts';

/** Names that are in no list, of which so many are remembered. */
const remembered = 1_000;
/** So much of what is looked for must be there, of 1: fewer are files that have a name in common. */
const nearlyAll = 0.9;

/** Prefixes of a name that end with its slashes, each with what follows. */
function* splits(name: string): Generator<[before: string, after: string]> {
  for (let at = name.indexOf('/'); at >= 0; at = name.indexOf('/', at + 1))
    yield [name.slice(0, at), name.slice(at + 1)];
}
const most = (tally: ReadonlyMap<string, number>): [folder: string, files: number] =>
  [...tally].reduce((best, each) => (each[1] > best[1] ? each : best), ['', 0]);

/**
 * Finds out whether a folder too high or too low was named as the evidence: the names that are in no list are those of
 * the list with a folder more before them, or with one less.
 */
export class ElsewhereSearch {
  private readonly wanted: ReadonlySet<string>;
  private readonly below = new Map<string, number>();
  private readonly names = new Set<string>();
  /** @param wanted names of the list */
  constructor(wanted: ReadonlySet<string>) {
    this.wanted = wanted;
  }
  /** A name that is there and not in the list. */
  add(name: string): void {
    for (const [before, after] of splits(name))
      if (this.wanted.has(after)) this.below.set(before, (this.below.get(before) ?? 0) + 1);
    if (this.names.size < remembered) this.names.add(name);
  }
  /** @param held how many of the list are where they should be @param isArchive whether an archive was named */
  found(held: number, isArchive: boolean): Elsewhere | null {
    const missing = this.wanted.size - held;
    if (missing === 0 || missing < nearlyAll * this.wanted.size) return null;
    const [folder, files] = most(this.below);
    if (files >= nearlyAll * missing) return { folder, files, lies: isArchive ? 'in an archive' : 'in a folder' };
    if (this.names.size === 0) return null;
    const above = new Map<string, number>();
    for (const name of this.wanted)
      for (const [before, after] of splits(name))
        if (this.names.has(after)) above.set(before, (above.get(before) ?? 0) + 1);
    const [around, part] = most(above);
    return part >= nearlyAll * this.names.size ? { folder: around, files: part, lies: 'around' } : null;
  }
}
