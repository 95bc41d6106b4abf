import type { Digest, Place } from './evidence.ts';
import type { FolderDigestFact, FolderListFact, FolderSizeFact, WrittenLinkFact } from './folder-facts.ts';
import type { ExternalDataFact, ImportsFact, ShardIndexFact, TensorsFact } from './model-facts.ts';
import type { CommitmentFact, RevocationFact, SignatureFact, TufRootFact } from './signature-parts.ts';

/**
 * The vocabulary between bytes and judgement. Readers (electron/intake/formats) fill it and never judge;
 * rules, lineage and the viewer read it and nothing else. Every fact knows its place.
 */
export type Fact =
  | DocumentFact
  | ListingFact
  | SignatureFact
  | TimestampFact
  | CommitmentFact
  | LayoutFact
  | LinkFact
  | LedgerFact
  | CheckpointFact
  | ProofFact
  | CertificatesFact
  | RevocationFact
  | TufRootFact
  | BagFact
  | ImportsFact
  | PointerFact
  | FolderDigestFact
  | FolderListFact
  | FolderSizeFact
  | WrittenLinkFact
  | ShardIndexFact
  | TensorsFact
  | ExternalDataFact
  | ThingFact
  | RelationFact
  | MeasureFact;
export type FactKind = Fact['kind'];
export type FactOf<K extends FactKind> = Extract<Fact, { kind: K }>;

/** A deviation that a reader measured, not yet judged. The codes are those of shared/check.ts. */
export interface Defect {
  code: string;
  detail: string;
  place: Place;
  expected?: string;
  actual?: string;
}

/** A file that a reader recognised: what it is, what it says of itself, what is wrong with its form. */
export interface DocumentFact {
  kind: 'document';
  format: string;
  /** What to call it in a list: "Model signature (OMS)". */
  title: string;
  place: Place;
  /** Shown in the file view, in this order. */
  properties: { name: string; value: string; pointer?: string }[];
  defects: Defect[];
}

/** What a listing is, which decides what a contradiction means. */
export type ListingRole =
  | 'manifest' // checksum file
  | 'payload' // BagIt payload manifest
  | 'tag' // BagIt tag manifest
  | 'model-signature' // resources of an OMS statement
  | 'subjects' // subjects of an in-toto statement
  | 'materials' // resolvedDependencies, materials
  | 'products'
  | 'ledger' // files bound by a ledger's entries
  | 'components' // bill of materials
  | 'pipeline' // dvc.lock, .dvc
  | 'store' // files kept under the digest of their bytes: a model cache, a pipeline's cache
  | 'crate' // RO-Crate: what it describes and does not lie elsewhere is part of it
  | 'package' // a data package, data set card, SPDX document: files that are described
  | 'lineage' // OpenLineage, PROV
  | 'record'; // any other document that states digests: evaluation report, data card

/** A document that states digests of files. One item per statement. */
export interface ListingFact {
  kind: 'listing';
  /** Unique in a source: path, then `#` and a word where a document holds several. */
  id: string;
  role: ListingRole;
  title: string;
  place: Place;
  /** Folder, relative to the source, that the names are relative to ('' is the root). */
  base: string;
  /** True where a file below `base` that is not listed counts as extra. */
  closed: boolean;
  /** Paths relative to `base` that its signer left out (whole subtrees). */
  ignored: string[];
  items: ListingItem[];
  /** True where an empty file can have no item (shards), so that it is neither covered nor extra. */
  passesOverEmpty?: boolean;
  /** True where its signer says that links count as what they lead to. */
  allowsLinks?: boolean;
  /** Links below `base` that no item names, paths of the source: they were met and not followed. */
  links?: string[];
  /** Id of the signature fact that covers this listing; null where unsigned. */
  signature: string | null;
  /** Digest that the signature states over all items, and what the items give (OMS); null elsewhere. */
  root: { stated: Digest; computed: Digest } | null;
}

export interface ListingItem {
  /** As written. */
  name: string;
  /** Relative to the source; null where the name points outside it (the reader never resolves such a name). */
  path: string | null;
  digests: Digest[];
  bytes?: number;
  place: Place;
  /** Only this range of the file (OMS shards), end exclusive. */
  range?: { start: number; end: number };
  /** True where absence says nothing (a dependency that was never handed over). */
  optional?: boolean;
}

/** What a signature is for; the words of trust.yaml (command-line.md, Uses). */
export const uses = [
  'model-signature',
  'provenance',
  'approval',
  'layout',
  'link',
  'statement',
  'ledger',
  'checkpoint',
  'timestamp',
  'document',
  'report',
] as const;
export type Use = (typeof uses)[number];

/** An RFC 3161 response or token, and the file whose bytes it is over. */
export interface TimestampFact {
  kind: 'timestamp';
  id: string;
  place: Place;
  /** DER of the TimeStampResp or the token, base64. */
  token: string;
  /** Path of what is stamped (the name without `.tsr`); null where no such file is there. */
  over: string | null;
  /** Algorithm of the imprint, so that the engine hashes `over` with it. */
  algorithm: string;
}

/** An in-toto layout: who may do which step, and what a step may read and make. */
export interface LayoutFact {
  kind: 'layout';
  id: string;
  place: Place;
  signature: string;
  expires: string | null;
  /**
   * Public keys of functionaries by the id that the layout gives them, PEM; those that can be read. `of` is the main key
   * of a subkey, `expires` when a key of OpenPGP does.
   */
  keys: { id: string; material: string; of?: string; expires?: string }[];
  /** Artifact rules as written, word by word (in-toto specification 1.0, 4.3.3); `fault` is what is wrong with a step. */
  steps: {
    name: string;
    threshold: number;
    keyIds: string[];
    materials: string[][];
    products: string[][];
    fault?: string;
    /** True where the layout asks for nobody at all, and one is asked for all the same. */
    asksForNobody?: true;
  }[];
  inspections: number;
}

/** An in-toto link: what one step read and made, as its functionary recorded it. */
export interface LinkFact {
  kind: 'link';
  id: string;
  place: Place;
  signature: string;
  step: string;
  materials: { name: string; digests: Digest[] }[];
  products: { name: string; digests: Digest[] }[];
}

/** A hash-chained record. The rule was found from its rows; the arithmetic is in it, the judgement is not. */
export interface LedgerFact {
  kind: 'ledger';
  id: string;
  place: Place;
  entries: number;
  /** How it is chained; null where no known rule fits the first rows. */
  rule: {
    /** `unexplained`: records name one another by hashes of which nobody here knows how they are made. */
    family: 'own-hash' | 'previous-record' | 'extensions' | 'concatenation' | 'signed-rows' | 'keyed' | 'unexplained';
    words: string;
    formula: string;
    canonical: string;
    /** Digest that chains them; absent in facts of before, which knew SHA-256 alone. */
    algorithm?: string;
    hashField: string | null;
    previousField: string | null;
    /** Member that holds a signature in each entry. */
    signatureField?: string | null;
  } | null;
  /** First and following departures from the rule, at most 100, in order. */
  breaks: {
    entry: number;
    line: number;
    kind: 'edited' | 'unlinked' | 'reordered' | 'removed' | 'inserted' | 'torn' | 'unparsable' | 'genesis';
    expected: string;
    actual: string;
    detail: string;
  }[];
  breakCount: number;
  /** Hash of the last entry (hex) and the RFC 9162 root over the lines without line feed (base64). */
  head: string | null;
  root: string;
  /** Roots at the sizes that checkpoints in the same folder speak of: size → base64. */
  rootsAt: Record<string, string>;
  /**
   * Rows before and after the entries that are no part of the chain, whether the first entry names the hash of one
   * before it, and the tree over all rows, those with the entries.
   */
  frame?: { before: number; after: number; isNamed: boolean; root: string; rootsAt: Record<string, string> };
  /** Where the file holds several chains: the member that tells their entries apart, and how many they are. */
  streams?: { member: string; count: number };
  /** Entries at which a chain begins anew, though no member tells it from the one above: at most 100. */
  restarts?: { entry: number; line: number }[];
  /** Entries that name another as the one before, by its id or number, than the one before; `isSure` unless it may be a tree. */
  misnamed?: { entry: number; line: number; member: string; expected: string; actual: string; isSure: boolean }[];
  /** Members of single entries that no hash covers, by a rule that hashes some members alone. */
  strays?: { entry: number; line: number; member: string }[];
  headsAt: Record<string, string>;
  /**
   * Head hashes and counts that files beside it state (`HEAD`), and the entry that has such a hash; null where none has.
   * `head` is null where only a count is stated.
   */
  statedHeads?: { path: string; head: string | null; entry: number | null; size?: number }[];
  /** Entries that hold signatures, as they stand, for a rule to verify; those beyond the limit are counted. Not stored. */
  signedRows?: { entry: number; line: number; text: string }[];
  signedRowsLeft?: number;
  /** Public keys in files beside it, PEM: they came with the evidence and are never trust. */
  carriedKeys?: { name: string; material: string; from: string }[];
  /** Entries in which a member is not of the kind that it is of in the others: no number, a number for a time. */
  misfits?: { entry: number; member: string; meant: 'number' | 'time'; actual: string }[];
  /** Whether its numbers are written as texts. */
  isNumberedInText?: boolean;
  sequenceGaps: { entry: number; expected: number; actual: number }[];
  clockJumps: { entry: number; at: string; after: string }[];
  firstAt: string | null;
  lastAt: string | null;
}

/** A C2SP checkpoint: what something outside says about a log. */
export interface CheckpointFact {
  kind: 'checkpoint';
  id: string;
  place: Place;
  origin: string;
  size: number;
  root: string; // base64
  extensions: string[];
  signature: string;
}

/** Certificates of one file, DER in base64, as they stand in it. */
export interface CertificatesFact {
  kind: 'certificates';
  place: Place;
  certificates: string[];
  /** Why no signature may count by the first that the file holds, whatever the policy says; absent where one may. */
  weak?: { code: 'policy-key-size' | 'policy-algorithm'; why: string };
}

/** A proof about a Merkle tree (RFC 9162, 2.1.3 and 2.1.4). Hashes in hex; a root that is null is to be found beside it. */
export interface ProofFact {
  kind: 'proof';
  id: string;
  place: Place;
  what: 'inclusion' | 'consistency';
  /** Of the leaf; null where none is spoken of or it is not here. */
  leaf: string | null;
  /** What was logged is not here, or cannot be told. */
  isLeafElsewhere?: true;
  /** Signature over the root that stands in the proof, where one is carried. */
  signature?: string;
  /** Counted from 0; relative to `start`. */
  index: number;
  /** Of a subtree that the proof is in or about; null for the whole tree. */
  subtree: { start: number; end: number } | null;
  /** Leaves of the earlier tree (consistency) and of the tree. */
  from: number;
  size: number;
  fromRoot: string | null;
  root: string | null;
  path: string[];
}

export interface BagFact {
  kind: 'bag';
  place: Place;
  base: string;
  version: string;
  encoding: string;
  payload: string[]; // listing ids
  tags: string[];
  fetch: { url: string; bytes: number | null; name: string; path: string | null; place: Place }[];
  /** Payload-Oxum of bag-info.txt. */
  oxum?: { bytes: number; files: number };
}

/** A git-lfs pointer standing where a file should be. */
export interface PointerFact {
  kind: 'pointer';
  place: Place;
  digest: Digest;
  bytes: number;
}

export const thingTypes = [
  'dataset',
  'model',
  'code',
  'run',
  'evaluation',
  'document',
  'person',
  'decision',
  'component',
] as const;
export type ThingType = (typeof thingTypes)[number];

/** Something the lineage knows: an artefact, dataset, run, evaluation, approval, person, component. */
export interface ThingFact {
  kind: 'thing';
  /** Unique in a source; relations name it. Start with the document's path. */
  key: string;
  type: ThingType;
  name: string;
  digests: Digest[];
  /** Path in the source where the name is one. */
  path: string | null;
  place: Place;
  at: string | null;
  properties: { name: string; value: string }[];
  /** Signature fact that covers the statement; null where it is only asserted. */
  signature: string | null;
}

/** `from` came before `to`: data → run → model → evaluation → decision. */
export interface RelationFact {
  kind: 'relation';
  relation:
    | 'used'
    | 'generated'
    | 'derived'
    | 'evaluated'
    | 'approved'
    | 'attributed'
    | 'associated'
    | 'delegated'
    | 'contains';
  from: string;
  to: string;
  place: Place;
  signature: string | null;
}

/** A number that a document states: the card's recall, the evaluation's recall. */
export interface MeasureFact {
  kind: 'measure';
  /** Key of the thing measured. */
  of: string;
  metric: string;
  value: string;
  place: Place;
  stated: 'card' | 'evaluation' | 'run';
}
