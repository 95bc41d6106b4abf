import type { Digest } from '../../../shared/evidence.ts';
import type { Fact } from '../../../shared/fact.ts';

/** A source as a whole, for formats that are a layout of folders and no file. */
export interface SourceTree {
  /** By path. */
  files: readonly { path: string; bytes: number; digest: Digest | null }[];
  /** Null where there is none of that path. */
  file(path: string): { path: string; bytes: number; digest: Digest | null } | null;
  /** Links that were met: path → what stands in them; never followed. Null where that is no text. */
  links: ReadonlyMap<string, string | null>;
  /** What was read of the files by themselves. */
  facts: readonly Fact[];
  /** A small file whole; null where it is larger than `limit`, or cannot be read. */
  peek(path: string, limit: number): Promise<Uint8Array | null>;
}

export interface TreeFindings {
  facts: Fact[];
  /** Names that stand for other files of this source: path of the link → path of the file, which is read under that name. */
  standIns: Map<string, string>;
  /**
   * Small files that are what the layout says and not what their names suggest: path → format. What else was read of
   * them is dropped, so a layout may claim only what it has read to the last byte.
   */
  own: Map<string, string>;
}

/** A layout of folders: paths and small files to facts. It never judges. */
export interface TreeFormat {
  /** kebab-case, the word in `format` everywhere. */
  id: string;
  title: string;
  /** Null where the source has no such layout. Linear in the paths. */
  read(tree: SourceTree): Promise<TreeFindings | null>;
}
