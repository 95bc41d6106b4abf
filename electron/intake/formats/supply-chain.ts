import type { Digest } from '../../../shared/evidence.ts';
import type { LayoutFact, ListingItem } from '../../../shared/fact.ts';
import { pointerToken } from '../../integrity/json.ts';
import { functionaryKeys } from '../functionary-keys.ts';
import { asList, asObject, asText, digestOfText, findBase, resolveName, type Shape } from '../shape.ts';
import { typeOf } from './dvc.ts';
import { type FactSink, type OpenFile, Unreadable } from './format.ts';

type Members = { [name: string]: Shape };

/**
 * Facts of an in-toto layout or link, however it is wrapped: the steps a layout demands, what a link read and made.
 * @param pointer where the members stand in the document
 */
export function addSupplyChain(
  file: OpenFile,
  facts: FactSink,
  signed: Members,
  signature: string,
  pointer: string,
): { step: string; materials: number; products: number } {
  const step = asText(signed['name']) ?? file.name;
  if (signed['_type'] === 'layout') facts.add(layoutOf(file, signed, signature));
  const materials = artifacts(file, signed['materials'], `${pointer}/materials`);
  const products = artifacts(file, signed['products'], `${pointer}/products`);
  if (signed['_type'] === 'link') addLink(file, facts, { signed, signature, step, materials, products });
  return { step, materials: materials.length, products: products.length };
}

const keysAtMost = 200;
const stepsAtMost = 1_000;

function layoutOf(file: OpenFile, signed: Members, signature: string): LayoutFact {
  const described = Object.entries(asObject(signed['keys']));
  const subkeys = described.flatMap(([, key]) => Object.keys(asObject(asObject(key)['subkeys'])));
  if (described.length + subkeys.length > keysAtMost || asList(signed['steps']).length > stepsAtMost)
    throw new Unreadable(`The layout names more than ${keysAtMost} keys or ${stepsAtMost} steps.`);
  const rules = (value: Shape) => asList(value).map((rule) => asList(rule).map((word) => asText(word) ?? ''));
  return {
    kind: 'layout',
    id: `${file.path}#layout`,
    place: { path: file.path },
    signature,
    expires: asText(signed['expires']),
    keys: described.flatMap(([id, key]) => functionaryKeys(id, key)),
    steps: asList(signed['steps']).map((each) => {
      const { name, threshold, pubkeys, expected_materials, expected_products } = asObject(each);
      return {
        name: asText(name) ?? '',
        // One that asks for nobody would let anybody through; one that is not given is 1 (in-toto specification 1.0, 4.3.1).
        threshold: typeof threshold === 'number' && threshold >= 1 ? threshold : 1,
        ...(threshold === undefined || (typeof threshold === 'number' && Number.isSafeInteger(threshold))
          ? {}
          : { fault: 'has a threshold that is no whole number: whoever follows the layout may count it as any' }),
        ...(typeof threshold === 'number' && threshold < 1 ? { asksForNobody: true as const } : {}),
        keyIds: asList(pubkeys).flatMap((id) => asText(id) ?? []),
        materials: rules(expected_materials),
        products: rules(expected_products),
      };
    }),
    inspections: asList(signed['inspect']).length,
  };
}

const artifacts = (file: OpenFile, held: Shape, pointer: string): ListingItem[] =>
  Object.entries(asObject(held)).flatMap(([name, digests]): ListingItem[] => {
    const stated = Object.entries(asObject(digests)).flatMap(
      ([algorithm, hex]): Digest[] | Digest => digestOfText(asText(hex), algorithm) ?? [],
    );
    const place = { path: file.path, pointer: `${pointer}/${pointerToken(name)}` };
    return stated.length === 0 ? [] : [{ name, path: null, digests: stated, place, optional: true }];
  });

interface Link {
  signed: Members;
  signature: string;
  step: string;
  materials: ListingItem[];
  products: ListingItem[];
}
function addLink(file: OpenFile, facts: FactSink, { signed, signature, step, materials, products }: Link): void {
  const place = { path: file.path };
  const bare = ({ name, digests }: ListingItem) => ({ name, digests });
  facts.add({
    kind: 'link',
    id: `${file.path}#link`,
    place,
    signature,
    step,
    materials: materials.map(bare),
    products: products.map(bare),
  });
  const run = `${file.path}#step`;
  const command = asList(signed['command']).map((each) => asText(each) ?? '');
  facts.add({
    kind: 'thing',
    key: run,
    type: 'run',
    name: step,
    digests: [],
    path: null,
    place,
    at: null,
    properties: [{ name: 'Command', value: command.join(' ') }],
    signature,
  });
  const base = findBase(
    file,
    [...materials, ...products].map(({ name }) => name),
  );
  for (const [side, held] of [['materials', materials] as const, ['products', products] as const]) {
    const items = held.map((item) => {
      const path = resolveName(base, item.name);
      return { ...item, path: path !== null && file.has(path) ? path : null };
    });
    if (items.length > 0)
      facts.add({
        kind: 'listing',
        id: `${file.path}#${side}`,
        role: side,
        title: side === 'materials' ? 'What the step read' : 'What the step made',
        place,
        base,
        closed: false,
        ignored: [],
        items,
        signature,
        root: null,
      });
    for (const item of items) {
      const key = `${file.path}#${side}:${item.name}`;
      facts.add({
        kind: 'thing',
        key,
        type: typeOf(item.name),
        name: item.name,
        digests: item.digests,
        path: item.path,
        place: item.place,
        at: null,
        properties: [],
        signature,
      });
      facts.add(
        side === 'materials'
          ? { kind: 'relation', relation: 'used', from: key, to: run, place: item.place, signature }
          : { kind: 'relation', relation: 'generated', from: run, to: key, place: item.place, signature },
      );
    }
  }
}
