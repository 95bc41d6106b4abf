import type { Defect } from '../../../shared/fact.ts';
import { asList, asObject, asText, folderOf, resolveName, type Shape } from '../shape.ts';
import type { PlainValue } from '../yaml.ts';
import { addDescribed, type Described } from './described-files.ts';
import { jsonDocument } from './document-invalid.ts';
import type { Format } from './format.ts';
import {
  digestsIn,
  literalsOf,
  type Member,
  membersOf,
  type Terms,
  termsOf,
  typesOf,
  valuesOf,
} from './linked-data.ts';

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
    const terms = termsOf(card['@context']);
    const { root, files } = distributionOf(card, terms);
    const inner: string[] = [];
    for (const { members, pointer } of files) {
      const { texts, ids } = literalsOf(valuesOf(members, 'contentUrl'), terms);
      const names = [...texts, ...ids];
      const isHere = names.some((name) => file.has(resolveName(folderOf(file.path), name) ?? ''));
      // Within an archive that is described beside it: it is no file of its own, and one of its name here is another.
      const isInner = isWithinFile(members, files, terms);
      const { digests, left } = digestsIn(members, terms);
      if (isInner && digests.length > 0) inner.push(names[0] ?? pointer);
      for (const { written, text, isWrong } of left)
        defects.push({
          // Of a file that is here it is a wrong digest; of one elsewhere nothing could be compared anyhow.
          code: isHere && !isInner && isWrong ? 'manifest-digest' : 'digest-placeholder',
          detail: `What stands as ${written} of ${names[0] ?? pointer} is no such digest: it was not compared.`,
          place: { path: file.path, pointer },
          ...(text === null ? {} : { actual: text.slice(0, 100) }),
        });
      if (isInner || (valuesOf(members, 'containedIn').length > 0 && !isHere)) continue;
      const [stated = ''] = literalsOf(valuesOf(members, 'contentSize'), terms).texts;
      const [, size] = /^([0-9]{1,15})(?: ?B)?$/.exec(stated) ?? [];
      for (const name of names)
        described.push({
          name,
          digests,
          pointer,
          // A size beside a digest is often that of another release; alone it is all that is said.
          ...(size === undefined || digests.length > 0 ? {} : { bytes: Number(size) }),
        });
    }
    if (inner.length > 0)
      defects.push({
        code: 'data-elsewhere',
        detail: `${inner.length} of the files that it describes ${inner.length === 1 ? 'lies' : 'lie'} inside another one, ${inner[0]} first. An archive is not opened here, and nothing was compared with a file of that name outside it.`,
        place: { path: file.path, pointer: '/distribution' },
      });
    defects.push(...recordDefects(file.path, root));
    addDescribed(
      file,
      facts,
      {
        format: 'croissant',
        title,
        role: 'package',
        properties: [{ name: 'Name', value: (asText(root['name']) ?? '').slice(0, 200) }],
        defects,
      },
      described,
    );
  },
};

type Node = { [name: string]: PlainValue };
interface FileObject {
  members: Member[];
  pointer: string;
}

/** The data set of a card and the files of its distribution, also where it is one graph of nodes that refer to each other. */
function distributionOf(card: Node, terms: Terms): { root: Node; files: FileObject[] } {
  const nodes = asList(card['@graph']).map(asObject);
  const root = nodes.find((each) => typesOf(membersOf(each, terms), terms).includes('Dataset')) ?? card;
  const top = nodes.length > 0 ? nodes.map((node, index) => ({ node, pointer: `/@graph/${index}` })) : [];
  const files: FileObject[] = [];
  const take = (raw: Shape, pointer: string) => {
    const members = membersOf(raw, terms);
    if (typesOf(members, terms).includes('FileObject')) files.push({ members, pointer });
  };
  for (const { node, pointer } of [...top, { node: card, pointer: '' }]) {
    if (node !== card) take(node, pointer);
    for (const { written, term, value } of membersOf(node, terms))
      if (term === 'distribution') {
        if (Array.isArray(value))
          asList(value).forEach((each, index) => void take(each, `${pointer}/${written}/${index}`));
        else take(value, `${pointer}/${written}`);
      }
  }
  return { root, files };
}

/** Whether a file is said to lie in another file. A repository is a place: what lies in it may lie here (Croissant 1.0, "FileObject"). */
function isWithinFile(members: readonly Member[], files: readonly FileObject[], terms: Terms): boolean {
  const { texts, ids } = literalsOf(valuesOf(members, 'containedIn'), terms);
  return [...texts, ...ids].some((id) =>
    files.some(
      (each) =>
        each.members !== members &&
        [...valuesOf(each.members, '@id'), ...valuesOf(each.members, 'name')].includes(id) &&
        !literalsOf(valuesOf(each.members, 'encodingFormat'), terms).texts.some((type) => type.startsWith('git+')),
    ),
  );
}

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
