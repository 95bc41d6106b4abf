import type { Defect } from '../../../shared/fact.ts';
import { JsonError, parseJson } from '../../integrity/json.ts';
import { asObject, asText, type Shape } from '../shape.ts';
import { judgeState } from './pickle-states.ts';
import { atom, dict, type Import, type Made, other, type Value } from './pickle-values.ts';

/** What stands for the class of a function whose place stands beside. */
const kindsOfFunctions = new Set(['function', 'ufunc', 'builtin_function_or_method']);

/** Nodes that are given no state: what they hold is the thing itself. */
const plainNodes = new Set(['DictNode', 'ListNode', 'SetNode', 'TupleNode', 'JsonNode', 'NdArrayNode', 'TypeNode']);

/** What a node of a state would be, as far as states are judged by it. */
function stateOf(shape: Shape, numbered: ReadonlyMap<Shape, Shape>, depth = 0): Value {
  const node = asObject(shape);
  const [module, name, loader] = [asText(node['__module__']), asText(node['__class__']), asText(node['__loader__'])];
  const { content } = node;
  if (depth > 8) return other;
  if (loader === 'CachedNode') {
    const kept = numbered.get(node['__id__'] ?? null);
    return kept === undefined ? other : stateOf(kept, numbered, depth + 1);
  }
  if (loader === 'JsonNode') return jsonOf(asText(content));
  if (loader === 'DictNode')
    return dict(
      Object.entries(asObject(content)).flatMap(([key, held]) => [
        { t: 'text', v: key },
        stateOf(held, numbered, depth + 1),
      ]),
    );
  if (loader === 'TupleNode')
    return { t: 'tuple', v: Array.isArray(content) ? content.map((each) => stateOf(each, numbered, depth + 1)) : [] };
  if (loader !== null && plainNodes.has(loader)) return atom;
  if (module === null || name === null) return other;
  return { t: 'made', by: { module, name, called: true, offset: 0 }, args: { t: 'tuple', v: [] } };
}

/** A text, a number or nothing, as JSON within JSON. */
function jsonOf(content: string | null): Value {
  try {
    const held = JSON.parse(content ?? '');
    return typeof held === 'string' ? { t: 'text', v: held } : held === null ? { t: 'none' } : atom;
  } catch {
    return other;
  }
}

/**
 * The schema of a skops file (skops.io): a tree of nodes, each of a type (`__module__`, `__class__`) that loading would
 * build, some with a member of the zip. What it would import is added; members that are named and not here are defects.
 */
export function readSkops(
  schema: Uint8Array,
  members: ReadonlySet<string>,
  imports: Import[],
  defects: Defect[],
  path: string,
): void {
  const place = { path };
  let root: Shape;
  try {
    root = parseJson(schema) as Shape;
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    defects.push({ code: 'pickle-wrapping', detail: `schema.json is not strict JSON: ${error.message}.`, place });
    return;
  }
  const top = asObject(root);
  const lacking = ['__class__', '__module__', '__loader__'].filter((name) => asText(top[name]) === null);
  if (lacking.length > 0)
    defects.push({
      code: 'pickle-wrapping',
      detail: `schema.json names nothing to build: it has no ${lacking.join(', no ')}.`,
      place,
    });
  const index = new Map(imports.map((each) => [`${each.module}\0${each.name}`, each]));
  const add = (module: string, name: string, called: boolean, isOnlyMade = false): Import => {
    const key = `${module}\0${name}`;
    const known = index.get(key);
    const one = known ?? { module, name, called: false, offset: 0 };
    if (called && !isOnlyMade) delete one.isOnlyMade;
    else if (called && !one.called) one.isOnlyMade = true;
    one.called ||= called;
    if (known === undefined && imports.push(one) <= 10_000) index.set(key, one);
    return one;
  };
  /** Nodes by their number: others may stand for them (CachedNode). */
  const numbered = new Map<Shape, Shape>();
  const number = (value: Shape): void => {
    if (typeof value !== 'object' || value === null) return;
    const id = Array.isArray(value) ? undefined : asObject(value)['__id__'];
    if (id !== undefined && asText(asObject(value)['__loader__']) !== 'CachedNode') numbered.set(id, value);
    for (const item of Object.values(value)) number(item);
  };
  number(root);
  const walk = (value: Shape): void => {
    if (Array.isArray(value)) for (const item of value) walk(item);
    else if (typeof value === 'object' && value !== null) {
      const node = asObject(value);
      const [module, name, file] = [asText(node['__module__']), asText(node['__class__']), asText(node['file'])];
      if (asText(node['__loader__']) === 'FunctionNode') {
        // A function is kept and not made of a class: its place stands for that of the class, or beside it where skops
        // before 0.10 wrote it (skops/io/_general.py, "function_get_state"). Loaders take the one or the other.
        const content = asObject(node['content']);
        const [from, kept] = [asText(content['module_path']), asText(content['function'])];
        if (from !== null && kept !== null) add(from, kept, false);
        if (module !== null && name !== null && !kindsOfFunctions.has(name)) add(module, name, false);
      } else if (module !== null && name !== null) {
        // Of a class an object is made empty, and then given a state (skops/io/_general.py, "ObjectNode").
        const loader = asText(node['__loader__']);
        const isOnlyMade = loader === 'ObjectNode';
        const by = add(module, name, true, isOnlyMade);
        const made: Made = { t: 'made', by, args: { t: 'tuple', v: [] }, isNew: isOnlyMade };
        // Only what is a node itself is a state: others hold parts by names of their own.
        if (asText(asObject(node['content'])['__loader__']) !== null && !plainNodes.has(loader ?? ''))
          judgeState(made, stateOf(node['content'], numbered));
      }
      if (file !== null && !members.has(file) && defects.length < 100)
        defects.push({
          code: 'tensor-data-short',
          detail: `The schema names ${file}, which is not in the file.`,
          place,
        });
      for (const item of Object.values(node)) walk(item);
    }
  };
  walk(root);
}
