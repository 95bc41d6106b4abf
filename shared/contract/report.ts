import { z } from 'zod';
import { ReportVerification } from '../report.ts';
import { SourceToken } from './host.ts';
import { operation } from './refusals.ts';

export const reports = {
  /** Verifies an exported package, a signed PDF or an envelope, from here or elsewhere. */
  check: operation
    .input(z.object({ token: SourceToken, evidence: SourceToken.nullable().default(null) }))
    .output(ReportVerification),
  /** Reports checked or exported before, newest first. */
  recent: operation.output(
    z.array(z.object({ at: z.string(), path: z.string(), what: z.enum(['exported', 'checked']), verdict: z.string() })),
  ),
};
