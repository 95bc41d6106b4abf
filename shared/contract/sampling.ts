import { z } from 'zod';
import { Digest, FileState } from '../evidence.ts';
import { SamplingPlan, Seed, StrataRule, sampleAtMost } from '../sampling.ts';
import { operation } from './refusals.ts';

export const SampledRow = z.object({
  position: z.number().int(),
  /** Number of the file in the import that stands for its source now; null where it is gone. */
  fileId: z.number().int().nullable(),
  path: z.string(),
  digest: Digest,
  stratum: z.string(),
  /** As it is now. */
  state: FileState.nullable(),
  isOpened: z.boolean(),
  isReviewed: z.boolean(),
  /** Its bytes are others now, or are gone. */
  isChanged: z.boolean(),
});
export type SampledRow = z.infer<typeof SampledRow>;

const planId = z.number().int();
export const sampling = {
  plans: operation.input(z.object({ caseId: z.number().int() })).output(z.array(SamplingPlan)),
  /** The picked files in order of their paths. */
  files: operation.input(z.object({ planId })).output(z.array(SampledRow)),
  /** Draws a sample of an import and keeps it as a plan; nothing of a plan is ever changed or taken away. */
  make: operation
    .input(
      z.object({
        importId: z.number().int(),
        size: z.number().int().min(1).max(sampleAtMost),
        strata: StrataRule,
        /** 32 hex digits; null to have them drawn at random. */
        seed: z.string().trim().toLowerCase().pipe(Seed).nullable().default(null),
      }),
    )
    .output(SamplingPlan),
  /** Says why sampled files were not looked at; a later explanation takes the place of an earlier one. */
  explain: operation
    .input(z.object({ planId, explanation: z.string().trim().min(1).max(20_000) }))
    .output(SamplingPlan),
};
