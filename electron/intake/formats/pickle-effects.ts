import { type Importing, plainUse } from './pickle-plain-uses.ts';
import { judgeState, misuse, nameOf } from './pickle-states.ts';
import { type Made, other, type Partial, type Value } from './pickle-values.ts';

/** Functions of torch that call what they are given, and then set a state on what came of it (torch/_tensor.py). */
const callsItsArgument = /^torch\._tensor\._rebuild_from_type(_v2)?$/;
/** Functions that make an object of the class they are given (Lib/copyreg.py). */
const makesOfArgument = /^(copyreg|copy_reg)\.(_reconstructor|__newobj__|__newobj_ex__)$/;
const makesArray = /^numpy\.(_?core)\.multiarray\._reconstruct$/;
/** Classes whose objects are read from a file where a text stands for the data. */
const opensTexts = /^(xgboost|lightgbm|catboost)\./;

/** Of arguments as many are looked at as any class has, and as deep. */
const lookedAt = 64;
const lookedDeep = 4;

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

/** As many as are looked at. */
function firstOf(values: Iterable<Value>): Value[] {
  const taken: Value[] = [];
  for (const value of values) if (taken.push(value) >= lookedAt) break;
  return taken;
}

/** Functions that are handed to a call may be called by it: with what they are kept with, or with anything. */
function callArguments(args: readonly Value[], imported: Importing, depth = 0): void {
  for (const each of args.slice(0, lookedAt)) {
    if (each.t === 'import') each.v.called = true;
    else if (each.t === 'partial' && each.isNew !== true)
      call({ t: 'import', v: each.of }, each.args ?? other, imported);
    else if (each.t === 'tuple' && depth < lookedDeep) callArguments(each.v, imported, depth + 1);
    else if (each.t === 'dict' && depth < lookedDeep) callArguments(firstOf(each.v.values()), imported, depth + 1);
  }
}

/**
 * What a call would give, and what it would do beside that. Nothing is called.
 * @param args as they lie on the stack: a tuple, or what nobody can know
 * @param named arguments by their names, where the opcode has such
 * @param isNew whether nothing but a new object is asked for, as `__new__` of a class makes one
 */
export function call(callee: Value, args: Value, imported: Importing, isNew = false, named: Value = other): Value {
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
  const name = nameOf(by);
  if (!isNew && name === 'dill._dill._create_array') {
    // dill/_dill.py: calls what it is given, which of arrays is one function, and sets the state and the attributes.
    const [inner = other, innerArgs = other, state = other, attributes] = given ?? [];
    if (inner.t === 'import' && makesArray.test(nameOf(inner.v))) {
      by.isPlainUse = true;
      const result = call(inner, innerArgs, imported);
      build(result, state);
      if (result.t === 'made' && attributes !== undefined && attributes.t !== 'none') judgeState(result, attributes);
      return result;
    }
  }
  if (!isNew) delete by.isOnlyMade;
  else if (!by.called) by.isOnlyMade = true;
  by.called = true;
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
    const [made_ = other, base, held] = given ?? [];
    if (base?.t === 'import') base.v.called = true;
    if (made_.t === 'import') {
      const empty = call(made_, other, imported, true);
      return empty.t !== 'made'
        ? empty
        : { ...empty, args: { t: 'tuple', v: held && held.t !== 'none' ? [held] : [] } };
    }
    misuse(by, 'is called for a class that is not named');
  }
  // A loader that is written in Python takes any sequence for arguments (Lib/pickle.py, "load_reduce"); a pickler writes a tuple.
  if (given === null && args !== other) misuse(by, 'is called with what is no tuple of arguments');
  callArguments([...(given ?? []), named], imported);
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

/** The state of a kept function: itself, its arguments by place and by name, and its attributes (Lib/functools.py). */
function buildKept(target: Partial, state: Value): void {
  const [of] = state.t === 'tuple' && state.v.length === 4 ? state.v : [];
  if (state.t === 'tuple' && state.v[1] !== undefined) target.args = state.v[1];
  if (of?.t === 'import' && target.isNew !== true) target.of = of.v;
  else if (of?.t === 'partial' && of.isNew === true && target.isNew === true) target.of = of.of;
  else misuse(target.by, 'is told to keep a function that is not named');
}

/** What BUILD would do: a state is given to an object, and on what is shared it is a change of the program itself. */
export function build(target: Value, state: Value): void {
  if (target.t === 'import') return misuse(target.v, 'is itself changed, for the whole program that loads it');
  if (target.t === 'partial') return buildKept(target, state);
  if (target.t !== 'made') return;
  const { by } = target;
  if (target.isClass) return misuse(by, 'is used to change a class, for the whole program that loads it');
  if (target.state !== undefined) target.isRebuilt = true;
  target.state = state;
  judgeState(target, state);
}

/** What SETITEM, APPEND and their like would do to what lies below on the stack. */
export function change(target: Value, what: 'an item' | 'items'): void {
  if (target.t === 'import') misuse(target.v, `is given ${what}, for the whole program that loads it`);
  else if (target.t === 'made' && (target.isClass || nameOf(target.by) === 'collections.ChainMap'))
    misuse(target.by, `is used to give ${what} to something shared by the whole program`);
}
