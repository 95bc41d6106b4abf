import type { SourceKind, Unread } from '../../../shared/evidence.ts';
import type { Defect } from '../../../shared/fact.ts';

/** A file in a source, before anything was read of it. */
export interface Entry {
  /** As the source spells it, POSIX separators; only shown and compared, never resolved on our disk. */
  path: string;
  bytes: number;
  modifiedAt: number | null;
  inode?: number;
}

/** Synchronous, bounded access to one entry's bytes. `close` is always called. */
export interface Access {
  bytes: number;
  read(offset: number, length: number): Uint8Array;
  close(): void;
}

/** A source of files: folder, zip, tar, tar.gz, single file. Opening one is strict; the rest is bounded. */
export interface Container {
  kind: SourceKind;
  entries: Entry[];
  /** What was met and not taken in: links, devices, names that cannot be used, folders that cannot be listed. */
  unread: Unread[];
  /** What is odd about the container itself and refuses nothing: rights that are not applied, impossible dates. */
  defects: Defect[];
  /**
   * Real path on disk for a folder's or a single file's entry, so that workers can hash it; null for archives. Bytes
   * where the name is not UTF-8.
   */
  locate(entry: Entry): string | Uint8Array | null;
  /** Archives may inflate to a private staging file, named by number. */
  open(entry: Entry): Promise<Access>;
  close(): Promise<void>;
}
