import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { field, onnxModel, onnxNode, onnxTensor } from '../../e2e/testkit/make-model.ts';
import { sayVerdict } from '../../e2e/testkit/say-verdict.ts';

const scratch = mkdtempSync(join(tmpdir(), 'assay-onnx-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Verdict, and the codes of what does not pass. */
const said = sayVerdict(scratch);
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
    const algorithm = Buffer.concat([field(1, onnxNode('Add', ['x', 'w'], ['u'])), field(2, 'a'), field(5, away)]);
    const training = field(20, field(2, algorithm));
    const graph = Buffer.concat([
      field(1, onnxNode('Add', ['x', 'w'], ['y'])),
      field(2, 'g'),
      sparse,
      field(11, field(1, 'x')),
    ]);
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
    ['with more dimensions than a tensor has', onnx({ dims: Array(1_001).fill(1), raw: data })],
    ['whose graph has no name', onnxModel({ tensors: one, name: '' })],
    ['with a text that is not UTF-8', onnxModel({ tensors: one, more: [field(2, Buffer.from([0xff]))] })],
    ['with data in a place that can be no file', onnx({ external: { location: 'w.bin/' } })],
    ['with data in a folder', onnx({ external: { location: '.' } })],
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
    expect(await said({ 'm.onnx': onnxModel({ tensors: one, more: [field(1, 9)] }) })).toEqual([
      'warn',
      'onnx-ambiguous',
    ]);
    const property = (key: string, value: string) =>
      said({
        'm.onnx': onnxModel({ tensors: one, more: [field(14, Buffer.concat([field(1, key), field(2, value)]))] }),
      });
    expect(await property('notes', 'plain')).toEqual(['pass']);
    expect(await property('notes', 'a\u202eb')).toEqual(['warn', 'text-hidden']);
    expect(await property('__proto__', 'x')).toEqual(['warn', 'text-machinery']);
  });
  it('with an operator that the standard does not have, nor the model, is worth a look', async () => {
    const model = (operator: string) => onnxModel({ tensors: one, nodes: [onnxNode(operator, ['x', 'w'], ['y'])] });
    expect(await said({ 'm.onnx': model('MatMul') })).toEqual(['pass']);
    expect(await said({ 'm.onnx': model('NoSuchOperator') })).toEqual(['warn', 'onnx-foreign-operator']);
  });
  it('with a million dimensions that are not packed is answered at once', async () => {
    const model = onnx({ raw: data, more: [Buffer.alloc(2_000_000, Buffer.from([8, 1]))] });
    expect(await said({ 'm.onnx': model })).toContain('onnx-invalid');
  }, 5_000);
});
