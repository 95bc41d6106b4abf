import { z } from 'zod';

/** Every reason for which a request is refused. Something wrong with the evidence is a check, not a failure. */
export const failureCodes = [
  'not-found', // no such case, file, finding …
  'unreadable', // a path that is not there, or that may not be read
  'refused', // the input as a whole breaks a rule: escape, bomb, two entries of one name
  'invalid', // the request itself is wrong
  'conflict', // it changed meanwhile, or exists already
  'not-ready', // a gate of the sign-off does not hold
  'locked', // key locked, or store locked by another process
  'wrong-passphrase',
  'not-permitted', // same person or same key twice
  'disk-full',
  'read-only', // the store was opened read-only
  'newer-store',
  'foreign-store',
  'damaged-store',
  'cancelled',
] as const;
export const FailureCode = z.enum(failureCodes);
export type FailureCode = z.infer<typeof FailureCode>;

/** The five parts that every message has (reliability.md, R-10). Empty where there is nothing to say. */
export const FailureParts = z.object({
  what: z.string(),
  where: z.string().default(''),
  why: z.string().default(''),
  notDone: z.string().default(''),
  next: z.string().default(''),
});
export type FailureParts = z.infer<typeof FailureParts>;

/** A request that was refused, in words for the person who asked. */
export class Failure extends Error {
  readonly code: FailureCode;
  readonly parts: FailureParts;
  constructor(code: FailureCode, parts: Partial<FailureParts> & { what: string }) {
    const whole = FailureParts.parse(parts);
    super([whole.what, whole.why, whole.notDone, whole.next].filter(Boolean).join(' '));
    this.name = 'Failure';
    this.code = code;
    this.parts = whole;
  }
}
