import { z } from 'zod';
import { Use } from './trust.ts';

/** Families of keys that sign. */
export const keyAlgorithms = [
  'rsa',
  'dsa',
  'ecdsa-p256',
  'ecdsa-p384',
  'ecdsa-p521',
  'ecdsa-brainpool',
  'ed25519',
  'ed448',
] as const;
export type KeyAlgorithm = (typeof keyAlgorithms)[number];
const listDigests = [
  'crc32',
  'posix-cksum',
  'md5',
  'linefeed-md5',
  'sha1',
  'git-sha1',
  'ripemd160',
  'sha224',
  'sha256',
  'sha384',
  'sha512',
  'sha512-224',
  'sha512-256',
  'sha3-224',
  'sha3-256',
  'sha3-384',
  'sha3-512',
  'blake2b-128',
  'blake2b-160',
  'blake2b-192',
  'blake2b-224',
  'blake2b-256',
  'blake2b-320',
  'blake2b-384',
  'blake2b-448',
  'blake2b',
  'blake2s',
  'blake3',
] as const;

/** Limits that a policy may lower, never raise (reliability.md, I-03). */
export const PolicyLimits = z.strictObject({
  entries: z.number().int().positive().optional(),
  folderEntries: z.number().int().positive().optional(),
  totalBytes: z.number().int().positive().optional(),
  entryBytes: z.number().int().positive().optional(),
  ratio: z.number().int().positive().optional(),
  keptBytes: z.number().int().nonnegative().optional(),
});

/**
 * What a reviewer accepts, beside whom she trusts: `policy.yaml`. What is mathematically right and not accepted here is
 * `policy`, never fail and never pass. What a part leaves out is as in the policy that ships.
 */
export const Policy = z.strictObject({
  version: z.literal(1),
  name: z.string().trim().min(1).max(200),
  digests: z
    .strictObject({
      /** Algorithms by which a list may vouch for a file. */
      accepted: z.array(z.enum(listDigests)).default([...listDigests]),
    })
    .prefault({}),
  signatures: z
    .strictObject({
      algorithms: z.array(z.enum(keyAlgorithms)).default([...keyAlgorithms]),
      /** The least length of an RSA modulus, in bits. */
      rsaBits: z.number().int().min(1_024).max(16_384).default(2_048),
      /** Signers by name, and issuers by name; empty: whoever is in the trust store. */
      identities: z.array(z.string().min(1).max(1_000)).max(1_000).default([]),
      issuers: z.array(z.string().min(1).max(1_000)).max(1_000).default([]),
      /** How many authorities may stand between a signer and the root. */
      intermediates: z.number().int().min(0).max(8).default(8),
      /** How many different signers each kind of document needs. */
      required: z.partialRecord(Use, z.number().int().min(0).max(100)).default({}),
      /** Kinds of document whose signing time must be proven. */
      timestamped: z.array(Use).default([]),
    })
    .prefault({}),
  unsigned: z
    .strictObject({
      /** What a matching list that nobody signed is worth. */
      manifest: z.enum(['pass', 'warn', 'undecided', 'policy']).default('pass'),
      /** What a file is that lies in a signed model and that the signature does not name. */
      files: z.enum(['fail', 'warn']).default('fail'),
      /** Names, relative to a signed model, that may lie in it without being signed; a folder with all below. */
      ignored: z.array(z.string().min(1).max(4_096)).max(10_000).default([]),
    })
    .prefault({}),
  pickles: z
    .strictObject({
      /** Imports known to be harmless here: `module.name`, or `module.*` for all of a module. */
      accepted: z
        .array(z.string().regex(/^[A-Za-z_][\w.]*\.(\*|[A-Za-z_]\w*)$/, 'must be module.name or module.*'))
        .max(10_000)
        .default([]),
    })
    .prefault({}),
  limits: PolicyLimits.default({}),
});
export type Policy = z.infer<typeof Policy>;

/** A policy as a verification used it. `digest` is SHA-256 over the bytes of its text. */
export interface PolicyInUse {
  policy: Policy;
  digest: string;
}
/** How a verification records it. */
export const PolicyName = z.object({ name: z.string(), digest: z.string() });
export type PolicyName = z.infer<typeof PolicyName>;

export const defaultPolicy: Policy = Policy.parse({ version: 1, name: 'Assay default' });

/** The policy that ships, as text to read and to change. A test holds it against `defaultPolicy`. */
export const defaultPolicyText = `# What this reviewer accepts, beside whom she trusts. What is mathematically right and not
# accepted here is shown as "policy": never as a failure and never as a pass.
version: 1
name: Assay default

digests:
  # By which a list may vouch for a file. MD5 and SHA-1 are named as weak all the same.
  accepted:
    [crc32, posix-cksum, md5, linefeed-md5, sha1, git-sha1, ripemd160, sha224, sha256, sha384, sha512, sha512-224,
     sha512-256, sha3-224, sha3-256, sha3-384, sha3-512, blake2b-128, blake2b-160, blake2b-192, blake2b-224, blake2b-256,
     blake2b-320, blake2b-384, blake2b-448, blake2b, blake2s, blake3]

signatures:
  algorithms: [rsa, dsa, ecdsa-p256, ecdsa-p384, ecdsa-p521, ecdsa-brainpool, ed25519, ed448]
  # The least length of an RSA key, in bits.
  rsaBits: 2048
  # Signers and issuers by name. Empty: whoever is in the trust store.
  identities: []
  issuers: []
  # How many authorities may stand between a signer and the root.
  intermediates: 8
  # How many different signers a kind of document needs, such as { model-signature: 1, approval: 2 }.
  required: {}
  # Kinds of document whose signing time must be proven, such as [model-signature].
  timestamped: []

unsigned:
  # What a matching list that nobody signed is worth: pass, warn, undecided or policy.
  manifest: pass
  # What a file is that lies in a signed model and is not signed: fail or warn.
  files: fail
  # Names, relative to a signed model, that may lie in it without being signed.
  ignored: []

pickles:
  # Imports known to be harmless here, beside those that Assay knows: module.name, or module.* for a whole module.
  accepted: []

# Lower limits than those built in: entries, folderEntries, totalBytes, entryBytes, ratio, keptBytes.
limits: {}
`;
