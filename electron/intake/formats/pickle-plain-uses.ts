import type { Import, Value } from './pickle-values.ts';

/**
 * Libraries whose objects keep a method of theirs, or a class within a class: Python pickles both as `getattr(…, name)`
 * (object.__reduce__ of methods, Lib/pickle.py, "save_global"), and members of an enumeration since 3.11 too (Lib/enum.py).
 */
const libraries =
  /^(numpy|scipy|sklearn|pandas|zoneinfo|torch|transformers|accelerate|xgboost|lightgbm|catboost|statsmodels|imblearn)(\.|$)/;
const plainName = /^_?[A-Za-z]\w*$/;

/** Registers what is imported by name. */
export type Importing = (module: string, name: string) => Import;

/**
 * What a call gives that reaches anything by its name, where it is used as harmless libraries use it: the attribute of a
 * class or an object of theirs becomes an import of its own, and a function that is kept is known by its name.
 * @returns null where it is any other use
 */
export function plainUse(by: Import, given: readonly Value[] | null, imported: Importing): Value | null {
  const module = by.module.replace(/^__builtin__$/, 'builtins');
  const [first, second] = given ?? [];
  if (module === 'builtins' && by.name === 'getattr' && given?.length === 2) {
    const holder = first?.t === 'import' ? first.v : first?.t === 'made' && first.isClass !== true ? first.by : null;
    if (holder === null || second?.t !== 'text') return null;
    if (!libraries.test(holder.module)) return null;
    // What NEWOBJ_EX is in protocols before 4 (Lib/pickle.py, "save_reduce").
    if (second.v === '__new__' && first?.t === 'import') return { t: 'partial', by, of: holder, isNew: true };
    if (!plainName.test(second.v)) return null;
    return { t: 'import', v: imported(holder.module, `${holder.name}.${second.v}`) };
  }
  if (module !== 'functools' || by.name !== 'partial' || given?.length !== 1) return null;
  if (first?.t === 'partial' && first.isNew === true) return { ...first, by };
  return first?.t === 'import' ? { t: 'partial', by, of: first.v } : null;
}
