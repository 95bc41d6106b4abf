import type { Defect } from '../../../shared/fact.ts';
import { asList, asObject, asText, folderOf, resolveName, type Shape } from '../shape.ts';
import { addDescribed, type Described } from './described-files.ts';
import { jsonDocument } from './document-invalid.ts';
import type { Format } from './format.ts';
import { digestsIn, literalsOf, membersOf, termsOf, typesOf, valuesOf } from './linked-data.ts';
import { actionDefects } from './ro-crate-actions.ts';

const title = 'Research object (RO-Crate)';

/** The name behind an `@id`: percent-encoded as in a URI (RO-Crate 1.1, "Encoding file paths"); null where it is none. */
function nameOf(id: string): string | null {
  if (id === '' || id.startsWith('#') || id.startsWith('_:')) return null;
  if (/^[a-z][a-z0-9+.-]*:/i.test(id) && !/^[a-z][a-z0-9+.-]*:\/\//i.test(id)) return null;
  try {
    return /^[a-z][a-z0-9+.-]*:\/\//i.test(id) ? id : decodeURIComponent(id);
  } catch {
    return id;
  }
}

/** Whether a context names the terms of RO-Crate, and defines a term of its own. */
function contextOf(value: Shape): { isCrate: boolean; is11: boolean; defines: (term: string) => boolean } {
  const all = Array.isArray(value) ? value : [value];
  const texts = all.flatMap((each) => asText(each) ?? []);
  return {
    isCrate: texts.some((each) => /^https?:\/\/w3id\.org\/ro\/crate\//.test(each)),
    is11: texts.some((each) => /^https?:\/\/w3id\.org\/ro\/crate\/1\.[01]\//.test(each)),
    defines: (term) => all.some((each) => Object.hasOwn(asObject(each), term)),
  };
}

/**
 * RO-Crate metadata, as far as files go: each File with its size and digests (RO-Crate 1.1 and later, "Data Entities").
 * What is described and lies below the crate must be there; what lies elsewhere is never fetched.
 */
export const roCrate: Format = {
  id: 'ro-crate',
  title,
  sieve: { endings: ['json', 'jsonld'] },
  recognise: ({ name }) => /^(.+-)?ro-crate-metadata\.json(ld)?$/.test(name),
  read(file, facts) {
    const crate = jsonDocument(file, facts, { format: 'ro-crate', title });
    if (crate === null) return;
    const defects: Defect[] = [];
    const say = (code: string, detail: string, pointer: string) =>
      defects.push({ code, detail, place: { path: file.path, pointer } });
    const context = contextOf(crate['@context']);
    if (!context.isCrate) say('document-invalid', 'Its @context is not that of RO-Crate.', '/@context');
    const graph = asList(crate['@graph']).map(asObject);
    if (!graph.some((each) => /(^|\/|-)ro-crate-metadata\.json(ld)?$/.test(asText(each['@id']) ?? '')))
      say('document-invalid', 'No entity describes the metadata file itself, which every crate has.', '/@graph');
    const described: Described[] = [];
    const folders: string[] = [];
    const undefinedTerms = new Set<string>();
    const terms = termsOf(crate['@context']);
    const base = folderOf(file.path);
    graph.forEach((entity, index) => {
      const pointer = `/@graph/${index}`;
      const members = membersOf(entity, terms);
      const id = literalsOf(valuesOf(members, '@id'), terms).texts[0] ?? '';
      const types = typesOf(members, terms);
      const name = nameOf(id);
      const nested = Object.entries(entity).find(([, value]) => isNested(value));
      if (nested !== undefined)
        say(
          'document-invalid',
          `${nested[0]} of ${id} holds an entity: a crate is flat, and refers by @id alone.`,
          pointer,
        );
      if (name === null) return;
      if (types.includes('Dataset') && name.endsWith('/') && name !== './') folders.push(name.replace(/^\.\//, ''));
      const { digests, written, left } = digestsIn(members, terms);
      // What has a digest and lies here is a file, whatever else it is called.
      const isFile =
        types.includes('File') ||
        types.includes('MediaObject') ||
        (digests.length > 0 && (/^[a-z][a-z0-9+.-]*:\/\//i.test(name) || file.has(resolveName(base, name) ?? '')));
      if (!isFile && digests.length > 0)
        left.push(...written.map((each) => ({ written: each, text: digests[0] ?? null, isWrong: false })));
      for (const each of left)
        say(
          'digest-placeholder',
          `What stands as ${each.written} of ${id} is no digest of a file that is known here: it was not compared.`,
          pointer,
        );
      if (!isFile) return;
      if (context.is11)
        for (const term of written) if (!term.includes(':') && !context.defines(term)) undefinedTerms.add(term);
      const [size = ''] = literalsOf(valuesOf(members, 'contentSize'), terms).texts;
      described.push({
        name,
        digests,
        pointer,
        ...(/^[0-9]{1,15}$/.test(size) ? { bytes: Number(size) } : {}),
      });
    });
    for (const term of undefinedTerms)
      say(
        'crate-term',
        `The context defines no term ${term}: read as linked data, these digests say nothing.`,
        '/@context',
      );
    addDescribed(
      file,
      facts,
      {
        format: 'ro-crate',
        title,
        role: 'crate',
        base,
        closed: true,
        ignored: ['ro-crate-preview.html', 'ro-crate-preview_files', ...folders],
        properties: [{ name: 'Entities', value: String(graph.length) }],
        defects: [...defects, ...actionDefects(file.path, graph)],
      },
      described,
    );
  },
};

/** An object that is neither a reference nor a literal with its type or language. */
const isNested = (value: Shape): boolean =>
  Array.isArray(value)
    ? value.some(isNested)
    : typeof value === 'object' &&
      value !== null &&
      !Object.hasOwn(value, '@value') &&
      Object.keys(value).some((name) => name !== '@id' && name !== '@list' && name !== '@set');
