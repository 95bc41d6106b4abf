import { callNames, type Dict, type Import, type Made, type Value } from './pickle-values.ts';

export const nameOf = ({ module, name }: Import): string => `${module.replace(/^__builtin__$/, 'builtins')}.${name}`;

/** Says once of an import what is done with it; the first is enough. */
export function misuse(which: Import, words: string): void {
  which.misuse ??= words;
}

/** A template of argument parsers as scipy itself writes it (scipy/stats/_distn_infrastructure.py, "parse_arg_template"). */
const scipyTemplate =
  /^\s*def _parse_args\(self, [\w=., ]*\):\n {4}return \([\w, ]*\), [\w., ]+\n\s*def _parse_args_rvs\(self, [\w=., ]*\):\n {4}return self\._argcheck_rvs\([\w=., ]*\)\n\s*def _parse_args_stats\(self, [\w=., ]*moments='mv'\):\n {4}return \([\w, ]*\), [\w., ]+\n*$/;

/** A state is one dictionary, or two of them (PEP 307). */
const statesAtMost = 4;

/** Arrays and tables are no dictionaries: the state of an object that holds them has no names in it. */
const noDictionary = /^(numpy|pandas)\./;

/** Whether a state, or a half of one, may hold names that are not known here. */
function hidesNames(part: Value, isAttributes: boolean): boolean {
  if (part.t === 'dict') return part.hasOtherKeys === true;
  if (part.t === 'other' || part.t === 'partial') return isAttributes;
  if (part.t !== 'made' || !isAttributes || noDictionary.test(nameOf(part.by))) return false;
  return (
    part.hasOtherKeys === true ||
    part.args.t !== 'tuple' ||
    part.args.v.some((each) => hidesNames(each, true) || each.t !== 'dict')
  );
}

/** Judges a state that is given to an object: what it holds may be called, or run. */
export function judgeState(target: Made, state: Value): void {
  const { by } = target;
  const parts = state.t === 'tuple' ? state.v.slice(0, statesAtMost) : [state];
  // Of a tuple, only one of two is taken for attributes.
  const areAttributes = state.t !== 'tuple' || state.v.length === 2;
  for (const part of parts) {
    if (hidesNames(part, areAttributes)) misuse(by, 'is given a state with names that cannot be known');
    const held = part.t === 'dict' ? part.v : part.t === 'made' ? part.items : undefined;
    if (held !== undefined) judgeNames(by, held);
    // What a dictionary of a class of its own was made of (copyreg._reconstructor).
    for (const each of part.t === 'made' && part.args.t === 'tuple' ? part.args.v : [])
      if (each.t === 'dict') judgeNames(by, each.v);
  }
  if (nameOf(by) === 'numpy.dtype') judgeType(target, state);
}

function judgeNames(by: Import, held: ReadonlyMap<string, Value>): void {
  for (const called of callNames) {
    const value = held.get(called);
    if (value === undefined || !/^(import|made|partial|other|nested)$/.test(value.t)) continue;
    if (value.t === 'import') value.v.called = true;
    misuse(by, `is given another ${called}, which is then called`);
  }
  const template = held.get('_parse_arg_template');
  if (template !== undefined && by.module.startsWith('scipy.'))
    if (template.t !== 'text' || !scipyTemplate.test(template.v))
      misuse(by, 'is given a program in the form of a text, which it runs');
  // statsmodels/base/data.py, "ModelData.__setstate__": a formula is evaluated as Python; the name changed with 0.15.
  const formula = held.get('formula');
  if (by.module.startsWith('statsmodels.') && (held.has('restore_design_info') || held.has('restore_model_spec')))
    if (formula?.t !== 'text' || !/^[\w\s~+*:-]*$/.test(formula.v))
      misuse(by, 'is given a formula that calls something, which it runs');
  // joblib/numpy_pickle_compat.py, "NDArrayWrapper.read": a path that is joined to the folder of the pickle.
  const file = held.get('filename');
  if (/(^|\.)Z?NDArrayWrapper$/.test(by.name) && (file?.t !== 'text' || /[/\\]|^\.|^[A-Za-z]:/.test(file.v)))
    misuse(by, 'is given a file in another folder, which it loads');
  // A method of the wrapper itself, "read" above all, would be called at once.
  if (/(^|\.)joblib\..*ArrayWrapper$/.test(nameOf(by)))
    for (const [name, value] of held)
      if (!/^(subclass|dtype|shape|init_args|state)$/.test(name) && /^(import|made|partial|other)$/.test(value.t))
        misuse(by, `is given another ${name.slice(0, 40)}, which may be called`);
}

/** Flags of a type of numpy that holds objects: without them its bytes are taken for places in memory (ndarraytypes.h). */
const objectFlags = 0x1b;

/** Whether a type of numpy may hold objects, itself or in a field or part: all but those of letters that hold none. */
function mayHoldObjects(type: Value | undefined): boolean {
  if (type?.t !== 'made' || nameOf(type.by) !== 'numpy.dtype') return true;
  if (type.isObject === true) return true;
  const [code] = type.args.t === 'tuple' ? type.args.v : [];
  if (code?.t === 'import') return !/^numpy\.(record|void|rec\.record)$/.test(nameOf(code.v));
  return code?.t !== 'text' || !/^[|<>=]?[?biufcmMSUV][0-9]*$/.test(code.v);
}

/** What is known of the fields of a type, as long as those do not change: they may be those of many types. */
const looked = new WeakMap<Dict, { changes: number | undefined; mayHold: boolean }>();

/** Whether a part or a field of a type may hold objects; a field is a tuple of a type and its place. */
function partsHold(part: Value | undefined, fields: Value | undefined): boolean {
  const holds = (value: Value | undefined) => mayHoldObjects(value?.t === 'tuple' ? value.v[0] : undefined);
  if (part !== undefined && part.t !== 'none' && holds(part)) return true;
  if (fields === undefined || fields.t === 'none') return false;
  if (fields.t !== 'dict' || fields.isCut || fields.hasOtherKeys) return true;
  const known = looked.get(fields);
  if (known !== undefined && known.changes === fields.changes) return known.mayHold;
  const mayHold = [...fields.v.values()].some(holds);
  looked.set(fields, { changes: fields.changes, mayHold });
  return mayHold;
}

/** The state of a type: it is given once, before anything is made of that type (numpy, "arraydescr_setstate"). */
function judgeType(target: Made, state: Value): void {
  if (target.isRebuilt || target.isShared) misuse(target.by, 'is changed after something was made of it');
  const parts = state.t === 'tuple' ? state.v : [];
  if (!mayHoldObjects(target) && !partsHold(parts[2], parts[4])) return;
  target.isObject = true;
  const flags = parts[7];
  if (flags !== undefined && (flags.t !== 'int' || (flags.v & objectFlags) !== objectFlags))
    misuse(target.by, 'is told that objects are plain bytes, which are then taken for places in memory');
}
