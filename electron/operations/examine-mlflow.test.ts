import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { mutate, randomFrom } from '../../e2e/fuzz/mutate.ts';
import { examine } from './examine.ts';

const scratch = mkdtempSync(join(tmpdir(), 'assay-mlflow-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
let count = 0;

const run = '0123456789abcdef0123456789abcdef';
const place = `mlruns/42/${run}`;
const meta = (more = '') =>
  `run_id: ${run}\nrun_uuid: ${run}\nexperiment_id: '42'\nlifecycle_stage: active\nstatus: 3\nstart_time: 10\nend_time: 20\n${more}`;
const model = (size: number, of = run) =>
  `flavors:\n  sklearn:\n    pickled_model: model.bin\nmodel_size_bytes: ${size}\nrun_id: ${of}\nsignature:\n  inputs: '[]'\n`;
const store = {
  [`${place}/meta.yaml`]: meta(),
  [`${place}/metrics/loss`]: '1795217317159 0.5 0\n1795217317160 nan 1\n1795217317160 -inf 2 m-1 d-1\n',
  [`${place}/artifacts/model/MLmodel`]: model(7),
  [`${place}/artifacts/model/model.bin`]: 'weights',
  [`${place}/artifacts/model/conda.yaml`]: 'name: env\n',
  'mlruns/models/m/version-1/meta.yaml': `name: m\nversion: 1\nrun_id: ${run}\n`,
};

/** Codes of what fails in the store, with the files given in place of its own. */
async function failing(changes: Record<string, string | Uint8Array>): Promise<string[]> {
  const folder = join(scratch, `store-${++count}`);
  for (const [name, text] of Object.entries({ ...store, ...changes })) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const request = { path: folder, trust: { entries: [] }, asOf: '2026-11-21T00:00:00Z', staging: scratch };
  const { checks } = await examine(request, {}, new AbortController().signal);
  return checks.flatMap(({ verdict, code, subject }) => (verdict === 'fail' ? [`${code} ${subject}`] : []));
}

describe('a file store of MLflow', () => {
  it('holds where its records lie where they say, and nothing is changed', async () => {
    expect(await failing({})).toEqual([]);
  });

  it.each([
    ['a run in the folder of another', 'meta.yaml', meta().replace(`run_id: ${run}`, `run_id: ${'f'.repeat(32)}`)],
    ['a run of another experiment', 'meta.yaml', meta().replace("'42'", "'43'")],
    ['an end before the start', 'meta.yaml', meta().replace('end_time: 20', 'end_time: 5')],
    ['a model of another run', 'artifacts/model/MLmodel', model(7, 'f'.repeat(32))],
  ])('fails with %s', async (_, name, text) => {
    expect(await failing({ [`${place}/${name}`]: text })).toEqual([`record-contradicts ${place}/${name}`]);
  });

  it.each([
    ['a record that is no YAML', 'meta.yaml', 'a: [1\n'],
    ['an empty record', 'meta.yaml', ''],
    ['a stage that there is not', 'meta.yaml', meta().replace('active', 'archived')],
    ['a metric without a step', 'metrics/loss', '1795217317159 0.5\n'],
    ['a metric that is a word', 'metrics/loss', '1795217317159 high 0\n'],
    ['a signature that is no JSON', 'artifacts/model/MLmodel', model(7).replace("'[]'", "'[{]'")],
  ])('fails with %s', async (_, name, text) => {
    expect(await failing({ [`${place}/${name}`]: text })).toContain(`document-invalid ${place}/${name}`);
  });

  it('fails where the files of a model have another size than it took, and not for what is written later', async () => {
    const folder = `${place}/artifacts/model`;
    expect(await failing({ [`${folder}/model.bin`]: 'weights!' })).toEqual([`size-mismatch ${folder}/MLmodel`]);
    expect(await failing({ [`${folder}/more/extra.txt`]: 'x' })).toEqual([`size-mismatch ${folder}/MLmodel`]);
    expect(await failing({ [`${folder}/requirements.txt`]: 'sklearn\n' })).toEqual([]);
  });

  it('fails where a registered version names a run that is not among its runs', async () => {
    const version = 'mlruns/models/m/version-1/meta.yaml';
    const changed = store[version]?.replace(run, 'f'.repeat(32)) ?? '';
    expect(await failing({ [version]: changed })).toEqual([`record-contradicts ${version}`]);
  });

  it('ends in checks on spoiled bytes', async () => {
    const random = randomFrom(7);
    for (const [name, text] of Object.entries(store))
      for (let turn = 0; turn < 4; turn += 1)
        expect(await failing({ [name]: mutate(Buffer.from(text), Buffer.from(meta()), random) })).toBeInstanceOf(Array);
  });
});
