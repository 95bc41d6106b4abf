import type { ListingItem } from '../../../shared/fact.ts';
import { limits } from '../../../shared/limits.ts';
import { type JsonNode, member, parseJsonTree, valueOf as plainOf, pointerToken } from '../../integrity/json.ts';
import { asList, asObject, asText, digestOfText, findBase, resolveName, type Shape } from '../shape.ts';
import { typeOf } from './dvc.ts';
import type { Format } from './format.ts';

/** Canonical JSON of OLPC, which in-toto signs: sorted names, no spaces, only quotes and backslashes escaped. */
export function olpcJson(node: JsonNode): string {
  switch (node.kind) {
    case 'object':
      return `{${[...node.members]
        .sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)))
        .map(({ name, value }) => `${quote(name)}:${olpcJson(value)}`)
        .join(',')}}`;
    case 'array':
      return `[${node.items.map(olpcJson).join(',')}]`;
    case 'string':
      return quote(node.value);
    case 'number':
      return node.source;
    default:
      return String(node.value);
  }
}
const quote = (text: string) => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;

/** in-toto layouts and links in the classic, unwrapped form (in-toto specification 1.0). */
export const inToto: Format = {
  id: 'in-toto',
  title: 'Supply chain record (in-toto)',
  recognise: ({ name, head }) =>
    /\.(link|layout|json)$/i.test(name) &&
    /"signed"\s*:|"signatures"\s*:\s*\[/.test(Buffer.from(head).toString('latin1')) &&
    /\.(link|layout)$/i.test(name),
  read(file, facts) {
    const root = parseJsonTree(file.whole(limits.jsonBytes));
    const signedNode = member(root, 'signed');
    const document = asObject(plainOf(root));
    const signed = asObject(document['signed']);
    const type = asText(signed['_type']) ?? 'unknown';
    const place = { path: file.path };
    const signature = `${file.path}#signature`;
    if (signedNode !== undefined)
      facts.add({
        kind: 'signature',
        id: signature,
        scheme: 'in-toto',
        use: type === 'layout' ? 'layout' : 'link',
        title: type === 'layout' ? 'Layout' : 'Link',
        place,
        signed: Buffer.from(olpcJson(signedNode)).toString('base64'),
        signatures: asList(document['signatures']).flatMap((each) => {
          const { keyid, sig } = asObject(each);
          const hex = asText(sig);
          return hex === null || !/^([0-9a-f]{2})+$/i.test(hex)
            ? []
            : [
                {
                  keyId: asText(keyid),
                  name: null,
                  value: Buffer.from(hex, 'hex').toString('base64'),
                  certificates: [],
                },
              ];
        }),
        predicateType: null,
      });
    const itemsOf = (held: Shape, side: string): ListingItem[] =>
      Object.entries(asObject(held)).flatMap(([name, digests]) => {
        const stated = Object.entries(asObject(digests)).flatMap(
          ([algorithm, hex]) => digestOfText(asText(hex), algorithm) ?? [],
        );
        return stated.length === 0
          ? []
          : [
              {
                name,
                path: null,
                digests: stated,
                place: { path: file.path, pointer: `/signed/${side}/${pointerToken(name)}` },
                optional: true,
              },
            ];
      });
    const sides = {
      materials: itemsOf(signed['materials'], 'materials'),
      products: itemsOf(signed['products'], 'products'),
    };
    const base = findBase(
      file,
      [...sides.materials, ...sides.products].map(({ name }) => name),
    );
    const step = asText(signed['name']) ?? file.name;
    if (type === 'link') {
      const run = `${file.path}#step`;
      facts.add({
        kind: 'thing',
        key: run,
        type: 'run',
        name: step,
        digests: [],
        path: null,
        place,
        at: null,
        properties: [
          {
            name: 'Command',
            value: asList(signed['command'])
              .map((each) => asText(each) ?? '')
              .join(' '),
          },
        ],
        signature,
      });
      for (const side of ['materials', 'products'] as const) {
        const items = sides[side]
          .map((item) => ({ ...item, path: resolveName(base, item.name) }))
          .map((item) => (item.path !== null && file.has(item.path) ? item : { ...item, path: null }));
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
    facts.add({
      kind: 'document',
      format: 'in-toto',
      title: `${type === 'layout' ? 'Layout' : 'Link'} (in-toto)`,
      place,
      properties: [
        { name: 'Step', value: step },
        ...(asText(signed['expires']) === null ? [] : [{ name: 'Expires', value: asText(signed['expires']) ?? '' }]),
        { name: 'Materials', value: String(sides.materials.length) },
        { name: 'Products', value: String(sides.products.length) },
      ],
      defects: [],
    });
  },
};
