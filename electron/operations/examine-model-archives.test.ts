import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { zip } from '../../e2e/testkit/make-archive.ts';
import { arrayFile, legacyTorchFile, torchPickle } from '../../e2e/testkit/make-model.ts';
import { sayVerdict } from '../../e2e/testkit/say-verdict.ts';

const scratch = mkdtempSync(join(tmpdir(), 'assay-model-archives-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Verdict, and the codes of what does not pass. */
const said = sayVerdict(scratch);
const data = Buffer.from(new Float32Array([1, 2]).buffer);

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
  it('are named in place of the class since then, and either place counts', async () => {
    const node = (module: string, name: string, more: object = {}) => ({
      'm.skops': zip([
        {
          name: 'schema.json',
          body: JSON.stringify({ __class__: name, __module__: module, __loader__: 'FunctionNode', ...more }),
        },
      ]),
    });
    expect(await said(node('numpy', 'log1p'))).toEqual(['warn', 'pickle-runs-code']);
    expect(await said(node('os', 'system'))).toContain('pickle-harmful');
    const beside = { content: { module_path: 'numpy', function: 'log1p' } };
    expect(await said(node('os', 'system', beside))).toContain('pickle-harmful');
  });
});

describe('arrays in a zip within a file of skops', () => {
  const schema = {
    __class__: 'csr_matrix',
    __module__: 'scipy.sparse',
    __loader__: 'SparseMatrixNode',
    file: '1.npz',
  };
  const inner = (members: Record<string, Uint8Array>) =>
    zip(Object.entries(members).map(([name, body]) => ({ name, body: Buffer.from(body) })));
  const judged = (held: Uint8Array) =>
    said({
      'm.skops': zip([
        { name: 'schema.json', body: JSON.stringify(schema) },
        { name: '1.npz', body: Buffer.from(held) },
      ]),
    });
  it('are looked at as any others', async () => {
    expect(await judged(inner({ 'data.npy': arrayFile('<f4', [2], data) }))).toEqual(['warn', 'pickle-runs-code']);
    const evil = Buffer.from('cos\nsystem\n(S"x"\ntR.');
    expect(await judged(inner({ 'data.npy': arrayFile('|O', [1], evil) }))).toContain('pickle-harmful');
    expect(await judged(inner({ 'data.npy': evil }))).toContain('pickle-wrapping');
    expect(await judged(inner({ 'data.npy': arrayFile('<f4', [3], data) }))).toContain('tensor-data-short');
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
