import type { Import, Value } from './pickle-values.ts';
import type { Storage } from './torch-storages.ts';

/** What is remembered, by numbers that no bound is set to. */
export type Memo = Map<number | bigint, Value>;

/** What streams that follow one another have in common, and what is found in them. */
export interface PickleFinds {
  imports: Import[];
  /** The same by module and name. */
  index: Map<string, Import>;
  storages: Storage[];
  /** Keys of the storages. */
  keys: Set<string>;
  /** What earlier streams of the same pickler remember. */
  memo: Memo;
  /** Whether it refers to buffers that are handed over beside it (PEP 574). */
  hasBuffersElsewhere: boolean;
  /** Whether arrays of joblib were passed over. */
  hasArrays?: boolean;
  /**
   * How other loaders read the same bytes: those that do not know joblib take its arrays for opcodes, and joblib before 1.2
   * knows of no padding. One unpickler that is asked for one stream after another goes on remembering.
   */
  reading?: 'opcodes' | 'unpadded' | 'goes on';
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

/** Adds what another reading of the same bytes would call or misuse. What it would only import may be no more than a coincidence. */
export function addFrom(another: readonly Import[], finds: PickleFinds): void {
  for (const one of another) {
    const key = `${one.module}\0${one.name}`;
    const known = finds.index.get(key);
    if (known === undefined) {
      if (!one.called && one.misuse === undefined) continue;
      finds.imports.push(one);
      finds.index.set(key, one);
      continue;
    }
    if (one.called && one.isOnlyMade !== true) delete known.isOnlyMade;
    known.called ||= one.called;
    if (one.misuse !== undefined) known.misuse ??= one.misuse;
  }
}
