import { z } from 'zod';
import { Verdict } from '../verdict.ts';
import { operation } from './refusals.ts';

const importId = z.number().int();
export const LedgerRow = z.object({
  id: z.number().int(),
  path: z.string(),
  entries: z.number().int(),
  rule: z.string(),
  formula: z.string(),
  breaks: z.array(
    z.object({
      entry: z.number().int(),
      kind: z.string(),
      expected: z.string(),
      actual: z.string(),
      detail: z.string(),
    }),
  ),
  isAnchored: z.boolean(),
  /** The worst that any check says of it. */
  verdict: Verdict.nullable(),
  /** What that check says, where it is no pass. */
  worst: z.string().nullable(),
  anchor: z.string(),
  head: z.string().nullable(),
});
export type LedgerRow = z.infer<typeof LedgerRow>;
export const LedgerEntryRow = z.object({
  entry: z.number().int(),
  at: z.string().nullable(),
  actor: z.string().nullable(),
  event: z.string().nullable(),
  hash: z.string().nullable(),
  previous: z.string().nullable(),
  /** Kind of break at this entry; null where it follows from the one before. */
  broken: z.string().nullable(),
});
export type LedgerEntryRow = z.infer<typeof LedgerEntryRow>;
export const ledgers = {
  list: operation.input(z.object({ importId })).output(z.array(LedgerRow)),
  entries: operation
    .input(
      z.object({
        ledgerId: z.number().int(),
        from: z.number().int().min(1).default(1),
        limit: z.number().int().max(1_000).default(200),
      }),
    )
    .output(z.object({ rows: z.array(LedgerEntryRow), total: z.number().int() })),
  /** One entry in full: its line, the bytes that are hashed, the hash they give, the hash that is claimed. */
  entry: operation.input(z.object({ ledgerId: z.number().int(), entry: z.number().int() })).output(
    z.object({
      line: z.string(),
      hashed: z.string(),
      computed: z.string().nullable(),
      claimed: z.string().nullable(),
      previousClaimed: z.string().nullable(),
      previousActual: z.string().nullable(),
    }),
  ),
};
