import { counted } from '../../../shared/counted.ts';
import type { FactOf } from '../../../shared/fact.ts';
import { hexOf } from '../../integrity/chain-digest.ts';
import { weakAlgorithms } from '../../integrity/digest.ts';
import type { Rule } from './rule.ts';

/** Entries of a ledger follow from one another by the rule that its own records show. */
export const ledgerLinks: Rule = {
  id: 'ledger-links',
  title: 'Ledger entries link',
  verify(evidence, checks) {
    const ledgers = evidence.facts('ledger');
    for (const each of ledgers) {
      const earlier = continuedBy(each, ledgers);
      const ledger = earlier === null ? each : withoutBeginning(each);
      const base = {
        rule: 'ledger-links',
        aspect: 'chain',
        subject: ledger.place.path,
        expected: null,
        actual: null,
        vouched: 'producer',
      } as const;
      if (ledger.entries === 0 && ledger.breakCount === 0) {
        checks.add({
          ...base,
          verdict: 'undecided',
          code: 'nothing-checked',
          location: ledger.place,
          vouched: 'nobody',
          message: '0 items checked: it has no entries.',
          settledBy: 'The record with its entries.',
          // Beside what something else vouches for, an empty log is nothing out of the way.
          partial: true,
        });
        continue;
      }
      for (const found of ledger.breaks) {
        const location = { ...ledger.place, entry: found.entry, line: found.line };
        checks.add({
          ...base,
          verdict: 'fail',
          code: `ledger-${found.kind}`,
          location,
          expected: found.expected,
          actual: found.actual,
          message: found.detail,
        });
      }
      if (ledger.breakCount > ledger.breaks.length)
        checks.add({
          ...base,
          verdict: 'fail',
          code: 'ledger-unlinked',
          location: ledger.place,
          message: `${ledger.breakCount - ledger.breaks.length} further entries do not follow; they are not listed.`,
        });
      const restarts = ledger.restarts ?? [];
      if ((ledger.rule === null || ledger.rule.family === 'unexplained') && ledger.breakCount === 0)
        checks.add({
          ...base,
          verdict: 'undecided',
          code: 'ledger-rule-unknown',
          location: ledger.place,
          message: `No known rule explains the hashes of this ledger. Its ${counted(ledger.entries, 'entry was', 'entries were')} read and not verified${ledger.rule === null ? '' : '; each names the hash of the one before it'}.`,
          settledBy: 'A description of how its hashes are made.',
        });
      else if (ledger.rule?.family === 'keyed')
        checks.add({
          ...base,
          verdict: 'undecided',
          code: 'ledger-keyed',
          location: ledger.place,
          message: `${ledger.rule.words} Its links were compared and ${ledger.breakCount === 0 ? 'agree' : 'do not agree'}.`,
          settledBy: 'The key, or a verification by whoever holds it.',
        });
      else if (restarts.length > 0) {
        for (const { entry, line } of restarts)
          checks.add({
            ...base,
            verdict: 'undecided',
            code: 'ledger-begins-anew',
            location: { ...ledger.place, entry, line },
            message: `Entry ${entry} begins a chain of its own, as the first entry does. What stands above it and what follows may each be whole; nothing ties one to the other, so that entries between them could have been taken out without a trace.`,
            settledBy: 'The head or the count of each chain, from elsewhere, or each chain as a file of its own.',
          });
      } else if (ledger.rule !== null && ledger.breakCount === 0)
        checks.add({
          ...base,
          verdict: 'pass',
          code: 'ledger-holds',
          location: ledger.place,
          message: `${ledger.entries === 1 ? 'The one entry follows from its rule' : `${counted(ledger.entries, 'entry', 'entries')} follow from one another${chainsOf(ledger)}`}${earlier === null ? '' : `, and go on where ${earlier} ends`}. ${ledger.rule.words}`,
        });
      const beside = rowsBeside(ledger);
      if (beside !== null)
        checks.add({
          ...base,
          verdict: 'warn',
          code: 'ledger-rows-beside',
          location: ledger.place,
          message: `${beside} no part of the chain: no hash of it covers what is said there.`,
        });
      const algorithm = ledger.rule?.algorithm ?? 'sha256';
      if (weakAlgorithms.has(algorithm))
        checks.add({
          ...base,
          verdict: 'warn',
          code: 'digest-weak',
          location: ledger.place,
          actual: algorithm.toUpperCase(),
          message: `Its entries are chained by ${algorithm.toUpperCase()}, under which two different entries can be made to have one hash: it finds accidents, not adversaries.`,
        });
      for (const { entry, member, meant, actual } of ledger.misfits ?? [])
        checks.add({
          ...base,
          verdict: 'fail',
          code: 'ledger-misfit',
          location: { ...ledger.place, entry },
          expected: meant === 'number' ? 'a whole number' : 'a date and time',
          actual,
          message: `Entry ${entry} has ${actual} in ${member}, where the others have ${meant === 'number' ? 'a whole number' : 'a date and time'}: another program wrote it, or somebody's hand.`,
        });
      for (const { entry, line, member, expected, actual, isSure } of ledger.misnamed ?? [])
        checks.add({
          ...base,
          verdict: isSure ? 'fail' : 'warn',
          code: 'ledger-misnamed',
          location: { ...ledger.place, entry, line },
          expected,
          actual,
          message: `Entry ${entry} has ${actual === '' ? 'nothing' : actual} in ${member}, where the others name the entry before them; by its hash it follows ${expected}. One of the two is not true.`,
        });
      for (const { entry, line, member } of ledger.strays ?? [])
        checks.add({
          ...base,
          verdict: 'warn',
          code: 'ledger-uncovered',
          location: { ...ledger.place, entry, line },
          actual: member,
          message: `Entry ${entry} has a member “${member}” that other entries have not, and no hash covers it: it may have been put there, or changed, afterwards.`,
        });
      if (ledger.isNumberedInText === true)
        checks.add({
          ...base,
          aspect: 'claim',
          verdict: 'warn',
          code: 'ledger-numbered-in-text',
          location: ledger.place,
          message: 'Its entries are numbered in texts, not in numbers: programs that sort them put 10 before 9.',
        });
      if (ledger.breakCount === 0)
        for (const { entry, expected, actual } of ledger.sequenceGaps)
          checks.add({
            ...base,
            verdict: 'fail',
            code: 'ledger-gap',
            location: { ...ledger.place, entry },
            expected: String(expected),
            actual: String(actual),
            message: `Entry ${entry} has the number ${actual}, where ${expected} follows. The hashes agree: entries were left out before the chain was made.`,
          });
    }
  },
};

/** The ledger that ends in what the first entry of this one names: writers begin a new file each day, or at a size. */
function continuedBy({ breaks: [first], id }: FactOf<'ledger'>, ledgers: readonly FactOf<'ledger'>[]): string | null {
  if (first?.kind !== 'genesis' || first.entry !== 1) return null;
  const named = hexOf(first.actual);
  return ledgers.find((each) => each.id !== id && named !== null && each.head === named)?.place.path ?? null;
}
const withoutBeginning = (ledger: FactOf<'ledger'>): FactOf<'ledger'> => ({
  ...ledger,
  breaks: ledger.breaks.slice(1),
  breakCount: ledger.breakCount - 1,
});

/** How many chains a file holds, where they are several. */
const chainsOf = ({ streams }: FactOf<'ledger'>): string =>
  streams === undefined ? '' : `, in ${streams.count} chains of their own told apart by ${streams.member}`;

/** Rows that stand before and after the entries, in words; null where none does, or the first entry names their hash. */
function rowsBeside({ frame }: FactOf<'ledger'>): string | null {
  if (frame === undefined) return null;
  const before = frame.isNamed ? 0 : frame.before;
  const parts = [
    ...(before > 0 ? [`${counted(before, 'row')} before the entries`] : []),
    ...(frame.after > 0 ? [`${counted(frame.after, 'row')} after ${before > 0 ? 'them' : 'the entries'}`] : []),
  ];
  return parts.length === 0 ? null : `${parts.join(' and ')} ${before + frame.after === 1 ? 'is' : 'are'}`;
}
