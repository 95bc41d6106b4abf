import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import zlib from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { tar, zip } from '../../e2e/testkit/make-archive.ts';
import {
  arrayFile,
  field,
  ggufFile,
  legacyTorchFile,
  onnxModel,
  onnxNode,
  onnxTensor,
  safetensorsFile,
  torchPickle,
} from '../../e2e/testkit/make-model.ts';
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
  it('lies in a cache behind links that were written out as files', async () => {
    const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
    const model = external({ length: 8 });
    const cache = (bytes: Uint8Array) => {
      const commit = 'a'.repeat(40);
      const snapshot = `models--o--n/snapshots/${commit}`;
      return {
        'models--o--n/refs/main': commit,
        [`models--o--n/blobs/${sha256(model)}`]: model,
        [`models--o--n/blobs/${sha256(bytes)}`]: bytes,
        [`${snapshot}/m.onnx`]: `../../blobs/${sha256(model)}`,
        [`${snapshot}/w.bin`]: `../../blobs/${sha256(bytes)}`,
      };
    };
    expect(await said(cache(data))).toEqual(['pass']);
    expect(await said(cache(data.subarray(1)))).toEqual(['fail', 'tensor-data-short']);
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
  it('does not lie in the model file itself', async () => {
    expect(await said({ 'm.onnx': external({ location: 'm.onnx', length: 8 }) })).toEqual([
      'fail',
      'tensor-layout-invalid',
    ]);
  });
  it('is looked for in sparse tensors, attributes and training graphs too', async () => {
    const away = onnxTensor({ name: 't', external: { location: '../w' } });
    const sparse = field(15, Buffer.concat([field(1, onnxTensor({ raw: data })), field(2, away)]));
    const node = Buffer.concat([
      onnxNode('Constant', [], ['t']),
      field(5, Buffer.concat([field(1, 'v'), field(22, field(2, away)), field(20, 11)])),
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
  const local = (name: string, output: string) =>
    field(
      25,
      Buffer.concat([
        field(1, name),
        field(4, 'a'),
        field(5, output),
        field(7, onnxNode('Relu', ['a'], ['b'])),
        field(9, field(2, 17)),
        field(10, 'local'),
      ]),
    );
  it('has the functions that it calls, each once and whole', async () => {
    const calling = (...more: Buffer[]) => ({
      'm.onnx': onnxModel({
        tensors: one,
        nodes: [onnxNode('f', ['x'], ['y'], 'local')],
        sets: { '': 17, local: 1 },
        more,
      }),
    });
    expect(await said(calling(local('f', 'b')))).toEqual(['pass']);
    expect(await said(calling(local('g', 'b')))).toEqual(['warn', 'onnx-foreign-operator']);
    expect(await said(calling(local('f', 'b'), local('f', 'b')))).toEqual(['fail', 'onnx-invalid']);
    expect(await said(calling(local('f', 'c')))).toEqual(['fail', 'onnx-invalid']);
  });
  it('gives each attribute of a node once', async () => {
    const axis = field(5, Buffer.concat([field(1, 'axis'), field(3, 1), field(20, 2)]));
    const node = (...attributes: Buffer[]) => Buffer.concat([onnxNode('Flatten', ['x'], ['y']), ...attributes]);
    expect(await said({ 'm.onnx': onnxModel({ tensors: one, nodes: [node(axis)] }) })).toEqual(['pass']);
    expect(await said({ 'm.onnx': onnxModel({ tensors: one, nodes: [node(axis, axis)] }) })).toContain('onnx-invalid');
  });
  it('gives each attribute one value, of the type that it names', async () => {
    const attribute = (...fields: Buffer[]) => field(5, Buffer.concat([field(1, 'axis'), ...fields]));
    const node = (held: Buffer) =>
      said({
        'm.onnx': onnxModel({
          tensors: one,
          nodes: [Buffer.concat([onnxNode('Flatten', ['x'], ['y']), held])],
        }),
      });
    for (const right of [
      attribute(field(3, 1), field(20, 2)),
      attribute(field(20, 2)),
      attribute(field(4, 'a'), field(20, 3)),
      attribute(field(8, 1), field(8, 2), field(20, 7)),
      attribute(field(20, 7)),
      attribute(field(21, 'outer'), field(20, 4)),
    ])
      expect(await node(right)).toEqual(['pass']);
    for (const wrong of [
      attribute(field(3, 1), field(20, 1)),
      attribute(field(4, 'a'), field(20, 2)),
      attribute(field(8, 1), field(20, 2)),
      attribute(field(3, 1), field(4, 'a'), field(20, 2)),
      attribute(field(3, 1), field(3, 2), field(20, 2)),
      attribute(field(3, 1)),
      attribute(field(3, 1), field(20, 15)),
      attribute(field(20, 4)),
      attribute(field(3, 1), field(20, 2), field(21, 'outer')),
      field(5, Buffer.concat([field(3, 1), field(20, 2)])),
    ])
      expect(await node(wrong)).toEqual(['fail', 'onnx-invalid']);
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
  it('may have no metadata', async () => {
    expect(await said({ 'm.safetensors': safetensorsFile({ w: tensor, __metadata__: null }, data) })).toEqual([
      'warn',
      'tensor-header-loose',
    ]);
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
  it('fails where a part is empty', async () => {
    const name = 'pytorch_model-00001-of-00001.bin';
    const map = JSON.stringify({ weight_map: { a: name } });
    expect(await said({ [name]: '', 'pytorch_model.bin.index.json': map })).toContain('shard-tensor');
  });
  it('fails by an index that names a tensor twice', async () => {
    const twice = `{"weight_map":{"a":"${called(1)}","a":"${called(2)}","b":"${called(2)}"}}`;
    expect(await said({ ...parts, 'model.safetensors.index.json': twice })).toContain('shard-index-invalid');
  });
});

describe('a file of torch', () => {
  const torch = (members: Record<string, string | Uint8Array>) => ({
    'm.pt': zip(
      Object.entries(members).map(([name, body]) => ({ name: `m/${name}`, body: Buffer.from(body as string) })),
    ),
  });
  const one = (storage: Uint8Array, type = 'FloatStorage', elements = 2) =>
    torch({ 'data.pkl': torchPickle([{ key: '0', type, elements }]), 'data/0': storage, version: '3' });
  const script = {
    'data.pkl': torchPickle([]),
    'constants.pkl': torchPickle([{ key: '0', elements: 2 }]),
    version: '3',
  };
  it('holds every storage that its pickles refer to, as long as they say', async () => {
    const right = ['warn', 'pickle-runs-code'];
    expect(await said(one(data))).toEqual(right);
    expect(await said(one(data, 'HalfStorage', 4))).toEqual(right);
    expect(await said(one(data, 'UntypedStorage', 8))).toEqual(right);
    expect(await said(one(data, 'QUInt4x2Storage', 3))).not.toContain('tensor-data-short');
    expect(await said(torch({ ...script, 'constants/0': data }))).toEqual(right);
  });
  it('fails where a storage is not there, is too short, or is not what was written', async () => {
    const lacking = torch({ 'data.pkl': torchPickle([{ key: '0', elements: 2 }]), version: '3' });
    for (const files of [lacking, torch(script), one(data.subarray(1)), one(data, 'DoubleStorage')])
      expect((await said(files)).slice(0, 2)).toEqual(['fail', 'tensor-data-short']);
    expect(await said(one(Buffer.concat([data, data])))).toContain('pickle-trailing-bytes');
    const damaged = one(data)['m.pt'];
    damaged.writeUInt8(0xff, damaged.indexOf('m/data/0') + 12);
    expect((await said({ 'm.pt': damaged }))[0]).toBe('fail');
  });
  it('with programs of its own runs them with the model', async () => {
    const files = torch({ 'data.pkl': Buffer.from('\x80\x02).', 'latin1'), 'code/m.py': 'x = 1', version: '3' });
    expect(await said(files)).toEqual(['warn', 'pickle-runs-code']);
  });
  it('fails without a pickle, and holds each name once', async () => {
    expect(await said(torch({ 'data/0': data, version: '3' }))).toContain('pickle-wrapping');
    const twice = zip([
      { name: 'm/data.pkl', body: torchPickle([]) },
      { name: 'm/data.pkl', body: torchPickle([]) },
    ]);
    expect(await said({ 'm.pt': twice })).toContain('pickle-wrapping');
    expect((await said({ 'm.pt': zip([{ name: 'note.txt' }]) }))[0]).toBe('undecided');
  });
  it('of before 1.6 has its storages behind its pickles, whatever they begin with', async () => {
    const file = (count: number, bytes: Uint8Array, told = count) => ({
      'm.pt': legacyTorchFile(torchPickle([{ key: '7', elements: count }]), [{ count: told, data: bytes }]),
    });
    expect(await said(file(2, data))).toEqual(['warn', 'pickle-runs-code']);
    expect(await said(file(128, Buffer.alloc(512)))).toEqual(['warn', 'pickle-runs-code']);
    expect(await said(file(2, data.subarray(1)))).toContain('tensor-data-short');
    expect(await said(file(2, data, 3))).toContain('tensor-data-short');
    expect(await said(file(2, Buffer.concat([data, data])))).toContain('pickle-trailing-bytes');
  });
});

describe('a pickle', () => {
  const stream = (opcodes: string) => ({ 'm.pkl': Buffer.from(opcodes, 'latin1') });
  it('that a loader refuses is damaged, whatever it would go on with', async () => {
    for (const whole of ['\x80\x02}.', '\x80\x02K\x01q\x000h\x00.', '\x80\x02(0N.', '\x80\x04\x95\x02\0\0\0\0\0\0\0N.'])
      expect(await said(stream(whole)), whole).toEqual(['pass']);
    for (const [what, damaged] of Object.entries({
      'no value': '\x80\x02.',
      'a value too few': '\x80\x02N00N.',
      'nothing remembered': '\x80\x02h\x05.',
      'no mark': '\x80\x02Nt.',
      'a frame too long': '\x80\x04\x95\xff\0\0\0\0\0\0\0N.',
    }))
      expect(await said(stream(damaged)), what).toEqual(['fail', 'pickle-truncated']);
  });
});

describe('a file of skops', () => {
  const node = { __class__: 'ndarray', __module__: 'numpy', __loader__: 'NdArrayNode', type: 'numpy', file: '0.npy' };
  const skops = (schema: object, array: Uint8Array = arrayFile('<f4', [2], data)) => ({
    'm.skops': zip([
      { name: 'schema.json', body: JSON.stringify(schema) },
      { name: '0.npy', body: Buffer.from(array) },
    ]),
  });
  it('holds what its schema names, and names what is to be built', async () => {
    expect(await said(skops(node))).toEqual(['warn', 'pickle-runs-code']);
    expect(await said(skops({ ...node, file: '1.npy' }))).toContain('tensor-data-short');
    expect(await said(skops(node, arrayFile('<f4', [3], data)))).toContain('tensor-data-short');
    expect(await said(skops({ ...node, __module__: 'os', __class__: 'system' }))).toContain('pickle-harmful');
    for (const schema of [[], { __class__: 'ndarray' }]) expect(await said(skops(schema))).toContain('pickle-wrapping');
  });
});

describe('functions that a file of skops keeps', () => {
  const keeping = (module_path: string, name: string) => {
    const content = { module_path, function: name };
    const schema = { __class__: 'function', __module__: module_path, __loader__: 'FunctionNode', content };
    return { 'm.skops': zip([{ name: 'schema.json', body: JSON.stringify(schema) }]) };
  };
  it('are named by their place, and none of them is called', async () => {
    expect(await said(keeping('sklearn.feature_selection._univariate_selection', 'f_classif'))).toEqual([
      'warn',
      'pickle-runs-code',
    ]);
    expect(await said(keeping('os', 'system'))).toContain('pickle-harmful');
    expect(await said(keeping('acme.models', 'score'))).toContain('pickle-unknown-import');
  });
});

describe('arrays in a zip', () => {
  const array = arrayFile('<f4', [2], data);
  it('pass as arrays, and fail where one is none, or stands twice', async () => {
    expect(await said({ 'a.npz': zip([{ name: 'a.npy', body: array }]) })).toEqual(['pass']);
    for (const entries of [
      [{ name: 'a.npy', body: 'no array' }],
      [{ name: 'a.npy', body: '' }],
      [{ name: '../a.npy', body: array }],
      [
        { name: 'a.npy', body: array },
        { name: 'a.npy', body: arrayFile('<f4', [1], data.subarray(4)) },
      ],
    ])
      expect(await said({ 'a.npz': zip(entries) })).toEqual(['fail', 'pickle-wrapping']);
  });
  it('are judged by their header where they are too large to be unpacked', async () => {
    const large = 65 * 2 ** 20;
    // Bytes that hardly pack, so that nothing looks like a bomb.
    const noise = Buffer.alloc(large, createHash('sha512').update('noise').digest());
    for (let at = 0, state = 1; at < large; at += 400) noise[at] = state = ((state * 75 + 74) % 65_537) & 0xff;
    const zipped = (body: Buffer) => ({ 'a.npz': zip([{ name: 'a.npy', body }]) });
    expect(await said(zipped(arrayFile('|u1', [large], noise)))).toEqual(['pass', 'archive-inside']);
    expect(await said(zipped(arrayFile('|u1', [large + 1], noise)))).toContain('tensor-data-short');
  });
});

describe('GGUF', () => {
  const name: [string, string] = ['general.name', 'm'];
  /** Types that are still written: number, elements of a block, bytes of a block (ggml.h; gguf-py, GGML_QUANT_SIZES). */
  const types = [
    [0, 1, 4],
    [1, 1, 2],
    [2, 32, 18],
    [3, 32, 20],
    [6, 32, 22],
    [7, 32, 24],
    [8, 32, 34],
    [10, 256, 84],
    [11, 256, 110],
    [12, 256, 144],
    [13, 256, 176],
    [14, 256, 210],
    [16, 256, 66],
    [20, 32, 18],
    [23, 256, 136],
    [24, 1, 1],
    [28, 1, 8],
    [30, 1, 2],
    [34, 256, 54],
    [35, 256, 66],
    [39, 32, 17],
  ] as const;
  it.each(types)('of the type %d takes %d values in %d bytes', async (type, values, bytes) => {
    const file = (length: number, shape: number[] = [values]) => ({
      'm.gguf': ggufFile([name], [{ shape, type }], length),
    });
    expect(await said(file(bytes))).toEqual(['pass']);
    expect(await said(file(bytes - 1))).toContain('tensor-data-short');
    if (values > 1) expect(await said(file(bytes, [values - 1]))).toContain('gguf-header-invalid');
  });
  it('with types that were taken away or never were, fails', async () => {
    for (const type of [4, 5, 31, 36, 99])
      expect(await said({ 'm.gguf': ggufFile([name], [{ shape: [32], type }], 64) })).toContain('gguf-header-invalid');
  });
  it('explains every byte of the file', async () => {
    const two = (at: number) => [
      { name: 'a', shape: [2], type: 0 },
      { name: 'b', shape: [2], type: 0, at },
    ];
    expect(await said({ 'm.gguf': ggufFile([name], two(32), 64) })).toEqual(['pass']);
    expect(await said({ 'm.gguf': ggufFile([name], two(0), 64) })).toContain('tensor-layout-invalid');
    expect(await said({ 'm.gguf': ggufFile([name], two(64), 96) })).toContain('tensor-layout-invalid');
    expect(await said({ 'm.gguf': ggufFile([name], two(33), 64) })).toContain('gguf-header-invalid');
    expect(await said({ 'm.gguf': ggufFile([name], two(32), 65) })).toContain('tensor-trailing-bytes');
    expect(await said({ 'm.gguf': ggufFile([name], [], 8) })).toContain('tensor-trailing-bytes');
    const hiding = ggufFile([name], two(32), 64);
    hiding.write('hidden', hiding.length - 20);
    expect(await said({ 'm.gguf': hiding })).toEqual(['warn', 'tensor-padding']);
  });
  it('names nothing twice, and nothing that cannot be seen', async () => {
    const tensor = { shape: [2], type: 0 };
    const file = (keys: [string, string | number][], called = 'w') => ({
      'm.gguf': ggufFile(keys, [{ ...tensor, name: called }], 32),
    });
    expect(await said(file([name, name]))).toContain('gguf-header-invalid');
    expect(await said({ 'm.gguf': ggufFile([], [tensor, { ...tensor, at: 32 }], 64) })).toContain(
      'gguf-header-invalid',
    );
    expect(await said(file([name], 'w\u202ex'))).toEqual(['warn', 'text-hidden']);
    expect(await said(file([['general.alignment', 24]]))).toContain('tensor-header-loose');
  });
  it('with numbers in the other order, or arrays in arrays, is read', async () => {
    const number = (bytes: number[], isBig: boolean) => Buffer.from(isBig ? [...bytes].reverse() : bytes);
    const file = (isBig: boolean, data: number) => {
      const u32 = (value: number) => number([value, 0, 0, 0], isBig);
      const u64 = (value: number) => number([value, 0, 0, 0, 0, 0, 0, 0], isBig);
      const named = (value: string) => Buffer.concat([u64(value.length), Buffer.from(value)]);
      const key = [named('a.b'), u32(9), u32(9), u64(2), u32(4), u64(1), u32(7), u32(8), u64(1), named('x')];
      const parts = (keys: Buffer[]) =>
        Buffer.concat([
          Buffer.from('GGUF'),
          u32(3),
          u64(1),
          u64(keys.length > 0 ? 1 : 0),
          ...keys,
          ...[named('w'), u32(1), u64(2), u32(0), u64(0)],
        ]);
      return [parts([]), parts(key)].map((head) =>
        Buffer.concat([head, Buffer.alloc((32 - (head.length % 32)) % 32), Buffer.alloc(data)]),
      );
    };
    for (const isBig of [false, true]) {
      const [plain = '', nested = ''] = file(isBig, 8);
      expect(await said({ 'm.gguf': plain })).toEqual(['pass']);
      expect(await said({ 'm.gguf': nested })).toEqual(['warn', 'tensor-header-loose']);
      expect(await said({ 'm.gguf': file(isBig, 7)[0] ?? '' })).toContain('tensor-data-short');
    }
  });
  it('in parts is called what it says it is', async () => {
    const part = (number: number) =>
      ggufFile(
        [
          ['split.no', number],
          ['split.count', 2],
        ],
        [{ name: `t${number}`, shape: [2], type: 0 }],
        32,
      );
    const called = (number: number) => `m-0000${number}-of-00002.gguf`;
    expect(await said({ [called(1)]: part(0), [called(2)]: part(1) })).toEqual(['pass']);
    expect(await said({ [called(1)]: part(0), [called(2)]: part(0) })).toEqual(['fail', 'shard-name']);
    expect(await said({ [called(1)]: part(0) })).toEqual(['undecided', 'shard-missing']);
    expect(await said({ 'm.gguf': part(0) })).toEqual(['undecided', 'shard-missing']);
  });
});

describe('a pointer of git-lfs', () => {
  const head = 'version https://git-lfs.github.com/spec/v1';
  const oid = (digit: string) => `oid sha256:${digit.repeat(64)}`;
  it('holds keys with their values, each once, and nothing else', async () => {
    const pointer = (...lines: string[]) => said({ 'model.bin': `${[head, ...lines].join('\n')}\n` });
    for (const lines of [
      [oid('a'), 'size 8'],
      [`ext-0-x sha256:${'b'.repeat(64)}`, oid('a'), 'size 8'],
    ])
      expect(await pointer(...lines)).toContain('data-not-here');
    for (const lines of [
      [oid('a'), oid('b'), 'size 8'],
      [oid('a'), 'size 8', 'size 9'],
      [oid('a'), 'size 8', 'junk'],
      [oid('a'), 'size 8', '', 'x'],
      [oid('a'), 'size -8'],
      [oid('z'), 'size 8'],
      [oid('a')],
    ])
      expect((await pointer(...lines)).slice(0, 1), lines.join('|')).toEqual(['fail']);
  });
});
