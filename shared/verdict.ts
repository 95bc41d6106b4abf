import { z } from 'zod';

/** The five verdicts, worst first in the order a whole is judged by (command-line.md, `verdict`). */
export const verdicts = ['fail', 'policy', 'undecided', 'warn', 'pass'] as const;
export const Verdict = z.enum(verdicts);
export type Verdict = z.infer<typeof Verdict>;

/** What a check speaks of. Never one overall "safe": each aspect is judged apart. */
export const aspects = ['content', 'chain', 'origin', 'claim', 'completeness'] as const;
export const Aspect = z.enum(aspects);
export type Aspect = z.infer<typeof Aspect>;

/** The strongest that stands behind a check, weakest first. */
export const vouchers = ['nobody', 'producer', 'key', 'certificate', 'log', 'timestamp'] as const;
export const Vouched = z.enum(vouchers);
export type Vouched = z.infer<typeof Vouched>;

/** The worse of the verdicts given; `null` when there are none, for nothing checked is not a pass. */
export function worst(given: Iterable<Verdict>): Verdict | null {
  let rank: number = verdicts.length;
  for (const verdict of given) rank = Math.min(rank, verdicts.indexOf(verdict));
  return verdicts[rank] ?? null;
}

export const VerdictCounts = z.record(Verdict, z.number().int().nonnegative());
export type VerdictCounts = z.infer<typeof VerdictCounts>;

export const noVerdicts = (): VerdictCounts => ({ fail: 0, policy: 0, undecided: 0, warn: 0, pass: 0 });

/** Verdict of one aspect with its counts; `null` where the evidence has nothing to say about it. */
export const AspectSummary = z.object({ verdict: Verdict.nullable(), counts: VerdictCounts });
export type AspectSummary = z.infer<typeof AspectSummary>;
export const Aspects = z.record(Aspect, AspectSummary);
export type Aspects = z.infer<typeof Aspects>;
