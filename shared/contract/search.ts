import { z } from 'zod';
import { operation } from './refusals.ts';

export const search = {
  /** Paths, checks, findings, nodes and ledger entries that hold the words; bounded. */
  find: operation.input(z.object({ caseId: z.number().int(), text: z.string().trim().min(1).max(200) })).output(
    z
      .array(
        z.object({
          kind: z.enum(['file', 'check', 'finding', 'node', 'entry', 'text']),
          id: z.number().int(),
          importId: z.number().int().nullable(),
          title: z.string(),
          detail: z.string(),
        }),
      )
      .max(100),
  ),
};
