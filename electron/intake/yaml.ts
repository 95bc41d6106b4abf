import { CORE_SCHEMA, load, realMapTag } from 'js-yaml';
import { limits } from '../../shared/limits.ts';

/** What YAML 1.2 core and JSON both can say. Objects have no prototype: `__proto__` is a name like any other. */
export type PlainValue = null | boolean | number | string | PlainValue[] | { [name: string]: PlainValue };

/** A YAML text that is not read, in words. `line` counts from 1 where it is known. */
export class YamlError extends Error {
  readonly line: number | null;
  constructor(why: string, line: number | null) {
    super(why);
    this.name = 'YamlError';
    this.line = line;
  }
}

const schema = CORE_SCHEMA.withTags(realMapTag);
const nodesAtMost = 1_000_000;

/**
 * One YAML 1.2 document by the core schema, bounded: depth 64, 100 aliases, 10 MiB, 1,000,000 values after aliases
 * are followed. Custom tags (`!!python/…`), duplicate keys and further documents are refused.
 * @throws YamlError
 */
export function parseYaml(text: string): PlainValue {
  if (text.length > limits.yamlBytes)
    throw new YamlError(`The document is larger than ${limits.yamlBytes} bytes.`, null);
  let loaded: unknown;
  try {
    loaded = load(text, { schema, maxDepth: limits.yamlDepth, maxAliases: limits.yamlAliases });
  } catch (error) {
    const mark = typeof error === 'object' && error !== null && 'mark' in error ? error.mark : null;
    const line =
      typeof mark === 'object' && mark !== null && 'line' in mark && typeof mark.line === 'number'
        ? mark.line + 1
        : null;
    const reason =
      typeof error === 'object' && error !== null && 'reason' in error && typeof error.reason === 'string'
        ? error.reason
        : 'it cannot be parsed';
    throw new YamlError(`The YAML is broken${line === null ? '' : ` at line ${line}`}: ${reason}.`, line);
  }
  let nodes = 0;
  const plain = (value: unknown, depth: number): PlainValue => {
    // An alias may point back to what holds it: the depth ends such a circle, the count ends a bomb of aliases.
    if (depth > limits.yamlDepth) throw new YamlError(`The document is deeper than ${limits.yamlDepth}.`, null);
    if (++nodes > nodesAtMost) throw new YamlError(`The document holds more than ${nodesAtMost} values.`, null);
    if (value === null || typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string')
      return value;
    if (Array.isArray(value)) return value.map((item) => plain(item, depth + 1));
    if (value instanceof Map) {
      const object: { [name: string]: PlainValue } = Object.create(null);
      for (const [key, item] of value) {
        if (typeof key === 'object' && key !== null)
          throw new YamlError('A name in the document is not a plain value.', null);
        object[String(key)] = plain(item, depth + 1);
      }
      return object;
    }
    throw new YamlError('The document holds a value that is none of JSON.', null);
  };
  return plain(loaded, 0);
}
