import type { FactOf } from '../../../shared/fact.ts';
import type { CheckSink, EvidenceView, Rule } from './rule.ts';

const folderOf = (path: string) => path.slice(0, Math.max(0, path.lastIndexOf('/')));

/** Entries of a ledger follow from one another by the rule that its own records show. */
export const ledgerLinks: Rule = {
  id: 'ledger-links',
  title: 'Ledger entries link',
  verify(evidence, checks) {
    for (const ledger of evidence.facts('ledger')) {
      const base = { rule: 'ledger-links', aspect: 'chain', subject: ledger.place.path, expected: null, actual: null, vouched: 'producer' } as const;
      if (ledger.entries === 0) {
        checks.add({ ...base, verdict: 'undecided', code: 'nothing-checked', location: ledger.place, vouched: 'nobody', message: '0 items checked: this ledger has no entries.', settledBy: 'The ledger with its entries.' });
        continue;
      }
      for (const found of ledger.breaks) {
        const location = { ...ledger.place, entry: found.entry, line: found.line };
        checks.add({ ...base, verdict: 'fail', code: `ledger-${found.kind}`, location, expected: found.expected, actual: found.actual, message: found.detail });
      }
      if (ledger.breakCount > ledger.breaks.length) checks.add({ ...base, verdict: 'fail', code: 'ledger-unlinked', location: ledger.place, message: `${ledger.breakCount - ledger.breaks.length} further entries do not follow; they are not listed.` });
      if (ledger.rule === null && ledger.breakCount === 0) checks.add({ ...base, verdict: 'undecided', code: 'ledger-rule-unknown', location: ledger.place, message: `No known rule explains the hashes of this ledger. Its ${ledger.entries} entries were read and not verified.`, settledBy: 'A description of how its hashes are made.' });
      else if (ledger.rule?.family === 'keyed') checks.add({ ...base, verdict: 'undecided', code: 'ledger-keyed', location: ledger.place, message: `${ledger.rule.words} Its links were compared and ${ledger.breakCount === 0 ? 'agree' : 'do not agree'}.`, settledBy: 'The key, or a verification by whoever holds it.' });
      else if (ledger.rule !== null && ledger.breakCount === 0) checks.add({ ...base, verdict: 'pass', code: 'ledger-holds', location: ledger.place, message: `${ledger.entries} entries follow from one another. ${ledger.rule.words}` });
      for (const { entry, at, after } of ledger.clockJumps) checks.add({ ...base, verdict: 'warn', code: 'ledger-clock', location: { ...ledger.place, entry, line: entry }, expected: `not before ${after}`, actual: at, message: `Entry ${entry} is dated ${at}, before ${after} of an earlier entry.` });
      if (ledger.breakCount === 0) for (const { entry, expected, actual } of ledger.sequenceGaps) checks.add({ ...base, verdict: 'warn', code: 'ledger-gap', location: { ...ledger.place, entry, line: entry }, expected: String(expected), actual: String(actual), message: `Entry ${entry} has the number ${actual}, where ${expected} follows.` });
    }
  },
};

/** Something outside a ledger holds its head: without that, entries cut off its end would not show. */
export const ledgerAnchored: Rule = {
  id: 'ledger-anchored',
  title: 'Ledger head is anchored',
  verify(evidence, checks) {
    const all = evidence.facts('ledger');
    for (const ledger of all) {
      const folder = folderOf(ledger.place.path);
      const mine = evidence.facts('checkpoint').filter(({ place }) => folderOf(place.path) === folder);
      if (mine.length === 0) {
        checks.add({ rule: 'ledger-anchored', aspect: 'completeness', verdict: 'undecided', code: 'ledger-not-anchored', subject: ledger.place.path, location: ledger.place, expected: null, actual: null, vouched: 'producer', message: 'Completeness is not proven: nothing outside holds the head, so entries cut off the end would not show.', settledBy: 'A count, a head hash, a signed checkpoint or a timestamp of the head, from elsewhere.', partial: true });
        continue;
      }
      for (const checkpoint of mine) holdAgainst(ledger, checkpoint, evidence, checks, all.filter(({ place }) => folderOf(place.path) === folder).length > 1);
    }
    for (const checkpoint of evidence.facts('checkpoint'))
      if (!all.some(({ place }) => folderOf(place.path) === folderOf(checkpoint.place.path)))
        checks.add({ rule: 'ledger-anchored', aspect: 'completeness', verdict: 'undecided', code: 'checkpoint-without-ledger', subject: checkpoint.place.path, location: checkpoint.place, expected: null, actual: null, vouched: 'nobody', message: `The checkpoint speaks of ${checkpoint.size} entries of ${checkpoint.origin}, which are not here.`, settledBy: 'The record that it speaks of.', partial: true });
  },
};

function holdAgainst(ledger: FactOf<'ledger'>, checkpoint: FactOf<'checkpoint'>, evidence: EvidenceView, checks: CheckSink, isOneOfSeveral: boolean): void {
  const outcome = evidence.outcomes.get(checkpoint.signature);
  const vouched = outcome?.verdict === 'pass' ? (outcome.provenAt === null ? 'log' : 'timestamp') : 'nobody';
  const base = { rule: 'ledger-anchored', aspect: 'chain', subject: ledger.place.path, vouched } as const;
  const from = `the checkpoint ${checkpoint.place.path}${outcome?.verdict === 'pass' ? ', signed by ' + outcome.by : ', whose signer is not one you trust'}`;
  const root = ledger.rootsAt[String(checkpoint.size)];
  const heads = checkpoint.extensions.flatMap((line) => /^chain-head (?:sha256:)?([0-9a-f]{64})$/.exec(line)?.[1] ?? []);
  const head = ledger.headsAt[String(checkpoint.size)];
  if (ledger.entries < checkpoint.size) {
    checks.add({ ...base, verdict: 'fail', code: 'ledger-shorter', location: { ...ledger.place, entry: ledger.entries }, expected: `${checkpoint.size} entries`, actual: `${ledger.entries} entries`, message: `The ledger ends at entry ${ledger.entries}; ${from}, commits to ${checkpoint.size}. ${checkpoint.size - ledger.entries} were cut off.` });
    return;
  }
  if (root !== checkpoint.root) {
    // Several ledgers in one folder: a checkpoint that fits none of their heads may speak of another.
    if (isOneOfSeveral && !heads.some((each) => each === head)) return;
    const sameHead = heads.length > 0 && heads.includes(head ?? '');
    checks.add({ ...base, verdict: 'fail', code: 'ledger-root-differs', location: { ...ledger.place, entry: checkpoint.size }, expected: checkpoint.root, actual: root ?? '', message: `The Merkle root over the first ${checkpoint.size} entries is not the one in ${from}${sameHead ? ', although the last hash agrees' : ''}. The entries were changed after it was made.` });
  }
  if (heads.length > 0 && head !== undefined && !heads.includes(head)) checks.add({ ...base, verdict: 'fail', code: 'ledger-head-differs', location: { ...ledger.place, entry: checkpoint.size }, expected: heads[0] ?? '', actual: head, message: `The head of the ledger differs from ${from}. The chain may be consistent in itself and is not the one that was signed.` });
  if (root !== checkpoint.root || (heads.length > 0 && head !== undefined && !heads.includes(head))) return;
  const later = ledger.entries - checkpoint.size;
  if (outcome?.verdict === 'pass') checks.add({ ...base, aspect: 'completeness', verdict: 'pass', code: 'ledger-anchored', location: checkpoint.place, expected: checkpoint.root, actual: root ?? '', message: `All ${checkpoint.size} entries are those of ${from}${outcome.provenAt === null ? '' : `, seen at ${outcome.provenAt}`}.` });
  else checks.add({ ...base, aspect: 'completeness', verdict: 'undecided', code: 'ledger-not-anchored', location: checkpoint.place, expected: checkpoint.root, actual: root ?? '', message: `The entries are those of ${from}: completeness is not proven.`, settledBy: 'The key of the log, added in Settings, Trust.', partial: true });
  if (later > 0) checks.add({ ...base, aspect: 'completeness', verdict: 'undecided', code: 'ledger-tail-not-anchored', location: { ...ledger.place, entry: checkpoint.size + 1 }, expected: null, actual: null, message: `${later} entries follow the checkpoint; nothing outside holds them.`, settledBy: 'A later checkpoint.', partial: true });
}
