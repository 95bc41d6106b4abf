import type { FactOf } from '../../../shared/fact.ts';
import type { Vouched } from '../../../shared/verdict.ts';
import type { CheckSink, EvidenceView } from './rule.ts';

type Ledger = FactOf<'ledger'>;
type Stated = NonNullable<Ledger['statedHeads']>[number];

/** Who outside vouches for a file as it is here, whole: a time-stamper, a signature of its own, a signed list. */
export function heldBy(
  path: string,
  evidence: EvidenceView,
): { by: string; vouched: Vouched; at: string | null } | null {
  for (const { over, verdict, by, vouched, provenAt } of evidence.outcomes.values())
    if (over === path && verdict === 'pass') return { by, vouched, at: provenAt };
  for (const { id, detached, scheme, place } of evidence.facts('signature')) {
    // What states a head may hold the signature over it itself.
    const isOver = detached === undefined ? scheme === 'raw' && place.path === path : detached.over === path;
    const outcome = isOver ? evidence.outcomes.get(id) : undefined;
    if (outcome?.verdict === 'pass') return { by: outcome.by, vouched: outcome.vouched, at: outcome.provenAt };
  }
  const digest = evidence.file(path)?.digest ?? null;
  for (const { signature, items } of evidence.facts('listing')) {
    const outcome = signature === null ? undefined : evidence.outcomes.get(signature);
    if (outcome?.verdict !== 'pass' || digest === null) continue;
    if (items.some((item) => item.path === path && item.range === undefined && item.digests.includes(digest)))
      return { by: outcome.by, vouched: outcome.vouched, at: outcome.provenAt };
  }
  return null;
}

/** Whether a ledger has the head and as many entries as are stated. */
export const agreesWith = (ledger: Ledger, { head, entry, size }: Stated): boolean =>
  (size === undefined || ledger.entries >= size || countsRows(ledger, size)) &&
  (head === null ||
    (entry !== null &&
      (size === undefined || entry === size || (entry === ledger.entries && countsRows(ledger, size)))));

/** Whether a count is of the entries with rows before or after them, or with both. */
const countsRows = ({ entries, frame }: Ledger, size: number): boolean =>
  frame !== undefined &&
  [frame.before, frame.after, frame.before + frame.after].some((beside) => entries + beside === size);

/** Whether what a file states is of this ledger: of several in a folder, what fits one does not speak of the others. */
export const hasHead = (ledger: Ledger, { path }: Stated): boolean =>
  (ledger.statedHeads ?? []).some((each) => each.path === path && agreesWith(ledger, each));

const base = (ledger: Ledger) => ({ rule: 'ledger-anchored', subject: ledger.place.path }) as const;

/** Says that somebody outside vouches for the whole record; true where somebody does. */
export function holdWhole(ledger: Ledger, evidence: EvidenceView, checks: CheckSink): boolean {
  const held = ledger.entries === 0 ? null : heldBy(ledger.place.path, evidence);
  if (held === null) return false;
  checks.add({
    ...base(ledger),
    aspect: 'completeness',
    verdict: 'pass',
    code: 'ledger-anchored',
    location: ledger.place,
    expected: null,
    actual: null,
    vouched: held.vouched,
    message: `${held.by} vouches for this file with ${ledger.entries === 1 ? 'its one entry' : `all of its ${ledger.entries} entries`}${held.at === null ? '' : `, as it stood at ${held.at}`}: none was cut off since.`,
  });
  return true;
}

/**
 * A head or a count kept in a file beside the ledger. It contradicts where the ledger has no such entry; that it agrees
 * proves completeness only where somebody outside vouches for that file. True where somebody does.
 */
export function holdStatedHead(ledger: Ledger, stated: Stated, evidence: EvidenceView, checks: CheckSink): boolean {
  const { path, head, entry, size } = stated;
  const location = { ...ledger.place, entry: ledger.entries };
  const held = heldBy(path, evidence);
  const vouched = held?.vouched ?? 'producer';
  if (size !== undefined && ledger.entries < size && !countsRows(ledger, size)) {
    checks.add({
      ...base(ledger),
      aspect: 'chain',
      verdict: 'fail',
      code: 'ledger-shorter',
      location,
      expected: `${size} entries`,
      actual: `${ledger.entries} entries`,
      vouched,
      message: `The ledger ends at entry ${ledger.entries}; ${path} states ${size}. ${size - ledger.entries} were cut off.`,
    });
    return true;
  }
  if (!agreesWith(ledger, stated)) {
    checks.add({
      ...base(ledger),
      aspect: 'chain',
      verdict: 'fail',
      code: 'ledger-head-differs',
      location,
      expected: head ?? '',
      actual: ledger.head ?? '',
      vouched,
      message: `${size === undefined ? 'No entry has' : `Entry ${size} has not`} the hash that ${path} states as the head: entries were cut off the end, or changed, after it was written.`,
    });
    return true;
  }
  // A count alone says how many there were; what is called expected says how many there must be.
  if (head === null && size !== undefined && ledger.entries > size) {
    const isExpected = /expect/i.test(path.slice(path.lastIndexOf('/') + 1));
    checks.add({
      ...base(ledger),
      aspect: 'completeness',
      verdict: isExpected ? 'fail' : 'warn',
      code: 'ledger-longer',
      location: { ...ledger.place, entry: size + 1 },
      expected: `${size} entries`,
      actual: `${ledger.entries} entries`,
      vouched,
      message: `${path} states ${size} entries, and the ledger has ${ledger.entries}: ${ledger.entries - size} were added${isExpected ? '' : ' since, or the count is of another record'}.`,
    });
    return false;
  }
  const reaches = entry ?? size ?? 0;
  if (held === null || head === null) return false;
  checks.add({
    ...base(ledger),
    aspect: 'completeness',
    verdict: reaches === ledger.entries ? 'pass' : 'undecided',
    code: reaches === ledger.entries ? 'ledger-anchored' : 'ledger-tail-not-anchored',
    location,
    expected: head,
    actual: ledger.head ?? '',
    vouched,
    message:
      reaches === ledger.entries
        ? `The last entry is the head in ${path}, for which ${held.by} vouches: nothing was cut off.`
        : `${held.by} vouches for the head in ${path}, which is entry ${reaches}; nothing outside holds the ${ledger.entries - reaches} entries after it.`,
    settledBy: reaches === ledger.entries ? '' : 'A later head.',
    partial: reaches !== ledger.entries,
  });
  return true;
}

/** Two records that begin alike are copies of one: either the shorter is the beginning of the longer, or one was changed. */
export function holdCopies(ledger: Ledger, others: readonly Ledger[], checks: CheckSink): void {
  const start = ledger.rootsAt['1'];
  if (start === undefined || ledger.entries === 0) return;
  for (const other of others) {
    if (other.rootsAt['1'] !== start || other.entries < ledger.entries) continue;
    const there = other.entries === ledger.entries ? other.root : other.rootsAt[String(ledger.entries)];
    if (there === undefined || (there === ledger.root && other.entries === ledger.entries)) continue;
    const isBeginning = there === ledger.root;
    checks.add({
      ...base(ledger),
      aspect: 'chain',
      verdict: isBeginning ? 'warn' : 'fail',
      code: isBeginning ? 'ledger-shorter' : 'ledger-copies-differ',
      location: { ...ledger.place, entry: ledger.entries },
      expected: isBeginning ? `${other.entries} entries` : there,
      actual: isBeginning ? `${ledger.entries} entries` : ledger.root,
      vouched: 'producer',
      message: isBeginning
        ? `Its ${ledger.entries} entries are the beginning of ${other.place.path}, which has ${other.entries}: this is an older copy, or its end was cut off.`
        : `It begins as ${other.place.path} does, and the first ${ledger.entries} entries of the two differ: one of them was changed.`,
    });
  }
}
