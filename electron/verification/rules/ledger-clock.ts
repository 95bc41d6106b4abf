import { epochTime, isNumberForTime, timeOf } from '../../integrity/time-text.ts';
import type { Rule } from './rule.ts';

const timeSaid = (text: string): number => (isNumberForTime(text) ? epochTime(text) : timeOf(text));
/** Clocks of writers may run ahead; a day is more than any of them. */
const dayMilliseconds = 86_400_000;

/** Entries of a ledger are dated in the order they stand in. A clock that goes back is a claim in doubt, not a broken chain. */
export const ledgerClock: Rule = {
  id: 'ledger-clock',
  title: 'Ledger entries are dated in order',
  verify(evidence, checks) {
    for (const ledger of evidence.facts('ledger')) {
      for (const { entry, at, after } of ledger.clockJumps)
        checks.add({
          rule: 'ledger-clock',
          aspect: 'claim',
          verdict: 'warn',
          code: 'ledger-clock',
          subject: ledger.place.path,
          location: { ...ledger.place, entry },
          expected: after === '' ? 'a time' : `not before ${after}`,
          actual: at,
          vouched: 'producer',
          message:
            after === ''
              ? `Entry ${entry} is dated ${at}, which cannot be read as a time.`
              : `Entry ${entry} is dated ${at}, before ${after} of an earlier entry.`,
        });
      if (ledger.lastAt !== null && timeSaid(ledger.lastAt) > evidence.asOf.getTime() + dayMilliseconds)
        checks.add({
          rule: 'ledger-clock',
          aspect: 'claim',
          verdict: 'warn',
          code: 'ledger-clock',
          subject: ledger.place.path,
          location: ledger.place,
          expected: `not after ${evidence.asOf.toISOString()}`,
          actual: ledger.lastAt,
          vouched: 'producer',
          message: `The ledger ends at ${ledger.lastAt}, which has not come yet.`,
        });
    }
  },
};
