import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import zlib from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { tar, zip } from '../../e2e/testkit/make-archive.ts';
import { field, onnxModel, onnxNode, onnxTensor, safetensorsFile } from '../../e2e/testkit/make-model.ts';
import { examine } from './examine.ts';

const scratch = mkdtempSync(join(tmpdir(), 'assay-models-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
let count = 0;

type Files = Record<string, string | Uint8Array>;
/** Verdict, and the codes of what does not pass. */
async function said(files: Files, as: 'folder' | 'zip' | 'tar' | 'tar.gz' = 'folder'): Promise<string[]> {
  const path = join(scratch, `${++count}${as === 'folder' ? '' : `.${as}`}`);
  const entries = Object.entries(files).map(([name, body]) => ({ name, body: Buffer.from(body as string) }));
  if (as === 'zip') writeFileSync(path, zip(entries));
  else if (as !== 'folder') writeFileSync(path, as === 'tar' ? tar(entries) : zlib.gzipSync(tar(entries)));
  else
    for (const { name, body } of entries) {
      mkdirSync(dirname(join(path, name)), { recursive: true });
      writeFileSync(join(path, name), body);
    }
  const { verdict, checks } = await examine(
    { path, trust: { entries: [] }, asOf: '2026-11-21T00:00:00Z', staging: scratch },
    {},
    new AbortController().signal,
  );
  return [verdict, ...new Set(checks.filter((each) => each.verdict !== 'pass').map(({ code }) => code))];
}
const data = Buffer.from(new Float32Array([1, 2]).buffer);
const onnx = (tensor: Parameters<typeof onnxTensor>[0]) => onnxModel({ tensors: [onnxTensor(tensor)] });
const external = (keys: Record<string, string | number>) => onnx({ external: { location: 'w.bin', ...keys } });

describe('data of an ONNX model in another file', () => {
  it.each(['folder', 'zip', 'tar', 'tar.gz'] as const)('is as long as its tensors need, in a %s', async (as) => {
    const model = external({ offset: 0, length: 8 });
    expect(await said({ 'm.onnx': model, 'w.bin': data }, as)).toEqual(['pass']);
    expect(await said({ 'm.onnx': model, 'w.bin': data.subarray(1) }, as)).toEqual(['fail', 'tensor-data-short']);
    expect(await said({ 'm.onnx': external({ offset: 4_096, length: 8 }), 'w.bin': data }, as)).toEqual([
      'fail',
      'tensor-data-short',
    ]);
    expect(await said({ 'm.onnx': model }, as)).toEqual(['undecided', 'external-data-missing']);
  });
  it('lies in a folder below, and has the size of its shape where no length is given', async () => {
    const below = onnx({ external: { location: './d/w.bin' } });
    expect(await said({ 'a/m.onnx': below, 'a/d/w.bin': data })).toEqual(['pass']);
    expect(await said({ 'a/m.onnx': below, 'a/d/w.bin': data.subarray(4) })).toEqual(['fail', 'tensor-data-short']);
  });
  it('is of a size that a pointer in its place may state', async () => {
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 8\n`;
    expect(await said({ 'm.onnx': external({ length: 8 }), 'w.bin': pointer })).toEqual(['undecided', 'data-not-here']);
    expect((await said({ 'm.onnx': external({ offset: 8, length: 8 }), 'w.bin': pointer }))[0]).toBe('fail');
  });
  it('is shared by two tensors whole, and never in part', async () => {
    const both = (offset: number) =>
      onnxModel({
        tensors: [
          onnxTensor({ external: { location: 'w.bin', offset: 0, length: 8 } }),
          onnxTensor({ name: 'v', external: { location: 'w.bin', offset, length: 8 } }),
        ],
      });
    const long = Buffer.concat([data, data]);
    expect(await said({ 'm.onnx': both(0), 'w.bin': long })).toEqual(['pass']);
    expect(await said({ 'm.onnx': both(8), 'w.bin': long })).toEqual(['pass']);
    expect(await said({ 'm.onnx': both(4), 'w.bin': long })).toEqual(['fail', 'tensor-layout-invalid']);
  });
  it('has the digest that the model states of it', async () => {
    const sha1 = createHash('sha1').update(data).digest('hex');
    expect(await said({ 'm.onnx': external({ checksum: sha1 }), 'w.bin': data })).toEqual(['warn', 'digest-weak']);
    const other = Buffer.from([...data].reverse());
    expect(await said({ 'm.onnx': external({ checksum: sha1 }), 'w.bin': other })).toContain('digest-mismatch');
  });
  it.each(['../w.bin', '/etc/w', 'a\\w.bin', 'C:/w', 'a/../../w', '', '~/w', 'file:///w'])(
    'is refused at %j',
    async (location) => {
      expect(await said({ 'm.onnx': external({ location }), 'w.bin': data })).toContain('external-data-escapes');
    },
  );
  it('is looked for in sparse tensors, attributes and training graphs too', async () => {
    const away = onnxTensor({ name: 't', external: { location: '../w' } });
    const sparse = field(15, Buffer.concat([field(1, onnxTensor({ raw: data })), field(2, away)]));
    const node = Buffer.concat([
      onnxNode('Constant', [], ['t']),
      field(5, Buffer.concat([field(1, 'v'), field(22, field(2, away))])),
    ]);
    const training = field(20, field(2, Buffer.concat([field(1, onnxNode('Add', ['x', 'w'], ['u'])), field(5, away)])));
    const graph = Buffer.concat([field(1, onnxNode('Add', ['x', 'w'], ['y'])), sparse, field(11, field(1, 'x'))]);
    for (const model of [
      Buffer.concat([field(1, 8), field(7, graph), field(8, field(2, 17))]),
      onnxModel({ tensors: [onnxTensor({ raw: data })], nodes: [node, onnxNode('Add', ['x', 'w'], ['y'])] }),
      onnxModel({ tensors: [onnxTensor({ raw: data })], more: [training] }),
    ])
      expect(await said({ 'm.onnx': model })).toEqual(['fail', 'external-data-escapes']);
  });
});

describe('an ONNX model', () => {
  const one = [onnxTensor({ raw: data })];
  const right: [string, Buffer][] = [
    ['raw data', onnx({ raw: data })],
    ['numbers', onnx({ more: [field(4, data)] })],
    ['texts', onnx({ type: 8, more: [field(6, 'a'), field(6, '')] })],
    ['large numbers', onnx({ type: 7, more: [field(7, Buffer.from([0xac, 2, 1]))] })],
    ['small numbers, two in a byte', onnx({ type: 22, dims: [3], raw: Buffer.from([0x12, 3]) })],
    ['nothing, of no size', onnx({ dims: [0] })],
    ['operators under the other name of their domain', onnxModel({ tensors: one, sets: { 'ai.onnx': 17 } })],
  ];
  it.each(right)('with %s passes', async (_, model) => {
    expect(await said({ 'm.onnx': model })).toEqual(['pass']);
  });
  const wrong: [string, Buffer][] = [
    ['that imports no operators', onnxModel({ tensors: one, sets: {} })],
    ['that imports none of a version that is', onnxModel({ tensors: one, sets: { '': 0 } })],
    [
      'with an operator of a set that is not imported',
      onnxModel({ tensors: one, nodes: [onnxNode('Gelu', ['x'], ['y'], 'com.microsoft')] }),
    ],
    ['with an initializer twice', onnxModel({ tensors: [...one, ...one] })],
    ['with a tensor of no type', onnx({ type: 0, raw: data })],
    ['with a tensor of an unknown type', onnx({ type: 99, raw: data })],
    ['with more raw bytes than the shape needs', onnx({ raw: Buffer.concat([data, data]) })],
    ['with fewer', onnx({ raw: data.subarray(2) })],
    ['with fewer numbers', onnx({ more: [field(4, data.subarray(4))] })],
    ['with numbers of another type', onnx({ type: 7, more: [field(4, data)] })],
    ['with data twice', onnx({ raw: data, more: [field(4, data)] })],
    ['with a tensor without data', onnx({})],
    ['with data here and elsewhere', onnx({ raw: data, external: { location: 'w.bin' } })],
    ['with data elsewhere and no place', onnx({ more: [field(14, 1)] })],
    ['with a length that is not that of the shape', external({ length: 4 })],
    ['with an output that nothing makes', onnxModel({ tensors: one, outputs: ['z'] })],
    [
      'with a node that makes an initializer again',
      onnxModel({ tensors: one, nodes: [onnxNode('Add', ['x'], ['w'])] }),
    ],
    ['with a property twice', onnxModel({ tensors: one, more: [field(14, field(1, 'a')), field(14, field(1, 'a'))] })],
  ];
  it.each(wrong)('%s fails', async (_, model) => {
    expect(await said({ 'm.onnx': model, 'w.bin': Buffer.concat([data, data]) })).toContain('onnx-invalid');
  });
  it('that could be read otherwise than it looks is worth a look', async () => {
    expect(await said({ 'm.onnx': onnxModel({ tensors: one, more: [field(8, field(2, 9))] }) })).toEqual([
      'warn',
      'onnx-ambiguous',
    ]);
    expect(
      await said({ 'm.onnx': onnxModel({ tensors: [...one, onnxTensor({ name: 'v\u202ex', raw: data })] }) }),
    ).toEqual(['warn', 'text-hidden']);
  });
});

describe('safetensors', () => {
  const tensor = { dtype: 'F32', shape: [2], data_offsets: [0, 8] };
  it('whose header says more than the format, or hides something, are worth a look', async () => {
    const look = (header: object) => said({ 'm.safetensors': safetensorsFile(header, data) });
    expect(await look({ w: tensor, __metadata__: { notes: 'a\nb' } })).toEqual(['pass']);
    expect(await look({ w: { ...tensor, strides: [1] } })).toEqual(['warn', 'tensor-header-loose']);
    for (const name of ['w\u202ex', 'w\u0007', 'w\nx', 'w\u200bx'])
      expect(await look({ [name]: tensor })).toEqual(['warn', 'text-hidden']);
    expect(await look({ w: tensor, __metadata__: { notes: 'a\u202eb' } })).toEqual(['warn', 'text-hidden']);
  });
  it('name no tensor and no member twice', async () => {
    const text = JSON.stringify(tensor);
    for (const header of [`{"w":${text},"w":${text}}`, `{"w":${text.replace('{', '{"dtype":"F32",')}}`])
      expect(await said({ 'm.safetensors': safetensorsFile(header, data) })).toEqual(['fail', 'tensor-header-invalid']);
  });
});

describe('a model in parts', () => {
  const part = (name: string) => safetensorsFile({ [name]: { dtype: 'F32', shape: [2], data_offsets: [0, 8] } }, data);
  const called = (number: number, of = 2) => `model-0000${number}-of-0000${of}.safetensors`;
  const index = (map: Record<string, string>) => ({
    'model.safetensors.index.json': JSON.stringify({ metadata: { total_size: 16 }, weight_map: map }),
  });
  const parts = { [called(1)]: part('a'), [called(2)]: part('b') };
  const whole = { ...parts, ...index({ a: called(1), b: called(2) }) };
  it('holds beside other files, whole or without an index', async () => {
    expect(await said({ ...whole, 'adapter_model.safetensors': part('a') })).toEqual(['pass']);
    expect(await said(parts)).toEqual(['pass']);
  });
  it('is worth a look beside parts that its index does not name, or beside a whole of its name', async () => {
    for (const name of [called(3), called(3, 3), 'model.safetensors'])
      expect(await said({ ...whole, [name]: part('c') })).toEqual(['warn', 'shard-unlisted']);
    expect(await said({ ...parts, [called(3)]: part('c') })).toEqual(['warn', 'shard-unlisted']);
  });
  it('is undecided where a part is not here, with an index and without', async () => {
    expect(await said({ [called(1)]: part('a') })).toEqual(['undecided', 'shard-missing']);
    expect(await said({ [called(1)]: part('a'), ...index({ a: called(1), b: called(2) }) })).toEqual([
      'undecided',
      'shard-missing',
    ]);
  });
  it('fails by an index that names a tensor twice', async () => {
    const twice = `{"weight_map":{"a":"${called(1)}","a":"${called(2)}","b":"${called(2)}"}}`;
    expect(await said({ ...parts, 'model.safetensors.index.json': twice })).toContain('shard-index-invalid');
  });
});
