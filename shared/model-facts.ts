import type { Place } from './evidence.ts';

/** A name that a pickle would import, and what it would do with it. */
export interface NamedImport {
  module: string;
  name: string;
  called: boolean;
  offset: number;
  /** What is done with it that no weights need, in words that follow its name. */
  misuse?: string;
  /** Asked for new objects alone: a class, none of whose own functions are run for that. */
  isOnlyMade?: boolean;
  /**
   * Named only where bytes are read in another way than their writer meant, by texts that are remembered from elsewhere:
   * of genuine files a mixture that nothing bears, unless it is a name that does harm.
   */
  isAside?: boolean;
  /** Used as harmless libraries use it, and not called otherwise. */
  isPlainUse?: boolean;
}

/** What a pickle would import and call, found by reading opcodes; nothing is executed. */
export interface ImportsFact {
  kind: 'imports';
  place: Place;
  imports: NamedImport[];
  /** Where the opcode reader had to stop before the end, in words; null where it read all. */
  stopped: string | null;
  /** True where the bytes end before the stream does. */
  isTruncated?: boolean;
  /** True where no code can lie in it: plain arrays. */
  isPlain?: boolean;
}

/** An index over weights in several files: which tensor it says lies in which. */
export interface ShardIndexFact {
  kind: 'shard-index';
  place: Place;
  shards: { name: string; path: string | null; tensors: string[] }[];
  /** Bytes of all tensors as stated; null where it does not say. */
  totalBytes: number | null;
}

/** The tensors of one file, by name. Not stored. */
export interface TensorsFact {
  kind: 'tensors';
  place: Place;
  tensors: { name: string; bytes: number }[];
  /** True where the sizes are not all known: only the names are compared. */
  isSizeOpen?: boolean;
}

/** Files beside a model that hold bytes of its tensors, as the model says. Not stored. */
export interface ExternalDataFact {
  kind: 'external-data';
  place: Place;
  /** One for each file: how many tensors lie in it, where the last of them ends, and which that is (`offset` in the model). */
  files: { path: string; tensors: number; end: number; tensor: string; offset: number }[];
}
