import type { FactOf } from '../../shared/fact.ts';

type Link = FactOf<'link'>;
type Artifact = Link['materials'][number];

/**
 * Whether a name fits a pattern as in-toto means it: `*` for anything, slashes included, `?` for one character,
 * `[…]` for one of a set. Steps at most name × pattern, however many stars a hostile pattern holds.
 */
export function fits(name: string, pattern: string): boolean {
  const parts = pattern.match(/\[!?[^\]]+\]|[\s\S]/g) ?? [];
  const one = (part: string | undefined, char: string | undefined): boolean => {
    if (part === undefined || char === undefined) return false;
    if (part === '?') return true;
    if (part.length < 3) return part === char;
    const isNot = part[1] === '!';
    const set = part.slice(isNot ? 2 : 1, -1);
    let isIn = false;
    for (let i = 0; i < set.length; i++) {
      const to = set[i + 1] === '-' ? set[i + 2] : undefined;
      if (to === undefined ? set[i] === char : (set[i] ?? '') <= char && char <= to) isIn = true;
      if (to !== undefined) i += 2;
    }
    return isIn !== isNot;
  };
  let at = 0;
  let part = 0;
  let star = -1;
  let from = 0;
  while (at < name.length) {
    if (parts[part] === '*') {
      star = part++;
      from = at;
    } else if (one(parts[part], name[at])) {
      part += 1;
      at += 1;
    } else if (star >= 0) {
      part = star + 1;
      at = ++from;
    } else return false;
  }
  while (parts[part] === '*') part += 1;
  return part === parts.length;
}

const isSame = (a: Artifact, b: Artifact) => a.digests.some((digest) => b.digests.includes(digest));

/**
 * Applies artifact rules in order to one side of a link (in-toto specification 1.0, 4.3.3 and 5.3.1): each rule takes
 * what it allows out of what is left; DISALLOW and REQUIRE fail.
 * @param links one link for each step, for MATCH
 * @returns the names that a rule forbids with the rule, in words; empty where all hold
 */
export function applyRules(
  rules: readonly string[][],
  side: 'materials' | 'products',
  link: Link,
  links: ReadonlyMap<string, Link>,
): string[] {
  const left = new Map(link[side].map((artifact) => [artifact.name, artifact]));
  const materials = new Map(link.materials.map((artifact) => [artifact.name, artifact]));
  const products = new Map(link.products.map((artifact) => [artifact.name, artifact]));
  const broken: string[] = [];
  const take = (pattern: string, allows: (artifact: Artifact) => boolean) => {
    for (const [name, artifact] of left) if (fits(name, pattern) && allows(artifact)) left.delete(name);
  };
  for (const rule of rules) {
    const [kind = '', pattern = ''] = rule;
    switch (kind.toUpperCase()) {
      case 'ALLOW':
        take(pattern, () => true);
        break;
      case 'CREATE':
        take(pattern, ({ name }) => products.has(name) && !materials.has(name));
        break;
      case 'DELETE':
        take(pattern, ({ name }) => materials.has(name) && !products.has(name));
        break;
      case 'MODIFY':
        take(pattern, ({ name }) => {
          const [before, after] = [materials.get(name), products.get(name)];
          return before !== undefined && after !== undefined && !isSame(before, after);
        });
        break;
      case 'REQUIRE':
        if (!left.has(pattern)) broken.push(`${pattern} is required and not there`);
        break;
      case 'DISALLOW':
        for (const name of left.keys()) if (fits(name, pattern)) broken.push(`${name} is not allowed`);
        break;
      case 'MATCH': {
        const wanted = matchRule(rule);
        const other = wanted === null ? undefined : links.get(wanted.step);
        if (wanted === null) broken.push(`a rule cannot be read: ${rule.join(' ')}`);
        else if (other !== undefined) takeMatching(left, wanted, other[wanted.side]);
        break;
      }
      default:
        broken.push(`a rule is not known: ${rule.join(' ')}`);
    }
  }
  return broken;
}

interface MatchRule {
  pattern: string;
  from: string;
  side: 'materials' | 'products';
  to: string;
  step: string;
}
/** MATCH pattern [IN prefix] WITH (MATERIALS|PRODUCTS) [IN prefix] FROM step; null where it is not so. */
function matchRule(rule: readonly string[]): MatchRule | null {
  const words = rule.slice(1);
  const pattern = words.shift() ?? '';
  const prefix = () => {
    if (words[0]?.toUpperCase() !== 'IN') return '';
    words.shift();
    return `${(words.shift() ?? '').replace(/\/+$/, '')}/`;
  };
  const from = prefix();
  const isWith = words.shift()?.toUpperCase() === 'WITH';
  const side = words.shift()?.toLowerCase();
  const to = prefix();
  const isFrom = words.shift()?.toUpperCase() === 'FROM';
  const [step] = words;
  if (!isWith || !isFrom || step === undefined || words.length !== 1 || (side !== 'materials' && side !== 'products'))
    return null;
  return { pattern, from, side, to, step };
}

function takeMatching(
  left: Map<string, Artifact>,
  { pattern, from, to }: MatchRule,
  others: readonly Artifact[],
): void {
  const byName = new Map(others.map((artifact) => [artifact.name, artifact]));
  for (const [name, artifact] of left) {
    if (!name.startsWith(from)) continue;
    const bare = name.slice(from.length);
    const other = byName.get(`${to}${bare}`);
    if (fits(bare, pattern) && other !== undefined && isSame(artifact, other)) left.delete(name);
  }
}
