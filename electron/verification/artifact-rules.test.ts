import { describe, expect, it } from 'vitest';
import type { FactOf } from '../../shared/fact.ts';
import { applyRules, fits } from './artifact-rules.ts';

type Link = FactOf<'link'>;
const artifacts = (held: Record<string, string>) =>
  Object.entries(held).map(([name, hex]) => ({ name, digests: [`sha256:${hex.repeat(64)}`] }));
const link = (step: string, materials: Record<string, string>, products: Record<string, string>): Link => ({
  kind: 'link',
  id: step,
  place: { path: `${step}.link` },
  signature: step,
  step,
  materials: artifacts(materials),
  products: artifacts(products),
});

describe('patterns', () => {
  it.each([
    ['a/b/c', '*', true],
    ['a/b/c', 'a/*', true],
    ['a/b/c', 'a/?/c', true],
    ['a/b/c', 'a/[a-c]/c', true],
    ['a/b/c', 'a/[!b]/c', false],
    ['abc', 'a*b', false],
    ['', '*', true],
    ['a', '', false],
    ['a[b', 'a[b', true],
  ])('%s and %s: %s', (name, pattern, expected) => {
    expect(fits(name, pattern)).toBe(expected);
  });

  it('of many stars end in good time', () => {
    const start = performance.now();
    expect(fits('a'.repeat(2_000), `${'*a'.repeat(500)}b`)).toBe(false);
    expect(performance.now() - start).toBeLessThan(1_000);
  });
});

describe('artifact rules', () => {
  const made = link('train', { 'train.py': '1' }, { 'train.py': '1', 'weights.bin': '2' });
  const packed = link('package', { 'in/weights.bin': '2' }, { 'model.tar': '3' });
  const links = new Map([made, packed].map((each) => [each.step, each]));

  it('take what they allow, in order', () => {
    const rules = [
      ['CREATE', 'weights.bin'],
      ['ALLOW', 'train.py'],
      ['DISALLOW', '*'],
    ];
    expect(applyRules(rules, 'products', made, links)).toEqual([]);
    expect(applyRules([['DISALLOW', '*'], ...rules], 'products', made, links)).toHaveLength(2);
    expect(
      applyRules(
        [
          ['CREATE', '*'],
          ['DISALLOW', '*'],
        ],
        'products',
        made,
        links,
      ),
    ).toEqual(['train.py is not allowed']);
    expect(applyRules([['REQUIRE', 'card.md']], 'products', made, links)).toEqual([
      'card.md is required and not there',
    ]);
  });

  it('match by digest over a prefix', () => {
    const match = ['MATCH', '*', 'IN', 'in', 'WITH', 'PRODUCTS', 'FROM', 'train'];
    expect(applyRules([match, ['DISALLOW', '*']], 'materials', packed, links)).toEqual([]);
    const swapped = link('package', { 'in/weights.bin': '9' }, {});
    expect(applyRules([match, ['DISALLOW', '*']], 'materials', swapped, links)).toEqual([
      'in/weights.bin is not allowed',
    ]);
  });

  it('that cannot be read are not passed over', () => {
    expect(applyRules([['MATCH', '*']], 'products', made, links)).toHaveLength(1);
    expect(applyRules([['PERMIT', '*']], 'products', made, links)).toHaveLength(1);
  });
});
