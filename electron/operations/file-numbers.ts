import type { EvidenceFile } from '../../shared/evidence.ts';
import type { Fact } from '../../shared/fact.ts';

/**
 * The numbers of files in an import, in the order of their paths, known as soon as everything was read: what a list
 * names and is not here has one too, for it may turn out to be missing. Numbers of files that do not are left out.
 */
export class FileNumbers {
  /** Place of each file among those that are here. */
  readonly places = new Map<string, number>();
  private readonly files: readonly EvidenceFile[];
  /** Paths that are only listed, in order. */
  private readonly absent: string[];
  private readonly absentNumbers = new Map<string, number>();
  private readonly numbers: Int32Array;

  /** @param files in the order of their paths */
  constructor(files: readonly EvidenceFile[], facts: readonly Fact[]) {
    this.files = files;
    for (const [place, { path }] of files.entries()) this.places.set(path, place);
    const absent = new Set<string>();
    for (const fact of facts)
      if (fact.kind === 'listing')
        for (const { path } of fact.items) if (path !== null && !this.places.has(path)) absent.add(path);
    this.absent = [...absent].sort();
    this.numbers = new Int32Array(files.length);
    let before = 0;
    const absentUpTo = (path: string | null) => {
      for (
        let next = this.absent[before];
        next !== undefined && (path === null || next < path);
        next = this.absent[before]
      )
        this.absentNumbers.set(next, place + ++before);
    };
    let place = 0;
    for (; place < files.length; place += 1) {
      absentUpTo(files[place]?.path ?? '');
      this.numbers[place] = place + before + 1;
    }
    absentUpTo(null);
  }

  /** Number of a file that is here or listed, from 1; undefined for any other path. */
  of(path: string): number | undefined {
    const place = this.places.get(path);
    return place === undefined ? this.absentNumbers.get(path) : this.numbers[place];
  }
  digestOf(path: string): string | null | undefined {
    const place = this.places.get(path);
    return place === undefined ? undefined : this.files[place]?.digest;
  }
}
