import type { Defect } from '../../../shared/fact.ts';
import { asList, asObject, asText, folderOf, resolveName, type Shape } from '../shape.ts';
import { addDescribed, type Described, statedDigest } from './described-files.ts';
import { jsonDocument } from './document-invalid.ts';
import type { Format } from './format.ts';

const title = 'Data set card (Croissant)';

/**
 * Croissant 0.8 to 1.1, as far as files go: each FileObject of the distribution with its digests. Hexadecimal digits
 * compare in either case, and what writers put where they had no digest is named and not compared.
 */
export const croissant: Format = {
  id: 'croissant',
  title,
  sieve: { endings: ['json', 'jsonld'] },
  recognise: (candidate) =>
    /\.json(ld)?$/i.test(candidate.name) &&
    candidate.opensJson &&
    (candidate.holds('mlcommons.org/croissant') || candidate.holds('mlcommons.org/schema')),
  read(file, facts) {
    const card = jsonDocument(file, facts, { format: 'croissant', title });
    if (card === null) return;
    const defects: Defect[] = [];
    const described: Described[] = [];
    asList(card['distribution']).forEach((raw, index) => {
      const each = asObject(raw);
      const pointer = `/distribution/${index}`;
      if (!/(^|[:/])FileObject$/.test(asText(each['@type']) ?? '')) return;
      const name = asText(each['contentUrl']);
      if (name === null) return;
      const path = resolveName(folderOf(file.path), name);
      const isHere = path !== null && file.has(path);
      const digests = (['sha256', 'md5'] as const).flatMap((algorithm) => {
        const text = asText(each[algorithm]);
        if (text === null) return [];
        const digest = statedDigest(algorithm, text);
        // Of a file that is here it is a wrong digest; of one elsewhere nothing could be compared anyhow.
        if (digest === null)
          defects.push({
            code: isHere ? 'manifest-digest' : 'digest-placeholder',
            detail: `What stands as ${algorithm} of ${name} is no such digest: it was not compared.`,
            place: { path: file.path, pointer: `${pointer}/${algorithm}` },
            actual: text.slice(0, 100),
          });
        return digest ?? [];
      });
      // Within an archive that is described beside it: it is no file of its own.
      if (each['containedIn'] !== undefined && !isHere) return;
      const [, size] = /^([0-9]{1,15})(?: ?B)?$/.exec(asText(each['contentSize']) ?? '') ?? [];
      described.push({
        name,
        digests,
        pointer,
        // A size beside a digest is often that of another release; alone it is all that is said.
        ...(size === undefined || digests.length > 0 ? {} : { bytes: Number(size) }),
      });
    });
    defects.push(...recordDefects(file.path, card));
    addDescribed(
      file,
      facts,
      {
        format: 'croissant',
        title,
        role: 'package',
        properties: [{ name: 'Name', value: (asText(card['name']) ?? '').slice(0, 200) }],
        defects,
      },
      described,
    );
  },
};

/** What the record sets say of the distribution: fields come from files that it holds. Records themselves are not read. */
function recordDefects(path: string, card: { [name: string]: Shape }): Defect[] {
  const defects: Defect[] = [];
  const sets = asList(card['recordSet']);
  const known = new Set(
    [...asList(card['distribution']), ...sets].flatMap((raw) => {
      const each = asObject(raw);
      return [asText(each['@id']), asText(each['name'])].flatMap((id) => id ?? []);
    }),
  );
  let fields = 0;
  const visit = (raw: Shape, pointer: string): void => {
    const field = asObject(raw);
    fields += 1;
    const source = asObject(field['source']);
    for (const kind of ['fileObject', 'fileSet', 'distribution'] as const) {
      const id = asText(asObject(source[kind])['@id']) ?? asText(source[kind]);
      if (id !== null && !known.has(id) && defects.length < 100)
        defects.push({
          code: 'reference-dangling',
          detail: `A field is said to come from ${id}, and the distribution holds nothing of that name.`,
          place: { path, pointer: `${pointer}/source/${kind}` },
        });
    }
    asList(field['subField']).forEach((each, index) => void visit(each, `${pointer}/subField/${index}`));
  };
  sets.forEach((set, s) => {
    asList(asObject(set)['field']).forEach((field, f) => void visit(field, `/recordSet/${s}/field/${f}`));
  });
  if (fields > 0)
    defects.push({
      code: 'records-not-read',
      detail: `${sets.length === 1 ? 'Its record set says' : `Its ${sets.length} record sets say`} what stands in the files. Digests and sizes were compared; records and columns were not read.`,
      place: { path, pointer: '/recordSet' },
    });
  if (card['license'] === undefined)
    defects.push({ code: 'licence-missing', detail: 'It names no licence.', place: { path } });
  return defects;
}
