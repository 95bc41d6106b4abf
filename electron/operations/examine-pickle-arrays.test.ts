import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { examineFiles } from '../../e2e/testkit/examine-files.ts';
import { call, dict, evil, global, int, latin1, made, text, tuple, type } from '../../e2e/testkit/make-pickle.ts';

const scratch = mkdtempSync(join(tmpdir(), 'assay-arrays-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Verdict, and the codes of what does not pass. */
async function stream(opcodes: string): Promise<string[]> {
  const { verdict, checks } = await examineFiles(scratch, { 'm.joblib': latin1(`\x80\x04${opcodes}.`) });
  return [verdict, ...new Set(checks.filter((each) => each.verdict !== 'pass').map(({ code }) => code))];
}
const usual = ['warn', 'pickle-runs-code'];
const shapeOf = (length: number) => `${int(length)}\x85`;
const wrapper = (dtype: string, shape: string, ...more: string[]) =>
  made(
    global('joblib.numpy_pickle', 'NumpyArrayWrapper'),
    dict(
      ...[text('subclass'), global('numpy', 'ndarray'), text('shape'), shape, text('order'), text('C')],
      ...[text('dtype'), dtype, text('allow_mmap'), '\x89', ...more],
    ),
  );
const inert = (length: number) => '\0'.repeat(length);
const state = (size: number, flags: number, ...fields: [names: string, held: string] | []) => {
  const [names = 'N', held = 'N'] = fields;
  return ['K\x03', text('|'), 'N', names, held, int(size), int(1), int(flags)];
};
const calls = `${call(global('os', 'system'), text('x'))}0N.`;
const field = (name: string, of: string) => dict(text(name), tuple(of, 'K\0'));

describe('an array of joblib', () => {
  it('is not measured backwards', async () => {
    const whole = (length: number) => stream(`${wrapper(type('u1'), shapeOf(length))}N`);
    for (const length of [-1, -40, -wrapper(type('u1'), shapeOf(-1)).length])
      expect((await whole(length))[0], String(length)).toBe('fail');
    expect((await stream(`${wrapper(type('f8'), tuple(...Array(8).fill(int(2 ** 30))))}N`))[0]).toBe('fail');
  });
  it.each([
    ['numbers', type('f8', ...state(-1, 0)), 8],
    ['bytes by their name', type('S5'), 5],
    ['bytes by their state', type('S5', ...state(3, 0)), 3],
    ['texts by their state', type('U3', ...state(12, 8)), 12],
    ['a structure', type('V16', ...state(16, 0, `${text('a')}\x85`, field('a', type('f8')))), 16],
  ])('is measured as its loader measures it: %s', async (_, dtype, size) => {
    expect(await stream(`${wrapper(dtype, shapeOf(2))}${inert(2 * size)}`)).toEqual(usual);
    const codes = await stream(`${wrapper(dtype, shapeOf(2))}${inert(2 * size)}${calls}`);
    expect(codes).toContain('pickle-harmful');
  });
  it('is a stream of its own where a field holds objects', async () => {
    const dtype = type('V16', ...state(16, 0x1b, `${text('a')}\x85`, field('a', type('O8'))));
    expect(await stream(`${wrapper(dtype, shapeOf(1))}\x80\x02]K\x01a.`)).toEqual(usual);
    expect(await stream(`${wrapper(dtype, shapeOf(1))}${evil}`)).toContain('pickle-harmful');
  });
  it('is a stream that remembers nothing of what holds it, unless it is read as opcodes', async () => {
    const holding = (module: string) => `${text(module)}\x94${text('system')}\x9400`;
    const own = `\x80\x04${text('collections')}\x940${text('OrderedDict')}\x940h\0h\x01\x93)R.`;
    const array = `${wrapper(type('O8'), shapeOf(1))}${own}`;
    expect(await stream(`${holding('pandas.arrays')}${array}`)).toEqual(usual);
    expect(await stream(`${holding('os')}${array}`)).toContain('pickle-harmful');
  });
  it('is opcodes to whoever does not know joblib', async () => {
    expect(await stream(`${wrapper(type('u1'), shapeOf(200))}${calls.padEnd(200, '\0')}`)).toContain('pickle-harmful');
  });
  it('has no padding before it to a joblib that knows of none', async () => {
    const padded = wrapper(type('u1'), shapeOf(1), text('numpy_array_alignment_bytes'), 'K\x10');
    expect(await stream(`${padded}\x02\xff\xff\0`)).toEqual(usual);
    expect(await stream(`${padded}${String.fromCharCode(calls.length - 1)}${calls}\0`)).toContain('pickle-harmful');
  });
  it.each([
    ['a shape of texts', wrapper(type('u1'), `${text('1')}\x85`)],
    ['a state that is given twice', `${wrapper(type('u1'), shapeOf(1))}\0\x94h\0}b`],
    ['another type', wrapper(type('T16'), shapeOf(1))],
  ])('is not known with %s', async (_, opcodes) => {
    expect((await stream(`${opcodes}\0`))[0]).not.toMatch(/pass|warn/);
  });
});
