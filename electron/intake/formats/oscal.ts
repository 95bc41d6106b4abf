import type { Defect } from '../../../shared/fact.ts';
import { asList, asObject, asText, folderOf, resolveName, type Shape } from '../shape.ts';
import { addDescribed, algorithmNamed, type Described, statedDigest } from './described-files.ts';
import { jsonDocument } from './document-invalid.ts';
import type { Format } from './format.ts';

const title = 'Assessment (OSCAL)';

/** What each kind of document has in any case (NIST OSCAL, JSON schemas of version 1, `required`). */
const required = {
  'assessment-plan': ['uuid', 'metadata', 'import-ssp', 'reviewed-controls'],
  'assessment-results': ['uuid', 'metadata', 'import-ap', 'results'],
  'plan-of-action-and-milestones': ['uuid', 'metadata', 'poam-items'],
} as const;
const ofResult = ['uuid', 'title', 'description', 'start', 'reviewed-controls'];
const ofMetadata = ['title', 'last-modified', 'version', 'oscal-version'];
type Kind = keyof typeof required;
const kinds = Object.keys(required) as Kind[];

/** RFC 4122, of the versions that OSCAL allows (its data type `uuid`). */
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[45][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;
/** Members that name an observation or a risk of the same document or of one that it builds on. */
const references = new Set(['observation-uuid', 'risk-uuid']);
const deepest = 64;

/** Everything that has or names a uuid, and every link within the document. */
interface Found {
  known: Set<string>;
  malformed: string[];
  named: { uuid: string; pointer: string }[];
  /** Links to resources of `back-matter`, where programs leave one that is yet to be filled in. */
  linked: { uuid: string; pointer: string }[];
}
function gather(value: Shape, pointer: string, found: Found, depth = 0): void {
  if (depth > deepest) return;
  if (Array.isArray(value)) value.forEach((each, index) => void gather(each, `${pointer}/${index}`, found, depth + 1));
  else
    for (const [name, each] of Object.entries(asObject(value))) {
      const at = `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      const text = asText(each);
      if (text === null) gather(each, at, found, depth + 1);
      else if (name === 'uuid') {
        found.known.add(text.toLowerCase());
        if (!uuid.test(text)) found.malformed.push(at);
      } else if (references.has(name)) found.named.push({ uuid: text, pointer: at });
      else if (name === 'href' && /^#[0-9a-f-]{36}$/i.test(text))
        found.linked.push({ uuid: text.slice(1), pointer: at });
    }
}

/** A link as the name of a file: without its fragment, its escapes undone. */
function fileOf(href: string): string {
  const [name = ''] = href.split('#');
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/**
 * Plans, results and lists of open points of an assessment, as far as files, digests and references go: `rlinks` of
 * `back-matter` with their `hashes`, whether the document that is imported is here, the members that such a document always has, and
 * what its observations and risks are referred to by (NIST OSCAL 1.x, JSON).
 */
export const oscal: Format = {
  id: 'oscal',
  title,
  sieve: { endings: ['json'] },
  recognise: (candidate) =>
    /\.json$/i.test(candidate.name) &&
    candidate.opensJson &&
    new RegExp(`^\\uFEFF?\\s*\\{\\s*(?:"\\$schema"\\s*:\\s*"[^"]*"\\s*,\\s*)?"(${kinds.join('|')})"\\s*:`).test(
      candidate.utf8,
    ),
  read(file, facts) {
    const whole = jsonDocument(file, facts, { format: 'oscal', title });
    if (whole === null) return;
    const kind = kinds.find((each) => Object.hasOwn(whole, each));
    if (kind === undefined) return;
    const document = asObject(whole[kind]);
    const defects: Defect[] = [];
    const defect = (code: string, detail: string, pointer: string) => {
      if (defects.length < 100) defects.push({ code, detail, place: { path: file.path, pointer } });
    };
    const demand = (held: Shape, members: readonly string[], what: string, pointer: string) => {
      const lacking = members.filter((name) => asObject(held)[name] === undefined);
      if (lacking.length > 0)
        defect('document-invalid', `${what} lacks ${lacking.join(', ')}, which OSCAL demands.`, pointer);
    };
    demand(document, required[kind], 'The document', `/${kind}`);
    if (document['metadata'] !== undefined)
      demand(document['metadata'], ofMetadata, 'Its metadata', `/${kind}/metadata`);
    asList(document['results']).forEach((each, index) => {
      demand(each, ofResult, `Result ${index + 1}`, `/${kind}/results/${index}`);
    });
    const found: Found = { known: new Set(), malformed: [], named: [], linked: [] };
    gather(document, `/${kind}`, found);
    for (const pointer of found.malformed) defect('document-invalid', 'What stands as a UUID is none.', pointer);
    for (const { uuid: named, pointer } of found.named)
      if (!found.known.has(named.toLowerCase()))
        defect('reference-dangling', `It refers to ${named.slice(0, 40)}, which it does not describe.`, pointer);
    for (const { uuid: linked, pointer } of found.linked)
      if (!found.known.has(linked.toLowerCase()))
        defect(
          'data-elsewhere',
          `It points to the resource ${linked}, of which nothing here says what it is.`,
          pointer,
        );
    const described: Described[] = [];
    const importing = kind === 'assessment-results' ? 'import-ap' : 'import-ssp';
    const imported = asText(asObject(document[importing])['href']) ?? '';
    const imports = imported === '' || imported.startsWith('#') ? [] : [imported];
    asList(asObject(document['back-matter'])['resources']).forEach((raw, index) => {
      const resource = asObject(raw);
      const isImported = imported !== '' && imported === `#${asText(resource['uuid']) ?? ''}`;
      asList(resource['rlinks']).forEach((each, number) => {
        const link = asObject(each);
        const pointer = `/${kind}/back-matter/resources/${index}/rlinks/${number}`;
        const digests = asList(link['hashes']).flatMap((hash) => {
          const { algorithm: word, value } = asObject(hash);
          const algorithm = algorithmNamed(asText(word) ?? '');
          const digest = algorithm === null ? null : statedDigest(algorithm, asText(value) ?? '');
          if (digest === null)
            defect(
              'digest-placeholder',
              'What stands as a hash is no digest that is known here: it was not compared.',
              `${pointer}/hashes`,
            );
          return digest ?? [];
        });
        const href = asText(link['href']);
        if (href !== null && isImported) imports.push(href);
        if (href !== null && digests.length > 0)
          described.push({ name: /^[a-z][a-z0-9+.-]+:/i.test(href) ? href : fileOf(href), digests, pointer });
      });
    });
    const isHere = (href: string) => {
      const path = resolveName(folderOf(file.path), fileOf(href));
      return path !== null && file.has(path);
    };
    if (imports.length > 0 && !imports.some(isHere))
      defect(
        'data-elsewhere',
        `It builds on ${imports[0]?.slice(0, 200) ?? ''}, which is not here: what it takes from there was not looked at.`,
        `/${kind}/${importing}`,
      );
    defect(
      'read-in-part',
      'Read as far as files, digests and references go: what it finds of controls was not judged.',
      `/${kind}`,
    );
    const properties = [{ name: 'Kind', value: kind.replaceAll('-', ' ') }];
    addDescribed(file, facts, { format: 'oscal', title, role: 'package', properties, defects }, described);
  },
};
