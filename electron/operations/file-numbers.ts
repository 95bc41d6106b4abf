import type { EvidenceFile } from '../../shared/evidence.ts';
import type { Fact, FactOf } from '../../shared/fact.ts';

type Listing = FactOf<'listing'>;

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
  private readonly listed = new Map<Listing, Int32Array>();

  /** @param files in the order of their paths */
  constructor(files: readonly EvidenceFile[], facts: readonly Fact[]) {
    this.files = files;
    for (let place = 0; place < files.length; place += 1) this.places.set(files[place]?.path ?? '', place);
    const absent = new Set<string>();
    for (const fact of facts) {
      if (fact.kind !== 'listing') continue;
      const places = this.placesOf(fact);
      fact.items.forEach(({ path }, item) => {
        if (path !== null && places[item] === -1) absent.add(path);
      });
    }
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
  /** By item of a list, the place of the file that it speaks of; -1 for none that is here. Looked up once. */
  placesOf(listing: Listing): Int32Array {
    const known = this.listed.get(listing);
    if (known !== undefined) return known;
    const found = Int32Array.from(listing.items, ({ path }) => (path === null ? -1 : (this.places.get(path) ?? -1)));
    this.listed.set(listing, found);
    return found;
  }
  /** Number of the file at a place. */
  at(place: number): number {
    return this.numbers[place] ?? 0;
  }
  pathAt(place: number): string | undefined {
    return this.files[place]?.path;
  }
  digestAt(place: number): string | null {
    return this.files[place]?.digest ?? null;
  }
  digestOf(path: string): string | null | undefined {
    const place = this.places.get(path);
    return place === undefined ? undefined : this.files[place]?.digest;
  }
}
