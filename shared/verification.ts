import { z } from 'zod';
import { Check } from './check.ts';
import { Counts, NotChecked, SourceSummary, Unread } from './evidence.ts';
import { PolicyName } from './policy.ts';
import { Aspects, Verdict } from './verdict.ts';

/** The one document that `assay verify --json` prints (command-line.md). Two runs differ in nothing but `at`. */
export const Verification = z.object({
  tool: z.object({ name: z.literal('assay'), version: z.string() }),
  at: z.string(),
  sources: z.array(SourceSummary),
  /** The policy by which it was judged: its name and the SHA-256 of its text. */
  policy: PolicyName,
  verdict: Verdict,
  aspects: Aspects,
  counts: Counts,
  checks: z.array(Check),
  unread: z.array(Unread),
  notChecked: z.array(NotChecked),
});
export type Verification = z.infer<typeof Verification>;
