import { z } from 'zod';

/** A person who may sign on this machine. The private key is a PKCS#8 file, encrypted; never here. */
export const Identity = z.object({
  id: z.number().int(),
  name: z.string(),
  role: z.string(),
  /** `sha256:hex` over the SubjectPublicKeyInfo. */
  fingerprint: z.string(),
  /** OpenSSH form, `SHA256:base64`, as in envelopes. */
  keyId: z.string(),
  algorithm: z.string(),
  certificate: z.string(), // PEM
  createdAt: z.string(),
  isUnlocked: z.boolean(),
  /** When it locks again if nothing is done; null while locked. */
  locksAt: z.string().nullable(),
  isCurrent: z.boolean(),
});
export type Identity = z.infer<typeof Identity>;
