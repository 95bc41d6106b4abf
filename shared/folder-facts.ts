import type { Digest, Place } from './evidence.ts';

/**
 * A digest that a document states of a folder as a whole: MD5 over DVC's list of its files, each with its own digest by
 * `algorithm`, sorted by name.
 */
export interface FolderDigestFact {
  kind: 'folder-digest';
  place: Place;
  title: string;
  /** As written. */
  name: string;
  /** Of the folder, relative to the source; null where the name points outside it. */
  path: string | null;
  digest: Digest;
  algorithm: 'md5' | 'linefeed-md5';
  /** Bytes of all files, and how many they are; null where not stated. */
  bytes: number | null;
  count: number | null;
  /** Files below the folder that are here; null where they are too many to be listed again. */
  members: string[] | null;
}

/** What a document states of the size of some files together. */
export interface FolderSizeFact {
  kind: 'folder-size';
  place: Place;
  title: string;
  bytes: number;
  /** Paths of the files that are counted, as they are here. */
  members: string[];
}

/** A list of a folder that is kept under its own digest (DVC, `.dir`). Not stored. */
export interface FolderListFact {
  kind: 'folder-list';
  place: Place;
  /** MD5 that it is kept under. */
  digest: Digest;
  items: { name: string; md5: string }[];
}

/** A file that holds where a link would lead, as links are written where there are none: `target` is a path of the source. */
export interface WrittenLinkFact {
  kind: 'written-link';
  place: Place;
  target: string;
}
