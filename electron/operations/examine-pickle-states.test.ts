import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { examineFiles } from '../../e2e/testkit/examine-files.ts';
import { zip } from '../../e2e/testkit/make-archive.ts';
import { call, dict, global, int, latin1, long, made, text, tuple, type } from '../../e2e/testkit/make-pickle.ts';

const scratch = mkdtempSync(join(tmpdir(), 'assay-states-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Verdict, and the codes of what does not pass. */
async function said(name: string, body: Uint8Array): Promise<string[]> {
  const { verdict, checks } = await examineFiles(scratch, { [name]: body });
  return [verdict, ...new Set(checks.filter((each) => each.verdict !== 'pass').map(({ code }) => code))];
}
const stream = (opcodes: string) => said('m.pkl', latin1(`\x80\x04${opcodes}.`));
const usual = ['warn', 'pickle-runs-code'];
const longText = (value: string) => `X${long(value)}`;
const ordered = global('collections', 'OrderedDict');
const normal = global('scipy.stats._continuous_distns', 'norm_gen');
const program = longText('import os');
const template = text('_parse_arg_template');
const genuine = longText(
  [
    '\ndef _parse_args(self, a,  loc=0, scale=1):\n    return (a, ), loc, scale\n',
    'def _parse_args_rvs(self, a,  loc=0, scale=1, size=None):\n    return self._argcheck_rvs(a,  loc, scale, size=size)\n',
    "def _parse_args_stats(self, a,  loc=0, scale=1, moments='mv'):\n    return (a, ), loc, scale, moments\n",
  ].join('\n'),
);
const marked = (name: string) => text(`\xef\xbb\xbf${name}`);
const numpyText = (name: string) => call(global('numpy', 'str_'), text(name));
const pairs = (...held: string[]) => `]${held.join('')}\x86a`;
const kept = (of: string, ...args: string[]) =>
  `${call(global('functools', 'partial'), of)}${tuple(of, tuple(...args), '}', 'N')}b`;
const fillers = Array.from({ length: 10_001 }, (_, i) => `${text(`k${i}`)}N`);

describe('a state in a pickle', () => {
  it.each([
    [
      'another key with a byte order mark',
      made(normal, dict(template, program, marked('_parse_arg_template'), genuine)),
    ],
    ['a key that is an object', made(normal, dict(numpyText('_parse_arg_template'), program))],
    ['a dictionary in order, of pairs', made(normal, call(ordered, pairs(template, program)))],
    ['a dictionary of pairs', made(normal, call(global('builtins', 'dict'), pairs(template, program)))],
    ['very many other keys', made(normal, dict(...fillers, template, program))],
    ['a text longer than any name', made(normal, dict(template, longText('#'.repeat(5_000))))],
    [
      'a function that is kept to be called',
      made(global('argparse', 'Namespace'), dict(text('__setstate__'), kept(global('builtins', 'len')))),
    ],
    [
      'a reader of joblib',
      made(
        global('joblib.numpy_pickle', 'NDArrayWrapper'),
        dict(text('filename'), text('x.npy'), text('read'), kept(global('builtins', 'len'))),
      ),
    ],
  ])('fails with %s', async (_, opcodes) => {
    expect(await stream(opcodes)).toEqual(['fail', 'pickle-changes-program']);
  });
  it.each(['restore_design_info', 'restore_model_spec'])('holds a formula that is run beside %s', async (name) => {
    const data = (formula: string) =>
      stream(made(global('statsmodels.base.data', 'PandasData'), dict(text(name), 'N', text('formula'), formula)));
    expect(await data(text('y ~ a'))).toEqual(usual);
    for (const formula of [text('y ~ f("x")'), longText(`y ~ f("x")${' '.repeat(5_000)}`)])
      expect(await data(formula)).toEqual(['fail', 'pickle-changes-program']);
  });
  it('may be keyed by numbers, and be that of a dictionary of a class of its own', async () => {
    const scalar = call(global('numpy._core.multiarray', 'scalar'), type('i8'), 'C\x08\x01\0\0\0\0\0\0\0');
    expect(await stream(made(global('sklearn.base', 'Foo'), dict('K\x01', 'N', '\x88', 'N', scalar, 'N')))).toEqual(
      usual,
    );
    const bunch = call(
      global('copy_reg', '_reconstructor'),
      global('sklearn.utils', 'Bunch'),
      global('__builtin__', 'dict'),
      dict(text('a'), 'K\x01'),
    );
    expect(await stream(`${bunch}\x94h\0b`)).toEqual(usual);
  });
});

describe('a type of numpy in a pickle', () => {
  const field = (of: string) => [text('|'), 'N', `${text('a')}\x85`, dict(text('a'), tuple(of, 'K\0'))];
  const structure = (of: string, flags: number) => type('V8', 'K\x03', ...field(of), int(8), int(1), int(flags));
  it('holds objects where a field does, or did', async () => {
    expect(await stream(structure(type('O8'), 0x1b))).toEqual(usual);
    expect(await stream(structure(type('f8'), 0))).toEqual(usual);
    for (const opcodes of [
      structure(type('O8'), 0),
      structure(structure(type('O8'), 0x1b), 0),
      `${structure(type('O8'), 0x1b)}${tuple('K\x03', text('|'), 'N', 'N', 'N', int(8), int(1), int(0))}b`,
    ])
      expect(await stream(opcodes)).toEqual(['fail', 'pickle-changes-program']);
  });
});

describe('a type of numpy that is in use', () => {
  const parts = ['K\x03', text('|'), 'N', 'N', 'N', int(8), int(1), int(0)];
  it.each([
    ['through the memo', `${type('V8')}\x94${tuple('h\0')}0h\0${tuple(...parts)}b`],
    ['by another copy', `${type('V8')}2${tuple(...parts)}b`],
    ['for the second time', `${type('V8', ...parts)}${tuple(...parts)}b`],
  ])('is not changed %s', async (_, opcodes) => {
    expect(await stream(opcodes)).toEqual(['fail', 'pickle-changes-program']);
  });
});

describe('what is remembered in a pickle', () => {
  it('has numbers that no bound is set to', async () => {
    const names = ['posix', 'collections', 'system', 'OrderedDict'].map(
      (name, i) => `${text(name)}p${9_007_199_254_740_992n + BigInt([0, 1, 4, 5][i] ?? 0)}\n0`,
    );
    const taken = 'g9007199254740992\ng9007199254740996\n\x93';
    expect(await stream(`${names.join('')}${taken}${text('x')}\x85R`)).toContain('pickle-harmful');
  });
  it('goes on from stream to stream for one unpickler, and begins anew for others', async () => {
    const twice = (module: string, name: string) =>
      `${text(module)}\x94${text(name)}\x940.\x80\x04${text('collections')}\x94${text('OrderedDict')}\x9400h\0h\x01\x93)R`;
    expect(await stream(twice('posix', 'system'))).toContain('pickle-harmful');
    expect(await stream(twice('some', 'text'))).toEqual(usual);
  });
});

describe('a function that is handed to a call', () => {
  const operator = (of: string) =>
    stream(call(global('scipy.sparse.linalg._interface', 'LinearOperator'), tuple('K\x01', 'K\x01'), of));
  it('may be called by it', async () => {
    expect(await operator(kept(global('patsy.highlevel', 'dmatrix'), text('f("x")')))).toEqual([
      'fail',
      'pickle-unknown-import',
    ]);
    expect(await operator(global('patsy.highlevel', 'dmatrix'))).toEqual(['fail', 'pickle-unknown-import']);
    expect(await operator(kept(global('lightgbm.basic', 'Booster'), 'N', 'N', text('x')))).toContain(
      'pickle-changes-program',
    );
    const booster = (held: string) => stream(call(global('lightgbm.basic', 'Booster'), 'N', 'N', held));
    for (const held of [text('x'), longText('x'.repeat(5_000))])
      expect(await booster(held)).toContain('pickle-changes-program');
    expect(await stream(call(global('collections', 'defaultdict'), global('builtins', 'int')))).toEqual(usual);
  });
  it('is no sequence of arguments but a tuple', async () => {
    expect((await stream(`${ordered}]R`))[0]).toBe('fail');
  });
  it('is the one by which dill makes arrays, and no other', async () => {
    const array = (made: string, args: string) =>
      stream(
        call(
          global('dill._dill', '_create_array'),
          made,
          args,
          tuple('K\x01', 'K\x01\x85', type('f8'), '\x89', 'C\0'),
          'N',
        ),
      );
    const shape = tuple(global('numpy', 'ndarray'), 'K\0\x85', 'C\x01b');
    expect(await array(global('numpy._core.multiarray', '_reconstruct'), shape)).toEqual(usual);
    expect(await array(global('os', 'system'), text('x'))).toContain('pickle-harmful');
    expect((await array(global('numpy', 'ndarray'), shape))[0]).toBe('fail');
  });
});

describe('a state in a skops file', () => {
  const node = (module: string, name: string, loader: string, more: object) => ({
    __module__: module,
    __class__: name,
    __loader__: loader,
    ...more,
  });
  const json = (value: unknown) =>
    node('builtins', 'str', 'JsonNode', { content: JSON.stringify(value), is_json: true });
  const state = (content: object) => node('builtins', 'dict', 'DictNode', { content });
  const file = (schema: object) => said('m.skops', zip([{ name: 'schema.json', body: JSON.stringify(schema) }]));
  const distribution = (held: object) =>
    file(
      node('scipy.stats._continuous_distns', 'norm_gen', 'ObjectNode', {
        content: state({ _parse_arg_template: held }),
      }),
    );
  it('is judged as one of a pickle', async () => {
    expect(await distribution(json(Buffer.from(genuine, 'latin1').subarray(5).toString()))).toEqual(usual);
    for (const held of [json('import os'), { __loader__: 'CachedNode', __id__: 7 }])
      expect(await distribution(held)).toEqual(['fail', 'pickle-changes-program']);
  });
  it('is given to an object that is made empty', async () => {
    expect(
      await file(node('scipy.stats._kde', 'gaussian_kde', 'ObjectNode', { content: state({ d: json(4) }) })),
    ).toEqual(usual);
    expect((await file(node('scipy.stats._kde', 'gaussian_kde', 'ReduceNode', { content: state({}) })))[0]).toBe(
      'fail',
    );
  });
});
