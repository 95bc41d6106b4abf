import { z } from 'zod';
import { Anchor, Annotation, Finding, FindingDraft, FindingStatus, HistoryEntry, Severity } from '../finding.ts';
import { operation } from './refusals.ts';

const caseId = z.number().int();
const FindingChange = z
  .object({
    title: z.string().trim().min(1).max(300),
    severity: Severity,
    status: FindingStatus,
    owner: z.string().max(200),
    rationale: z.string().trim().min(1).max(20_000),
    recommendation: z.string().max(20_000),
  })
  .partial();
export const review = {
  findings: operation.input(z.object({ caseId })).output(z.array(Finding)),
  /** A draft from a check, everything but the judgement filled in. */
  draft: operation
    .input(z.object({ checkId: z.number().int() }))
    .output(FindingDraft.extend({ rationale: z.string() })),
  raise: operation.input(z.object({ caseId, finding: FindingDraft })).output(Finding),
  change: operation
    .input(
      z.object({
        findingId: z.number().int(),
        change: FindingChange,
        /** What stood there when she decided: where it is no longer so, nothing is changed. */
        seen: z
          .object({
            title: z.string(),
            severity: Severity,
            status: FindingStatus,
            owner: z.string(),
            rationale: z.string(),
            recommendation: z.string(),
          })
          .partial()
          .default({}),
        /** Why it is changed: kept in the history. */
        reason: z.string().trim().max(2_000).default(''),
      }),
    )
    .output(Finding),
  annotations: operation
    .input(z.object({ caseId, path: z.string().nullable().default(null) }))
    .output(z.array(Annotation)),
  annotate: operation
    .input(z.object({ caseId, anchor: Anchor, text: z.string().trim().min(1).max(20_000) }))
    .output(Annotation),
  withdraw: operation
    .input(z.object({ annotationId: z.number().int(), reason: z.string().trim().max(2_000).default('') }))
    .output(Annotation),
  /** Marks files reviewed, or takes the mark back: a new entry, never a deletion. */
  mark: operation
    .input(
      z.object({
        importId: z.number().int(),
        fileIds: z.array(z.number().int()).min(1).max(10_000),
        reviewed: z.boolean(),
      }),
    )
    .output(z.object({ reviewed: z.number().int(), total: z.number().int(), journal: z.number().int() })),
  /** Next unreviewed and most critical file; null when none is left. */
  next: operation
    .input(z.object({ importId: z.number().int(), after: z.number().int().nullable().default(null) }))
    .output(z.object({ fileId: z.number().int(), path: z.string() }).nullable()),
  progress: operation
    .input(z.object({ importId: z.number().int() }))
    .output(z.object({ reviewed: z.number().int(), total: z.number().int() })),
  /** Takes back an act of review by its journal number: a new entry that points to the old. */
  undo: operation.input(z.object({ journal: z.number().int() })).output(z.object({ message: z.string() })),
  history: operation.input(z.object({ caseId })).output(z.array(HistoryEntry)),
};
