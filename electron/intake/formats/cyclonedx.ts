import type { ListingItem, RelationFact, ThingFact, ThingType } from '../../../shared/fact.ts';
import { limits } from '../../../shared/limits.ts';
import { parseJson } from '../../integrity/json.ts';
import { asList, asObject, asText, asWord, digestOfText, type Shape } from '../shape.ts';
import type { Format } from './format.ts';

const types: Record<string, ThingType> = { 'machine-learning-model': 'model', data: 'dataset' };
const algorithms: Record<string, string> = {
  'SHA-1': 'sha1',
  MD5: 'md5',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
  'BLAKE2b-512': 'blake2b',
  BLAKE3: 'blake3',
};

/** Digests of a component (CycloneDX 1.4 to 1.7, `hashes`). */
const digestsOf = (component: { [name: string]: Shape }): string[] =>
  asList(component['hashes']).flatMap((hash) => {
    const { alg, content } = asObject(hash);
    const digest = digestOfText(asText(content), algorithms[asText(alg) ?? '']);
    return digest === null || algorithms[asText(alg) ?? ''] === undefined ? [] : [digest];
  });

/** CycloneDX bill of materials, JSON: components with their digests, model cards, dependencies. */
export const cyclonedx: Format = {
  id: 'cyclonedx',
  title: 'Bill of materials (CycloneDX)',
  recognise: ({ name, latin1 }) =>
    /\.json$/i.test(name) && (/\.cdx\.json$/i.test(name) || /"bomFormat"\s*:\s*"CycloneDX"/.test(latin1)),
  read(file, facts) {
    const bom = asObject(parseJson(file.whole(limits.jsonBytes)));
    const here = { path: file.path };
    const things = new Map<string, ThingFact>();
    const items: ListingItem[] = [];
    const visit = (raw: Shape, pointer: string): void => {
      const component = asObject(raw);
      const name = asText(component['name']) ?? '';
      const ref = asText(component['bom-ref']) ?? pointer;
      const digests = digestsOf(component);
      const version = asText(component['version']);
      const place = { path: file.path, pointer };
      const type = types[asText(component['type']) ?? ''] ?? 'component';
      const licences = asList(component['licenses']).map((each) => {
        const licence = asObject(asObject(each)['license']);
        return asText(licence['id']) ?? asText(licence['name']) ?? asText(asObject(each)['expression']) ?? '';
      });
      const thing: ThingFact = {
        kind: 'thing',
        key: `${file.path}#${ref}`,
        type,
        name,
        digests,
        path: null,
        place,
        at: null,
        properties: [
          ...(version === null ? [] : [{ name: 'Version', value: version }]),
          ...licences.filter(Boolean).map((value) => ({ name: 'Licence', value })),
        ],
        signature: null,
      };
      if (!things.has(thing.key)) {
        things.set(thing.key, thing);
        facts.add(thing);
      }
      if (digests.length > 0 && asText(component['type']) === 'file')
        items.push({ name, path: file.has(name) ? name : null, digests, place, optional: true });
      for (const metric of asList(
        asObject(asObject(component['modelCard'])['quantitativeAnalysis'])['performanceMetrics'],
      )) {
        const { type: metricName, value } = asObject(metric);
        const stated = asWord(value);
        if (asText(metricName) !== null && stated !== null)
          facts.add({
            kind: 'measure',
            of: thing.key,
            metric: asText(metricName) ?? '',
            value: stated,
            place,
            stated: 'card',
          });
      }
      for (const [index, inner] of asList(component['components']).entries())
        visit(inner, `${pointer}/components/${index}`);
    };
    const main = asObject(bom['metadata'])['component'];
    if (main !== undefined) visit(main, '/metadata/component');
    for (const [index, component] of asList(bom['components']).entries()) visit(component, `/components/${index}`);
    const edge = (from: string, to: string, relation: RelationFact['relation'], pointer: string) => {
      if (things.has(from) && things.has(to))
        facts.add({ kind: 'relation', relation, from, to, place: { path: file.path, pointer }, signature: null });
    };
    let dependencies = 0;
    asList(bom['dependencies']).forEach((each, index) => {
      const { ref, dependsOn } = asObject(each);
      for (const target of asList(dependsOn)) {
        dependencies += 1;
        edge(
          `${file.path}#${asText(target) ?? ''}`,
          `${file.path}#${asText(ref) ?? ''}`,
          'contains',
          `/dependencies/${index}`,
        );
      }
    });
    const models = [main, ...asList(bom['components'])];
    models.forEach((raw) => {
      const component = asObject(raw);
      for (const data of asList(asObject(asObject(component['modelCard'])['modelParameters'])['datasets'])) {
        const ref = asText(asObject(data)['ref']);
        if (ref !== null)
          edge(`${file.path}#${ref}`, `${file.path}#${asText(component['bom-ref']) ?? ''}`, 'used', '/components');
      }
    });
    if (items.length > 0)
      facts.add({
        kind: 'listing',
        id: file.path,
        role: 'components',
        title: 'Bill of materials',
        place: here,
        base: '',
        closed: false,
        ignored: [],
        items,
        signature: null,
        root: null,
      });
    facts.add({
      kind: 'document',
      format: 'cyclonedx',
      title: `Bill of materials (CycloneDX ${asText(bom['specVersion']) ?? '?'})`,
      place: here,
      properties: [
        { name: 'Serial number', value: asText(bom['serialNumber']) ?? '' },
        { name: 'Components', value: String(things.size) },
        { name: 'Dependencies', value: String(dependencies) },
        ...(bom['signature'] === undefined
          ? []
          : [{ name: 'Signature', value: 'embedded, not verified by this reader', pointer: '/signature' }]),
      ].filter(({ value }) => value !== ''),
      defects: [],
    });
  },
};
