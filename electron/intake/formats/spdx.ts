import type { Defect } from '../../../shared/fact.ts';
import { limits } from '../../../shared/limits.ts';
import { asList, asObject, asText, findBase, type Shape } from '../shape.ts';
import { addDescribed, algorithmNamed, type Described, statedDigest } from './described-files.ts';
import { jsonDocument } from './document-invalid.ts';
import type { FactSink, Format, OpenFile } from './format.ts';
import { readTagValue } from './spdx-tag-value.ts';
import { verificationCodeDefects } from './spdx-verification-code.ts';

const title = 'Bill of materials (SPDX)';
const format = 'spdx';
type Document = { [name: string]: Shape };
const textOf = (head: Uint8Array) => Buffer.from(head).toString('latin1');

/** Digests of one file or package; what stands in place of one and is none becomes a defect. */
function digestsOf(
  list: Shape,
  names: { algorithm: string; value: string },
  what: string,
  place: { path: string; pointer: string },
  defects: Defect[],
): string[] {
  return asList(list).flatMap((raw) => {
    const sum = asObject(raw);
    const text = asText(sum[names.value]);
    const algorithm = algorithmNamed(asText(sum[names.algorithm]) ?? '');
    if (text === null || algorithm === null) return [];
    const digest = statedDigest(algorithm, text);
    if (digest === null)
      defects.push({
        code: 'manifest-digest',
        detail: `What stands as ${algorithm} of ${what} is no such digest.`,
        place,
      });
    return digest ?? [];
  });
}

/** SPDX 2.2 and 2.3 as JSON, or as tags and values brought into the same shape. */
function readTwo(file: OpenFile, facts: FactSink, document: Document): void {
  const defects: Defect[] = [];
  const say = (code: string, detail: string, pointer: string) =>
    defects.push({ code, detail, place: { path: file.path, pointer } });
  if (asText(document['documentNamespace']) === null)
    say('document-invalid', 'It has no documentNamespace, which every such document has.', '/documentNamespace');
  const described: Described[] = [];
  const ids = new Set<string>([asText(document['SPDXID']) ?? 'SPDXRef-DOCUMENT']);
  const columns = { algorithm: 'algorithm', value: 'checksumValue' };
  for (const list of ['files', 'packages', 'snippets'] as const)
    asList(document[list]).forEach((raw, index) => {
      const each = asObject(raw);
      ids.add(asText(each['SPDXID']) ?? '');
      const pointer = `/${list}/${index}`;
      const name = asText(each[list === 'files' ? 'fileName' : 'packageFileName']);
      if (list === 'snippets' || name === null) return;
      const digests = digestsOf(each['checksums'], columns, name, { path: file.path, pointer }, defects);
      if (list === 'files' || digests.length > 0) described.push({ name, digests, pointer });
    });
  asList(document['relationships']).forEach((raw, index) => {
    const each = asObject(raw);
    for (const side of ['spdxElementId', 'relatedSpdxElement'] as const) {
      const id = asText(each[side]) ?? '';
      if (!ids.has(id) && !/^(NONE|NOASSERTION|DocumentRef-.*)$/.test(id) && defects.length < 100)
        say(
          'reference-dangling',
          `A relationship names ${id}, and nothing in the document is that.`,
          `/relationships/${index}`,
        );
    }
  });
  defects.push(...verificationCodeDefects(file.path, document));
  finish(file, facts, asText(document['spdxVersion'])?.replace('SPDX-', '') ?? '?', described, defects);
}

/** SPDX 3.0 as JSON-LD, in its compact form. */
function readThree(file: OpenFile, facts: FactSink, document: Document): void {
  const defects: Defect[] = [];
  const say = (code: string, detail: string, index: number) => {
    if (defects.length < 100) defects.push({ code, detail, place: { path: file.path, pointer: `/@graph/${index}` } });
  };
  const graph = asList(document['@graph']).map(asObject);
  const ids = new Map<string, string>();
  const imported = new Set<string>();
  graph.forEach((each, index) => {
    const id = asText(each['spdxId']) ?? asText(each['@id']);
    const text = JSON.stringify(each);
    if (id !== null && ids.has(id) && ids.get(id) !== text)
      say('document-invalid', `Two elements have the id ${id}, and differ.`, index);
    if (id !== null) ids.set(id, text);
    for (const map of asList(each['import'])) imported.add(asText(asObject(map)['externalSpdxId']) ?? '');
  });
  const described: Described[] = [];
  const used = new Map<string, Set<string>>();
  graph.forEach((each, index) => {
    const pointer = `/@graph/${index}`;
    const name = asText(each['name']);
    if (asText(each['type']) === 'software_File' && name !== null) {
      const columns = { algorithm: 'algorithm', value: 'hashValue' };
      const digests = digestsOf(each['verifiedUsing'], columns, name, { path: file.path, pointer }, defects);
      described.push({ name, digests, pointer });
    }
    const created = asText(each['created']);
    if (created !== null && !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(created))
      say('document-invalid', `created is not a time in the form that SPDX demands: ${created.slice(0, 60)}.`, index);
    const targets = ['from', 'to', 'element', 'rootElement'].flatMap((side) => {
      const value = each[side];
      return (Array.isArray(value) ? value : [value]).flatMap((one) => asText(one) ?? []);
    });
    for (const id of targets)
      if (imported.has(id)) say('data-elsewhere', `${id} is described in another document, which is not here.`, index);
      else if (!ids.has(id) && !id.startsWith('https://spdx.org/rdf/'))
        say(
          'reference-dangling',
          `It refers to ${id}, which is neither in the document nor in what it imports.`,
          index,
        );
    const kind = asText(each['relationshipType']);
    if (kind !== 'trainedOn' && kind !== 'testedOn') return;
    for (const to of asList(each['to'])) {
      const key = `${asText(each['from'])} ${asText(to)}`;
      const kinds = used.get(key) ?? new Set();
      if (kinds.size === 1 && !kinds.has(kind))
        say('tested-on-training-data', `What the model was trained on is what it was tested on: ${asText(to)}.`, index);
      used.set(key, kinds.add(kind));
    }
  });
  finish(file, facts, '3.0', described, defects);
}

function finish(file: OpenFile, facts: FactSink, version: string, described: Described[], defects: Defect[]): void {
  addDescribed(
    file,
    facts,
    {
      format,
      title: `Bill of materials (SPDX ${version})`,
      role: 'package',
      base: findBase(
        file,
        described.map(({ name }) => name),
      ),
      defects: [
        ...defects,
        {
          code: 'read-in-part',
          detail:
            'Read as far as files, sizes, digests and references go: its licences and other vocabularies were not judged.',
          place: { path: file.path },
        },
      ],
    },
    described,
  );
}

/** SPDX 2.2 to 3.0 in JSON, and 2.x in tags and values, as far as files go (spdx.github.io/spdx-spec). */
export const spdx: Format = {
  id: format,
  title,
  sieve: { endings: ['spdx', 'json', 'jsonld'] },
  recognise: (candidate) =>
    /\.spdx(3?\.json(ld)?)?$/i.test(candidate.name) ||
    (/\.json(ld)?$/i.test(candidate.name) &&
      candidate.opensJson &&
      ((candidate.holds('"spdxVersion"') && /"spdxVersion"\s*:\s*"SPDX-/.test(candidate.latin1)) ||
        candidate.holds('spdx.org/rdf/3'))),
  read(file, facts) {
    if (/^\s*\{/.test(textOf(file.head))) {
      const document = jsonDocument(file, facts, { format, title });
      if (document === null) return;
      if (document['@graph'] === undefined) readTwo(file, facts, document);
      else readThree(file, facts, document);
    } else readTwo(file, facts, readTagValue(file.text(limits.jsonBytes)));
  },
};
