import { z } from 'zod';
import { Place } from './evidence.ts';
import { Aspect, Verdict, Vouched } from './verdict.ts';

/** One thing that was checked about the evidence: data, never an exception. */
export const Check = z.object({
  rule: z.string(),
  aspect: Aspect,
  verdict: Verdict,
  /** From the closed list of shared/check-codes.ts. */
  code: z.string(),
  /** What it is about: a path in the source, or '' for the source as a whole. */
  subject: z.string(),
  location: Place.nullable(),
  message: z.string(),
  expected: z.string().nullable(),
  actual: z.string().nullable(),
  vouched: Vouched,
  /** What would settle it where it is undecided; '' elsewhere. */
  settledBy: z.string().default(''),
  /** An undecided that concerns only a part and does not lift the whole (command-line.md, `verdict`). */
  partial: z.boolean().default(false),
});
export type Check = z.infer<typeof Check>;
