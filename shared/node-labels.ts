import type { Neighbourhood } from './lineage.ts';
import { visibleName } from './visible-text.ts';

/** A node is a box of this size, px; it holds two lines of 11 px. */
export const nodeSize = { width: 156, height: 44 };
const shownLetters = 22;

const short = (name: string): string => {
  const text = visibleName(name.slice(name.lastIndexOf('/') + 1));
  return text.length > shownLetters ? `${text.slice(0, 10)}…${text.slice(-10)}` : text;
};

/** The two lines of each node of a drawing, by id: its name; what it is, what tells it from its namesakes, what is hidden. */
export function nodeLabels({ nodes }: Neighbourhood): Map<number, { name: string; detail: string }> {
  const named = new Map<string, number>();
  const keyOf = ({ name, kind }: Neighbourhood['nodes'][number]) => `${short(name)} ${kind}`;
  for (const node of nodes) named.set(keyOf(node), (named.get(keyOf(node)) ?? 0) + 1);
  // Two of one name are told apart by what they are: by their digests, else by where they stand.
  const told = (node: Neighbourhood['nodes'][number]): string => {
    const { digest, path } = node;
    if ((named.get(keyOf(node)) ?? 0) < 2) return '';
    if (digest !== null) return ` ${digest.slice(digest.indexOf(':') + 1, digest.indexOf(':') + 9)}`;
    return path === null || !path.includes('/') ? '' : ` in ${short(path.slice(0, path.lastIndexOf('/')))}`;
  };
  return new Map(
    nodes.map((node) => {
      const hidden = [
        node.hiddenUp > 0 ? `${node.hiddenUp} before` : '',
        node.hiddenDown > 0 ? `${node.hiddenDown} after` : '',
      ]
        .filter(Boolean)
        .join(', ');
      return [
        node.id,
        { name: short(node.name), detail: `${node.kind}${told(node)}${hidden === '' ? '' : `, + ${hidden}`}` },
      ];
    }),
  );
}
