import type { FactOf } from '../../shared/fact.ts';
import type { EvidenceView } from './rules/rule.ts';

/**
 * Files of which a listing by ranges does not cover all: what is appended, or left out between, has no digest.
 * @returns each with the bytes that are covered from its beginning without a gap, and those that it has
 */
export function partlyCovered(
  listing: FactOf<'listing'>,
  evidence: EvidenceView,
): { path: string; covered: number; bytes: number }[] {
  const shards = new Map<string, { start: number; end: number }[]>();
  for (const { path, range } of listing.items) {
    if (path === null || range === undefined) continue;
    const known = shards.get(path);
    if (known === undefined) shards.set(path, [range]);
    else known.push(range);
  }
  return [...shards].flatMap(([path, ranges]) => {
    const bytes = evidence.file(path)?.bytes;
    let covered = 0;
    for (const { start, end } of ranges.sort((a, b) => a.start - b.start)) {
      if (start > covered) break;
      covered = Math.max(covered, end);
    }
    return bytes === undefined || covered === bytes ? [] : [{ path, covered, bytes }];
  });
}
