import type { Place } from './evidence.ts';
import type { Use } from './fact.ts';

/** Bytes and the signatures over them. The mathematics is done by a rule, never by the reader. */
export interface SignatureFact {
  kind: 'signature';
  id: string;
  scheme:
    | 'dsse'
    | 'oms'
    | 'in-toto'
    | 'note'
    | 'minisign'
    | 'sshsig'
    | 'jws'
    | 'cms'
    | 'raw'
    | 'openpgp'
    | 'sigstore'
    | 'jsf'
    | 'c2pa';
  use: Use;
  title: string;
  place: Place;
  /** Exactly the bytes that are signed (for DSSE the PAE), base64. */
  signed: string;
  /** Other preimages that old writers used, tried after `signed`; each is named in the check. */
  legacySigned?: string[];
  signatures: {
    /** As written; a hint, never trust. */
    keyId: string | null;
    /** Name the signature claims to be by (note: key name). */
    name: string | null;
    value: string; // base64
    /** Digest that it is by, where its form says so. */
    digest?: string;
    /** Hashed head of an OpenPGP signature without its packet, base64 (in-toto by GnuPG). */
    pgpHead?: string;
    /** How it was made, where its form says that it is RSASSA-PSS: digests of the message and of MGF1, salt in bytes. */
    pss?: { digest: string; mask: string; saltLength: number };
    /** Algorithm as its form names it (JWS): the key must be of that kind. */
    algorithm?: string;
    /** SubjectPublicKeyInfo that came with it, base64: it can contradict, and is never trust. */
    key?: string;
    /** Key id bytes of a C2SP note, hex. */
    keyHash?: string;
    /** DER, base64, leaf first. */
    certificates: string[];
    /** Certificate of OpenSSH of the key that signed, its wire form in base64. */
    sshCertificate?: string;
    /** RFC 3161 tokens over this signature that are carried along, DER, base64. */
    timestamps?: string[];
    /** Whether an entry of a transparency log is carried along. */
    logged?: boolean;
    /** Fingerprint hint: hex SHA-256 over the PEM text of the key (OMS). */
    pemHint?: string;
  }[];
  /** Statement type and predicate type where there is one. */
  predicateType: string | null;
  /** Public keys that the evidence itself states for a signer's name, PEM: they can contradict, and are never trust. */
  carriedKeys?: { name: string; material: string; from: string }[];
  /** It is over the part of its document in which it stands, and over nothing around that. */
  isOverPart?: true;
  /** What is signed lies in a file of its own. */
  detached?: Detached;
  /** Where what is signed contradicts what lies around it; the end of a sentence about the signature. */
  contradiction?: string;
  /** Content that it carries along although a file of its name lies beside it. `digest` is SHA-256, hex. */
  carried?: { over: string; digest: string };
  /** What a bundle of Sigstore carries to be verified with. */
  sigstore?: { entries: LogEntry[]; needsProof: boolean; payload?: string };
}

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
  /** Digest of the file that stands beside the signature, `algorithm:hex`, and is not signed (Sigstore). */
  stated?: string;
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

/** Root metadata of The Update Framework: the keys that count, and who signed that. */
export interface TufRootFact {
  kind: 'tuf-root';
  id: string;
  place: Place;
  version: number;
  expires: string | null;
  threshold: number;
  /** Ids of the keys that may sign roots. */
  keyIds: string[];
  keys: { id: string; material: string }[];
  /** Exactly the bytes that are signed, base64. */
  signed: string;
  signatures: { keyId: string; value: string }[];
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
