import { limits } from '../../../shared/limits.ts';
import { asList, asObject, asText, asWord, digestOfText, folderOf, type Shape } from '../shape.ts';
import { type PlainValue, parseYaml, YamlError } from '../yaml.ts';
import { type CardResult, cardDefects, proseResults } from './card-results.ts';
import type { Format } from './format.ts';
import { Unreadable } from './format.ts';

/** Front matter of a Markdown file: the YAML between the first two lines of three hyphens; null where there is none. */
export function frontMatter(text: string): { yaml: string; lines: number } | null {
  const match = /^(?:\uFEFF)?---[ \t]*\r?\n([\s\S]*?)\r?\n---[ \t]*(?:\r?\n|$)/.exec(text);
  return match?.[1] === undefined ? null : { yaml: match[1], lines: match[1].split('\n').length + 2 };
}

const bodyOf = (text: string, matter: { lines: number } | null): string =>
  matter === null ? text : text.split('\n').slice(matter.lines).join('\n');
const texts = (value: Shape): string[] =>
  typeof value === 'string' ? [value] : asList(value).flatMap((item) => (typeof item === 'string' ? [item] : []));

/** Hugging Face model card: README.md with YAML front matter (huggingface_hub, ModelCardData). */
export const modelCard: Format = {
  id: 'model-card',
  title: 'Model card',
  sieve: { endings: ['md'] },
  recognise: ({ name, head }) =>
    /^(readme|model_?card)\.md$/i.test(name) &&
    Buffer.from(head.subarray(0, 8)).toString('utf8').replace('\uFEFF', '').startsWith('---'),
  read(file, facts) {
    const text = file.text(limits.yamlBytes);
    const matter = frontMatter(text);
    const structured: CardResult[] = [];
    let card: { [name: string]: PlainValue } = {};
    if (matter !== null) {
      try {
        card = asObject(parseYaml(matter.yaml));
      } catch (error) {
        if (error instanceof YamlError) throw new Unreadable(error.message);
        throw error;
      }
    }
    const line = (name: string) =>
      2 +
      Math.max(
        0,
        (matter?.yaml.split('\n') ?? []).findIndex((text) => text.startsWith(`${name}:`)),
      );
    const place = { path: file.path };
    const folder = folderOf(file.path);
    const key = `${file.path}#model`;
    const weights = file.list(folder).filter((path) => /\.(safetensors|onnx|gguf|pkl|joblib|bin|pt)$/i.test(path));
    facts.add({
      kind: 'thing',
      key,
      type: 'model',
      name: folder.split('/').at(-1) || file.name,
      digests: [],
      path: null,
      place,
      at: null,
      properties: texts(card['license']).map((value) => ({ name: 'Licence', value })),
      signature: null,
    });
    // The folder is the model: each file of weights in it is a part of what the card describes.
    for (const path of weights)
      facts.add({ kind: 'relation', relation: 'contains', from: `${path}#model`, to: key, place, signature: null });
    const source = (type: 'model' | 'dataset', name: string, field: string) => {
      const from = `${file.path}#${field}:${name}`;
      const at = { path: file.path, pointer: `/${field}`, line: line(field) };
      facts.add({
        kind: 'thing',
        key: from,
        type,
        name,
        digests: [],
        path: null,
        place: at,
        at: null,
        properties: [],
        signature: null,
      });
      facts.add({
        kind: 'relation',
        relation: type === 'model' ? 'derived' : 'used',
        from,
        to: key,
        place: at,
        signature: null,
      });
    };
    for (const name of texts(card['base_model'])) source('model', name, 'base_model');
    for (const name of texts(card['datasets'])) source('dataset', name, 'datasets');
    asList(card['model-index']).forEach((model, m) => {
      asList(asObject(model)['results']).forEach((result, r) => {
        const pointer = `/model-index/${m}/results/${r}`;
        const dataset = asObject(asObject(result)['dataset']);
        const digest = digestOfText(asText(dataset['revision']));
        const name = asText(dataset['name']);
        if (name !== null) {
          const from = `${file.path}#evaluated:${name}`;
          facts.add({
            kind: 'thing',
            key: from,
            type: 'dataset',
            name,
            digests: digest === null ? [] : [digest],
            path: null,
            place: { path: file.path, pointer },
            at: null,
            properties: [],
            signature: null,
          });
          facts.add({
            kind: 'relation',
            relation: 'evaluated',
            from,
            to: key,
            place: { path: file.path, pointer },
            signature: null,
          });
        }
        asList(asObject(result)['metrics']).forEach((metric, n) => {
          const { type, value } = asObject(metric);
          const stated = asWord(value);
          if (asText(type) !== null && stated !== null) {
            structured.push({ metric: asText(type) ?? '', value: stated, line: line('model-index') });
            facts.add({
              kind: 'measure',
              of: key,
              metric: asText(type) ?? '',
              value: stated,
              place: { path: file.path, pointer: `${pointer}/metrics/${n}` },
              stated: 'card',
            });
          }
        });
      });
    });
    facts.add({
      kind: 'document',
      format: 'model-card',
      title: 'Model card',
      place,
      properties: [
        'license',
        'base_model',
        'base_model_relation',
        'datasets',
        'library_name',
        'pipeline_tag',
        'language',
        'tags',
      ].flatMap((name) => texts(card[name]).map((value) => ({ name, value, pointer: `/${name}` }))),
      defects: cardDefects(file.path, structured, proseResults(bodyOf(text, matter), (matter?.lines ?? 0) + 1)),
    });
  },
};
