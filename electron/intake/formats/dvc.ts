import type { ListingItem } from '../../../shared/fact.ts';
import { limits } from '../../../shared/limits.ts';
import { asList, asObject, asText, folderOf, resolveName, type Shape } from '../shape.ts';
import { type PlainValue, parseYaml, YamlError } from '../yaml.ts';
import type { FactSink, Format, OpenFile } from './format.ts';
import { Unreadable } from './format.ts';

function yamlOf(file: OpenFile): { [name: string]: PlainValue } {
  try {
    return asObject(parseYaml(file.text(limits.yamlBytes)));
  } catch (error) {
    if (error instanceof YamlError) throw new Unreadable(error.message);
    throw error;
  }
}

/** One `deps` or `outs` entry. Without `hash: md5` (DVC 2) the MD5 is over text with LF, which raw bytes need not give. */
function item(
  raw: Shape,
  base: string,
  pointer: string,
  path: string,
): (ListingItem & { isRaw: boolean; isFolder: boolean }) | null {
  const entry = asObject(raw);
  const name = asText(entry['path']);
  const md5 = asText(entry['md5']);
  if (name === null || md5 === null) return null;
  const [, hex, folder] = /^([0-9a-f]{32})(\.dir)?$/.exec(md5) ?? [];
  if (hex === undefined) return null;
  const size = entry['size'];
  return {
    name,
    path: resolveName(base, name),
    digests: [`md5:${hex}`],
    ...(typeof size === 'number' ? { bytes: size } : {}),
    place: { path, pointer },
    optional: true,
    isRaw: asText(entry['hash']) === 'md5',
    isFolder: folder !== undefined,
  };
}

function add(
  file: OpenFile,
  facts: FactSink,
  items: ReturnType<typeof item>[],
  title: string,
  properties: { name: string; value: string }[],
): void {
  // A folder's digest is over DVC's list of it, and a DVC 2 digest over converted text: neither is the digest of bytes here.
  const comparable = items.filter((each): each is NonNullable<typeof each> => each?.isRaw === true && !each.isFolder);
  const unique = [...new Map(comparable.map((each) => [`${each.path} ${each.digests[0]}`, each])).values()];
  facts.add({
    kind: 'document',
    format: 'dvc',
    title,
    place: { path: file.path },
    properties: [...properties, { name: 'Files', value: String(unique.length) }],
    defects: [],
  });
  facts.add({
    kind: 'listing',
    id: file.path,
    role: 'pipeline',
    title,
    place: { path: file.path },
    base: folderOf(file.path),
    closed: false,
    ignored: [],
    items: unique.map(({ isRaw: _raw, isFolder: _folder, ...rest }) => rest),
    signature: null,
    root: null,
  });
}

/** dvc.lock, schema 2.0: stages with the MD5 of what went in and what came out (dvc.org, dvc.lock). */
export const dvcLock: Format = {
  id: 'dvc',
  title: 'Pipeline (DVC)',
  recognise: ({ name }) => name === 'dvc.lock',
  read(file, facts) {
    const lock = yamlOf(file);
    const base = folderOf(file.path);
    const all: ReturnType<typeof item>[] = [];
    const stages = Object.entries(asObject(lock['stages']));
    for (const [stage, raw] of stages) {
      const { deps, outs, cmd } = asObject(raw);
      const run = `${file.path}#${stage}`;
      const place = { path: file.path, pointer: `/stages/${stage.replaceAll('~', '~0').replaceAll('/', '~1')}` };
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
          const found = item(each, base, at.pointer, file.path);
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
    add(file, facts, all, 'Pipeline (dvc.lock)', [{ name: 'Stages', value: String(stages.length) }]);
  },
};

/** A `.dvc` file: one tracked artefact with its MD5. */
export const dvcFile: Format = {
  id: 'dvc-file',
  title: 'Tracked data (DVC)',
  recognise: ({ name, bytes }) => /.\.dvc$/.test(name) && bytes < 65_536,
  read(file, facts) {
    const base = folderOf(file.path);
    const outs = asList(yamlOf(file)['outs']).map((each, index) => item(each, base, `/outs/${index}`, file.path));
    add(file, facts, outs, 'Tracked data (DVC)', []);
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
