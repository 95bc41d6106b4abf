import { eventIterator } from '@orpc/contract';
import { z } from 'zod';
import { ImportRow } from '../case.ts';
import { SourceToken } from './host.ts';
import { operation } from './refusals.ts';

/** Progress of long work; the last event of a stream carries `done`. */
export const Progress = z.object({
  doing: z.string(),
  filesDone: z.number().int(),
  filesTotal: z.number().int().nullable(),
  bytesDone: z.number(),
  bytesTotal: z.number().nullable(),
  bytesPerSecond: z.number(),
  secondsLeft: z.number().nullable(),
  /** Things worth seeing as they come: documents recognised, files unread. */
  news: z.array(z.object({ path: z.string(), text: z.string() })).max(50),
});
export type Progress = z.infer<typeof Progress>;

const Change = z.object({
  path: z.string(),
  change: z.enum(['added', 'removed', 'changed']),
  before: z.string().nullable(),
  after: z.string().nullable(),
});

export const sources = {
  /** Import, verify, store. Leaving the stream cancels it, and the case is as it was. */
  import: operation
    .input(z.object({ caseId: z.number().int(), token: SourceToken }))
    .output(
      eventIterator(
        z.object({ progress: Progress.optional(), done: ImportRow.optional(), same: z.boolean().optional() }),
      ),
    ),
  /** Verify again from the source: a new import if it changed, else the old one stands. */
  verifyAgain: operation.input(z.object({ caseId: z.number().int(), importId: z.number().int() })).output(
    eventIterator(
      z.object({
        progress: Progress.optional(),
        done: z.object({ import: ImportRow, changed: z.boolean(), message: z.string() }).optional(),
      }),
    ),
  ),
  /** Whether a source changed, by names, sizes, times and inodes alone: nothing of it is read again. */
  glance: operation
    .input(z.object({ importId: z.number().int() }))
    .output(z.object({ state: z.enum(['unchanged', 'changed', 'gone', 'unknown']), message: z.string() })),
  /** Whether the source of an import is still where it was. */
  isPresent: operation
    .input(z.object({ importId: z.number().int() }))
    .output(z.object({ present: z.boolean(), path: z.string() })),
  /** What a later import changed against the one before. Keyset pages by path. */
  changes: operation
    .input(
      z.object({
        importId: z.number().int(),
        after: z.string().nullable().default(null),
        limit: z.number().int().max(1_000).default(200),
      }),
    )
    .output(z.object({ rows: z.array(Change), more: z.boolean() })),
};
