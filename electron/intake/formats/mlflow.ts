import { limits } from '../../../shared/limits.ts';
import { asObject, asText, asWord, folderOf } from '../shape.ts';
import { type PlainValue, parseYaml, YamlError } from '../yaml.ts';
import { documentInvalid } from './document-invalid.ts';
import type { FactSink, Format, OpenFile } from './format.ts';
import { isRegistered, modelDefects, recordDefects, sizedFiles } from './mlflow-agreement.ts';

/** The members of a record; null where it is none, which is then said: programs of MLflow could not open the store. */
function yamlOf(file: OpenFile, facts: FactSink, { id, title }: Format): { [name: string]: PlainValue } | null {
  try {
    const value = parseYaml(file.text(limits.yamlBytes));
    if (Object.keys(asObject(value)).length > 0) return asObject(value);
    facts.add(documentInvalid(id, title, file.path, 'It holds none of the members that such a record has.'));
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    facts.add(documentInvalid(id, title, file.path, error.message));
  }
  return null;
}

const instant = (value: PlainValue | undefined): string | null =>
  typeof value === 'number' && Math.abs(value) < 8.64e15 ? new Date(value).toISOString() : null;
const properties = (document: { [name: string]: PlainValue }, names: string[]) =>
  names.flatMap((name) => {
    const value = asWord(document[name]);
    return value === null ? [] : [{ name, value: value.slice(0, 1_000), pointer: `/${name}` }];
  });

/** MLmodel: what MLflow logged as a model, and the run that made it. The format states no digests. */
export const mlmodel: Format = {
  id: 'mlmodel',
  title: 'Logged model (MLflow)',
  sieve: { endings: [''] },
  recognise: ({ name }) => name === 'MLmodel',
  read(file, facts) {
    const model = yamlOf(file, facts, mlmodel);
    if (model === null) return;
    const place = { path: file.path };
    const run = asText(model['run_id']);
    const id = asText(model['model_id']) ?? asText(model['model_uuid']);
    const folder = folderOf(file.path);
    const flavours = asObject(model['flavors']);
    const pickled =
      asText(asObject(flavours['sklearn'])['pickled_model']) ??
      asText(asObject(flavours['python_function'])['model_path']);
    const path = pickled !== null && file.has(`${folder}/${pickled}`) ? `${folder}/${pickled}` : null;
    facts.add({
      kind: 'document',
      format: 'mlmodel',
      title: 'Logged model (MLflow)',
      place,
      properties: [
        ...properties(model, [
          'run_id',
          'model_id',
          'model_uuid',
          'mlflow_version',
          'artifact_path',
          'model_size_bytes',
          'utc_time_created',
        ]),
        ...Object.keys(flavours).map((value) => ({ name: 'Flavour', value, pointer: '/flavors' })),
      ],
      defects: modelDefects(file, model),
    });
    const size = model['model_size_bytes'];
    if (typeof size === 'number')
      facts.add({
        kind: 'folder-size',
        place: { path: file.path, pointer: '/model_size_bytes' },
        title: 'Logged model (MLflow)',
        bytes: size,
        members: sizedFiles(file),
      });
    facts.add({
      kind: 'thing',
      key: `${file.path}#model`,
      type: 'model',
      name: id ?? 'logged model',
      digests: [],
      path,
      place,
      at: asText(model['utc_time_created']),
      properties: [],
      signature: null,
    });
    if (run === null) return;
    facts.add({
      kind: 'thing',
      key: `mlflow-run:${run}`,
      type: 'run',
      name: run,
      digests: [],
      path: null,
      place: { path: file.path, pointer: '/run_id' },
      at: null,
      properties: [],
      signature: null,
    });
    facts.add({
      kind: 'relation',
      relation: 'generated',
      from: `mlflow-run:${run}`,
      to: `${file.path}#model`,
      place: { path: file.path, pointer: '/run_id' },
      signature: null,
    });
  },
};

/** meta.yaml of an MLflow file store: a run, a logged model, or a dataset, told apart by its own members. */
export const mlflowMeta: Format = {
  id: 'mlflow-meta',
  title: 'Record (MLflow file store)',
  sieve: { endings: ['yaml'] },
  recognise: ({ path, name }) => name === 'meta.yaml' && /(^|\/)mlruns\//.test(path),
  read(file, facts) {
    const meta = yamlOf(file, facts, mlflowMeta);
    if (meta === null) return;
    const place = { path: file.path };
    const run = asText(meta['run_id']);
    const what = isRegistered(file.path)
      ? 'Registered version'
      : run !== null
        ? 'Run'
        : asText(meta['model_id']) !== null
          ? 'Model'
          : asText(meta['digest']) !== null
            ? 'Dataset'
            : asText(meta['source_type']) !== null
              ? 'Link'
              : 'Experiment';
    facts.add({
      kind: 'document',
      format: 'mlflow-meta',
      title: `${what} (MLflow file store)`,
      place,
      properties: properties(meta, [
        'run_id',
        'run_name',
        'model_id',
        'source_run_id',
        'name',
        'digest',
        'experiment_id',
        'status',
        'start_time',
        'end_time',
        'user_id',
        'artifact_uri',
        'artifact_location',
        'source_id',
        'destination_id',
        'lifecycle_stage',
      ]),
      defects: recordDefects(file, meta),
    });
    if (run !== null && !isRegistered(file.path)) {
      const key = `mlflow-run:${run}`;
      facts.add({
        kind: 'thing',
        key,
        type: 'run',
        name: asText(meta['run_name']) ?? run,
        digests: [],
        path: null,
        place,
        at: instant(meta['start_time']),
        properties: properties(meta, ['status', 'user_id', 'experiment_id']),
        signature: null,
      });
      const tags = `${folderOf(file.path)}/tags`;
      for (const path of file.list(tags)) {
        const tag = path.slice(tags.length + 1);
        const [, name] = /^(.*)\.sha256$/.exec(tag) ?? [];
        const hex =
          name === undefined
            ? null
            : Buffer.from(file.peek(path, 200) ?? [])
                .toString('latin1')
                .trim();
        if (name === undefined || hex === null || !/^[0-9a-f]{64}$/.test(hex)) continue;
        const isData = /^dataset\.|^data\./.test(name);
        const thing = `${file.path}#${name}`;
        facts.add({
          kind: 'thing',
          key: thing,
          type: isData ? 'dataset' : 'model',
          name,
          digests: [`sha256:${hex}`],
          path: null,
          place: { path },
          at: null,
          properties: [],
          signature: null,
        });
        facts.add({
          kind: 'relation',
          relation: isData ? 'used' : 'generated',
          from: isData ? thing : key,
          to: isData ? key : thing,
          place: { path },
          signature: null,
        });
      }
    }
    const model = asText(meta['model_id']);
    const source = asText(meta['source_run_id']);
    if (model !== null && source !== null) {
      facts.add({
        kind: 'thing',
        key: `${file.path}#model`,
        type: 'model',
        name: model,
        digests: [],
        path: null,
        place,
        at: instant(meta['creation_timestamp']),
        properties: [],
        signature: null,
      });
      facts.add({
        kind: 'thing',
        key: `mlflow-run:${source}`,
        type: 'run',
        name: source,
        digests: [],
        path: null,
        place: { path: file.path, pointer: '/source_run_id' },
        at: null,
        properties: [],
        signature: null,
      });
      facts.add({
        kind: 'relation',
        relation: 'generated',
        from: `mlflow-run:${source}`,
        to: `${file.path}#model`,
        place: { path: file.path, pointer: '/source_run_id' },
        signature: null,
      });
    }
  },
};
