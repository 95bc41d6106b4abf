import type { Import, Value } from './pickle-values.ts';
import type { Storage } from './torch-storages.ts';

/** What streams that follow one another have in common, and what is found in them. */
export interface PickleFinds {
  imports: Import[];
  /** The same by module and name. */
  index: Map<string, Import>;
  storages: Storage[];
  /** Keys of the storages. */
  keys: Set<string>;
  /** What earlier streams of the same pickler remember. */
  memo: Map<number, Value>;
  /** Whether it refers to buffers that are handed over beside it (PEP 574). */
  hasBuffersElsewhere: boolean;
  /** How many opcodes are read at most, where that is fewer than of any pickle. */
  opcodesAtMost?: number;
  /** Reads bytes that lie in a pickle as one; null where they are none. Absent where nobody looks. */
  nested?: (payload: Uint8Array) => Value | null;
}

/** @param imports those that are known already; what is found is added */
export const findsFor = (imports: Import[]): PickleFinds => ({
  imports,
  index: new Map(imports.map((each) => [`${each.module}\0${each.name}`, each])),
  storages: [],
  keys: new Set(),
  memo: new Map(),
  hasBuffersElsewhere: false,
});
