import { z } from 'zod';
import { TrustEntry, Use } from '../trust.ts';
import { SourceToken } from './host.ts';
import { operation } from './refusals.ts';

export const trust = {
  list: operation.output(z.array(TrustEntry)),
  /** What a file or folder holds, shown before anything is added. */
  preview: operation
    .input(z.object({ token: SourceToken }))
    .output(z.object({ entries: z.array(TrustEntry), unknown: z.array(z.string()) })),
  add: operation
    .input(z.object({ token: SourceToken, fingerprints: z.array(z.string()).min(1).max(1_000) }))
    .output(z.array(TrustEntry)),
  rename: operation
    .input(z.object({ id: z.string(), name: z.string().trim().min(1).max(200), uses: z.array(Use).nullable() }))
    .output(TrustEntry),
  remove: operation.input(z.object({ id: z.string() })).output(z.array(TrustEntry)),
};
