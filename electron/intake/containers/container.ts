import type { SourceKind, Unread } from '../../../shared/evidence.ts';
import type { Defect } from '../../../shared/fact.ts';

/** A file in a source, before anything was read of it. */
export interface Entry {
  /** As the source spells it, POSIX separators; only shown and compared, never resolved on our disk. */
  path: string;
  bytes: number;
  modifiedAt: number | null;
  /** Of a file on disk, what changes when it does: inode, size and times. */
  stamp?: string;
}

/** Synchronous, bounded access to one entry's bytes. `close` is always called. */
export interface Access {
  bytes: number;
  /** Where it reads from a file it reads into `into`, if there is one, which has `length`. */
  read(offset: number, length: number, into?: Uint8Array): Uint8Array;
  /** Whether a file on disk is as it was when it was opened; absent where that is seen to otherwise. */
  isUnchanged?(): boolean;
  close(): void;
}

/** Bytes that any thread can read for itself: a file, or an entry of an archive. */
export interface Location {
  /** Real path; bytes where the name is not UTF-8. */
  file: string | Uint8Array;
  /** Of an archive's entry: where it stands in the archive, and the archive as it was when its directory was read. */
  part?: { offset: number; bytes: number; archive: string };
  /** Of a zip's entry: what the directory says of its content. */
  packed?: { bytes: number; crc: number; isStored: boolean; shown: { number: number; name: string } };
}

/** A source of files: folder, zip, tar, tar.gz, single file. Opening one is strict; the rest is bounded. */
export interface Container {
  kind: SourceKind;
  entries: Entry[];
  /** Of an archive or a single file, what changes when it does. */
  stamp?: string;
  /** What was met and not taken in: links, devices, names that cannot be used, folders that cannot be listed. */
  unread: Unread[];
  /** Links that were met and not followed: path → what stands in them; null where that is no text. Archives with links are refused. */
  links?: ReadonlyMap<string, string | null>;
  /** What is odd about the container itself and refuses nothing: rights that are not applied, impossible dates. */
  defects: Defect[];
  /** Where the entry's bytes stand on disk, so that any thread can read them; null where only `open` can. */
  locate(entry: Entry): Location | null;
  /** Archives may inflate to a private staging file, named by number. */
  open(entry: Entry): Promise<Access>;
  close(): Promise<void>;
}
