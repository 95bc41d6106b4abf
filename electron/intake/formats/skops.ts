import type { Defect } from '../../../shared/fact.ts';
import { JsonError, parseJson } from '../../integrity/json.ts';
import { asObject, asText, type Shape } from '../shape.ts';
import type { Import } from './pickle-opcodes.ts';

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
  const walk = (value: Shape): void => {
    if (Array.isArray(value)) for (const item of value) walk(item);
    else if (typeof value === 'object' && value !== null) {
      const node = asObject(value);
      const [module, name, file] = [asText(node['__module__']), asText(node['__class__']), asText(node['file'])];
      if (module !== null && name !== null && imports.length < 10_000) {
        if (!imports.some((each) => each.module === module && each.name === name))
          imports.push({ module, name, called: true, offset: 0 });
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
