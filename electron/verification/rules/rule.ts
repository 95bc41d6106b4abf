import type { Check } from '../../../shared/check.ts';
import type { CheckCode } from '../../../shared/check-codes.ts';
import type { EvidenceFile, NotChecked } from '../../../shared/evidence.ts';
import type { FactKind, FactOf } from '../../../shared/fact.ts';
import type { Policy } from '../../../shared/policy.ts';
import type { Trust } from '../../../shared/trust.ts';
import type { Vouched } from '../../../shared/verdict.ts';
import type { FileClaims } from '../file-claims.ts';

/** What a signature came to; computed once, read by several rules. */
export interface SignatureOutcome {
  /** `holds`: the mathematics is right, by a key that is known here or carried along. */
  holds: boolean;
  /** As far as trust goes: pass, policy, undecided or fail (command-line.md, the table). */
  verdict: 'pass' | 'policy' | 'undecided' | 'fail';
  /** Whoever signed, in words; '' where unknown. */
  by: string;
  vouched: Vouched;
  /** Signing time where something proves it (timestamp, log), ISO 8601. */
  provenAt: string | null;
  /** Fingerprint of the key by which it holds, where that is known. */
  key?: string;
  /** Fingerprints or names of all whose signature holds and counts; `key` alone where absent. */
  signers?: string[];
  /** Path of what a timestamp is over; absent for signatures. */
  over?: string;
}

/** Facts and files of one source, indexed for rules. */
export interface EvidenceView {
  facts<K extends FactKind>(kind: K): readonly FactOf<K>[];
  file(path: string): EvidenceFile | undefined;
  /** Its place in `files()`; -1 where it is not here. */
  place(path: string): number;
  files(): readonly EvidenceFile[];
  /** For each item of a listing the place of its file in `files()`, -1 where that is not here. Looked up once for all rules. */
  places(listing: FactOf<'listing'>): Int32Array;
  /** Digest of a file, or of a range of it, `algorithm:hex`; null where it was not computed or not read. */
  digest(path: string, algorithm: string, range?: { start: number; end: number }): string | null;
  /** By signature fact id. Filled by the rule `signatures`, which runs first. */
  outcomes: Map<string, SignatureOutcome>;
  trust: Trust;
  policy: Policy;
  /** The time that counts for expiry, where nothing in the evidence proves another. */
  asOf: Date;
}

export interface CheckSink {
  add(
    check: Omit<Check, 'settledBy' | 'partial' | 'code'> & { code: CheckCode; settledBy?: string; partial?: boolean },
  ): void;
  /** A pass of a single file: counted, not listed. */
  pass(rule: string, aspect: Check['aspect'], count?: number): void;
  notChecked(what: NotChecked): void;
  /** States, claim counts and vouchers of all files, by the rule `listings` alone. */
  files(claims: FileClaims): void;
}

/** Facts to checks. Never throws on bad evidence, never stops at the first failure. */
export interface Rule {
  id: string;
  /** Head of its group on the Checks screen, as a sentence that should be true: "Manifest digests match". */
  title: string;
  verify(evidence: EvidenceView, checks: CheckSink): void;
}
