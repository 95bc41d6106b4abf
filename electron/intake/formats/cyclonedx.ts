import type { Place } from '../../../shared/evidence.ts';
import type { Defect, ListingItem, RelationFact, ThingFact, ThingType } from '../../../shared/fact.ts';
import { asList, asObject, asText, asWord, findBase, resolveName, type Shape } from '../shape.ts';
import { referenceDefects } from './cyclonedx-references.ts';
import { algorithmNamed, statedDigest } from './described-files.ts';
import { jsonDocument } from './document-invalid.ts';
import type { Format } from './format.ts';
import { addJsonSignatures } from './json-signature.ts';

const types: Record<string, ThingType> = { 'machine-learning-model': 'model', data: 'dataset' };
/** Digests of a component (CycloneDX 1.4 to 1.7, `hashes`); what has not the length of its algorithm is a defect. */
const digestsOf = (component: { [name: string]: Shape }, place: Place, defects: Defect[]): string[] =>
  asList(component['hashes']).flatMap((hash) => {
    const { alg, content } = asObject(hash);
    const [word, text] = [asText(alg) ?? '', asText(content)];
    const algorithm = algorithmNamed(word);
    if (algorithm === null || text === null) return [];
    const digest = statedDigest(algorithm, text);
    if (digest === null && defects.length < 100)
      defects.push({
        code: 'manifest-digest',
        detail: `What stands as ${word} of ${asText(component['name']) ?? 'a component'} is no such digest: it was not compared.`,
        place,
      });
    return digest ?? [];
  });
/** A relative reference as the name of a file (RFC 3986, 2.1); as it stands where its escapes are none. */
function unescaped(url: string): string {
  try {
    return decodeURIComponent(url);
  } catch {
    return url;
  }
}
/** Components that may be files: their names are held against the files here. */
const mayBeFile = new Set(['file', 'data', 'machine-learning-model', 'firmware', 'container']);

/** CycloneDX bill of materials, JSON: components with their digests, model cards, dependencies. */
export const cyclonedx: Format = {
  id: 'cyclonedx',
  title: 'Bill of materials (CycloneDX)',
  sieve: { endings: ['json'] },
  recognise: (candidate) =>
    /\.json$/i.test(candidate.name) &&
    (/\.cdx\.json$/i.test(candidate.name) ||
      (candidate.opensJson &&
        candidate.holds('"bomFormat"') &&
        /"bomFormat"\s*:\s*"CycloneDX"/.test(candidate.latin1))),
  read(file, facts) {
    const bom = jsonDocument(file, facts, { format: 'cyclonedx', title: 'Bill of materials (CycloneDX)' });
    if (bom === null) return;
    const defects: Defect[] = [];
    const described: { name: string; isFile: boolean; digests: string[]; place: Place }[] = [];
    const signed = addJsonSignatures(file, 'bill of materials', facts, ['components', 'metadata']);
    const here = { path: file.path };
    const things = new Map<string, ThingFact>();
    const visit = (raw: Shape, pointer: string): void => {
      const component = asObject(raw);
      const name = asText(component['name']) ?? '';
      const ref = asText(component['bom-ref']) ?? pointer;
      const place = { path: file.path, pointer };
      const digests = digestsOf(component, place, defects);
      const version = asText(component['version']);
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
      const kind = asText(component['type']) ?? '';
      if (digests.length > 0 && mayBeFile.has(kind)) described.push({ name, isFile: kind === 'file', digests, place });
      // A reference that is no address is a path beside the document (CycloneDX 1.3 to 1.7, `externalReferences`).
      asList(component['externalReferences']).forEach((raw, index) => {
        const reference = asObject(raw);
        const url = asText(reference['url']) ?? '';
        const at = { path: file.path, pointer: `${pointer}/externalReferences/${index}` };
        const stated = /^[a-z][a-z0-9+.-]*:/i.test(url) ? [] : digestsOf(reference, at, defects);
        if (stated.length > 0) described.push({ name: unescaped(url), isFile: false, digests: stated, place: at });
      });
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
    const base = findBase(
      file,
      described.map(({ name }) => name),
    );
    const items = described.flatMap(({ name, isFile, digests, place }): ListingItem[] => {
      const path = resolveName(base, name);
      // A model or data set has a name of its own, and is a file where one is called so.
      return isFile || (path !== null && file.has(path)) ? [{ name, path, digests, place }] : [];
    });
    if (items.length > 0)
      defects.push({
        code: 'read-in-part',
        detail:
          'Read as far as files, digests and the graph of components go: its schema and most of its vocabularies were not judged.',
        place: here,
      });
    if (items.length > 0)
      facts.add({
        kind: 'listing',
        id: file.path,
        role: 'components',
        title: 'Bill of materials',
        place: here,
        base,
        closed: false,
        ignored: [],
        items,
        signature: signed.own,
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
        ...signed.properties.slice(0, 20),
      ].filter(({ value }) => value !== ''),
      defects: [...signed.defects, ...defects, ...referenceDefects(bom, file.path)],
    });
  },
};
