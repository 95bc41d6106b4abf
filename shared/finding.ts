import { z } from 'zod';
import { Place } from './evidence.ts';

export const severities = ['critical', 'high', 'medium', 'low', 'note'] as const;
export const Severity = z.enum(severities);
export type Severity = z.infer<typeof Severity>;
export const findingStatuses = ['open', 'accepted', 'resolved', 'withdrawn'] as const;
export const FindingStatus = z.enum(findingStatuses);
export type FindingStatus = z.infer<typeof FindingStatus>;

/** What a note or finding is about, by content: it holds as long as `digest` does. */
export const Anchor = z.object({
  kind: z.enum(['case', 'file', 'lines', 'pointer', 'entry', 'node', 'edge', 'check']),
  importId: z.number().int(),
  place: Place,
  /** Last line of a range; the first is `place.line`. */
  toLine: z.number().int().optional(),
  nodeId: z.number().int().optional(),
  targetId: z.number().int().optional(),
  checkId: z.number().int().optional(),
  /** Digest of the file it was made about; null where there is none. */
  digest: z.string().nullable(),
});
export type Anchor = z.infer<typeof Anchor>;

export const FindingDraft = z.object({
  title: z.string().trim().min(1).max(300),
  severity: Severity,
  owner: z.string().trim().max(200).default(''),
  rationale: z.string().trim().min(1).max(20_000),
  recommendation: z.string().trim().max(20_000).default(''),
  anchors: z.array(Anchor).max(100),
});
export type FindingDraft = z.infer<typeof FindingDraft>;

export const HistoryEntry = z.object({
  at: z.string(),
  by: z.string(),
  what: z.string(),
  before: z.string().nullable(),
  after: z.string().nullable(),
  /** Sequence number of the journal entry that holds it. */
  journal: z.number().int(),
});
export type HistoryEntry = z.infer<typeof HistoryEntry>;

export const Finding = FindingDraft.extend({
  id: z.number().int(),
  number: z.number().int(),
  status: FindingStatus,
  raisedAt: z.string(),
  raisedBy: z.string(),
  /** True where an anchor's bytes changed in a later import. */
  isStale: z.boolean(),
  history: z.array(HistoryEntry),
});
export type Finding = z.infer<typeof Finding>;

export const Annotation = z.object({
  id: z.number().int(),
  anchor: Anchor,
  text: z.string(),
  at: z.string(),
  by: z.string(),
  isStale: z.boolean(),
  isWithdrawn: z.boolean(),
});
export type Annotation = z.infer<typeof Annotation>;

/** How a check that is not a pass was answered: by a finding, or by an explanation with a rationale. */
export const Answer = z.object({
  checkId: z.number().int(),
  findingId: z.number().int().nullable(),
  explanation: z.string().nullable(),
  at: z.string(),
  by: z.string(),
});
export type Answer = z.infer<typeof Answer>;
