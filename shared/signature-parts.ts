import type { Place } from './evidence.ts';

/** An entry of a transparency log (Rekor 1 or 2). All bytes in base64. */
export interface LogEntry {
  logIndex: number;
  logId: string;
  /** Seconds since 1970; 0 where the log does not date entries. */
  integratedTime: number;
  body: string;
  promise: string | null;
  proof: { index: number; size: number; root: string; hashes: string[]; checkpoint: string } | null;
}

/** The file that a detached signature is over, and how it enters what is signed. */
export interface Detached {
  /** Path; null where it is not here. */
  over: string | null;
  /** Algorithm of the digest that is signed; null where the bytes of the file themselves are. */
  digest: string | null;
  /** Digest that the signed attributes state, hex (CMS). */
  expected?: string;
  /** What the signer signed for (SSH). */
  namespace?: string;
  /** How the bytes follow what is in `signed` (detached JWS). */
  encoding?: 'base64url' | 'none';
  /** Bytes of the file, base64, where they are signed themselves and are few enough. Filled at intake. */
  bytes?: string;
  /** Where they are more: for each signature the fingerprints of the keys by which it holds, of those that were offered. */
  streamed?: { holdsBy: string[][]; sha256: string };
}

/** A list of revoked certificates or an OCSP response beside the evidence. */
export interface RevocationFact {
  kind: 'revocation';
  place: Place;
  what: 'list' | 'response';
  der: string; // base64
}

/** What a path through an OpenTimestamps proof ends in. */
export interface Attestation {
  what: 'bitcoin' | 'litecoin' | 'pending' | 'unknown';
  /** What is committed to, hex: for a block its Merkle root, in the order of the header's bytes. */
  commitment: string;
  height: number | null;
  /** Calendar that was asked. */
  calendar: string | null;
  /** Weak digests on the way from the file. */
  weak: string[];
}

/** An OpenTimestamps proof, and the file whose digest it begins with. */
export interface CommitmentFact {
  kind: 'commitment';
  id: string;
  place: Place;
  /** Path of what is stamped (the name without `.ots`); null where no such file is there. */
  over: string | null;
  algorithm: string;
  digest: string; // hex
  attestations: Attestation[];
}
