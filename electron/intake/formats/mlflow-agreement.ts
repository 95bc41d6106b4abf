import type { Defect } from '../../../shared/fact.ts';
import { JsonError, parseJson } from '../../integrity/json.ts';
import { asObject, asText, asWord, folderOf, type Shape } from '../shape.ts';
import type { OpenFile } from './format.ts';

type Document = { [name: string]: Exclude<Shape, undefined> };
type Say = (code: 'document-invalid' | 'record-contradicts', detail: string, pointer: string) => void;

/** Where a record lies in a file store of MLflow: the names of folders that its members repeat. */
const runFolder = /(?:^|\/)mlruns\/([^/]+)\/([0-9a-f]{32})\//;
const modelFolder = /(?:^|\/)models\/(m-[^/]+)\//;
const versionFolder = /(?:^|\/)mlruns\/models\/([^/]+)\/version-([0-9]+)\//;
/** Words of MLflow for its states (entities/run_status.py, entities/lifecycle_stage.py). */
const stages = ['active', 'deleted'];
const statuses = ['1', '2', '3', '4', '5', 'RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED'];

/** Whether a record is one of the model registry: a version of a registered model, which names the run it came from. */
export const isRegistered = (path: string): boolean => versionFolder.test(path);

/** What the members of a `meta.yaml` say otherwise than its folder or each other. */
export function recordDefects(file: OpenFile, meta: Document): Defect[] {
  return gathered(file, (say) => {
    const same = sameAs(say);
    const version = versionFolder.exec(file.path);
    if (version !== null) {
      same('name', meta['name'], version[1], 'the folder of');
      same('version', meta['version'], version[2], 'the folder of version');
      return registeredRun(file, meta, say);
    }
    const [, experiment, run] = runFolder.exec(file.path) ?? [];
    if (run !== undefined && file.path.endsWith(`/${run}/meta.yaml`)) {
      same('run_id', meta['run_id'], run, 'the folder of run');
      same('experiment_id', meta['experiment_id'], experiment, 'the folder of experiment');
      if (asText(meta['run_uuid']) !== null) same('run_uuid', meta['run_uuid'], run, 'the folder of run');
      oneOf('status', meta['status'], statuses, say);
      const [start, end] = [meta['start_time'], meta['end_time']];
      if (typeof start === 'number' && typeof end === 'number' && end < start)
        say('record-contradicts', 'It ended before it started.', '/end_time');
    }
    const model = modelFolder.exec(file.path)?.[1];
    if (model !== undefined && asText(meta['model_id']) !== null)
      same('model_id', meta['model_id'], model, 'the folder of model');
    oneOf('lifecycle_stage', meta['lifecycle_stage'], stages, say);
  });
}

/** What an MLmodel says otherwise than the folder it lies in, and a signature that is none. */
export function modelDefects(file: OpenFile, model: Document): Defect[] {
  return gathered(file, (say) => {
    const same = sameAs(say);
    const run = runFolder.exec(file.path)?.[2];
    if (run !== undefined && asText(model['run_id']) !== null)
      same('run_id', model['run_id'], run, 'the artifacts of run');
    const id = modelFolder.exec(file.path)?.[1];
    if (id !== undefined && asText(model['model_id']) !== null)
      same('model_id', model['model_id'], id, 'the folder of model');
    // Names and types of what goes in and comes out, as JSON in a text (mlflow/models/signature.py).
    for (const [name, value] of Object.entries(asObject(model['signature']))) {
      const text = asText(value);
      if (text === null || !['inputs', 'outputs', 'params'].includes(name)) continue;
      try {
        parseJson(text);
      } catch (error) {
        if (!(error instanceof JsonError)) throw error;
        say('document-invalid', `The ${name} of its signature are no JSON: ${error.message}.`, `/signature/${name}`);
      }
    }
  });
}

/** A registered version names a run: where the runs of the store are here, so is that run, and it was not deleted. */
function registeredRun(file: OpenFile, meta: Document, say: Say): void {
  const run = asText(meta['run_id']);
  const store = file.path.slice(0, file.path.lastIndexOf('mlruns/') + 'mlruns'.length);
  const runs = file
    .folders(store)
    .flatMap((experiment) => (experiment === `${store}/models` ? [] : file.folders(experiment)));
  const isHere = runs.some((folder) => folder.endsWith(`/${run}`));
  if (run !== null && run !== '' && !isHere && runs.some((folder) => file.has(`${folder}/meta.yaml`)))
    say('record-contradicts', `It names run ${run} as its source, and no run of this store is called so.`, '/run_id');
}

const sameAs =
  (say: Say) =>
  (name: string, value: Shape, folder: string | undefined, where: string): void => {
    const stated = asWord(value);
    if (stated !== folder)
      say('record-contradicts', `Its ${name} is ${stated ?? 'absent'}, and it lies in ${where} ${folder}.`, `/${name}`);
  };
function oneOf(name: string, value: Shape, words: readonly string[], say: Say): void {
  const stated = asWord(value);
  if (stated !== null && !words.includes(stated))
    say('document-invalid', `MLflow knows no ${name} ${stated}.`, `/${name}`);
}
function gathered(file: OpenFile, look: (say: Say) => void): Defect[] {
  const defects: Defect[] = [];
  look((code, detail, pointer) => void defects.push({ code, detail, place: { path: file.path, pointer } }));
  return defects;
}

/** Files that MLflow writes beside a model after it took its size (mlflow/models/model.py), and at any time later. */
const besideModel = new Set(['MLmodel', 'conda.yaml', 'python_env.yaml', 'requirements.txt', 'registered_model_meta']);
/** The files whose sizes together are `model_size_bytes`. */
export function sizedFiles(file: OpenFile): string[] {
  const folder = folderOf(file.path);
  const below = (at: string): string[] => [...file.list(at), ...file.folders(at).flatMap(below)];
  return below(folder).filter((path) => {
    const name = path.slice(folder === '' ? 0 : folder.length + 1);
    return !besideModel.has(name) && !name.startsWith('metadata/');
  });
}
