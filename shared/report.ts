import { z } from 'zod';
import { Check } from './check.ts';
import { Counts, NotChecked, SourceSummary, Unread } from './evidence.ts';
import { Annotation, Finding } from './finding.ts';
import { GraphEdge, GraphNode } from './lineage.ts';
import { PolicyName } from './policy.ts';
import { Coverage, Decision, Signer, SignOffRole } from './sign-off.ts';
import { Aspects, Verdict } from './verdict.ts';

export const reportType = 'https://assay.invalid/report/v1';
export const decisionPredicateType = 'https://assay.invalid/attestations/review-decision/v1';

/** report.json: RFC 8785 bytes of this, as shown to the first person who signs, and frozen by her signature. Times of signing are not in it. */
export const Report = z.object({
  type: z.literal(reportType),
  id: z.string(),
  tool: z.object({ name: z.literal('assay'), version: z.string() }),
  /** When the statement that was signed was shown: it speaks of that moment. UTC. */
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
      /** The policy by which it was judged. */
      policy: PolicyName.nullable().default(null),
      counts: Counts,
      unread: z.array(Unread),
      notChecked: z.array(NotChecked),
    }),
  ),
  /** Every check that is not a pass, with how it was answered. */
  checks: z.array(Check.extend({ answer: z.string().nullable() })),
  /** How often each rule passed; together as many as the aspects count. Reports of old lack what was said thing by thing. */
  passes: z.array(z.object({ rule: z.string(), count: z.number().int() })),
  /**
   * Signatures and timestamps of the evidence that hold, by somebody whom the reviewer named: the first of them, and
   * how many more there are. `source` is the number of its import; absent in reports of old.
   */
  signatures: z
    .object({
      held: z.array(
        Check.pick({ rule: true, code: true, subject: true, location: true, message: true, vouched: true }).extend({
          source: z.number().int(),
          /** By whom, as the reviewer named them, or as the certificate under an authority does; null where only the message says. */
          signer: z.string().nullable(),
        }),
      ),
      more: z.number().int(),
    })
    .optional(),
  findings: z.array(Finding.omit({ history: true })),
  annotations: z.array(Annotation),
  coverage: Coverage,
  lineage: z.object({ nodes: z.array(GraphNode), edges: z.array(GraphEdge), truncated: z.boolean() }),
  trust: z.array(z.object({ kind: z.string(), name: z.string(), fingerprint: z.string(), uses: z.string() })),
  decision: z.object({ proposed: Decision.nullable(), rationale: z.string() }),
  signers: z.array(Signer),
  /**
   * Where the journal stood: RFC 9162 root (base64), hash of the last entry, C2SP verifier key of its checkpoints, and
   * the digest of journal/entries.json, so that no entry of the case can be left out; absent in reports of old.
   */
  journal: z.object({
    size: z.number().int(),
    root: z.string(),
    head: z.string(),
    key: z.string(),
    entries: z.string().optional(),
  }),
});
export type Report = z.infer<typeof Report>;

/**
 * What one signer's envelope signs: an in-toto Statement v1 about report.json, the unsigned report.pdf and
 * evidence.sha256. Nothing else may stand in it.
 */
export const DecisionStatement = z.strictObject({
  _type: z.literal('https://in-toto.io/Statement/v1'),
  subject: z
    .array(z.strictObject({ name: z.string(), digest: z.strictObject({ sha256: z.string().regex(/^[0-9a-f]{64}$/) }) }))
    .min(1),
  predicateType: z.literal(decisionPredicateType),
  predicate: z.strictObject({
    reportId: z.string(),
    role: SignOffRole,
    decision: Decision,
    rationale: z.string(),
    signedAt: z.iso.datetime(),
    signer: z.strictObject({ name: z.string(), fingerprint: z.string() }),
    tool: z.strictObject({ name: z.literal('assay'), version: z.string() }),
    /** Length of the unsigned PDF: its first so many bytes have the digest of the subject report.pdf. */
    pdfBytes: z.number().int().nonnegative(),
    journal: z.strictObject({ size: z.number().int(), root: z.string() }),
    /** Digest of the envelope of who signed before; null for the first. */
    follows: z.string().nullable(),
  }),
});
export type DecisionStatement = z.infer<typeof DecisionStatement>;

/** journal/entries.json of a package: the entries of the case, each with its place and its proof (base64, RFC 9162). */
export const JournalPart = z.strictObject({
  size: z.number().int().nonnegative(),
  entries: z.array(
    z.strictObject({ index: z.number().int().nonnegative(), line: z.string(), proof: z.array(z.string()) }),
  ),
});
export type JournalPart = z.infer<typeof JournalPart>;

/** What check-report says, thing by thing. */
export const ReportCheck = z.object({
  /** `digest`, `envelope`, `pdf-signature`, `revision`, `same-content`, `checkpoint`, `inclusion`, `sampling`, `evidence`, `layout`. */
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
      /** Trusted for being a signing identity of this store, and named by nobody. */
      isOwn: z.boolean().optional(),
      revision: z.number().int().nullable(),
    }),
  ),
  checks: z.array(ReportCheck),
});
export type ReportVerification = z.infer<typeof ReportVerification>;
