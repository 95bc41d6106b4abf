import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ggufFile, safetensorsFile } from '../../e2e/testkit/make-model.ts';
import { sayVerdict } from '../../e2e/testkit/say-verdict.ts';

const scratch = mkdtempSync(join(tmpdir(), 'assay-models-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Verdict, and the codes of what does not pass. */
const said = sayVerdict(scratch);
const data = Buffer.from(new Float32Array([1, 2]).buffer);

describe('safetensors', () => {
  const tensor = { dtype: 'F32', shape: [2], data_offsets: [0, 8] };
  it('whose header says more than the format, or hides something, are worth a look', async () => {
    const look = (header: object) => said({ 'm.safetensors': safetensorsFile(header, data) });
    expect(await look({ w: tensor, __metadata__: { notes: 'a\nb' } })).toEqual(['pass']);
    expect(await look({ w: { ...tensor, strides: [1] } })).toEqual(['warn', 'tensor-header-loose']);
    for (const name of ['w\u202ex', 'w\u0007', 'w\nx', 'w\u200bx'])
      expect(await look({ [name]: tensor })).toEqual(['warn', 'text-hidden']);
    expect(await look({ w: tensor, __metadata__: { notes: 'a\u202eb' } })).toEqual(['warn', 'text-hidden']);
    expect(await look({ w: tensor, __metadata__: { ['__proto__']: 'x' } })).toEqual(['warn', 'text-machinery']);
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
    const without = ggufFile([name], [], 0);
    without.write('x', without.length - 1);
    expect(await said({ 'm.gguf': without })).toEqual(['fail', 'gguf-header-invalid']);
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
    expect(await said(file([name, ['__proto__', 1]]))).toEqual(['warn', 'text-machinery']);
    expect(await said(file([['general.alignment', 24]]))).toContain('tensor-header-loose');
  });
  it('with a template that leaves its own words for those of Python is worth a look', async () => {
    const look = (key: string, template: string) =>
      said({ 'm.gguf': ggufFile([[key, template]], [{ shape: [2], type: 0 }], 32) });
    const usual = "{% for m in messages %}{{ '<|im_start|>' + m['role'] }}{% set ns = namespace(a=1) %}{% endfor %}";
    expect(await look('tokenizer.chat_template', usual)).toEqual(['pass']);
    for (const key of ['tokenizer.chat_template', 'tokenizer.chat_template.tools', 'tokenizer.chat_templates'])
      for (const template of [
        "{{ ''.__class__.__mro__ }}",
        '{{ self._TemplateReference__context }}',
        "{{ lipsum['__glo' + 'bals__'] }}",
      ])
        expect(await look(key, template)).toEqual(['warn', 'text-active']);
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
