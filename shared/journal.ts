import { z } from 'zod';

/** Every act that the journal knows. */
export const acts = [
  'store.created',
  'store.opened',
  'store.migrated',
  'case.created',
  'case.opened',
  'source.imported',
  'source.refused',
  'source.cancelled',
  'source.verified',
  'source.glanced',
  'file.viewed',
  'annotation.made',
  'annotation.withdrawn',
  'finding.raised',
  'finding.changed',
  'check.explained',
  'item.reviewed',
  'item.unreviewed',
  'sampling.planned',
  'sampling.explained',
  'identity.created',
  'identity.imported',
  'identity.unlocked',
  'identity.locked',
  'identity.refused',
  'trust.added',
  'trust.removed',
  'settings.changed',
  'policy.changed',
  'sign-off.signed',
  'sign-off.refused',
  'report.exported',
  'report.refused',
  'report.checked',
  'journal.verified',
  'journal.exported',
  'lineage.exported',
] as const;
export const Act = z.enum(acts);
export type Act = z.infer<typeof Act>;

/**
 * One line of the journal, RFC 8785. `hash` is SHA-256 over "audit-journal-entry:v1\n" and the canonical form
 * without `hash`; `prev` is the hash of the line before (64 zeros in the first). `subject` names what was acted on,
 * `detail` says what; both are data of ours, never evidence's bytes.
 */
export const JournalEntry = z.object({
  v: z.literal(1),
  seq: z.number().int(),
  time: z.string(),
  actor: z.string(),
  action: Act,
  caseId: z.number().int().nullable(),
  subject: z.string(),
  detail: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  prev: z.string(),
  hash: z.string(),
});
export type JournalEntry = z.infer<typeof JournalEntry>;

/** How the store and its journal were found at open, or after it; `checking` while a large one is still looked through. */
export const StoreHealth = z.object({
  state: z.enum(['sound', 'checking', 'changed-outside', 'rolled-back', 'damaged', 'newer', 'read-only']),
  message: z.string(),
  mayWrite: z.boolean(),
});
export type StoreHealth = z.infer<typeof StoreHealth>;

export const JournalVerification = z.object({
  holds: z.boolean(),
  entries: z.number().int(),
  head: z.string(),
  root: z.string(),
  firstBad: z.number().int().nullable(),
  message: z.string(),
  anchors: z.array(z.object({ where: z.string(), size: z.number().int(), holds: z.boolean(), message: z.string() })),
});
export type JournalVerification = z.infer<typeof JournalVerification>;
