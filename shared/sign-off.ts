import { z } from 'zod';
import { SampledCoverage } from './sampling.ts';

export const SignOffRole = z.enum(['reviewer', 'approver']);
export type SignOffRole = z.infer<typeof SignOffRole>;
export const Decision = z.enum(['approve', 'conditions', 'reject']);
export type Decision = z.infer<typeof Decision>;
/** A decision in words, as the infinitive. */
export const decisionWords: Record<Decision, string> = {
  approve: 'approve',
  conditions: 'approve with conditions',
  reject: 'reject',
};

/** One condition of signing, and what it needs. */
export const Gate = z.object({
  id: z.enum([
    'imported',
    'import-complete',
    'verified',
    'checks-answered',
    'findings-reasoned',
    'coverage-stated',
    'sample-looked-at',
    'journal-anchored',
    'key-unlocked',
    'evidence-unchanged',
  ]),
  title: z.string(),
  holds: z.boolean(),
  detail: z.string(),
  /** Needed also to reject. */
  always: z.boolean(),
  /** Screen that shows what blocks it. */
  screen: z.enum(['evidence', 'checks', 'review', 'journal', 'settings']).nullable(),
});
export type Gate = z.infer<typeof Gate>;

const Amount = z.object({ files: z.number().int(), bytes: z.number().int() });
/** What was opened, read by machine only, and not looked at and why: together they are the total. */
export const Coverage = z.object({
  /** A person viewed it, or marked it reviewed. */
  opened: Amount,
  /** The machine read it, and nobody opened it; `unvouched` is a part of it. */
  machineOnly: Amount,
  /**
   * Digested, and nothing here vouches for it: no list names it, and no check of it passed. Reports of versions before
   * it was counted have none of this.
   */
  unvouched: Amount.optional(),
  /** Listed and missing, or it could not be read. */
  notLookedAt: Amount,
  total: Amount,
  reasons: z.array(z.object({ files: z.number().int(), why: z.string(), example: z.string() })),
  /** Every sampling plan of the case. Reports of versions before there were plans have none of this. */
  sampling: z.array(SampledCoverage).optional(),
});
export type Coverage = z.infer<typeof Coverage>;
/** What the machine verified and nobody opened: without what was only digested. */
export const verifiedOnly = ({
  machineOnly,
  unvouched = { files: 0, bytes: 0 },
}: Coverage): z.infer<typeof Amount> => ({
  files: machineOnly.files - unvouched.files,
  bytes: machineOnly.bytes - unvouched.bytes,
});

export const Signer = z.object({ role: SignOffRole, name: z.string(), fingerprint: z.string(), keyId: z.string() });
export type Signer = z.infer<typeof Signer>;

/** A signature made or awaited. */
export const SignatureRow = Signer.extend({ signedAt: z.string().nullable(), decision: Decision.nullable() });

export const SignOff = z.object({
  id: z.number().int(),
  number: z.number().int(),
  decision: Decision,
  rationale: z.string(),
  /** SHA-256 of the frozen report.json, and of the frozen unsigned PDF with its length. */
  statementDigest: z.string(),
  pdfDigest: z.string(),
  pdfBytes: z.number().int(),
  signatures: z.array(SignatureRow),
  state: z.enum(['in-progress', 'signed', 'stale', 'superseded']),
  staleBecause: z.string().nullable(),
  frozenAt: z.string(),
});
export type SignOff = z.infer<typeof SignOff>;
