import { z } from 'zod';
import { Check } from './check.ts';
import { Counts, NotChecked, SourceSummary, Unread } from './evidence.ts';
import { Annotation, Finding } from './finding.ts';
import { GraphEdge, GraphNode } from './lineage.ts';
import { Coverage, Decision, Signer } from './sign-off.ts';
import { Aspects, Verdict } from './verdict.ts';

export const reportType = 'https://assay.invalid/report/v1';
export const decisionPredicateType = 'https://assay.invalid/attestations/review-decision/v1';

/** report.json: RFC 8785 bytes of this, frozen when the first person signs. Times of signing are not in it. */
export const Report = z.object({
  type: z.literal(reportType),
  id: z.string(),
  tool: z.object({ name: z.literal('assay'), version: z.string() }),
  /** When the statement was frozen, UTC. */
  frozenAt: z.string(),
  isDraft: z.boolean(),
  case: z.object({
    name: z.string(),
    model: z.string(),
    purpose: z.string(),
    riskTier: z.string(),
    playbook: z.string(),
  }),
  verdict: Verdict.nullable(),
  aspects: Aspects,
  sources: z.array(
    SourceSummary.extend({
      number: z.number().int(),
      importedAt: z.string(),
      counts: Counts,
      unread: z.array(Unread),
      notChecked: z.array(NotChecked),
    }),
  ),
  /** Every check that is not a pass, with how it was answered. */
  checks: z.array(Check.extend({ answer: z.string().nullable() })),
  passes: z.array(z.object({ rule: z.string(), count: z.number().int() })),
  findings: z.array(Finding.omit({ history: true })),
  annotations: z.array(Annotation),
  coverage: Coverage,
  lineage: z.object({ nodes: z.array(GraphNode), edges: z.array(GraphEdge), truncated: z.boolean() }),
  trust: z.array(z.object({ kind: z.string(), name: z.string(), fingerprint: z.string(), uses: z.string() })),
  decision: z.object({ proposed: Decision.nullable(), rationale: z.string() }),
  signers: z.array(Signer),
  journal: z.object({ size: z.number().int(), root: z.string(), head: z.string() }),
});
export type Report = z.infer<typeof Report>;

/** What check-report says, thing by thing. */
export const ReportCheck = z.object({
  /** `digest`, `envelope`, `pdf-signature`, `revision`, `same-content`, `checkpoint`, `inclusion`, `evidence`, `layout`. */
  about: z.string(),
  subject: z.string(),
  verdict: Verdict,
  code: z.string(),
  message: z.string(),
});
export type ReportCheck = z.infer<typeof ReportCheck>;
export const ReportVerification = z.object({
  path: z.string(),
  verdict: Verdict,
  case: z.string(),
  decision: Decision.nullable(),
  signers: z.array(
    Signer.extend({
      signedAt: z.string().nullable(),
      holds: z.boolean(),
      isTrusted: z.boolean(),
      revision: z.number().int().nullable(),
    }),
  ),
  checks: z.array(ReportCheck),
});
export type ReportVerification = z.infer<typeof ReportVerification>;
