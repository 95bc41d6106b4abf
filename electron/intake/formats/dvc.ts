import type { Defect, ListingItem } from '../../../shared/fact.ts';
import { limits } from '../../../shared/limits.ts';
import { asList, asObject, asText, folderOf, resolveName, type Shape } from '../shape.ts';
import { type PlainValue, parseYaml, YamlError } from '../yaml.ts';
import { algorithmNamed, statedDigest } from './described-files.ts';
import { documentInvalid } from './document-invalid.ts';
import { lockDepartures, yamlBeside } from './dvc-pipeline.ts';
import type { FactSink, Format, OpenFile } from './format.ts';

/** The document; where it is no YAML, which makes it none of DVC's, that is said of it. */
function yamlOf(file: OpenFile, facts: FactSink, title: string): { [name: string]: PlainValue } | null {
  try {
    return asObject(merged(parseYaml(file.text(limits.yamlBytes))));
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    facts.add(documentInvalid('dvc', title, file.path, `It is no YAML, and DVC writes nothing else: ${error.message}`));
    return null;
  }
}

/**
 * A value with what its merge keys (`<<`) bring in: they count in the YAML 1.1 that programs of Python read, and in the
 * core schema are a name like any other. What an object says itself stands; of several, the first (YAML type `merge`).
 */
function merged(value: PlainValue): PlainValue {
  if (Array.isArray(value)) return value.map(merged);
  if (typeof value !== 'object' || value === null) return value;
  const own = Object.entries(value).flatMap(([name, each]) => (name === '<<' ? [] : [[name, merged(each)] as const]));
  if (!Object.hasOwn(value, '<<')) return Object.fromEntries(own);
  const brought = Array.isArray(value['<<']) ? [...value['<<']].reverse() : [value['<<'] ?? null];
  return Object.fromEntries([...brought.flatMap((each) => Object.entries(asObject(merged(each)))), ...own]);
}

/** The folder that paths are relative to: that of the file, or the one it names (dvc.org, `.dvc` and dvc.yaml, "wdir"). */
function workFolder(folder: string, wdir: Shape): string {
  const name = asText(wdir);
  return name === null || name.includes('${') ? folder : (resolveName(folder, name) ?? folder);
}

interface Entry extends ListingItem {
  /** Of a folder: MD5 over DVC's list of it, with the count that is stated. */
  folder: { count: number | null } | null;
  algorithm: 'md5' | 'linefeed-md5';
}

/**
 * One `deps` or `outs` entry. Without `hash: md5` (DVC 2) the MD5 of a text is over its lines with LF. What has a digest
 * by another algorithm is held to that one, and what has none that is known here is named.
 */
function item(raw: Shape, base: string, pointer: string, file: OpenFile, defects: Defect[]): Entry | null {
  const { path } = file;
  const entry = asObject(raw);
  const name = asText(entry['path']);
  if (name === null) return null;
  const md5 = entry['md5'];
  const place = { path, pointer };
  if (md5 === undefined || md5 === null) return otherItem(entry, name, resolveName(base, name), place, file, defects);
  const [, hex, folder] = /^([0-9a-f]{32})(\.dir)?$/.exec(asText(md5)?.toLowerCase() ?? '') ?? [];
  if (hex === undefined) {
    if (defects.length < 100)
      defects.push({
        code: 'manifest-digest',
        detail: `What stands as the MD5 of ${name} is none: it was not checked.`,
        place: { path, pointer: `${pointer}/md5` },
      });
    return null;
  }
  const algorithm = asText(entry['hash']) === 'md5' ? 'md5' : 'linefeed-md5';
  const { size, nfiles } = entry;
  const where = resolveName(base, name);
  if (where === null && defects.length < 100)
    defects.push({
      code: 'data-elsewhere',
      detail: `${name.slice(0, 200)} points outside of what is here. It was not opened, and nothing was compared.`,
      place,
    });
  return {
    name,
    path: where,
    digests: [`${folder === undefined ? algorithm : 'md5'}:${hex}`],
    ...(typeof size === 'number' ? { bytes: size } : {}),
    place,
    optional: true,
    folder: folder === undefined ? null : { count: typeof nfiles === 'number' ? nfiles : null },
    algorithm,
  };
}

const isAddress = (name: string): boolean => /^[a-z][a-z0-9+.-]+:\/\//i.test(name);

/** An entry without an MD5: by whatever other digest stands in it; without one, a file that is listed and not checked. */
function otherItem(
  entry: { [name: string]: PlainValue },
  name: string,
  where: string | null,
  place: ListingItem['place'],
  file: OpenFile,
  defects: Defect[],
): Entry | null {
  const digests = Object.entries(entry).flatMap(([member, value]) => {
    const algorithm = member === 'path' ? null : algorithmNamed(member);
    return algorithm === null ? [] : (statedDigest(algorithm, asText(value) ?? '') ?? []);
  });
  if (digests.length === 0 && defects.length < 100)
    defects.push({
      code: isAddress(name) ? 'data-elsewhere' : 'digest-placeholder',
      detail: `${name.slice(0, 200)} is listed without a digest that is known here: it was not checked.`,
      place,
    });
  // A folder without a digest of its list is no file that could be missing.
  if (isAddress(name) || (digests.length === 0 && (where === null || !file.has(where)))) return null;
  const { size } = entry;
  return {
    name,
    path: where,
    digests,
    ...(typeof size === 'number' && digests.length > 0 ? { bytes: size } : {}),
    place,
    optional: true,
    folder: null,
    algorithm: 'md5',
  };
}

/** Files of so many folders together are listed again; of further ones nothing is compared. */
const membersAtMost = 500_000;

function membersOf(file: OpenFile, folder: string, left: number): string[] | null {
  const found: string[] = [];
  const open = [folder];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const here = file.list(next);
    if (found.length + here.length > left) return null;
    for (const path of here) found.push(path);
    for (const below of file.folders(next)) open.push(below);
  }
  return found;
}

function add(
  file: OpenFile,
  facts: FactSink,
  entries: readonly Entry[],
  defects: Defect[],
  title: string,
  properties: { name: string; value: string }[],
): void {
  const unique = [...new Map(entries.map((each) => [`${each.path} ${each.digests[0]}`, each])).values()];
  const place = { path: file.path };
  facts.add({
    kind: 'document',
    format: 'dvc',
    title,
    place,
    properties: [...properties, { name: 'Files and folders', value: String(unique.length) }],
    defects,
  });
  let left = membersAtMost;
  for (const { folder, name, path, digests, bytes, algorithm, place: at } of unique) {
    if (folder === null) continue;
    const members = path === null ? [] : membersOf(file, path, left);
    left -= members?.length ?? 0;
    facts.add({
      kind: 'folder-digest',
      place: at,
      title,
      name,
      path,
      digest: digests[0] ?? '',
      algorithm,
      bytes: bytes ?? null,
      count: folder.count,
      members,
    });
  }
  const files = unique.filter(({ folder }) => folder === null);
  if (files.length > 0 || unique.length === 0)
    facts.add({
      kind: 'listing',
      id: file.path,
      role: 'pipeline',
      title,
      place,
      base: folderOf(file.path),
      closed: false,
      ignored: [],
      items: files.map(({ folder: _folder, algorithm: _algorithm, ...rest }) => rest),
      signature: null,
      root: null,
    });
}

/** The stages of a lock: under `stages`, and before schema 2.0 (DVC 1) at the top, each by its name. */
function stagesOf(lock: { [name: string]: PlainValue }): { stages: [string, PlainValue][]; root: string } {
  if (lock['schema'] !== undefined || lock['stages'] !== undefined)
    return { stages: Object.entries(asObject(lock['stages'])), root: '/stages' };
  const isStage = (value: PlainValue) => ['cmd', 'deps', 'outs'].some((name) => asObject(value)[name] !== undefined);
  return { stages: Object.entries(lock).filter(([, value]) => isStage(value)), root: '' };
}

/** dvc.lock, schema 2.0 and 1.0: stages with the MD5 of what went in and what came out (dvc.org, dvc.lock). */
export const dvcLock: Format = {
  id: 'dvc',
  title: 'Pipeline (DVC)',
  sieve: { endings: ['lock'] },
  recognise: ({ name }) => name === 'dvc.lock',
  read(file, facts) {
    const lock = yamlOf(file, facts, 'Pipeline (dvc.lock)');
    if (lock === null) return;
    const base = folderOf(file.path);
    const all: Entry[] = [];
    const defects: Defect[] = [];
    const { stages, root } = stagesOf(lock);
    const beside = (name: string) => yamlBeside(file.peek(base === '' ? name : `${base}/${name}`, 1_048_576));
    const pipeline = beside('dvc.yaml');
    const described = asObject(pipeline?.['stages']);
    for (const [stage, raw] of stages) {
      const { deps, outs, cmd } = asObject(raw);
      const within = workFolder(base, asObject(described[stage])['wdir']);
      const run = `${file.path}#${stage}`;
      const place = { path: file.path, pointer: `${root}/${stage.replaceAll('~', '~0').replaceAll('/', '~1')}` };
      facts.add({
        kind: 'thing',
        key: run,
        type: 'run',
        name: stage,
        digests: [],
        path: null,
        place,
        at: null,
        properties: [{ name: 'Command', value: asText(cmd) ?? asList(cmd).join('; ') }],
        signature: null,
      });
      for (const [list, side] of [
        [asList(deps), 'deps'],
        [asList(outs), 'outs'],
      ] as const) {
        list.forEach((each, index) => {
          const at = { path: file.path, pointer: `${place.pointer}/${side}/${index}` };
          const found = item(each, within, at.pointer, file, defects);
          if (found === null) return;
          all.push(found);
          const key = `${file.path}#${found.name}`;
          facts.add({
            kind: 'thing',
            key,
            type: typeOf(found.name),
            name: found.name,
            digests: found.digests,
            path: found.path,
            place: at,
            at: null,
            properties: [],
            signature: null,
          });
          facts.add(
            side === 'deps'
              ? { kind: 'relation', relation: 'used', from: key, to: run, place: at, signature: null }
              : { kind: 'relation', relation: 'generated', from: run, to: key, place: at, signature: null },
          );
        });
      }
    }
    const departures = lockDepartures(file.path, stages, pipeline, beside('params.yaml'), root);
    add(file, facts, all, [...defects, ...departures], 'Pipeline (dvc.lock)', [
      { name: 'Stages', value: String(stages.length) },
    ]);
  },
};

/** A `.dvc` file: one tracked artefact with its MD5. */
export const dvcFile: Format = {
  id: 'dvc-file',
  title: 'Tracked data (DVC)',
  sieve: { endings: ['dvc'] },
  recognise: ({ name, bytes }) => /.\.dvc$/.test(name) && bytes < 65_536,
  read(file, facts) {
    const document = yamlOf(file, facts, 'Tracked data (DVC)');
    if (document === null) return;
    const base = workFolder(folderOf(file.path), document['wdir']);
    const defects: Defect[] = [];
    const entries = (side: 'deps' | 'outs') =>
      asList(document[side]).flatMap((each, index) => {
        // What was imported from another repository or from the net is no file here.
        const { repo, path } = asObject(each);
        const isElsewhere = repo !== undefined || isAddress(asText(path) ?? '');
        return isElsewhere ? [] : (item(each, base, `/${side}/${index}`, file, defects) ?? []);
      });
    add(file, facts, [...entries('deps'), ...entries('outs')], defects, 'Tracked data (DVC)', []);
  },
};

/** What a file of a pipeline is, by its name alone: a guess that only chooses a shape in the graph. */
export function typeOf(name: string): 'model' | 'dataset' | 'code' | 'evaluation' | 'document' {
  if (/\.(safetensors|onnx|gguf|pkl|joblib|pt|pth|bin|h5)$/i.test(name)) return 'model';
  if (/\.(csv|parquet|tsv|arrow|jsonl|npz|npy)$/i.test(name)) return 'dataset';
  if (/\.(py|ipynb|r|sh|js|ts)$/i.test(name)) return 'code';
  if (/(metric|eval|report|fairness|drift|score)/i.test(name)) return 'evaluation';
  return 'document';
}
