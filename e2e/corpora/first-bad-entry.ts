import type { Check } from '../../shared/check.ts';

/** The first entry of a ledger that a check fails, counted from 1; infinite where none does. */
export const firstBadEntry = (checks: readonly Check[]): number =>
  Math.min(
    ...checks.flatMap(({ rule, verdict, location }) =>
      rule.startsWith('ledger') && verdict === 'fail' ? (location?.entry ?? []) : [],
    ),
  );
