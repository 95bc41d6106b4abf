import type { KeyObject } from 'node:crypto';
import type { Use } from '../../shared/fact.ts';
import type { TrustEntry } from '../../shared/trust.ts';
import type { Certificate } from '../integrity/certificate.ts';
import type { KeyMaterial } from '../integrity/key-material.ts';
import type { PgpCertificate } from '../integrity/openpgp-keys.ts';
import { fingerprint } from '../integrity/public-key.ts';
import type { Revocations, Standing } from '../integrity/revocation.ts';
import type { SshAuthority } from '../integrity/ssh-authority.ts';
import type { SignatureOutcome } from './rules/rule.ts';

/** The words in which every scheme says what a signature comes to. */
type Code =
  | 'checkpoint-other-origin'
  | 'checkpoint-witness-only'
  | 'signature-holds'
  | 'signature-not-for-this-use'
  | 'signature-other-signer'
  | 'signature-unknown-signer'
  | 'signature-invalid'
  | 'signature-time'
  | 'signature-revoked'
  | 'signature-chain-incomplete'
  | 'signature-unreadable'
  | 'signature-nothing'
  | 'signature-keyed'
  | 'policy-algorithm'
  | 'policy-key-size'
  | 'policy-identity'
  | 'policy-timestamp';
export interface Judgement extends SignatureOutcome {
  code: Code;
  message: string;
  /** Certificate that signed, for what cannot be decided about it. */
  certificate: Certificate | null;
  /** How that certificate stood, by what its issuers said; absent where nobody was asked. */
  standing?: Standing;
  /** How many authorities stand between it and the root. */
  intermediates?: number;
  /** Key by which it holds, where no certificate has it; what a policy judges. */
  publicKey?: KeyObject;
  /** Further names of the signer that were vouched for. */
  alsoBy?: string[];
  /** How many signatures stand beside it that count for nobody whom the reviewer named. */
  others?: number;
  /** Who vouched for the signer, where that is not the issuer of the certificate (OIDC issuer). */
  issuer?: string;
  /** What is worth a look although the signature counts; '' where nothing is. */
  caution: string;
  settledBy: string;
}
export interface KnownKey extends KeyMaterial {
  entry: TrustEntry;
  pemHash: string;
}

export const mayServe = (entry: TrustEntry, use: Use) => entry.uses === null || entry.uses.includes(use);
export const article: Record<Use, string> = {
  'model-signature': 'model signatures',
  provenance: 'provenance',
  approval: 'approvals',
  layout: 'layouts',
  link: 'links',
  statement: 'statements',
  ledger: 'ledgers',
  checkpoint: 'checkpoints',
  timestamp: 'timestamps',
  document: 'documents',
  report: 'reports',
};

export const nobody = {
  holds: false,
  by: '',
  vouched: 'nobody',
  provenAt: null,
  certificate: null,
  settledBy: '',
  caution: '',
} as const;
export const settledByTrust =
  'The key or the authority of the signer, compared by fingerprint and added in Settings, Whom I trust.';

/**
 * One verdict of several signatures: one that claims to be named and does not hold is not passed over, and else one that
 * counts carries the document. Who counts is counted once by key, and by name where a certificate gives it.
 */
export function bestOf(all: readonly Judgement[]): Judgement | undefined {
  const order = ['fail', 'pass', 'policy', 'undecided'] as const;
  const [first] = order.flatMap((verdict) => all.find((each) => each.verdict === verdict) ?? []);
  if (first?.verdict !== 'pass') return first;
  const seen = new Set<string>();
  const signers = all.flatMap(({ verdict, key, by, certificate, publicKey }) => {
    if (verdict !== 'pass') return [];
    const held = publicKey ?? certificate?.key;
    const names = [...(held === undefined ? [] : [fingerprint(held)]), ...(key === undefined ? [by] : [key])];
    const isNew = !names.some((each) => seen.has(each));
    for (const each of names) seen.add(each);
    return isNew ? [key ?? by] : [];
  });
  return { ...first, signers, others: all.filter(({ verdict }) => verdict !== 'pass').length };
}

export interface PgpNamed {
  entry: TrustEntry;
  certificate: PgpCertificate;
}
/** Whom the reviewer named, by kind. */
export interface Named {
  keys: KnownKey[];
  /** Keys that she named and that no signature may count by, and why. */
  weak: { entry: TrustEntry; key: KeyObject; code: 'policy-key-size' | 'policy-algorithm'; why: string }[];
  authorities: { entry: TrustEntry; certificate: Certificate }[];
  /** Authorities for certificates of OpenSSH. */
  sshAuthorities: { entry: TrustEntry; authority: SshAuthority }[];
  /** Sigstore roots: known, and their logs are not verified yet. */
  sigstore: TrustEntry[];
  /** Keys of OpenPGP, read where one is asked for: a ring may hold thousands. */
  pgp: () => PgpNamed[];
  /** Certificates that lie in the evidence by themselves: ways to a root, and never trusted. */
  beside?: readonly Certificate[];
  /** What a policy makes of one signature; absent where none is asked. */
  accept?: (judged: Judgement) => Judgement;
  /** What the evidence holds about revoked certificates; it speaks by the signatures of their issuers alone. */
  revocations: readonly Revocations[];
}
