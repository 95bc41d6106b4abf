import type { FactOf } from '../../../shared/fact.ts';
import { folderOf, resolveName } from '../shape.ts';
import type { SourceTree, TreeFindings, TreeFormat } from './tree-format.ts';

const linkLength = 1_024;
const format = 'model-links';

/** The file of the model that a link leads to; null where it leads out of it, or to nothing. */
function targetOf(tree: SourceTree, base: string, link: string, text: string | null): string | null {
  const path = text === null ? null : resolveName(folderOf(link), text);
  const isWithin = path !== null && (base === '' || path.startsWith(`${base}/`));
  return isWithin && path !== link && tree.file(path) !== null ? path : null;
}

/** A link to the file itself, or to a folder above it. */
function throughLinks(tree: SourceTree, base: string, path: string): string | null {
  for (let at = path; at.length > base.length; at = folderOf(at)) {
    const text = tree.links.get(at);
    if (text === undefined || text === null) continue;
    const led = resolveName(folderOf(at), text);
    return led === null ? null : targetOf(tree, base, path, backTo(path, `${led}${path.slice(at.length)}`));
  }
  return null;
}
/** A path of the source as a link in the folder of another would say it. */
const backTo = (from: string, path: string): string => `${'../'.repeat(from.split('/').length - 1)}${path}`;

const linksAtMost = 10_000;
/** A link that no resource names is no part of what was signed, and whoever loads the model may follow it. */
function noteUnlisted({ facts, links }: SourceTree): void {
  if (links.size === 0) return;
  for (const fact of facts) {
    if (fact.kind !== 'listing' || fact.role !== 'model-signature') continue;
    const { base } = fact;
    const named = new Set(fact.items.map(({ path }) => path));
    const isBelow = (path: string) => base === '' || path.startsWith(`${base}/`);
    const isAbove = (path: string) => fact.items.some((item) => item.path?.startsWith(`${path}/`) === true);
    const found = [...links.keys()].filter((path) => isBelow(path) && !named.has(path)).slice(0, linksAtMost);
    const unlisted = found.filter((path) => fact.allowsLinks !== true || !isAbove(path));
    if (unlisted.length > 0) fact.links = unlisted;
  }
}

/**
 * Links within a signed model, where its signer says that they count as what they lead to (`allow_symlinks`): none that
 * leads out of the model is followed. A link that was written as a file, as git does where there are none, is told too.
 */
export const modelLinks: TreeFormat = {
  id: format,
  title: 'Links within a model',
  async read(tree) {
    const into: TreeFindings = { facts: [], standIns: new Map(), own: new Map() };
    const listings = tree.facts.filter(
      (fact): fact is FactOf<'listing'> => fact.kind === 'listing' && fact.allowsLinks === true,
    );
    noteUnlisted(tree);
    for (const { base, items } of listings)
      for (const { path } of items) {
        if (path === null) continue;
        const file = tree.file(path);
        if (file === null) {
          const target = throughLinks(tree, base, path);
          if (target !== null) into.standIns.set(path, target);
        } else if (file.bytes > 0 && file.bytes <= linkLength) {
          const bytes = await tree.peek(path, linkLength);
          const text = bytes === null ? '' : Buffer.from(bytes).toString('utf8');
          const target = /^[^\n\r\0]+$/.test(text) ? targetOf(tree, base, path, text) : null;
          if (target === null) continue;
          into.own.set(path, format);
          into.facts.push({ kind: 'written-link', place: { path }, target });
        }
      }
    return into.standIns.size === 0 && into.facts.length === 0 ? null : into;
  },
};
