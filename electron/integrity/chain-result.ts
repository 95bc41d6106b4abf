import type { ChainRule, Row } from './chain-rule.ts';
import type { Misnamed } from './id-links.ts';
import type { JsonNode } from './json.ts';
import type { SizedTree } from './sized-tree.ts';

export interface ChainBreak {
  entry: number;
  line: number;
  kind: 'edited' | 'unlinked' | 'reordered' | 'removed' | 'inserted' | 'torn' | 'unparsable' | 'genesis';
  expected: string;
  actual: string;
  detail: string;
}

/** One record as the chain sees it, for browsing. */
export interface ChainedRow {
  entry: number;
  line: number;
  /** The record, parsed when asked for; null where the line is no JSON. */
  node: () => JsonNode | null;
  at: string | null;
  /** Values of the members named at construction, in their order; null where a record has no such text. */
  texts: (string | null)[];
  /** Whether a name that begins as asked may stand in it, at any level. */
  spotted: boolean;
  hash: string | null;
  previous: string | null;
}

export interface ChainResult {
  entries: number;
  rule: ChainRule | null;
  breaks: ChainBreak[];
  breakCount: number;
  head: string | null;
  root: Buffer;
  rootsAt: Map<number, Buffer>;
  /** Rows before and after the entries that are no part of the chain, and the tree over all rows; null where none are. */
  frame: {
    before: Row[];
    after: Row[];
    /** Whether the first record names the hash of a row before it. */
    isNamed: boolean;
    root: Buffer;
    roots: Map<number, Buffer>;
  } | null;
  /** Where the file holds several chains: the member that tells them apart, and how many they are. */
  streams: { member: string; count: number } | null;
  /** Entries at which the chain begins anew, at most 100. */
  restarts: readonly { entry: number; line: number }[];
  misnamed: readonly Misnamed[];
  /** Members that single records have and that no hash covers, at most 100. */
  strays: readonly { entry: number; line: number; member: string }[];
  headsAt: Map<number, string>;
  /** Entries at which one of the heads asked for stands. */
  entryOfHead: Map<string, number>;
  /** Members that are not of the kind that they are of in other records. */
  misfits: { entry: number; member: string; meant: 'number' | 'time'; actual: string }[];
  isNumberedInText: boolean;
  sequenceGaps: { entry: number; expected: number; actual: number }[];
  clockJumps: { entry: number; at: string; after: string }[];
  firstAt: string | null;
  lastAt: string | null;
}

export interface ChainOptions {
  /** Entry counts at which roots and heads are wanted (what checkpoints speak of). */
  sizes?: Iterable<number>;
  /** Hashes of which to say at which entry they stand, lower-case hex. */
  heads?: Iterable<string>;
  /** Members of which `texts` gives the values: the first top-level text member whose name fits each pattern. */
  columns?: readonly RegExp[];
  /** Beginnings of names, at any level, for `spotted`. */
  spot?: readonly string[];
  onRow?: (row: ChainedRow) => void;
  /** A row before the entries is no part of the chain. */
  onOutside?: () => void;
}

/** What of a record enters the chain. */
export interface ChainFields {
  claimed: string | null;
  /** What the record's own hash should be; null where the rule gives none. */
  computed: string | null;
  previous: string | null;
  at: string | null;
  sequence: string | null;
  /** Of which chain the record says it is. */
  identity: string | null;
  texts: (string | null)[];
  spotted: boolean;
}

/** A result in which nothing was read yet. @param tree over the entries, whose roots it shows */
export const emptyResult = (tree: SizedTree): ChainResult => ({
  entries: 0,
  rule: null,
  breaks: [],
  breakCount: 0,
  head: null,
  root: tree.root(),
  rootsAt: tree.roots,
  frame: null,
  streams: null,
  restarts: [],
  misnamed: [],
  strays: [],
  headsAt: new Map(),
  entryOfHead: new Map(),
  misfits: [],
  isNumberedInText: false,
  sequenceGaps: [],
  clockJumps: [],
  firstAt: null,
  lastAt: null,
});
