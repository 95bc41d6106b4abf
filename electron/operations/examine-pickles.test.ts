import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import zlib from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { examineFiles } from '../../e2e/testkit/examine-files.ts';
import { zip } from '../../e2e/testkit/make-archive.ts';
import { arrayFile, legacyTorchFile, torchPickle } from '../../e2e/testkit/make-model.ts';
import { bytes, call, dict, evil, global, latin1, long, text, tuple } from '../../e2e/testkit/make-pickle.ts';

const scratch = mkdtempSync(join(tmpdir(), 'assay-pickles-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Verdict, and the codes of what does not pass. */
async function said(files: Record<string, string | Uint8Array>): Promise<string[]> {
  const { verdict, checks } = await examineFiles(scratch, files);
  return [verdict, ...new Set(checks.filter((each) => each.verdict !== 'pass').map(({ code }) => code))];
}
const stream = (opcodes: string) => said({ 'm.pkl': latin1(`\x80\x04${opcodes}.`) });

const ordered = global('collections', 'OrderedDict');
const usual = ['warn', 'pickle-runs-code'];

describe('a model of gensim', () => {
  const model = (state: string) => stream(`${global('gensim.models.word2vec', 'Word2Vec')})\x81${dict(state)}b`);
  it('needs its classes, and a function of Python that it keeps', async () => {
    expect(await model(`${text('hashfxn')}${global('builtins', 'hash')}`)).toEqual(usual);
    expect(await model(`${text('loader')}${global('gensim.utils', 'call_on_class_only')}`)).toEqual(usual);
  });
  it('needs no function that is called, and nothing that reaches the machine', async () => {
    expect((await model(`${text('x')}${call(global('gensim.utils', 'call_on_class_only'))}`))[0]).toBe('fail');
    expect((await model(`${text('x')}${global('builtins', 'eval')}`))[0]).toBe('fail');
    expect(await model(`${text('x')}${global('gensim.utils', 'unpickle')}`)).not.toEqual(usual);
  });
});

describe('a path file of Python, which ends as models do', () => {
  it.each(['import os; import sys\n', '# comment\n../other/site-packages\n\nimport  a, b\r\n', '/opt/lib'])(
    'is no damaged pickle: %j',
    async (content) => expect(await said({ 'distutils-precedence.pth': content })).not.toContain('pickle-truncated'),
  );
  it('is told of where it runs something', async () => {
    const { checks } = await examineFiles(scratch, { 'a.pth': '# x\nimport os\n' });
    expect(checks.find(({ code }) => code === 'text-active')).toMatchObject({ verdict: 'warn', location: { line: 2 } });
  });
  it.each([
    "cos\nsystem\n(S'id'\ntR.",
    '(ios\nsystem\n.',
    'import os\ncos\nsystem\n.',
    'import os\n\x80\x04.',
    'words\n',
  ])('but what may be a pickle is read as one: %j', async (content) => {
    const [verdict, ...codes] = await said({ 'a.pth': latin1(content) });
    expect([verdict === 'pass', codes.some((code) => code.startsWith('pickle-'))]).toEqual([false, true]);
  });
});

describe('a pickle of harmless names alone', () => {
  const changes: Record<string, string> = {
    'a class by its state': `${ordered}${dict(text('x'), 'K\x01')}b`,
    'attributes of a class': `${ordered}N${dict(text('x'), 'K\x01')}\x86b`,
    'an item of a dictionary of a module': `${global('sklearn._config', '_GLOBAL')}${text('x')}K\x01s`,
    'items of it': `${global('sklearn._config', '_GLOBAL')}(${text('x')}K\x01u`,
    'a list of a module': `${global('sklearn.base', '_LIST')}K\x01a`,
    'a list of a module by several': `${global('sklearn.base', '_LIST')}(K\x01e`,
    'a set of a module': `${global('sklearn.base', '_SET')}(K\x01\x90`,
    'a module': `${text('torch')}${text('nn')}\x93${dict(text('x'), 'K\x01')}b`,
    'a class that is remembered': `${ordered}\x940h\0${dict(text('x'), 'K\x01')}b`,
    'the class of an object': `${call(global('builtins', 'type'), call(ordered))}N${dict(text('x'), 'K\x01')}\x86b`,
    'a dictionary behind another': `${call(global('collections', 'ChainMap'), global('sklearn._config', '_GLOBAL'))}${text('x')}K\x01s`,
    'the class that torch gets from a function': call(
      global('torch._tensor', '_rebuild_from_type_v2'),
      global('builtins', 'type'),
      global('torch', 'Tensor'),
      tuple(call(ordered)),
      dict(text('x'), 'K\x01'),
    ),
  };
  it.each(Object.entries(changes))('fails where it changes %s', async (_, opcodes) => {
    const codes = await stream(opcodes);
    expect([codes[0], codes.includes('pickle-changes-program')]).toEqual(['fail', true]);
  });
  const scipy = (template: string) =>
    `${global('scipy.stats._continuous_distns', 'norm_gen')})\x81${dict(text('_parse_arg_template'), `X${long(template)}`)}b`;
  const genuine = [
    '\ndef _parse_args(self, a,  loc=0, scale=1):\n    return (a, ), loc, scale\n',
    'def _parse_args_rvs(self, a,  loc=0, scale=1, size=None):\n    return self._argcheck_rvs(a,  loc, scale, size=size)\n',
    "def _parse_args_stats(self, a,  loc=0, scale=1, moments='mv'):\n    return (a, ), loc, scale, moments\n",
  ].join('\n');
  const type = (flags: string) =>
    `${call(global('numpy', 'dtype'), text('O8'), '\x89', '\x88')}${tuple('K\x03', text('|'), 'N', 'N', 'N', 'K\x01', 'K\x01', flags)}b`;
  const getattr = (of: string, name: string) => call(global('builtins', 'getattr'), of, text(name));
  const kept = (of: string) => `${call(global('functools', 'partial'), of)}${tuple(of, ')', '}', 'N')}b`;
  const uses: Record<string, string> = {
    'calls a method that it took': call(getattr(global('sklearn.base', 'Foo'), 'fit'), 'N'),
    'calls a function that it kept': call(kept(global('sklearn.metrics', 'f1_score')), 'N'),
    'keeps one function and then another': call(
      `${call(global('functools', 'partial'), global('pandas.core.internals.blocks', 'new_block'))}${tuple(text('x'), ')', '}', 'N')}b`,
    ),
    'makes a class': call(global('builtins', 'type'), text('C'), tuple(global('builtins', 'object')), dict()),
    'calls what a call gave': call(call(global('sklearn.metrics._scorer', '_PredictScorer'), 'N'), 'N'),
    'lets an object call what it is given': `${ordered})R${dict(text('__setstate__'), global('sklearn.base', 'Foo'))}b${text('x')}b`,
    'hands scipy a program': scipy('import os'),
    'takes objects for plain bytes': type('K\0'),
    'has a file loaded from another folder': `${global('joblib.numpy_pickle', 'NDArrayWrapper')})\x81${dict(text('filename'), text('../x.npy'))}b`,
    'has a library open a file': call(global('lightgbm.basic', 'Booster'), 'N', 'N', text('/etc/passwd')),
    'has numpy import another module': call(global('numpy.core', '_ufunc_reconstruct'), text('os'), text('system')),
  };
  it.each(Object.entries(uses))('fails where it %s', async (_, opcodes) => {
    const codes = await stream(opcodes);
    expect(codes[0]).toBe('fail');
    expect(codes.some((code) => /^pickle-(changes-program|unknown-import)$/.test(code))).toBe(true);
  });
  it.each([
    getattr(global('sklearn.base', 'Foo'), '__globals__'),
    getattr(text('x'), 'upper'),
    getattr(global('sklearn', 'base'), 'os'),
    getattr(getattr(global('sklearn', 'base'), 'warnings'), 'sys'),
    getattr(global('os', 'environ'), 'get'),
    call(global('functools', 'partial'), global('sklearn.metrics', 'f1_score'), text('x')),
    call(kept(global('os', 'system')), text('x')),
    dict(text('f'), kept(global('os', 'system'))),
    `${global('numpy', 'DataSource')})\x81${dict(text('_istmpdest'), '\x88')}b`,
    `${global('subprocess', 'Popen')})\x81}b`,
    `${global('statsmodels.base.data', 'PandasData')})\x81${dict(text('restore_design_info'), '\x88', text('formula'), text('y ~ f("x")'))}b`,
  ])('fails where it reaches further (%#)', async (opcodes) => {
    expect((await stream(opcodes))[0]).toBe('fail');
  });
  it.each([
    ['objects with a state and items', `${ordered})R(${text('a')}K\x01u${dict(text('_metadata'), 'N')}b`],
    ['a class as a value', dict(text('dtype'), global('numpy', 'float32'))],
    ['the type of None', call(global('builtins', 'type'), 'N')],
    ['functions that are kept and not called', dict(text('score'), global('sklearn.metrics', 'accuracy_score'))],
    ['a distribution of scipy', scipy(genuine)],
    ['a zone of time', call(getattr(global('zoneinfo', 'ZoneInfo'), '_unpickle'), text('Europe/Paris'), 'K\x01')],
    ['a method that is kept', getattr(`${global('scipy.stats._discrete_distns', 'poisson_gen')})\x81`, '_pmf')],
    ['a member of an enumeration', getattr(global('transformers.trainer_utils', 'IntervalStrategy'), 'STEPS')],
    ['a class within a class', `${getattr(global('scipy.spatial.kdtree', 'KDTree'), 'innernode')})\x81}b`],
    ['a block of pandas 1.3', call(kept(global('pandas.core.internals.blocks', 'new_block')), 'N', 'N')],
    ['a function that is kept with arguments', dict(text('score'), kept(global('sklearn.metrics', 'f1_score')))],
    [
      'an object of protocol 2 with arguments by name',
      call(kept(getattr(global('scipy.stats._stats', 'LinregressResult'), '__new__'))),
    ],
    ['an empty object that is given a state', `${global('scipy.interpolate._interpolate', 'interp1d')})\x81}b`],
    [
      'results of statsmodels with a formula that calls nothing',
      `${global('statsmodels.base.data', 'PandasData')})\x81${dict(text('restore_design_info'), '\x88', text('formula'), text('y ~ a + b:c'))}b`,
    ],
    ['classes that are kept', dict(text('type'), global('pandas.arrays', 'DatetimeArray'))],
    ['an exception', call(global('builtins', 'ValueError'), text('x'))],
    ['an array of objects', type('K?')],
    [
      'options and paths',
      `${global('argparse', 'Namespace')})\x81${dict(text('p'), call(global('pathlib', 'PosixPath'), text('a')))}b`,
    ],
    [
      'an object by the constructor of old protocols',
      call(global('copy_reg', '_reconstructor'), global('sklearn.base', 'Foo'), global('__builtin__', 'object'), 'N'),
    ],
  ])('is shown for what it is with %s', async (_, opcodes) => {
    expect(await stream(opcodes)).toEqual(usual);
  });
  it.each([
    ['pandas.core.frame', 'get_handle'],
    ['sklearn.utils.fixes', '_open_binary'],
    ['sklearn.anything', 'Popen'],
    ['sklearn.metrics', 'accuracy_score'],
    ['numpy', 'os'],
  ])('fails where a library gives it %s.%s to call', async (module, name) => {
    expect((await stream(call(global(module, name), text('x'))))[0]).toBe('fail');
  });
});

describe('names in a pickle', () => {
  it('are read as a loader reads them', async () => {
    for (const opcodes of [
      "S'o\\x73'\nS'sys\\164em'\n\x93",
      'V\\u006fs\nVsystem\n\x93',
      `${text('os')}p1_0\n0${text('collections')}p9\n0${text('system')}p1_1\n0h\nh\x0b\x93`,
    ])
      expect(await stream(`${opcodes}${text('x')}\x85R`), opcodes).toContain('pickle-harmful');
  });
  it('are looked for in bytes that are a pickle themselves, whatever holds them', async () => {
    const inner = bytes(evil);
    const asText = Buffer.from(evil, 'utf8').toString('latin1');
    const packed = call(global('_codecs', 'encode'), `X${long(asText)}`, text('latin1'));
    for (const opcodes of [inner, bytes(`\x80\x03${inner}.`), bytes("cos\nsystem\n(S'x'\ntR."), packed])
      expect(await stream(dict(text('blob'), opcodes))).toContain('pickle-harmful');
    expect(await stream(dict(text('blob'), bytes('\x80\x04}.')))).toEqual(['pass']);
  });
  it('are those of the pickle that torch would load from them', async () => {
    const data = Buffer.from(new Float32Array([1, 2]).buffer);
    const file = legacyTorchFile(torchPickle([{ key: '0', elements: 2 }]), [{ count: 2, data }]).toString('latin1');
    const load = (held: string) => stream(call(global('torch.storage', '_load_from_bytes'), bytes(held)));
    expect(await load(file)).toEqual(usual);
    expect(await load(evil)).toContain('pickle-harmful');
    expect(await load('no pickle')).toContain('pickle-changes-program');
  });
  it('may stand in buffers beside it, which are not here', async () => {
    expect(await said({ 'm.pkl': latin1('\x80\x05\x97.') })).toEqual(['pass', 'data-elsewhere']);
  });
});

describe('a pickle in another wrapping', () => {
  const plain = latin1('\x80\x04}.');
  it('is looked at through zstd and through a zip, as pandas writes it', async () => {
    const inZip = (body: Buffer) => zip([{ name: 'x.pkl', body }]);
    for (const [name, wrap] of [
      ['x.pkl.zst', zlib.zstdCompressSync],
      ['x.pkl.zip', inZip],
    ] as const) {
      expect(await said({ [name]: wrap(plain) }), name).toEqual(['pass']);
      expect(await said({ [name]: wrap(latin1(evil)) }), name).toContain('pickle-harmful');
    }
    expect((await said({ 'x.pkl.zst': zlib.zstdCompressSync(plain).subarray(0, -3) }))[0]).toBe('fail');
  });
  it('is looked at through the header of joblib before 0.10, which states its length', async () => {
    const packed = (body: Buffer, size = body.length) =>
      Buffer.concat([latin1(`ZF${`0x${size.toString(16)}`.padEnd(20)}`), zlib.deflateSync(body)]);
    expect(await said({ 'm.pkl': packed(plain) })).toEqual(['pass']);
    expect(await said({ 'm.pkl': packed(latin1(evil)) })).toContain('pickle-harmful');
    expect((await said({ 'm.pkl': packed(plain, 9) }))[0]).toBe('fail');
    expect(await said({ 'm.pkl_01.npy.z': packed(Buffer.alloc(16)) })).toEqual(['pass']);
    expect(await said({ 'm.pkl_01.npy.z': packed(latin1(evil)) })).toContain('pickle-harmful');
  });
  it('is found with the mark of an old protocol or with none, and behind bytes that are none', async () => {
    const old = "cos\nsystem\n(S'x'\ntR.";
    for (const [name, body] of [
      ['m', `\x80\x01${old}`],
      ['m', `\x80\0${old}`],
      ['m.pkl', `\n${old}`],
      ['m.pkl', `\xff\xfe${evil}`],
    ] as const)
      expect(await said({ [name]: latin1(body) }), JSON.stringify(body)).toContain('pickle-harmful');
    const bare = `${text('posix')}${text('system')}\x93${text('x')}\x85R.`;
    for (const name of ['pytorch_model.bin', 'm.sav', 'm.dat', 'm.model', 'm.txt', 'm'])
      expect(await said({ [name]: latin1(bare) }), name).toContain('pickle-harmful');
    expect(await said({ 'm.pkl': Buffer.concat([plain, latin1(bare)]) })).toContain('pickle-harmful');
    expect(await said({ m: latin1('\x80\x01\0\0\0\0') })).toEqual(['undecided', 'nothing-checked']);
  });
});

describe('members of a torch archive', () => {
  const data = Buffer.from(new Float32Array([1, 2]).buffer);
  const one = { 'm/data.pkl': torchPickle([{ key: '0', elements: 2 }]), 'm/data/0': data, 'm/version': '3' };
  const torch = (more: Record<string, string | Uint8Array>) =>
    zip(Object.entries({ ...one, ...more }).map(([name, body]) => ({ name, body: Buffer.from(body as string) })));
  it('are looked at whatever they are called and however they are packed', async () => {
    expect(await said({ 'm.pt': torch({}) })).toEqual(usual);
    for (const [name, body] of Object.entries({
      'm/data/1': latin1(evil),
      'm/extra/readme': latin1(evil),
      'm/extra/x.pkl.gz': zlib.gzipSync(latin1(evil)),
      'm/code/x.py.debug_pkl': latin1(evil),
      'other/data.pkl': latin1(evil),
    }))
      expect(await said({ 'm.pt': torch({ [name]: body }) }), name).toContain('pickle-harmful');
  });
  it('need be no pickles where a program was exported', async () => {
    const program = (more: Record<string, Uint8Array>) =>
      zip([
        { name: 'p/archive_format', body: 'pt2' },
        { name: 'p/version', body: '0' },
        { name: 'p/models/model.json', body: '{}' },
        ...Object.entries(more).map(([name, body]) => ({ name, body: Buffer.from(body) })),
      ]);
    expect((await said({ 'm.pt2': program({}) }))[0]).toBe('undecided');
    expect(await said({ 'm.pt2': program({ 'p/data/constants/custom_obj_0': latin1(evil) }) })).toContain(
      'pickle-harmful',
    );
  });
  it('leave no bytes between them', async () => {
    const whole = torch({});
    const end = whole.length - 22;
    const directory = whole.readUInt32LE(end + 16);
    const hiding = Buffer.concat([whole.subarray(0, directory), latin1(evil), whole.subarray(directory)]);
    hiding.writeUInt32LE(directory + evil.length, hiding.length - 6);
    const codes = await said({ 'm.pt': hiding });
    expect(codes).toContain('pickle-harmful');
    expect(codes).toContain('archive-hidden-bytes');
  });
});

describe('the header of an array', () => {
  const array = (descr: string, held: Uint8Array) => ({ 'a.npy': arrayFile(descr, [2], held) });
  const numbers = Buffer.alloc(16);
  it.each(['\\x4f', 'object', 'i4,O', "|' 'O", '|O', 'O8'])('does not hide objects as %s', async (descr) => {
    expect((await said(array(descr, latin1(evil))))[0]).toBe('fail');
  });
  const literal = (held: string, body: Uint8Array) => {
    const header = latin1(`${held}\n`);
    return { 'a.npy': Buffer.concat([latin1('\x93NUMPY\x01\0'), Buffer.from([header.length, 0]), header, body]) };
  };
  it('is of a version that the format has', async () => {
    const whole = arrayFile('<f8', [2], numbers);
    expect(await said({ 'a.npy': whole })).toEqual(['pass']);
    whole[7] = 1;
    expect((await said({ 'a.npy': whole }))[0]).not.toBe('pass');
  });
  const of = (descr: string) => `{'descr': ${descr}, 'fortran_order': False, 'shape': (2,), }`;
  it('is measured with its fields', async () => {
    for (const descr of [
      "[('Open', '<f4'), ('Out', '<f4')]",
      "[('a', [('x', '<f4'), ('y', '|V2')]), ('', '|V2')]",
      "[(('title', 'a'), '<i2', (4,))]",
      "'<M8[ns]'",
    ]) {
      expect(await said(literal(of(descr), numbers)), descr).toEqual(['pass']);
      expect(await said(literal(of(descr), numbers.subarray(1))), descr).toContain('tensor-data-short');
    }
    for (const descr of ["[('a', '|O')]", "[('a', [('b', '|O')])]", "[('a', '\\x4f')]"])
      expect((await said(literal(of(descr), latin1(evil))))[0], descr).toBe('fail');
  });
  it('holds its three names once, and nothing else', async () => {
    for (const held of [
      `{'descr': '<f8', 'fortran_order': False, 'shape': (2,), 'x': 1, }`,
      `{'descr': '<f8', 'fortran_order': False, 'shape': (2,), '\\x64escr': '|O', }`,
      `{'descr': '<f8', 'fortran_order': False, }`,
      `{'descr': '<f8', 'fortran_order': False, 'shape': (-2,), }`,
      `${of("'<f8'")} or 1`,
    ])
      expect(await said(literal(held, numbers)), held).toEqual(['fail', 'pickle-wrapping']);
  });
});

describe('a model of torch in parts', () => {
  const data = Buffer.from(new Float32Array([1, 2]).buffer);
  const name = (number: number) => `pytorch_model-0000${number}-of-00002.bin`;
  const part = (...keys: string[]) =>
    zip([
      { name: 'm/data.pkl', body: torchPickle(keys.map((key) => ({ key, elements: 2 }))) },
      ...keys.map((key) => ({ name: `m/data/${key}`, body: data })),
    ]);
  const legacy = (key: string) => legacyTorchFile(torchPickle([{ key, elements: 2 }]), [{ count: 2, data }]);
  const index = (map: Record<string, string>, total = 16) =>
    JSON.stringify({ metadata: { total_size: total }, weight_map: map });
  const judged = (map: Record<string, string>, first: Uint8Array, total?: number) =>
    said({ [name(1)]: first, [name(2)]: part('2'), 'pytorch_model.bin.index.json': index(map, total) });
  it('holds the tensors that its index names, in the parts that it names', async () => {
    const right = { w1: name(1), w2: name(2) };
    for (const first of [part('1'), legacy('1')]) {
      expect(await judged(right, first)).toEqual(usual);
      expect(await judged({ ...right, w3: name(1) }, first)).toContain('shard-tensor');
      expect(await judged({ w1: name(2), w2: name(1) }, first)).toContain('shard-tensor');
      expect(await judged(right, first, 20)).toContain('shard-total');
    }
    expect(await judged(right, part('1', '3'))).toContain('shard-tensor');
  });
});
