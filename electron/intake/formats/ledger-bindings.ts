import type { ListingItem } from '../../../shared/fact.ts';
import { type JsonNode, member, pointerToken } from '../../integrity/json.ts';
import { digestOfText } from '../shape.ts';

export const boundAtMost = 1_000_000;

/** Objects in a record that name a file and its digest: `{path, sha256}`, `{name, digest: {sha256}}` and the like. */
export function bindings(
  node: JsonNode,
  entry: number,
  path: string,
  pointer: string,
  out: ListingItem[],
  depth = 0,
): void {
  if (depth > 8 || out.length >= boundAtMost) return;
  if (node.kind === 'array')
    for (const [i, item] of node.items.entries()) bindings(item, entry, path, `${pointer}/${i}`, out, depth + 1);
  if (node.kind !== 'object') return;
  const textOf = (name: string) => {
    const found = member(node, name);
    return found?.kind === 'string' ? found.value : null;
  };
  const name = textOf('path') ?? textOf('file') ?? textOf('name') ?? textOf('uri');
  const inner = member(node, 'digest') ?? member(node, 'digests');
  const nested = member(inner, 'sha256');
  const stated =
    textOf('sha256') ?? (nested?.kind === 'string' ? nested.value : inner?.kind === 'string' ? inner.value : null);
  const digest = digestOfText(stated, textOf('sha256') !== null || nested !== undefined ? 'sha256' : undefined);
  if (name !== null && digest !== null)
    out.push({ name, path: null, digests: [digest], place: { path, entry, line: entry, pointer } });
  for (const { name: key, value } of node.members)
    if (value.kind === 'object' || value.kind === 'array')
      bindings(value, entry, path, `${pointer}/${pointerToken(key)}`, out, depth + 1);
}

/** Beginnings of the names that a binding has. */
export const bindingNames = ['sha256', 'digest'];

/** Cheap look before a record is parsed for the files it binds. */
export const mayBind = (bytes: Uint8Array): boolean => {
  const line = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return line.includes('"sha256"') || line.includes('"digest');
};
