import { type Importing, plainUse } from './pickle-plain-uses.ts';
import { callNames, type Import, type Made, other, type Partial, type Value } from './pickle-values.ts';

const nameOf = ({ module, name }: Import): string => `${module.replace(/^__builtin__$/, 'builtins')}.${name}`;

/** Says once of an import what is done with it; the first is enough. */
function misuse(which: Import, words: string): void {
  which.misuse ??= words;
}

/** Functions of torch that call what they are given, and then set a state on what came of it (torch/_tensor.py). */
const callsItsArgument = /^torch\._tensor\._rebuild_from_type(_v2)?$/;
/** Functions that make an object of the class they are given (Lib/copyreg.py). */
const makesOfArgument = /^(copyreg|copy_reg)\.(_reconstructor|__newobj__|__newobj_ex__)$/;
/** Classes whose objects are read from a file where a text stands for the data. */
const opensTexts = /^(xgboost|lightgbm|catboost)\./;

/** A state is one dictionary, or two of them (PEP 307); of arguments as many are looked at as any class has. */
const statesAtMost = 4;
const lookedAt = 64;

const argumentsOf = (args: Value): readonly Value[] | null => (args.t === 'tuple' ? args.v : null);

/** Functions of pandas that make a block of what they are given; 1.3 keeps one of their arguments beside them. */
const calledAsKept = /^pandas\.core\.internals\.blocks\.(new|make)_block$/;

/** What a call of a kept function gives: its arguments are held elsewhere too, and are not followed. */
function callKept({ by, of, isNew = false }: Partial, args: Value, imported: Importing): Value {
  if (isNew) return call({ t: 'import', v: of }, other, imported, true);
  of.called = true;
  delete of.isOnlyMade;
  if (!calledAsKept.test(nameOf(of))) misuse(by, 'is used for what it keeps, which is called');
  return { t: 'made', by: of, args };
}

/**
 * What a call would give, and what it would do beside that. Nothing is called.
 * @param args as they lie on the stack: a tuple, or what nobody can know
 * @param isNew whether nothing but a new object is asked for, as `__new__` of a class makes one
 */
export function call(callee: Value, args: Value, imported: Importing, isNew = false): Value {
  if (callee.t === 'partial') return callKept(callee, args, imported);
  if (callee.t === 'made') {
    // A pickle is made of calls of what it names (object.__reduce_ex__); what those return is never called in turn.
    misuse(callee.by, 'is used for what it returns, which is called in turn');
    return { t: 'made', by: callee.by, args };
  }
  if (callee.t !== 'import') return other;
  const by = callee.v;
  const given = argumentsOf(args);
  const plain = isNew ? null : plainUse(by, given, imported);
  if (plain !== null) {
    by.isPlainUse = true;
    return plain;
  }
  if (!isNew) delete by.isOnlyMade;
  else if (!by.called) by.isOnlyMade = true;
  by.called = true;
  const name = nameOf(by);
  const made: Made = { t: 'made', by, args, isNew };
  if (name === 'builtins.type') {
    if (given?.length !== 1) misuse(by, 'is called to make a new class');
    return { ...made, isClass: true };
  }
  if (callsItsArgument.test(name)) {
    const [inner = other, , innerArgs = other, state] = given ?? [];
    if (inner.t !== 'import') misuse(by, 'is called with a function that is not named');
    const result = call(inner, innerArgs, imported);
    if (state !== undefined && state.t !== 'none') build(result, state);
    return result;
  }
  if (makesOfArgument.test(name)) {
    const [made_ = other, base] = given ?? [];
    if (base?.t === 'import') base.v.called = true;
    if (made_.t === 'import') return call(made_, other, imported, true);
    misuse(by, 'is called for a class that is not named');
  }
  if (name === 'torch.storage._load_from_bytes') {
    const [inner] = given ?? [];
    if (inner?.t !== 'nested' || !inner.isWhole)
      misuse(by, 'is called for bytes that hold no pickle that could be read');
  }
  // numpy/core/__init__.py, "_ufunc_reconstruct": imports the module that it is told, and takes the name from it.
  if (/^numpy\.(core|_core)\._ufunc_reconstruct$/.test(name)) {
    const [module, taken] = given ?? [];
    const isPlain =
      module?.t === 'text' && /^(numpy(\._?core\._multiarray_umath)?|scipy\.special(\._ufuncs)?)$/.test(module.v);
    if (!isPlain || taken?.t !== 'text' || !/^[a-z]\w*$/.test(taken.v))
      misuse(by, 'is called to import what is no function of numpy');
  }
  if (
    opensTexts.test(name) &&
    (given === null ? args !== other : given.slice(0, lookedAt).some(({ t }) => t === 'text'))
  )
    misuse(by, 'is called with a text, which it takes for the name of a file');
  return made;
}

/** A template of argument parsers as scipy itself writes it (scipy/stats/_distn_infrastructure.py, "parse_arg_template"). */
const scipyTemplate =
  /^\s*def _parse_args\(self, [\w=., ]*\):\n {4}return \([\w, ]*\), [\w., ]+\n\s*def _parse_args_rvs\(self, [\w=., ]*\):\n {4}return self\._argcheck_rvs\([\w=., ]*\)\n\s*def _parse_args_stats\(self, [\w=., ]*moments='mv'\):\n {4}return \([\w, ]*\), [\w., ]+\n*$/;

/** Flags of a type of numpy that holds objects: without them its bytes are taken for places in memory (ndarraytypes.h). */
const objectFlags = 0x1b;

/** The state of a kept function: itself, its arguments by place and by name, and its attributes (Lib/functools.py). */
function buildKept(target: Partial, state: Value): void {
  const [of] = state.t === 'tuple' && state.v.length === 4 ? state.v : [];
  if (of?.t === 'import' && target.isNew !== true) target.of = of.v;
  else if (of?.t === 'partial' && of.isNew === true && target.isNew === true) target.of = of.of;
  else misuse(target.by, 'is told to keep a function that is not named');
}

/** What BUILD would do: a state is given to an object, and on what is shared it is a change of the program itself. */
export function build(target: Value, state: Value): void {
  if (target.t === 'import') return misuse(target.v, 'is itself changed, for the whole program that loads it');
  if (target.t === 'partial') return buildKept(target, state);
  if (target.t !== 'made') return;
  const { by, args } = target;
  if (target.isClass) return misuse(by, 'is used to change a class, for the whole program that loads it');
  if (target.state !== undefined) target.isRebuilt = true;
  target.state = state;
  for (const part of state.t === 'tuple' ? state.v.slice(0, statesAtMost) : [state]) {
    const held = part.t === 'dict' ? part.v : part.t === 'made' ? part.items : undefined;
    for (const called of callNames) {
      const value = held?.get(called);
      if (value?.t !== 'import' && value?.t !== 'made') continue;
      if (value.t === 'import') value.v.called = true;
      misuse(by, `is given another ${called}, which is then called`);
    }
    const template = held?.get('_parse_arg_template');
    if (template !== undefined && by.module.startsWith('scipy.'))
      if (template.t !== 'text' || !scipyTemplate.test(template.v))
        misuse(by, 'is given a program in the form of a text, which it runs');
    // statsmodels/base/data.py, "ModelData.__setstate__": a formula is evaluated as Python.
    const formula = held?.get('formula');
    if (by.module.startsWith('statsmodels.') && held?.has('restore_design_info') === true)
      if (formula?.t !== 'text' || !/^[\w\s~+*:-]*$/.test(formula.v))
        misuse(by, 'is given a formula that calls something, which it runs');
    // joblib/numpy_pickle_compat.py, "NDArrayWrapper.read": a path that is joined to the folder of the pickle.
    const file = held?.get('filename');
    if (/(^|\.)Z?NDArrayWrapper$/.test(by.name) && (file?.t !== 'text' || /[/\\]|^\.|^[A-Za-z]:/.test(file.v)))
      misuse(by, 'is given a file in another folder, which it loads');
  }
  const [code] = argumentsOf(args) ?? [];
  const flags = state.t === 'tuple' ? state.v[7] : undefined;
  if (nameOf(by) === 'numpy.dtype' && code?.t === 'text' && /^[|<>=]?O/.test(code.v) && flags !== undefined)
    if (flags.t !== 'int' || (flags.v & objectFlags) !== objectFlags)
      misuse(by, 'is told that objects are plain bytes, which are then taken for places in memory');
}

/** What SETITEM, APPEND and their like would do to what lies below on the stack. */
export function change(target: Value, what: 'an item' | 'items'): void {
  if (target.t === 'import') misuse(target.v, `is given ${what}, for the whole program that loads it`);
  else if (target.t === 'made' && (target.isClass || nameOf(target.by) === 'collections.ChainMap'))
    misuse(target.by, `is used to give ${what} to something shared by the whole program`);
}
