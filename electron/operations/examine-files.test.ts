import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { agrees } from '../../e2e/corpora/outcome.ts';
import { stageCase } from '../../e2e/corpora/stage-case.ts';
import { readTrust } from '../intake/trust-folder.ts';
import { examine } from './examine.ts';

const scratch = mkdtempSync(join(tmpdir(), 'assay-files-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
let count = 0;
const look = (path: string) =>
  examine(
    { path, trust: { entries: [] }, asOf: '2026-11-21T00:00:00Z', staging: scratch },
    {},
    new AbortController().signal,
  );
const sha256 = (data: string | Uint8Array) => createHash('sha256').update(data).digest('hex');
const blobName = (data: string | Uint8Array) =>
  createHash('sha1').update(`blob ${data.length}\0`).update(data).digest('hex');
/** A folder of files, and of links where a value says where one leads. */
function folderOf(files: Record<string, string | Uint8Array | { link: string }>): string {
  const folder = join(scratch, `case-${++count}`);
  for (const [name, held] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    if (typeof held === 'string' || held instanceof Uint8Array) writeFileSync(join(folder, name), held);
    else symlinkSync(held.link, join(folder, name));
  }
  return folder;
}
const said = async (path: string) => {
  const { verdict, checks } = await look(path);
  return [verdict, ...new Set(checks.filter((each) => each.verdict !== 'pass').map(({ code }) => code))];
};

const commit = '5f0b3b1c'.repeat(5);
const config = '{"a": 1}';
const weights = Buffer.concat([
  Buffer.from([0x40, 0, 0, 0, 0, 0, 0, 0]),
  Buffer.from('{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}'.padEnd(0x40)),
  Buffer.alloc(8),
]);
const calls = Buffer.from('cos\nsystem\n(S"true"\ntR.');
const pickled = Buffer.concat([Buffer.from([0x80, 4, 0x95, calls.length, 0, 0, 0, 0, 0, 0, 0]), calls]);
const repository = (snapshot: Record<string, string | { link: string }>, blobs: Record<string, string | Uint8Array>) =>
  folderOf({
    'models--o--n/refs/main': commit,
    ...Object.fromEntries(Object.entries(blobs).map(([name, held]) => [`models--o--n/blobs/${name}`, held])),
    ...Object.fromEntries(
      Object.entries(snapshot).map(([name, held]) => [`models--o--n/snapshots/${commit}/${name}`, held]),
    ),
  });
const both = { [blobName(config)]: config, [sha256(weights)]: weights };
const toConfig = `../../blobs/${blobName(config)}`;
const toWeights = `../../blobs/${sha256(weights)}`;

describe('a model cache', () => {
  it('holds by SHA-256 and by git names, with links and with links that were written as files', async () => {
    const links = { 'config.json': { link: toConfig }, 'model.safetensors': { link: toWeights } };
    expect(await said(repository(links, both))).toEqual(['pass']);
    expect(await said(repository({ 'config.json': toConfig, 'model.safetensors': toWeights }, both))).toEqual(['pass']);
    const { files, unread } = await look(repository(links, both));
    expect(unread).toEqual([]);
    expect(files.find(({ path }) => path.endsWith('model.safetensors'))).toMatchObject({
      digest: `sha256:${sha256(weights)}`,
      format: 'safetensors',
      state: 'match',
    });
  });

  it('fails where a blob is not what it is called, and is undecided where it is absent', async () => {
    const edited = { ...both, [blobName(config)]: '{"a": 2}' };
    expect(await said(repository({ 'config.json': toConfig }, edited))).toEqual(['fail', 'digest-mismatch']);
    expect(await said(repository({ 'model.safetensors': { link: toWeights } }, {}))).toEqual([
      'undecided',
      'data-not-here',
    ]);
  });

  it('follows no link out of its blobs', async () => {
    for (const link of ['../../../../secret', '/etc/passwd', `../../refs/main`, `../../blobs/../refs/main`])
      expect(await said(repository({ 'config.json': { link } }, both)), link).toEqual(['fail', 'store-link-leaves']);
  });

  it('names copies that keep no digest, and knows those whose blob is here', async () => {
    expect(await said(repository({ 'config.json': '{"a": 3}' }, both))).toEqual(['undecided', 'store-no-digest']);
    expect(await said(repository({ 'config.json': config }, both))).toEqual(['pass']);
  });

  it('reads what lies in it: no name of a link hides a pickle that would run', async () => {
    for (const name of ['model.pkl', 'README.md', 'pytorch_model.bin'])
      expect(
        await said(repository({ [name]: { link: `../../blobs/${sha256(pickled)}` } }, { [sha256(pickled)]: pickled })),
        name,
      ).toEqual(['fail', 'pickle-harmful']);
    expect(await said(folderOf({ [`models--o--n/.no_exist/${commit}/x.pkl`]: pickled }))).toContain('pickle-harmful');
  });

  it('asks for the commit that a reference names', async () => {
    const folder = repository({ 'config.json': { link: toConfig } }, both);
    writeFileSync(join(folder, 'models--o--n/refs/old'), '1'.repeat(40));
    expect(await said(folder)).toEqual(['fail', 'store-reference']);
  });
});

describe('files downloaded into a folder', () => {
  const record = (digest: string) => `${commit}\n${digest}\n1795217953.5\n`;
  const whole = { 'config.json': config, '.cache/huggingface/download/config.json.metadata': record(blobName(config)) };
  it('are held against the records of the download', async () => {
    expect(await said(folderOf(whole))).toEqual(['warn', 'digest-weak']);
    expect(await said(folderOf({ ...whole, 'config.json': '{}' }))).toContain('digest-mismatch');
    expect(await said(folderOf({ ...whole, 'other.json': '{}' }))).toContain('file-extra');
    expect(
      await said(folderOf({ '.cache/huggingface/download/config.json.metadata': record(blobName(config)) })),
    ).toContain('data-not-here');
  });
});

describe('files that DVC tracks', () => {
  const md5 = (text: string) => createHash('md5').update(text).digest('hex');
  const out = (path: string, text: string) => `- {md5: ${md5(text)}, size: ${text.length}, hash: md5, path: ${path}}\n`;
  it('lie in the folder that is named, and what went into them is held too', async () => {
    const tracked = `wdir: sub\ndeps:\n${out('../raw.csv', 'raw')}outs:\n${out('m.bin', 'made')}`;
    const whole = { 'raw.csv': 'raw', 'sub/m.bin': 'made', 'x.dvc': tracked };
    expect(await said(folderOf(whole))).toEqual(['warn', 'digest-weak']);
    expect(await said(folderOf({ ...whole, 'sub/m.bin': 'Made' }))).toContain('digest-mismatch');
    expect(await said(folderOf({ ...whole, 'raw.csv': 'Raw' }))).toContain('digest-mismatch');
    const stage = { 'dvc.yaml': 'stages: {t: {wdir: sub, cmd: x}}\n' };
    const lock = `schema: '2.0'\nstages:\n  t:\n    cmd: x\n    outs:\n    ${out('m.bin', 'made')}`;
    expect(await said(folderOf({ ...stage, 'sub/m.bin': 'made', 'dvc.lock': lock }))).toEqual(['warn', 'digest-weak']);
    expect(await said(folderOf({ ...stage, 'sub/m.bin': 'Made', 'dvc.lock': lock }))).toContain('digest-mismatch');
  });
  it('that a lock lists are checked by the digest they have, wherever it stands, and named where they have none', async () => {
    const dep = `    deps:\n    - {path: raw.csv, hash: md5, md5: ${md5('raw')}}\n`;
    const lock = (entry: string, head = '') =>
      `schema: '2.0'\n${head}stages:\n  t:\n    cmd: x\n${dep}    outs:\n    - ${entry}\n`;
    const old = `t:\n  cmd: x\n  outs:\n  - {path: m.bin, md5: ${md5('made')}}\n`;
    const forms: Record<string, string> = {
      merged: lock('{path: m.bin, <<: *h}', `.x: &h {hash: md5, md5: ${md5('made')}}\n`),
      'merged from a list': lock('{path: m.bin, <<: [*h, {md5: x}]}', `.x: &h {hash: md5, md5: ${md5('made')}}\n`),
      'by SHA-256': lock(`{path: m.bin, hash: sha256, sha256: ${sha256('made')}}`),
      'of DVC 1': old,
    };
    for (const [form, text] of Object.entries(forms)) {
      const files = (model: string) => folderOf({ 'raw.csv': 'raw', 'm.bin': model, 'dvc.lock': text });
      expect([form, await said(files('Made'))]).toEqual([form, expect.arrayContaining(['fail', 'digest-mismatch'])]);
      expect([form, (await look(files('made'))).verdict]).not.toEqual([form, 'fail']);
    }
    const none = folderOf({ 'raw.csv': 'raw', 'm.bin': 'Made', 'dvc.lock': lock('{path: m.bin, hash: md5, size: 4}') });
    const { checks } = await look(none);
    expect(checks.find(({ code }) => code === 'digest-placeholder')?.message).toContain('m.bin is listed without');
    expect(checks.find(({ code }) => code === 'digest-match')?.message).toContain('1 of 2 files');
  });

  it('and are not here are said to be not here, unless the cache keeps them', async () => {
    const tracked = { 'm.bin.dvc': `outs:\n${out('m.bin', 'made')}` };
    expect(await said(folderOf(tracked))).toEqual(['undecided', 'digest-weak', 'data-not-here']);
    const kept = { [`.dvc/cache/files/md5/${md5('made').slice(0, 2)}/${md5('made').slice(2)}`]: 'made' };
    expect(await said(folderOf({ ...tracked, ...kept }))).not.toContain('data-not-here');
  });
});

describe('a folder that DVC tracks', () => {
  const md5 = (text: string) => createHash('md5').update(text).digest('hex');
  const rows = [
    { md5: md5('x'), relpath: 'a.txt' },
    { md5: md5('y'), relpath: 'sub/\u00fc q.txt' },
  ];
  const list = `[${rows.map((row) => `{"md5": "${row.md5}", "relpath": ${JSON.stringify(row.relpath).replace('\u00fc', '\\u00fc')}}`).join(', ')}]`;
  const dvc = (size: number) =>
    `outs:\n- md5: ${md5(list)}.dir\n  size: ${size}\n  nfiles: 2\n  hash: md5\n  path: images\n`;
  const whole = { 'images/a.txt': 'x', 'images/sub/ü q.txt': 'y', 'images.dvc': dvc(2) };
  it('has the digest of its list, and fails where a file or the size is another', async () => {
    // MD5 alone: right, and weak.
    expect(await said(folderOf(whole))).toEqual(['warn', 'digest-weak']);
    expect(await said(folderOf({ ...whole, 'images/a.txt': 'z' }))).toEqual([
      'fail',
      'folder-digest-mismatch',
      'digest-weak',
    ]);
    expect(await said(folderOf({ ...whole, 'images.dvc': dvc(3) }))).toEqual(['fail', 'size-mismatch', 'digest-weak']);
    const { checks } = await look(
      folderOf({
        ...whole,
        'images/a.txt': 'z',
        'images/b.txt': '',
        [`.dvc/cache/files/md5/${md5(list).slice(0, 2)}/${md5(list).slice(2)}.dir`]: list,
      }),
    );
    expect(checks.find(({ code }) => code === 'folder-digest-mismatch')?.message).toContain(
      'changed: a.txt; added: b.txt',
    );
  });
});

interface Labelled {
  id: string;
  expected: string;
  path: string;
  artifact?: string;
  params?: Record<string, unknown>;
}
const corpora = '../shared/corpora';
const casesOf = (corpus: string): Labelled[] =>
  existsSync(`${corpora}/${corpus}`)
    ? (JSON.parse(readFileSync(`${corpora}/${corpus}/GIVE/cases.json`, 'utf8')) as { cases: Labelled[] }).cases
    : [];
const linked = '../shared/corpora/oms-tools/GIVE/key-symlink-allowed';
it.skipIf(!existsSync(linked))(
  'follows links within a signed model whose signer allows them, and none out of it (skipped where the corpora are not there)',
  async () => {
    const ways: [link: string, verdict: string, code: string][] = [
      ['model-00001-of-00002.safetensors', 'undecided', 'digest-match'],
      ['model-00002-of-00002.safetensors', 'fail', 'digest-mismatch'],
      ['../model.sig', 'fail', 'file-missing'],
      ['../../model-00001-of-00002.safetensors', 'fail', 'file-missing'],
    ];
    for (const [link, verdict, code] of ways) {
      const folder = join(scratch, `case-${++count}`);
      cpSync(linked, folder, { recursive: true });
      chmodSync(join(folder, 'model'), 0o700);
      rmSync(join(folder, 'model/latest.safetensors'));
      symlinkSync(link, join(folder, 'model/latest.safetensors'));
      const { checks } = await look(folder);
      const found = checks.filter((each) => each.subject === 'model/latest.safetensors' || each.code === code);
      expect(
        found.map((each) => each.code),
        link,
      ).toContain(code);
      expect(
        checks.some((each) => each.verdict === 'fail'),
        link,
      ).toBe(verdict === 'fail');
    }
  },
);

/** Where the label and the answer differ on purpose (resources/docs/disagreements.md). */
const meant: Record<string, string> = {
  'dsc__coreutils__wrong-key': 'a signature by a key that is not at hand, with another key named, is policy',
};
for (const corpus of ['hf-cache', 'dvc', 'checksums', 'bagit', 'model-files', 'hf-model-dir'])
  it.skipIf(casesOf(corpus).length === 0)(
    `answers ${corpus} as labelled (skipped where the corpora are not there)`,
    async () => {
      const differing: string[] = [];
      for (const each of casesOf(corpus)) {
        const place = mkdtempSync(join(scratch, 'staged-'));
        const { evidence, trust } = stageCase(join(corpora, corpus), each, place);
        const answer = await examine(
          {
            path: evidence,
            trust: { entries: trust === null ? [] : readTrust(trust).entries },
            asOf: new Date().toISOString(),
            staging: scratch,
          },
          {},
          new AbortController().signal,
        ).then(
          ({ verdict, checks, unread }) => ({ verdict, unread, checks: checks.filter((c) => c.verdict !== 'pass') }),
          () => ({ verdict: 'refused' as const, unread: [], checks: [] }),
        );
        if (agrees(each.expected, answer as Parameters<typeof agrees>[1]) === false && meant[each.id] === undefined)
          differing.push(`${each.id}: ${each.expected}, said ${answer.verdict}`);
        rmSync(place, { recursive: true, force: true });
      }
      expect(differing).toEqual([]);
    },
  );

describe('a digest alone, in a file called after another', () => {
  it('is held against that file where it is here', async () => {
    expect(await said(folderOf({ 'a.csv': 'a', 'a.csv.sha256': sha256('a') }))).toContain('unsigned-only');
    expect(await said(folderOf({ 'a.csv': 'b', 'a.csv.sha256': sha256('a') }))).toContain('digest-mismatch');
  });
  it('demands no file: a record of a run is called so too, beside other files', async () => {
    const found = await said(folderOf({ 'tags/train.sha256': sha256('a'), 'tags/user': 'root', 'b.csv': 'b' }));
    expect(found).not.toContain('file-missing');
  });
});

const story = join(import.meta.dirname, '../../../shared/evidence/triage');
it.skipIf(!existsSync(story))('the good story fails nowhere (skipped where it is not here)', async () => {
  const trust = readTrust(join(story, 'trust'));
  const { checks } = await examine(
    { path: join(story, 'good'), trust, asOf: '2026-11-21T00:00:00Z', staging: scratch },
    {},
    new AbortController().signal,
  );
  expect(checks.filter(({ verdict }) => verdict === 'fail' || verdict === 'policy')).toEqual([]);
});

describe('names of files', () => {
  it('that are more than a name elsewhere are named, and a usual one is not', async () => {
    const listed = (name: string) =>
      said(folderOf({ [name]: 'a', SHA256SUMS: `\\${sha256('a')}  ${name.replaceAll('\\', '\\\\')}\n` }));
    expect(await listed('..\\above.txt')).toContain('name-not-portable');
    expect(await listed('beside.txt')).not.toContain('name-not-portable');
  });
});

describe('a list that names a few files', () => {
  it('says nothing of those that another list names, and names those that no list does', async () => {
    const files = { 'a.txt': 'a', 'b.txt': 'b', SHA256SUMS: `${sha256('a')}  a.txt\n${sha256('b')}  b.txt\n` };
    const md5 = `${createHash('md5').update('a').digest('hex')}  a.txt\n`;
    expect(await said(folderOf({ ...files, MD5SUMS: md5 }))).not.toContain('file-extra');
    const { checks } = await look(folderOf({ ...files, MD5SUMS: md5, 'c.txt': 'c' }));
    expect(checks.flatMap(({ code, subject }) => (code === 'file-extra' ? [subject] : []))).toEqual(['c.txt']);
  });
});
