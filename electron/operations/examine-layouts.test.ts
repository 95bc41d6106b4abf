import { generateKeyPairSync, type KeyPairKeyObjectResult, sign } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { olpcJson } from '../intake/formats/in-toto.ts';
import { readTrust } from '../intake/trust-folder.ts';
import { sha256Hex } from '../integrity/digest.ts';
import { parseJsonTree } from '../integrity/json.ts';
import { examine } from './examine.ts';

const scratch = mkdtempSync(join(tmpdir(), 'assay-layouts-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

type Json = Record<string, unknown>;
type Pair = KeyPairKeyObjectResult;
const canonical = (value: Json) => olpcJson(parseJsonTree(JSON.stringify(value)));
const keyOf = ({ publicKey }: Pair) => ({
  keyid_hash_algorithms: ['sha256', 'sha512'],
  keytype: 'ed25519',
  keyval: { public: publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex') },
  scheme: 'ed25519',
});
const idOf = (pair: Pair) => sha256Hex(canonical(keyOf(pair)));
const signed = (value: Json, pair: Pair) => {
  const sig = sign(null, Buffer.from(canonical(value)), pair.privateKey).toString('hex');
  return JSON.stringify({ signatures: [{ keyid: idOf(pair), sig }], signed: value });
};
const layout = (steps: Json[], pairs: Pair[]): Json => ({
  _type: 'layout',
  expires: '2030-01-01T00:00:00Z',
  inspect: [],
  keys: Object.fromEntries(pairs.map((pair) => [idOf(pair), keyOf(pair)])),
  steps,
});
const step = (name: string, pair: Pair, materials: string[][] = []): Json => ({
  name,
  pubkeys: [idOf(pair)],
  threshold: 1,
  expected_materials: materials,
  expected_products: [['ALLOW', '*']],
});
const link = (name: string, products: Json, materials: Json = {}): Json => ({
  _type: 'link',
  name,
  materials,
  products,
});
const digest = (text: string) => ({ sha256: sha256Hex(text) });

const [owner, builder, packer] = [0, 1, 2].map(() => generateKeyPairSync('ed25519')) as [Pair, Pair, Pair];
let count = 0;
async function judged(
  files: Record<string, string>,
  trusted = owner.publicKey.export({ format: 'pem', type: 'spki' }),
) {
  const folder = join(scratch, String(++count));
  for (const [name, held] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), held);
  }
  const key = join(scratch, `owner-${count}`);
  writeFileSync(key, trusted);
  const request = { path: folder, trust: readTrust(key), asOf: '2026-11-21T00:00:00Z', staging: scratch };
  const { verdict, checks } = await examine(request, {}, new AbortController().signal);
  return { verdict, codes: checks.map(({ code }) => code) };
}

describe('a layout whose step is a layout of its own', () => {
  const matched = [
    ['MATCH', '*', 'WITH', 'PRODUCTS', 'FROM', 'build'],
    ['DISALLOW', '*'],
  ];
  const steps = [step('build', builder), step('pack', packer, matched)];
  const place = `build.${idOf(builder).slice(0, 8)}`;
  const inner = `${place}/compile.${idOf(packer).slice(0, 8)}.link`;
  const good = {
    'root.layout': signed(layout(steps, [builder, packer]), owner),
    [`${place}.link`]: signed(layout([step('compile', packer)], [packer]), builder),
    [inner]: signed(link('compile', { 'a.txt': digest('alpha') }), packer),
    [`pack.${idOf(packer).slice(0, 8)}.link`]: signed(
      link('pack', { 'a.tar': digest('tar') }, { 'a.txt': digest('alpha') }),
      packer,
    ),
    'a.tar': 'tar',
  };

  it('holds by what its own steps made', async () => {
    expect(await judged(good)).toMatchObject({ verdict: 'pass' });
    const { [inner]: _gone, ...rest } = good;
    expect((await judged(rest)).codes).toContain('layout-step');
    const other = signed(link('compile', { 'a.txt': digest('omega') }), packer);
    expect((await judged({ ...good, [inner]: other })).codes).toContain('layout-rule');
    const edited = good[inner]?.replace(sha256Hex('alpha'), sha256Hex('omega')) ?? '';
    expect((await judged({ ...good, [inner]: edited })).verdict).toBe('fail');
  });

  it('does not hold where its functionary did not sign it, or its steps are done elsewhere', async () => {
    const stranger = signed(layout([step('compile', packer)], [packer]), packer);
    expect((await judged({ ...good, [`${place}.link`]: stranger })).verdict).toBe('fail');
    const { [inner]: held = '', ...rest } = good;
    expect((await judged({ ...rest, [inner.slice(inner.indexOf('/') + 1)]: held })).verdict).toBe('fail');
  });

  it('names each step once, and at least one', async () => {
    const twice = signed(layout([...steps, step('build', builder)], [builder, packer]), owner);
    expect((await judged({ ...good, 'root.layout': twice })).verdict).toBe('fail');
    expect((await judged({ 'root.layout': signed(layout([], []), owner) })).verdict).toBe('undecided');
  });

  it('demands a whole number of functionaries', async () => {
    const demanding = (threshold: unknown) => ({
      ...good,
      'root.layout': signed(
        layout([{ ...step('build', builder), threshold }, ...steps.slice(1)], [builder, packer]),
        owner,
      ),
    });
    expect(await judged(demanding(1))).toMatchObject({ verdict: 'pass' });
    for (const threshold of ['1', '2', 'all', 1.5, null, [1], true]) {
      const { verdict, codes } = await judged(demanding(threshold));
      expect([verdict, codes.includes('layout-step')]).toEqual(['fail', true]);
    }
    expect((await judged(demanding(2))).verdict).toBe('fail');
    for (const threshold of [0, -1]) expect((await judged(demanding(threshold))).verdict).toBe('warn');
  });

  it('passes over records by those it does not name, and is known under a name of JSON too', async () => {
    const stranger = signed(link('compile', { 'a.txt': digest('omega') }), generateKeyPairSync('ed25519'));
    expect(await judged({ ...good, 'test.00000000.link': stranger })).toMatchObject({ verdict: 'pass' });
    const { 'root.layout': root, ...rest } = good;
    expect(await judged({ ...rest, 'layout.json': root })).toMatchObject({ verdict: 'pass' });
    expect((await judged({ ...rest, 'layout.json': root.replace('2030', '2031') })).verdict).toBe('fail');
  });
});

describe('a layout whose functionaries have keys of GnuPG', () => {
  /** Made with in-toto 3.1.0, securesystemslib 1.6.0 and GnuPG 2.2.40. */
  const vectors = JSON.parse(readFileSync(join(import.meta.dirname, 'examine-layouts.vectors.json'), 'utf8')) as Record<
    string,
    string
  >;
  const vector = (name: string) => vectors[name] ?? '';
  const linkOf = (who: string) => ({ [`train.${vector(`${who} id`).slice(0, 8)}.link`]: vector(who) });
  const root = { 'root.layout': vector('root.layout'), 'model.bin': 'model v1\n' };
  const good = { ...root, ...linkOf('alice'), ...linkOf('dora') };
  const changed = (text: string, change: (document: Json & { signatures: Json[]; signed: Json }) => void) => {
    const document = JSON.parse(text);
    change(document);
    return JSON.stringify(document);
  };

  it('holds by the ring of its owner and by her key as in-toto describes it', async () => {
    for (const key of ['owner.asc', 'owner.json'])
      expect(await judged(good, vector(key))).toMatchObject({ verdict: 'pass' });
    expect((await judged({ ...good, 'model.bin': 'model v2\n' }, vector('owner.asc'))).verdict).toBe('fail');
    expect((await judged(good)).verdict).toBe('policy');
  });

  it('does not hold over other bytes, under another head or without one', async () => {
    const name = Object.keys(linkOf('alice'))[0] ?? '';
    const edits: ((document: { signatures: Json[]; signed: Json }) => void)[] = [
      ({ signed: held }) => {
        held['products'] = { 'model.bin': digest('model v2\n') };
      },
      ...['0400010200', '04000108001d', '00'].map((head) => ({ signatures: [first = {}] }: { signatures: Json[] }) => {
        first['other_headers'] = `${head}${String(first['other_headers']).slice(head.length)}`;
      }),
      ({ signatures: [first = {}] }) => {
        first['other_headers'] = String(first['other_headers']).slice(2);
      },
      ({ signatures: [first = {}] }) => {
        delete first['other_headers'];
      },
    ];
    for (const [index, edit] of edits.entries()) {
      const link = changed(vector('alice'), edit);
      // The second writes what stands there already.
      expect((await judged({ ...good, [name]: link }, vector('owner.asc'))).verdict, String(index)).toBe(
        index === 2 ? 'pass' : 'fail',
      );
    }
    const layoutEdited = changed(vector('root.layout'), ({ signed: held }) => {
      held['expires'] = '2037-01-01T00:00:00Z';
    });
    expect((await judged({ ...good, 'root.layout': layoutEdited }, vector('owner.asc'))).verdict).toBe('fail');
  });

  it('counts the subkeys of one key as one functionary, and none that has expired', async () => {
    const twice = { ...root, ...linkOf('dora'), ...linkOf('dora again') };
    expect((await judged(twice, vector('owner.asc'))).codes).toContain('layout-step');
    const renewed = (seconds: number) =>
      signed(
        {
          ...JSON.parse(vector('root.layout')).signed,
          keys: Object.fromEntries(
            Object.entries(JSON.parse(vector('root.layout')).signed.keys as Record<string, Json>).map(([id, key]) => [
              id,
              { ...key, creation_time: 1_700_000_000, validity_period: seconds },
            ]),
          ),
        },
        owner,
      );
    expect(await judged({ ...good, 'root.layout': renewed(400_000_000) })).toMatchObject({ verdict: 'pass' });
    expect((await judged({ ...good, 'root.layout': renewed(1) })).codes).toContain('layout-step');
  });

  it('takes functionaries with keys of DSA, of 2,048 bits and no fewer', async () => {
    const key = JSON.parse(vector('carol key')) as Json & { keyval: { public: Record<string, string> } };
    const id = vector('carol id');
    const train = { ...step('train', owner), pubkeys: [id] };
    const named = (functionary: Json) => signed({ ...layout([train], []), keys: { [id]: functionary } }, owner);
    const files = { 'model.bin': 'model v1\n', ...linkOf('carol') };
    expect(await judged({ ...files, 'root.layout': named(key) })).toMatchObject({ verdict: 'pass' });
    const short = {
      ...key,
      keyval: { public: { ...key.keyval.public, p: key.keyval.public['p']?.slice(0, 256) ?? '' } },
    };
    expect((await judged({ ...files, 'root.layout': named(short) })).codes).toContain('layout-step');
    const link = changed(vector('carol'), ({ signed: held }) => {
      held['products'] = { 'model.bin': digest('model v2\n') };
    });
    const name = Object.keys(linkOf('carol'))[0] ?? '';
    expect((await judged({ ...files, [name]: link, 'root.layout': named(key) })).verdict).toBe('fail');
  });
});
