import type { EvidenceFile, Unread } from '../../shared/evidence.ts';
import type { Fact } from '../../shared/fact.ts';
import { Failure } from '../../shared/failure.ts';
import type { Container, Entry } from './containers/container.ts';
import type { SourceTree } from './formats/tree-format.ts';
import { trees } from './formats/trees.ts';
import type { IntakeSink } from './intake.ts';
import { SourceIndex } from './neighbours.ts';
import { nothing } from './read-file.ts';
import { readHere } from './read-here.ts';

interface Taken {
  files: EvidenceFile[];
  facts: Fact[];
  unread: Unread[];
}

/** Under so many names one file is read: layouts share files, and a hostile one would share a large file often. */
const namesOfOne = 8;

/**
 * Reads what is a layout of folders and no single file. Links of such a layout that lead to files of the same source
 * become files with those bytes, and what they lead to is read under their names.
 * @param container whose entries stand in the order of `taken.files` @returns the same, where nothing of it is here
 */
export async function readTrees(
  container: Container,
  taken: Taken,
  sink: IntakeSink,
  signal: AbortSignal,
): Promise<Taken & { container: Container }> {
  const known = lookups(container, taken.files);
  const tree = treeOf(container, taken, known);
  const standIns = new Map<string, Entry>();
  const own = new Map<string, string>();
  const added: Fact[] = [];
  for (const format of trees) {
    const found = await format.read(tree);
    if (found === null) continue;
    for (const fact of found.facts) added.push(fact);
    for (const [path, kind] of found.own) own.set(path, kind);
    for (const [path, target] of found.standIns) {
      const entry = known().entries.get(target);
      if (entry !== undefined) standIns.set(path, entry);
    }
  }
  if (added.length === 0 && standIns.size === 0) return { ...taken, container };
  const { entries, files } = known();

  const virtual = new Map<string, Entry>();
  for (const [path, entry] of standIns) if (!entries.has(path)) virtual.set(path, entry);
  const targets = new Set([...standIns.values()].map(({ path }) => path));
  const facts = taken.facts.filter(({ place }) => !own.has(place.path) && !targets.has(place.path));
  const unread = taken.unread.filter(
    ({ path }) => !virtual.has(path) && (!own.has(path) || files.get(path)?.digest === null),
  );
  for (const [path, format] of own) {
    const file = files.get(path);
    if (file !== undefined) Object.assign(file, { format, unread: file.digest === null ? file.unread : null });
  }
  const all = [
    ...container.entries.map((entry, i) => ({ entry, file: taken.files[i] })),
    ...[...virtual].map(([path, entry]) => {
      const file = files.get(entry.path);
      return { entry: { ...entry, path }, file: file === undefined ? undefined : { ...file, path } };
    }),
  ].sort((a, b) => (a.entry.path < b.entry.path ? -1 : 1));
  for (const { entry, file } of all) if (file !== undefined) files.set(entry.path, file);

  // Read under the names that the links give them, among the files that lie beside the links.
  const reading: Container = { ...container, open: (entry) => container.open(standIns.get(entry.path) ?? entry) };
  const index = new SourceIndex(all.map(({ entry }) => entry));
  const times = new Map<Entry, number>();
  const again = new Set<string>();
  for (const [path, entry] of standIns) {
    const before = times.get(entry) ?? 0;
    times.set(entry, before + 1);
    const file = files.get(path);
    const target = files.get(entry.path);
    if (before >= namesOfOne || target?.digest == null || file === undefined) continue;
    const last = { ...nothing, digest: target.digest, waits: true };
    const found = await readHere(reading, { ...entry, path }, last, index, sink, signal);
    again.add(`${entry.path} ${found.format}`);
    for (const fact of found.facts) facts.push(fact);
    Object.assign(file, { format: found.format ?? file.format, unread: found.why });
    if (found.why !== null) unread.push({ path, why: found.why });
  }
  // What was recognised by its bytes alone, and not under any name of a link, stays what it is.
  for (const fact of taken.facts)
    if (targets.has(fact.place.path) && !again.has(`${fact.place.path} ${files.get(fact.place.path)?.format}`))
      facts.push(fact);
  for (const fact of added) facts.push(fact);
  return {
    files: all.flatMap(({ file }) => file ?? []),
    facts,
    unread,
    container: {
      ...container,
      entries: all.map(({ entry }) => entry),
      locate: (entry) => container.locate(virtual.get(entry.path) ?? entry),
      open: (entry) => container.open(virtual.get(entry.path) ?? entry),
    },
  };
}

interface Lookups {
  entries: Map<string, Entry>;
  files: Map<string, EvidenceFile>;
}
/** By path, made when first asked for: most sources hold no such layout. */
function lookups(container: Container, files: readonly EvidenceFile[]): () => Lookups {
  let made: Lookups | null = null;
  return () => {
    made ??= {
      entries: new Map(container.entries.map((entry) => [entry.path, entry])),
      files: new Map(files.map((file) => [file.path, file])),
    };
    return made;
  };
}

function treeOf(container: Container, { files, facts }: Taken, known: () => Lookups): SourceTree {
  return {
    files,
    facts,
    file: (path) => known().files.get(path) ?? null,
    links: container.links ?? new Map(),
    async peek(path, limit) {
      const entry = known().entries.get(path);
      if (entry === undefined || entry.bytes > limit) return null;
      try {
        const access = await container.open(entry);
        try {
          return Uint8Array.from(access.read(0, access.bytes));
        } finally {
          access.close();
        }
      } catch (error) {
        if (error instanceof Failure) throw error;
        return null;
      }
    },
  };
}
