import type { FactOf } from '../../../shared/fact.ts';
import { agreesWith, hasHead, holdCopies, holdStatedHead, holdWhole } from './ledger-held.ts';
import type { CheckSink, EvidenceView, Rule } from './rule.ts';

const folderOf = (path: string) => path.slice(0, Math.max(0, path.lastIndexOf('/')));

/** Something outside a ledger holds its head: without that, entries cut off its end would not show. */
export const ledgerAnchored: Rule = {
  id: 'ledger-anchored',
  title: 'Ledger head is anchored',
  verify(evidence, checks) {
    const ledgers = evidence.facts('ledger');
    const checkpoints = evidence.facts('checkpoint');
    const speaking = new Set<FactOf<'checkpoint'>>();
    for (const ledger of ledgers) {
      // Every one of them is held, whatever another says.
      const stated = (ledger.statedHeads ?? [])
        .filter(
          (each) => agreesWith(ledger, each) || !ledgers.some((other) => other !== ledger && hasHead(other, each)),
        )
        .map((each) => holdStatedHead(ledger, each, evidence, checks));
      const isHeld = holdWhole(ledger, evidence, checks) || stated.includes(true);
      holdCopies(
        ledger,
        ledgers.filter((each) => each !== ledger),
        checks,
      );
      const folder = folderOf(ledger.place.path);
      const beside = checkpoints.filter(({ place }) => folderOf(place.path) === folder);
      // A checkpoint kept elsewhere is this ledger's where it is over exactly these entries.
      const mine = [
        ...beside,
        ...checkpoints.filter(
          (each) => !beside.includes(each) && each.size === ledger.entries && each.root === ledger.root,
        ),
      ];
      const others = ledgers.filter((each) => each !== ledger && folderOf(each.place.path) === folder);
      // One of several ledgers: what fits another one speaks of that. What fits none speaks against all of them.
      const held = mine.filter(
        (checkpoint) => fits(ledger, checkpoint) || !others.some((other) => fits(other, checkpoint)),
      );
      for (const checkpoint of held) {
        speaking.add(checkpoint);
        holdAgainst(ledger, checkpoint, evidence, checks);
      }
      if (held.length === 0 && !isHeld)
        checks.add({
          rule: 'ledger-anchored',
          aspect: 'completeness',
          verdict: 'undecided',
          code: 'ledger-not-anchored',
          subject: ledger.place.path,
          location: ledger.place,
          expected: null,
          actual: null,
          vouched: 'producer',
          message:
            'Completeness is not proven: nothing outside holds the head, so entries cut off the end would not show.',
          settledBy: 'A count, a head hash, a signed checkpoint or a timestamp of the head, from elsewhere.',
          partial: true,
        });
    }
    for (const checkpoint of checkpoints)
      if (!speaking.has(checkpoint))
        checks.add({
          rule: 'ledger-anchored',
          aspect: 'completeness',
          verdict: 'undecided',
          code: 'checkpoint-without-ledger',
          subject: checkpoint.place.path,
          location: checkpoint.place,
          expected: null,
          actual: null,
          vouched: 'nobody',
          message: `The checkpoint speaks of ${checkpoint.size} entries of ${checkpoint.origin}, which are not here.`,
          settledBy: 'The record that it speaks of.',
          partial: true,
        });
  },
};

const fits = (ledger: FactOf<'ledger'>, checkpoint: FactOf<'checkpoint'>): boolean =>
  ledger.rootsAt[String(checkpoint.size)] === checkpoint.root ||
  (ledger.entries === checkpoint.size && ledger.root === checkpoint.root) ||
  fitsRows(ledger, checkpoint);

/** Whether a checkpoint is over the rows of a file, those beside the chain with the entries. */
const fitsRows = ({ entries, frame }: FactOf<'ledger'>, { size, root }: FactOf<'checkpoint'>): boolean =>
  frame !== undefined &&
  (frame.rootsAt[String(size)] === root || (entries + frame.before + frame.after === size && frame.root === root));

function holdAgainst(
  ledger: FactOf<'ledger'>,
  checkpoint: FactOf<'checkpoint'>,
  evidence: EvidenceView,
  checks: CheckSink,
): void {
  const outcome = evidence.outcomes.get(checkpoint.signature);
  const vouched = outcome?.verdict === 'pass' ? (outcome.provenAt === null ? 'log' : 'timestamp') : 'nobody';
  const base = { rule: 'ledger-anchored', aspect: 'chain', subject: ledger.place.path, vouched } as const;
  const from = `the checkpoint ${checkpoint.place.path}${outcome?.verdict === 'pass' ? `, signed by ${outcome.by}` : ', whose signer is not one you trust'}`;
  const isOfRows = fitsRows(ledger, checkpoint);
  const root = isOfRows
    ? checkpoint.root
    : ledger.entries === checkpoint.size
      ? ledger.root
      : ledger.rootsAt[String(checkpoint.size)];
  const heads = checkpoint.extensions.flatMap(
    (line) => /^chain-head (?:sha256:)?([0-9a-f]{64})$/.exec(line)?.[1] ?? [],
  );
  const head =
    (isOfRows ? undefined : ledger.headsAt[String(checkpoint.size)]) ??
    (ledger.entries === checkpoint.size ? (ledger.head ?? undefined) : undefined);
  if (ledger.entries < checkpoint.size && !isOfRows) {
    checks.add({
      ...base,
      verdict: 'fail',
      code: 'ledger-shorter',
      location: { ...ledger.place, entry: ledger.entries },
      expected: `${checkpoint.size} entries`,
      actual: `${ledger.entries} entries`,
      message: `The ledger ends at entry ${ledger.entries}; ${from}, commits to ${checkpoint.size}. ${checkpoint.size - ledger.entries} were cut off.`,
    });
    return;
  }
  if (root !== checkpoint.root) {
    const sameHead = heads.length > 0 && heads.includes(head ?? '');
    checks.add({
      ...base,
      verdict: 'fail',
      code: 'ledger-root-differs',
      location: { ...ledger.place, entry: checkpoint.size },
      expected: checkpoint.root,
      actual: root ?? '',
      message: `The Merkle root over the first ${checkpoint.size} entries is not the one in ${from}${sameHead ? ', although the last hash agrees' : ''}. The entries were changed after it was made.`,
    });
  }
  if (heads.length > 0 && head !== undefined && !heads.includes(head))
    checks.add({
      ...base,
      verdict: 'fail',
      code: 'ledger-head-differs',
      location: { ...ledger.place, entry: checkpoint.size },
      expected: heads[0] ?? '',
      actual: head,
      message: `The head of the ledger differs from ${from}. The chain may be consistent in itself and is not the one that was signed.`,
    });
  if (root !== checkpoint.root || (heads.length > 0 && head !== undefined && !heads.includes(head))) return;
  const { frame } = ledger;
  const rows = isOfRows && frame !== undefined ? ledger.entries + frame.before + frame.after : ledger.entries;
  const later = rows - checkpoint.size;
  if (outcome?.verdict === 'pass')
    checks.add({
      ...base,
      aspect: 'completeness',
      verdict: 'pass',
      code: 'ledger-anchored',
      location: checkpoint.place,
      expected: checkpoint.root,
      actual: root ?? '',
      message: `${checkpoint.size === 1 ? `The one ${isOfRows ? 'row' : 'entry'} is that` : `All ${checkpoint.size} ${isOfRows ? 'rows' : 'entries'} are those`} of ${from}${outcome.provenAt === null ? '' : `, seen at ${outcome.provenAt}`}.`,
    });
  else
    checks.add({
      ...base,
      aspect: 'completeness',
      verdict: 'undecided',
      code: 'ledger-not-anchored',
      location: checkpoint.place,
      expected: checkpoint.root,
      actual: root ?? '',
      message: `The entries are those of ${from}: completeness is not proven.`,
      settledBy: 'The key of the log, added in Settings, Whom I trust.',
      partial: true,
    });
  if (later > 0)
    checks.add({
      ...base,
      aspect: 'completeness',
      verdict: 'undecided',
      code: 'ledger-tail-not-anchored',
      location: { ...ledger.place, entry: checkpoint.size + 1 },
      expected: null,
      actual: null,
      message: `${later} entries follow the checkpoint; nothing outside holds them.`,
      settledBy: 'A later checkpoint.',
      partial: true,
    });
}
