import { type RelationFact, type ThingType, thingTypes } from '../../../shared/fact.ts';
import { limits } from '../../../shared/limits.ts';
import { parseJson } from '../../integrity/json.ts';
import { asList, asObject, asText, digestOfText, type Shape } from '../shape.ts';
import { typeOf } from './dvc.ts';
import type { Format } from './format.ts';

/** Relations of PROV-DM that carry lineage: which argument came before, which after (W3C PROV-JSON, 3.3). */
const relations: Record<string, { from: string; to: string; relation: RelationFact['relation'] }> = {
  used: { from: 'prov:entity', to: 'prov:activity', relation: 'used' },
  wasGeneratedBy: { from: 'prov:activity', to: 'prov:entity', relation: 'generated' },
  wasDerivedFrom: { from: 'prov:usedEntity', to: 'prov:generatedEntity', relation: 'derived' },
  wasAttributedTo: { from: 'prov:agent', to: 'prov:entity', relation: 'attributed' },
  wasAssociatedWith: { from: 'prov:agent', to: 'prov:activity', relation: 'associated' },
  actedOnBehalfOf: { from: 'prov:responsible', to: 'prov:delegate', relation: 'delegated' },
  wasInformedBy: { from: 'prov:informant', to: 'prov:informed', relation: 'used' },
  specializationOf: { from: 'prov:generalEntity', to: 'prov:specificEntity', relation: 'derived' },
  // The superior of the relations above (PROV-DM, 5.3.5), written where none of them fits.
  wasInfluencedBy: { from: 'prov:influencer', to: 'prov:influencee', relation: 'derived' },
  hadMember: { from: 'prov:entity', to: 'prov:collection', relation: 'contains' },
};

/** What an export of ours says that an entity is. Like a guess by its name it only chooses a shape in the graph. */
const ownType = (type: Shape | undefined): ThingType | undefined => {
  const [, named] = /^assay:([a-z]+)$/.exec(asText(asObject(type)['$']) ?? '') ?? [];
  return thingTypes.find((each) => each === named);
};

/** PROV-JSON (W3C Member Submission 2013): entities, activities and agents become things, relations edges. */
export const prov: Format = {
  id: 'prov-json',
  title: 'Provenance (PROV-JSON)',
  sieve: { endings: ['json'] },
  recognise: (candidate) =>
    /\.json$/i.test(candidate.name) &&
    candidate.opensJson &&
    (candidate.holds('"prov:') || (candidate.holds('"prefix"') && /"prefix"\s*:/.test(candidate.latin1))) &&
    /"(entity|activity|agent|wasGeneratedBy|wasDerivedFrom)"\s*:\s*\{/.test(candidate.latin1),
  read(file, facts) {
    const document = asObject(parseJson(file.whole(limits.jsonBytes)));
    let nodes = 0;
    let edges = 0;
    const readBundle = (bundle: { [name: string]: Shape }, at: string): void => {
      for (const kind of ['entity', 'activity', 'agent'] as const) {
        for (const [id, raw] of Object.entries(asObject(bundle[kind]))) {
          nodes += 1;
          // Several records of one id are one thing (PROV-JSON writes them as a list).
          const record = Array.isArray(raw) ? asObject(raw[0]) : asObject(raw);
          const label = asText(record['prov:label']);
          const digest =
            Object.entries(record).flatMap(([name, value]) =>
              /(sha256|sha512|sha1|md5|digest|checksum)$/i.test(name)
                ? [digestOfText(asText(value), /(sha256|sha512|sha1|md5)$/i.exec(name)?.[1]?.toLowerCase())]
                : [],
            )[0] ?? null;
          const type: ThingType =
            kind === 'activity'
              ? 'run'
              : kind === 'agent'
                ? 'person'
                : (ownType(record['prov:type']) ?? typeOf(label ?? id));
          facts.add({
            kind: 'thing',
            key: `${file.path}#${id}`,
            type,
            name: label ?? id.replace(/^[^:]*:/, ''),
            digests: digest === null ? [] : [digest],
            path: label !== null && file.has(label) ? label : null,
            place: { path: file.path, pointer: `${at}/${kind}/${id.replaceAll('~', '~0').replaceAll('/', '~1')}` },
            at: asText(record['prov:startTime']),
            properties: Object.entries(record)
              .slice(0, 50)
              .flatMap(([name, value]) => (typeof value === 'string' ? [{ name, value: value.slice(0, 500) }] : [])),
            signature: null,
          });
        }
      }
      for (const [name, { from, to, relation }] of Object.entries(relations)) {
        for (const [id, raw] of Object.entries(asObject(bundle[name]))) {
          for (const record of Array.isArray(raw) ? asList(raw) : [raw]) {
            const [source, target] = [asText(asObject(record)[from]), asText(asObject(record)[to])];
            if (source === null || target === null) continue;
            edges += 1;
            facts.add({
              kind: 'relation',
              relation,
              from: `${file.path}#${source}`,
              to: `${file.path}#${target}`,
              place: { path: file.path, pointer: `${at}/${name}/${id.replaceAll('~', '~0').replaceAll('/', '~1')}` },
              signature: null,
            });
          }
        }
      }
    };
    readBundle(document, '');
    for (const [id, bundle] of Object.entries(asObject(document['bundle'])))
      readBundle(asObject(bundle), `/bundle/${id.replaceAll('/', '~1')}`);
    facts.add({
      kind: 'document',
      format: 'prov-json',
      title: 'Provenance (PROV-JSON)',
      place: { path: file.path },
      properties: [
        { name: 'Entities, activities, agents', value: String(nodes) },
        { name: 'Relations', value: String(edges) },
      ],
      defects: [],
    });
  },
};
