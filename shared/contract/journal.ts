import { z } from 'zod';
import { Act, JournalEntry, JournalVerification, StoreHealth } from '../journal.ts';
import { SourceToken } from './host.ts';
import { operation } from './refusals.ts';

export const journal = {
  /** Newest first; keyset by sequence number. */
  page: operation
    .input(
      z.object({
        caseId: z.number().int().nullable().default(null),
        action: Act.nullable().default(null),
        before: z.number().int().nullable().default(null),
        limit: z.number().int().max(1_000).default(200),
      }),
    )
    .output(z.object({ rows: z.array(JournalEntry), more: z.boolean() })),
  state: operation.output(
    z.object({
      entries: z.number().int(),
      head: z.string(),
      checkpointSize: z.number().int(),
      checkpointAt: z.string().nullable(),
      store: z.string(),
      bytes: z.number(),
      health: StoreHealth,
    }),
  ),
  verify: operation.output(JournalVerification),
  /** Compares with a checkpoint from an old report. */
  compare: operation
    .input(z.object({ token: SourceToken }))
    .output(z.object({ holds: z.boolean(), message: z.string() })),
  export: operation
    .input(z.object({ into: SourceToken, name: z.string().trim().min(1).max(200) }))
    .output(z.object({ path: z.string() })),
};
