import { z } from 'zod';
import type { Verdict, Vouched } from './verdict.ts';

export const SourceKind = z.enum(['folder', 'zip', 'tar', 'tar.gz', 'file']);
export type SourceKind = z.infer<typeof SourceKind>;

/** The one state of a file in a source. */
export const fileStates = ['mismatch', 'missing', 'unread', 'extra', 'ignored', 'unclaimed', 'match'] as const;
export const FileState = z.enum(fileStates);
export type FileState = z.infer<typeof FileState>;

/**
 * A place in evidence. `path` is the name as the source spells it, POSIX separators, relative to the source
 * ('' is the source itself). `entry` counts ledger rows from 1, `line` counts from 1, `pointer` is RFC 6901.
 */
export const Place = z.object({
  path: z.string(),
  pointer: z.string().optional(),
  line: z.number().int().optional(),
  entry: z.number().int().optional(),
  offset: z.number().int().optional(),
});
export type Place = z.infer<typeof Place>;

/** `algorithm:lower-case-hex`, such as `sha256:9f86…`. */
export const Digest = z.string().regex(/^[a-z0-9-]+:[0-9a-f]+$/);
export type Digest = z.infer<typeof Digest>;

/** One file of a source, as read. Digests beyond SHA-256 are there when a listing asked for them. */
export interface EvidenceFile {
  path: string;
  bytes: number;
  /** `sha256:…`, or null where it could not be read. */
  digest: Digest | null;
  /** Why it was not read, in words; null where it was. */
  unread: string | null;
  /** Id of the reader that recognised it; null where none did. */
  format: string | null;
  /** Modification time, milliseconds UTC, as the source gives it. */
  modifiedAt: number | null;
}

/** A file with what the claims about it come to. */
export interface JudgedFile extends EvidenceFile {
  state: FileState;
  /** How many listings claim a digest for it. */
  claims: number;
  /** The strongest that vouches for its bytes. */
  vouched: Vouched;
  /** Worst verdict of any check about it; null where none. */
  verdict: Verdict | null;
}

/** What a source is, as a whole. `digest` is over the sorted list of paths and digests (evidence root). */
export const SourceSummary = z.object({
  path: z.string(),
  kind: SourceKind,
  format: z.string(),
  digest: Digest,
  files: z.number().int(),
  bytes: z.number().int(),
});
export type SourceSummary = z.infer<typeof SourceSummary>;

export const Counts = z.object({
  files: z.number().int(),
  states: z.record(FileState, z.number().int()),
  ledgerEntries: z.number().int(),
  signatures: z.number().int(),
  documents: z.number().int(),
  nodes: z.number().int(),
  edges: z.number().int(),
});
export type Counts = z.infer<typeof Counts>;

export const Unread = z.object({ path: z.string(), why: z.string() });
export type Unread = z.infer<typeof Unread>;

export const NotChecked = z.object({ what: z.string(), why: z.string(), settledBy: z.string() });
export type NotChecked = z.infer<typeof NotChecked>;
