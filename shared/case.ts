import { z } from 'zod';
import { Counts, NotChecked, SourceSummary, Unread } from './evidence.ts';
import { PolicyName } from './policy.ts';
import { Aspects, Verdict } from './verdict.ts';

export const RiskTier = z.enum(['minimal', 'limited', 'high', 'unclassified']);
export const SignOffState = z.enum(['none', 'in-progress', 'signed', 'stale', 'superseded']);
export type SignOffState = z.infer<typeof SignOffState>;

export const NewCase = z.object({
  name: z.string().trim().min(1).max(200),
  model: z.string().trim().max(200).default(''),
  purpose: z.string().trim().max(2_000).default(''),
  riskTier: RiskTier.default('unclassified'),
  playbook: z.string().max(200).default(''),
});
export type NewCase = z.infer<typeof NewCase>;

export const ReviewProgress = z.object({ reviewed: z.number().int(), total: z.number().int() });

/** A row of the Cases screen. */
export const CaseRow = NewCase.extend({
  id: z.number().int(),
  verdict: Verdict.nullable(),
  aspects: Aspects.nullable(),
  files: z.number().int(),
  progress: ReviewProgress,
  openFindings: z.number().int(),
  blockers: z.number().int(),
  signOff: SignOffState,
  touchedAt: z.string(),
});
export type CaseRow = z.infer<typeof CaseRow>;

/** One import of one source into a case; the latest per source counts. Never changed once complete. */
export const ImportRow = z.object({
  id: z.number().int(),
  number: z.number().int(),
  source: SourceSummary,
  /** The policy by which it was judged; null for an import of a version that recorded none. */
  policy: PolicyName.nullable().default(null),
  verdict: Verdict,
  aspects: Aspects,
  counts: Counts,
  unread: z.array(Unread),
  notChecked: z.array(NotChecked),
  importedAt: z.string(),
  importedBy: z.string(),
  /** Against the import before of the same source; null for the first. */
  changes: z.object({ added: z.number().int(), removed: z.number().int(), changed: z.number().int() }).nullable(),
  isLatest: z.boolean(),
  /** By what the source is known, unread, to be as it was; absent for an import of a version that noted none. */
  signs: z.string().optional(),
  /** Whom the reviewer trusted when it was verified: a digest for each entry; absent for an import of a version that noted none. */
  trust: z.array(z.string()).optional(),
});
export type ImportRow = z.infer<typeof ImportRow>;

/** A case as its head shows it. */
export const CaseDetail = CaseRow.extend({
  imports: z.array(ImportRow),
  /** Imports whose verdicts are not what they would be now, by their ids; absent where that was not asked. */
  verifyAgain: z.array(z.object({ importId: z.number().int(), why: z.string() })).optional(),
});
export type CaseDetail = z.infer<typeof CaseDetail>;
