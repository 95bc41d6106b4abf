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
}
