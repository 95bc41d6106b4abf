import type { Place } from '../../../shared/evidence.ts';
import type { Defect, ListingFact, ListingItem, ListingRole, ThingType, Use } from '../../../shared/fact.ts';
import { digestBytes } from '../../integrity/digest.ts';
import { asList, asObject, asText, digestOfText, findBase, folderOf, resolveName, type Shape } from '../shape.ts';
import { typeOf } from './dvc.ts';
import type { FactSink, OpenFile } from './format.ts';

/** Predicate types that say what a statement is for. Any other is a statement. */
export function purposeOf(predicateType: string | null): Use {
  if (predicateType === null) return 'document';
  if (/^https:\/\/slsa\.dev\/(provenance|verification_summary)\b/.test(predicateType)) return 'provenance';
  if (/model_signing\//.test(predicateType)) return 'model-signature';
  if (/\/(release-)?approvals?(\/|$)|\/release(\/|$)/i.test(predicateType)) return 'approval';
  if (/in-toto\.io\/attestation\/link|in-toto\.io\/Link/i.test(predicateType)) return 'link';
  return 'statement';
}

/**
 * Where what is signed is not the Statement that its envelope says it is (in-toto attestation, v1 and v0.1): type,
 * predicate type and subjects are required, and every subject is meant by a digest, never by its name.
 */
export function whyNotStatement(statement: { [name: string]: Shape }, place: Place): Defect[] {
  const type = asText(statement['_type']) ?? '';
  if (type === 'layout' || type === 'link') return [];
  const found: [detail: string, pointer: string][] = [];
  if (!/^https:\/\/in-toto\.io\/Statement\/v(0\.[0-9]|1)(\.[0-9]+)?$/.test(type))
    found.push([
      `It says to be ${type === '' ? 'of no type' : type.slice(0, 100)}, which is no statement of in-toto.`,
      '/_type',
    ]);
  const predicateType = asText(statement['predicateType']);
  if (predicateType === null)
    found.push(['It has no predicate type: nothing says what is stated of its subjects.', '/predicateType']);
  const subjects = asList(statement['subject']);
  if (subjects.length === 0) found.push(['It has no subject: it is a statement about nothing.', '/subject']);
  const bare = subjects.findIndex((each) => !isDigestSet(asObject(asObject(each)['digest'])));
  if (bare >= 0)
    found.push([
      `Its subject ${bare + 1} has no digest, or one that is none: any file of that name would do.`,
      `/subject/${bare}`,
    ]);
  const defects = found.map(([detail, pointer]) => ({
    code: 'statement-invalid',
    detail,
    place: { ...place, pointer },
  }));
  const detail = 'Its predicate type is empty: nothing says what is stated of its subjects.';
  // Builders wrote that: it is there, and says nothing.
  return predicateType === ''
    ? [...defects, { code: 'statement-untyped', detail, place: { ...place, pointer: '/predicateType' } }]
    : defects;
}

/**
 * Where build provenance leaves out who built it or how, which it is to say, or ends before it begins (SLSA provenance, v1
 * `buildDefinition` and `runDetails`; v0.2 `builder`, `buildType` and `metadata`).
 */
export function whyNotProvenance(statement: { [name: string]: Shape }, place: Place): Defect[] {
  const [, version] =
    /^https:\/\/slsa\.dev\/provenance\/v(1|0\.[12])(?:\D|$)/.exec(asText(statement['predicateType']) ?? '') ?? [];
  if (version === undefined) return [];
  const predicate = asObject(statement['predicate']);
  const details = version === '1' ? asObject(predicate['runDetails']) : predicate;
  const metadata = asObject(details['metadata']);
  const type =
    version === '0.1'
      ? asObject(predicate['recipe'])['type']
      : (version === '1' ? asObject(predicate['buildDefinition']) : predicate)['buildType'];
  const lacks = [
    ...((asText(asObject(details['builder'])['id']) ?? '') === '' ? ['by whom'] : []),
    ...((asText(type) ?? '') === '' ? ['in what way'] : []),
  ];
  const [begun, ended] = (version === '1' ? ['startedOn', 'finishedOn'] : ['buildStartedOn', 'buildFinishedOn']).map(
    (name) => Date.parse(asText(metadata[name]) ?? ''),
  ) as [number, number];
  return [
    ...(lacks.length === 0
      ? []
      : [
          {
            code: 'statement-untyped',
            detail: `The provenance does not say ${lacks.join(' or ')} its subjects were built, which it must.`,
            place: { ...place, pointer: '/predicate' },
          },
        ]),
    ...(ended < begun
      ? [
          {
            code: 'record-contradicts',
            detail: `The build is said to have ended at ${new Date(ended).toISOString()}, before it began at ${new Date(begun).toISOString()}.`,
            place: { ...place, pointer: version === '1' ? '/predicate/runDetails/metadata' : '/predicate/metadata' },
          },
        ]
      : []),
  ];
}

/** What a digest set calls an algorithm (in-toto attestation, DigestSet), under the name that is used here. */
const algorithmOf = (name: string): string =>
  name === 'gitBlob'
    ? 'git-sha1'
    : name
        .toLowerCase()
        .replace(/^sha-/, 'sha')
        .replace(/^(sha3|sha512)_/, '$1-');

/** At least one digest, and each of those whose algorithm is known of its length (in-toto attestation, DigestSet). */
function isDigestSet(digest: { [name: string]: Shape }): boolean {
  const all = Object.entries(digest);
  const isOne = ([name, value]: [string, Shape]) => {
    const text = asText(value) ?? '';
    const bytes = digestBytes[algorithmOf(name)];
    return bytes === undefined ? text !== '' : text.length === bytes * 2 && /^[0-9a-f]+$/i.test(text);
  };
  return all.length > 0 && all.every(isOne);
}

const digestsOf = (value: Shape): string[] =>
  Object.entries(asObject(value)).flatMap(([name, hex]) =>
    name === 'gitCommit' ? [] : (digestOfText(asText(hex), algorithmOf(name)) ?? []),
  );
/** A path from a name or a `file:` URI; anything else names nothing here. */
const nameOf = (descriptor: { [name: string]: Shape }): string | null => {
  const uri = asText(descriptor['uri']);
  return asText(descriptor['name']) ?? (uri === null ? null : uri.replace(/^file:(?!\/\/)/, ''));
};

/** The file beside a statement that a package of npm is packed as (package URL; npm-pack): null where none is here. */
function packed(file: OpenFile, name: string): string | null {
  const [, scope = '', bare, version] =
    /^pkg:npm\/(?:(?:@|%40)([^/%]+)(?:\/|%2F))?([^/@?#]+)@([^/@?#]+)$/i.exec(name) ?? [];
  if (bare === undefined || version === undefined) return null;
  const path = resolveName(folderOf(file.path), `${scope === '' ? '' : `${scope}-`}${bare}-${version}.tgz`);
  return path !== null && file.has(path) ? path : null;
}

/** ResourceDescriptors (in-toto attestation, v1) as a listing. */
function listing(
  file: OpenFile,
  list: Shape,
  pointer: string,
  role: ListingRole,
  title: string,
  signature: string | null,
): ListingFact | null {
  const named = asList(list).flatMap((raw, index): ListingItem[] => {
    const descriptor = asObject(raw);
    const name = nameOf(descriptor);
    const digests = digestsOf(descriptor['digest']);
    return name === null || digests.length === 0
      ? []
      : [
          {
            name,
            path: null,
            digests,
            place: { path: file.path, pointer: `${pointer}/${index}` },
            optional: role === 'materials',
          },
        ];
  });
  if (named.length === 0) return null;
  const base = findBase(
    file,
    named.map(({ name }) => name),
  );
  const items = named.map((item) => ({
    ...item,
    path: packed(file, item.name) ?? (/^[a-z][a-z0-9+.-]*:/i.test(item.name) ? null : resolveName(base, item.name)),
  }));
  return {
    kind: 'listing',
    id: `${file.path}#${role}`,
    role,
    title,
    place: { path: file.path, pointer },
    base,
    closed: false,
    ignored: [],
    items,
    signature,
    root: null,
  };
}

/**
 * Facts of an in-toto Statement (v1 and v0.1) beyond its signature: subjects and materials as listings, and for the
 * lineage whatever its predicate tells of runs (SLSA v1 and v0.2), approvals and what they rest on.
 */
export function readStatement(
  file: OpenFile,
  statement: { [name: string]: Shape },
  signature: string | null,
  facts: FactSink,
): { predicateType: string | null; subjects: number } {
  const predicateType = asText(statement['predicateType']);
  const predicate = asObject(statement['predicate']);
  const use = purposeOf(predicateType);
  const subjects = listing(file, statement['subject'], '/subject', 'subjects', 'Subjects of the statement', signature);
  if (subjects !== null) facts.add(subjects);
  const definition = asObject(predicate['buildDefinition']);
  const materials = listing(
    file,
    definition['resolvedDependencies'] ?? predicate['materials'],
    '/predicate/buildDefinition/resolvedDependencies',
    'materials',
    'What went into the build',
    signature,
  );
  if (materials !== null) facts.add(materials);
  const thing = (
    key: string,
    type: ThingType,
    name: string,
    item?: ListingItem,
    at: string | null = null,
    properties: { name: string; value: string }[] = [],
  ) => {
    facts.add({
      kind: 'thing',
      key: `${file.path}#${key}`,
      type,
      name,
      digests: item?.digests ?? [],
      path: item?.path != null && file.has(item.path) ? item.path : null,
      place: item?.place ?? { path: file.path },
      at,
      properties,
      signature,
    });
    return `${file.path}#${key}`;
  };
  const made = (subjects?.items ?? []).map((item, index) => ({
    item,
    key: thing(`subject${index}`, typeOf(item.name), item.name, item),
  }));
  if (use === 'provenance' && (predicate['buildDefinition'] !== undefined || predicate['builder'] !== undefined)) {
    const details = asObject(predicate['runDetails']);
    const metadata = asObject(details['metadata'] ?? predicate['metadata']);
    const builder = asText(asObject(details['builder'] ?? predicate['builder'])['id']) ?? 'unnamed builder';
    const invocation = asText(metadata['invocationId']) ?? asText(metadata['buildInvocationID']);
    const run = thing(
      'run',
      'run',
      invocation === null ? builder : (invocation.split('/').at(-1) ?? invocation),
      undefined,
      asText(metadata['startedOn']) ?? asText(metadata['buildStartedOn']),
      [
        { name: 'Builder', value: builder },
        { name: 'Build type', value: asText(definition['buildType']) ?? asText(predicate['buildType']) ?? '' },
      ],
    );
    for (const { item, key } of made)
      facts.add({ kind: 'relation', relation: 'generated', from: run, to: key, place: item.place, signature });
    (materials?.items ?? []).forEach((item, index) => {
      const key = thing(`material${index}`, typeOf(item.name), item.name, item);
      facts.add({ kind: 'relation', relation: 'used', from: key, to: run, place: item.place, signature });
    });
  }
  if (use === 'approval') {
    const decision = thing(
      'decision',
      'decision',
      `${asText(predicate['decision']) ?? 'approval'} ${asText(predicate['version']) ?? ''}`.trim(),
      undefined,
      asText(predicate['approvedAt']),
    );
    for (const { item, key } of made)
      facts.add({ kind: 'relation', relation: 'approved', from: key, to: decision, place: item.place, signature });
    const by = asText(predicate['approvedBy']);
    if (by !== null)
      facts.add({
        kind: 'relation',
        relation: 'attributed',
        from: thing('approver', 'person', by),
        to: decision,
        place: { path: file.path, pointer: '/predicate/approvedBy' },
        signature,
      });
    const basis = listing(
      file,
      predicate['basis'],
      '/predicate/basis',
      'record',
      'What the approval rests on',
      signature,
    );
    if (basis !== null) {
      facts.add(basis);
      basis.items.forEach((item, index) =>
        facts.add({
          kind: 'relation',
          relation: 'used',
          from: thing(`basis${index}`, typeOf(item.name), item.name, item),
          to: decision,
          place: item.place,
          signature,
        }),
      );
    }
  }
  return { predicateType, subjects: subjects?.items.length ?? 0 };
}
