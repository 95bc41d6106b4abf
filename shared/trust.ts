import { z } from 'zod';
import { uses } from './fact.ts';

export const Use = z.enum(uses);

/** Whom this reviewer trusts, for what, since when and by whose hand. Never taken from evidence. */
export const TrustEntry = z.object({
  id: z.string(),
  kind: z.enum(['key', 'authority', 'timestamper', 'log', 'sigstore', 'block']),
  name: z.string(),
  /** null: everything but timestamps; []: known, may sign nothing. */
  uses: z.array(Use).nullable(),
  /** PEM (key, certificate), C2SP verifier key, or JSON of a trusted root. */
  material: z.string(),
  /** SHA-256 over the SubjectPublicKeyInfo, or over the certificate's DER; `sha256:hex`. */
  fingerprint: z.string(),
  identities: z.array(z.object({ identity: z.string(), issuer: z.string() })).default([]),
  addedAt: z.string().nullable(),
  addedBy: z.string().nullable(),
});
export type TrustEntry = z.infer<typeof TrustEntry>;
export interface Trust {
  /** Own: a signing identity of the store, which counts without having been named by anybody. */
  entries: (TrustEntry & { isOwn?: boolean })[];
}
