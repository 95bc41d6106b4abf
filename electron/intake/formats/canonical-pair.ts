import type { Defect } from '../../../shared/fact.ts';
import { limits } from '../../../shared/limits.ts';
import { canonicalJsonOf } from '../../integrity/canonical-json.ts';
import { JsonError, parseJson } from '../../integrity/json.ts';
import { folderOf } from '../shape.ts';
import type { Format, OpenFile } from './format.ts';
import { plainJson } from './plain-json.ts';

const name = /^(output|canonical)\.json$|\.(jcs|canonical)(\.json)?$/i;

/** The document of which a file claims by its name to be the canonical form; null where none is beside it. */
function original(file: OpenFile): string | null {
  const folder = folderOf(file.path);
  const wanted = /^(output|canonical)\.json$/i.test(file.name)
    ? ['input.json', 'original.json']
    : [file.name.replace(/\.(jcs|canonical)(\.json)?$/i, '.json')];
  const paths = wanted.map((each) => (folder === '' ? each : `${folder}/${each}`));
  return paths.find((path) => path !== file.path && file.has(path)) ?? null;
}

/** The bytes that a list of hexadecimal numbers beside it states (`outhex.txt`); null where there is none. */
function statedBytes(file: OpenFile): Buffer | null {
  const folder = folderOf(file.path);
  const bytes = file.peek(folder === '' ? 'outhex.txt' : `${folder}/outhex.txt`, limits.keptBytes);
  const digits = bytes === null ? '' : Buffer.from(bytes).toString('latin1').replace(/\s+/g, '');
  return digits === '' || !/^([0-9a-f]{2})+$/i.test(digits) ? null : Buffer.from(digits, 'hex');
}

/** Outermost names, sorted, or how many items there are; null for text that is no JSON. */
function outline(bytes: Uint8Array): string | null {
  try {
    const value = parseJson(bytes);
    if (Array.isArray(value)) return `${value.length} items`;
    return typeof value === 'object' && value !== null ? JSON.stringify(Object.keys(value).sort()) : 'one value';
  } catch (error) {
    if (error instanceof JsonError) return null;
    throw error;
  }
}

/** What a program read and what it wrote are called so too: only what is alike outside is one document in two spellings. */
const isOfAnother = (source: Uint8Array, bytes: Uint8Array): boolean => {
  const [a, b] = [outline(source), outline(bytes)];
  return a !== null && b !== null && a !== b;
};

/** A document kept beside its canonical form (RFC 8785), as signers and test vectors write it. */
export const canonicalPair: Format = {
  id: 'canonical-json',
  title: 'Canonical JSON (RFC 8785)',
  recognise: (candidate) => name.test(candidate.name) && candidate.bytes <= limits.keptBytes,
  read(file, facts) {
    const path = original(file);
    const source = path === null ? null : file.peek(path, limits.keptBytes);
    const stated = statedBytes(file);
    const isPlain = stated === null && /^output\.json$/i.test(file.name);
    if (path === null || source === null || (isPlain && isOfAnother(source, file.whole(limits.keptBytes)))) {
      if (/\.json$/i.test(file.name)) plainJson.read(file, facts);
      return;
    }
    const defects: Defect[] = [];
    const say = (detail: string) => defects.push({ code: 'canonical-form', detail, place: { path: file.path } });
    const bytes = Buffer.from(file.whole(limits.keptBytes));
    try {
      const text = canonicalJsonOf(parseJson(source));
      const form = Buffer.from(text ?? '');
      if (text === null) say(`${path} holds a number that no program can hold: it has no RFC 8785 form.`);
      // Editors end a file in a line feed; the form itself has none.
      const held = bytes.at(-1) === 0x0a && form.at(-1) !== 0x0a ? bytes.subarray(0, -1) : bytes;
      if (!held.equals(form)) say(`It is not the RFC 8785 form of ${path}.`);
      if (stated !== null && !stated.equals(form)) say('The bytes in outhex.txt are not those of the RFC 8785 form.');
    } catch (error) {
      if (!(error instanceof JsonError)) throw error;
      say(`${path}, of which it claims to be the canonical form, has none: ${error.message}.`);
    }
    facts.add({
      kind: 'document',
      format: 'canonical-json',
      title: 'Canonical JSON (RFC 8785)',
      place: { path: file.path },
      properties: [{ name: 'Of', value: path }],
      defects,
    });
  },
};
