import type { Rule } from './rule.ts';

/** Entries of a ledger follow from one another by the rule that its own records show. */
export const ledgerLinks: Rule = {
  id: 'ledger-links',
  title: 'Ledger entries link',
  verify(evidence, checks) {
    for (const ledger of evidence.facts('ledger')) {
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
          message: '0 items checked: this ledger has no entries.',
          settledBy: 'The ledger with its entries.',
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
      if (ledger.rule === null && ledger.breakCount === 0)
        checks.add({
          ...base,
          verdict: 'undecided',
          code: 'ledger-rule-unknown',
          location: ledger.place,
          message: `No known rule explains the hashes of this ledger. Its ${ledger.entries} entries were read and not verified.`,
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
      else if (ledger.rule !== null && ledger.breakCount === 0)
        checks.add({
          ...base,
          verdict: 'pass',
          code: 'ledger-holds',
          location: ledger.place,
          message: `${ledger.entries} entries follow from one another. ${ledger.rule.words}`,
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
