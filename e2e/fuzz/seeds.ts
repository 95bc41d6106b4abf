import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';

/** A file to begin from, with the folder that makes sense of it. */
export interface Seed {
  /** Where it was found, for a report. */
  from: string;
  path: string;
  /** Folder of its case, whose small neighbours are laid beside it; null where it stands alone. */
  folder: string | null;
}

const largest = 256 * 1024;

function walk(folder: string, each: (path: string) => void): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) walk(path, each);
    else if (entry.isFile() && statSync(path).size <= largest) each(path);
  }
}

/** Every small file of the labelled folders: cases of corpora in their folder, hostile files alone. */
export function seedsIn(roots: readonly string[]): Seed[] {
  const seeds: Seed[] = [];
  for (const root of roots.filter(existsSync))
    for (const name of readdirSync(root).sort())
      for (const part of ['GIVE', 'cases']) {
        const cases = join(root, name, part);
        if (!existsSync(cases) || !statSync(cases).isDirectory()) continue;
        for (const entry of readdirSync(cases, { withFileTypes: true })) {
          const place = join(cases, entry.name);
          const add = (path: string) =>
            seeds.push({ from: relative(root, path), path, folder: entry.isDirectory() ? place : null });
          if (entry.isDirectory()) walk(place, add);
          else if (entry.isFile() && statSync(place).size <= largest && entry.name !== 'cases.json') add(place);
        }
      }
  return seeds;
}

/** The neighbours of a seed in its case, itself left out; a few hundred KiB at most. */
export function neighboursOf({ path, folder }: Seed): { name: string; bytes: Buffer }[] {
  if (folder === null) return [];
  const found: { name: string; bytes: Buffer }[] = [];
  let size = 0;
  walk(folder, (each) => {
    if (each === path || found.length >= 40 || size > 512 * 1024) return;
    const bytes = readFileSync(each);
    size += bytes.length;
    found.push({ name: relative(folder, each), bytes });
  });
  return found;
}
