import type { Defect } from '../../../shared/fact.ts';
import { JsonError, parseJson } from '../../integrity/json.ts';
import { asObject, asText, type Shape } from '../shape.ts';
import type { Import } from './pickle-values.ts';

/** What stands for the class of a function whose place stands beside. */
const kindsOfFunctions = new Set(['function', 'ufunc', 'builtin_function_or_method']);

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
  const add = (module: string, name: string, called: boolean): void => {
    const known = imports.find((each) => each.module === module && each.name === name);
    if (known !== undefined) known.called ||= called;
    else if (imports.length < 10_000) imports.push({ module, name, called, offset: 0 });
  };
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
      } else if (module !== null && name !== null) add(module, name, true);
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
