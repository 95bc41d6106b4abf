/**
 * What each of several paths is called beside the others: its last part, with as many folders before it as tell it from
 * those that end alike. Equal paths stay equal.
 */
export function distinctNames(paths: readonly string[]): string[] {
  const parts = paths.map((path) => path.split('/'));
  const lengths = parts.map(() => 1);
  const called = (index: number): string => parts[index]?.slice(-(lengths[index] ?? 1)).join('/') ?? '';
  const deepest = Math.max(1, ...parts.map(({ length }) => length));
  for (let depth = 1; depth < deepest; depth += 1) {
    const seen = new Map<string, Set<string>>();
    for (const [index, path] of paths.entries()) {
      const same = seen.get(called(index)) ?? new Set();
      seen.set(called(index), same.add(path));
    }
    let isDone = true;
    for (const index of paths.keys()) {
      if ((seen.get(called(index))?.size ?? 0) < 2 || (lengths[index] ?? 0) > depth) continue;
      lengths[index] = depth + 1;
      isDone = false;
    }
    if (isDone) break;
  }
  return paths.map((_, index) => called(index));
}
