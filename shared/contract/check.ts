import { z } from 'zod';
import { Check } from '../check.ts';
import { Answer } from '../finding.ts';
import { Aspect, Verdict, VerdictCounts } from '../verdict.ts';
import { operation } from './refusals.ts';

export const CheckRow = Check.extend({
  id: z.number().int(),
  fileId: z.number().int().nullable(),
  answer: Answer.nullable(),
});
export type CheckRow = z.infer<typeof CheckRow>;
export const CheckFilter = z.object({
  verdict: Verdict.nullable().default(null),
  aspect: Aspect.nullable().default(null),
  rule: z.string().max(100).nullable().default(null),
  folder: z.string().max(4_096).nullable().default(null),
  path: z.string().max(4_096).nullable().default(null),
  unanswered: z.boolean().default(false),
});
export type CheckFilter = z.infer<typeof CheckFilter>;
const importId = z.number().int();
export const checks = {
  /** Groups by rule, worst first, with counts by verdict (passes of single files are counted, not listed). */
  groups: operation
    .input(z.object({ importId, filter: CheckFilter }))
    .output(z.array(z.object({ rule: z.string(), title: z.string(), counts: VerdictCounts }))),
  facets: operation.input(z.object({ importId })).output(
    z.object({
      verdicts: VerdictCounts,
      aspects: z.array(z.object({ aspect: Aspect, count: z.number().int() })),
      folders: z.array(z.object({ folder: z.string(), count: z.number().int() })),
    }),
  ),
  page: operation
    .input(
      z.object({
        importId,
        filter: CheckFilter,
        after: z.number().int().nullable().default(null),
        limit: z.number().int().max(1_000).default(200),
      }),
    )
    .output(z.object({ rows: z.array(CheckRow), more: z.boolean(), total: z.number().int() })),
  get: operation.input(z.object({ checkId: z.number().int() })).output(CheckRow),
  /** Answers a check that is not a pass without a finding. */
  explain: operation
    .input(z.object({ checkId: z.number().int(), explanation: z.string().trim().min(1).max(10_000) }))
    .output(CheckRow),
};
