import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { digestOf } from '../integrity/digest.ts';
import { examine } from './examine.ts';

const scratch = mkdtempSync(join(tmpdir(), 'assay-lists-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
let count = 0;
async function said(files: Record<string, string | Uint8Array>): Promise<string[]> {
  const path = join(scratch, `case-${++count}`);
  for (const [name, held] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), held);
  }
  const { verdict, checks } = await examine(
    { path, trust: { entries: [] }, asOf: '2026-11-21T00:00:00Z', staging: scratch },
    {},
    new AbortController().signal,
  );
  const codes = checks.filter((each) => each.verdict !== 'pass').map(({ code }) => code);
  return [verdict, ...new Set(codes.filter((code) => code !== 'unsigned-only'))];
}
const hex = (text: string, algorithm = 'sha256') => {
  const digest = digestOf(algorithm, Buffer.from(text));
  return digest.slice(digest.indexOf(':') + 1);
};
const a = 'alpha\n';
/** What is said of a list over `a.txt`, and of the same list where `a.txt` was changed. */
const both = async (list: string, text: string | Uint8Array) => [
  (await said({ 'a.txt': a, [list]: text }))[0],
  (await said({ 'a.txt': 'omega\n', [list]: text }))[0],
];

describe('checksum lists', () => {
  it('are read as sha256sum --zero, b2sum -l and OpenSSL write them', async () => {
    expect(await both('SHA256SUMS', `${hex(a)}  a.txt\0`)).toEqual(['pass', 'fail']);
    expect(await both('B2SUMS', `${hex(a, 'blake2b-256')}  a.txt\n`)).toEqual(['pass', 'fail']);
    expect(await both('B2SUMS', `BLAKE2b-384 (a.txt) = ${hex(a, 'blake2b-384')}\n`)).toEqual(['pass', 'fail']);
    expect(await both('digests.txt', `SHA3-256(a.txt)= ${hex(a, 'sha3-256')}\n`)).toEqual(['pass', 'fail']);
    expect(await both('digests.txt', `SHA2-512/256(a.txt)= ${hex(a, 'sha512-256')}\n`)).toEqual(['pass', 'fail']);
    expect(await both('SHA3-256SUMS', `${hex(a, 'sha3-256')}  a.txt\n`)).toEqual(['pass', 'fail']);
    expect(await both('sums.txt', `sha256:${hex(a)}  a.txt\n`)).toEqual(['pass', 'fail']);
    expect(await both('CHECKSUMS', `SHA-256 (a.txt) = ${hex(a)}\n`)).toEqual(['pass', 'fail']);
    expect(await both('files.bsd', `SHA256 (a.txt) = ${hex(a)}\n`)).toEqual(['pass', 'fail']);
    expect(await both('a.txt.digest', `${hex(a)}  a.txt\n`)).toEqual(['pass', 'fail']);
    const base64 = Buffer.from(hex(a), 'hex').toString('base64');
    expect(await both('CHECKSUMS', `SHA256 (a.txt) = ${base64}\n`)).toEqual(['pass', 'fail']);
    expect(await both('digests.txt', `SHA2-256(a.txt)= ${hex(a).replace(/..(?=.)/g, '$&:')}\n`)).toEqual([
      'pass',
      'fail',
    ]);
    expect(await both('sizes.txt', `     6  ${hex(a)}  a.txt\n`)).toEqual(['pass', 'fail']);
    expect(await both('RMD160SUMS', `RIPEMD160 (a.txt) = ${hex(a, 'ripemd160')}\n`)).toEqual(['pass', 'fail']);
    // What `sum -s` counts is no checksum of `cksum`, though its lines have that form.
    expect((await said({ 'a.txt': a, SUMS: '528 1 a.txt\n' }))[0]).toBe('undecided');
  });

  it('are read in UTF-16, as SFV, as a digest alone, and as ports list them', async () => {
    const wide = Buffer.from(`\uFEFF${hex(a)}  a.txt\r\n`, 'utf16le');
    expect(await both('SHA256SUMS', wide)).toEqual(['pass', 'fail']);
    expect(await both('set.sfv', `; made by hand\r\na.txt ${hex(a, 'crc32').toUpperCase()}\r\n`)).toEqual([
      'warn',
      'fail',
    ]);
    expect(await both('a.txt.sha512', `${hex(a, 'sha512')}\n`)).toEqual(['pass', 'fail']);
    expect(await both('a.txt.sha256sum', `${hex(a)}\n`)).toEqual(['pass', 'fail']);
    expect(await both('a.txt.sha256', `sha256:${hex(a)}\n`)).toEqual(['pass', 'fail']);
    expect(await both('distinfo', `TIMESTAMP = 1\nSHA256 (a.txt) = ${hex(a)}\nSIZE (a.txt) = 6\n`)).toEqual([
      'pass',
      'fail',
    ]);
    expect(await said({ 'a.txt': a, distinfo: `SHA256 (a.txt) = ${hex(a)}\nSIZE (a.txt) = 7\n` })).toEqual([
      'fail',
      'size-mismatch',
    ]);
  });

  it('may name files from a folder above, and divide folders as Windows does', async () => {
    expect(await said({ 'dist/a.txt': a, 'dist/a.txt.sha256': `${hex(a)}  dist/a.txt\n` })).toEqual(['pass']);
    expect(await said({ 'dist/a.txt': a, 'dist/a.txt.sha256': `${hex('b')}  dist/a.txt\n` })).toEqual([
      'fail',
      'digest-mismatch',
    ]);
    expect(await said({ 'sub/a.txt': a, SHA256SUMS: `${hex(a)} *sub\\a.txt\n` })).toEqual(['warn', 'manifest-line']);
    expect(await said({ 'a.txt': a, SHA256SUMS: `${hex(a)} *..\\a.txt\n` })).toContain('fail');
  });

  it('say of lines that cannot be read that they were not', async () => {
    expect(await said({ 'a.txt': a, SHA256SUMS: `${hex(a)}0  a.txt\n` })).toEqual([
      'fail',
      'manifest-digest',
      'nothing-checked',
    ]);
    expect(await said({ 'a.txt': a, SHA256SUMS: `${hex(a)}\u00a0\u00a0a.txt\n` })).toEqual([
      'undecided',
      'nothing-checked',
      'manifest-line',
    ]);
  });

  it('of Debian are held by every algorithm and by size, whether signed or not', async () => {
    const control = (digest: string, bytes: number) =>
      `Format: 3.0 (quilt)\nSource: x\nFiles:\n ${hex(a, 'md5')} ${bytes} misc optional a.txt\nChecksums-Sha256:\n ${digest} ${bytes} a.txt\n`;
    expect(await said({ 'a.txt': a, 'x.dsc': control(hex(a), 6) })).toEqual(['pass']);
    expect(await said({ 'a.txt': a, 'x.dsc': control(hex('b'), 6) })).toEqual(['fail', 'digest-mismatch']);
    expect(await said({ 'a.txt': a, 'x.changes': control(hex(a), 7) })).toEqual(['fail', 'size-mismatch']);
    const release = `Suite: stable\nSHA256:\n ${hex(a)}        6 main/Packages\n ${hex(a)} 6 main/Sources\n`;
    expect((await said({ 'main/Packages': a, Release: release }))[0]).toBe('undecided');
    expect((await said({ 'main/Packages': 'b', Release: release }))[0]).toBe('fail');
  });
});

describe('bags', () => {
  const payload = { 'data/a.txt': a };
  const bag = (files: Record<string, string | Uint8Array>, version = '1.0', encoding = 'UTF-8') => ({
    'bagit.txt': `BagIt-Version: ${version}\nTag-File-Character-Encoding: ${encoding}\n`,
    'manifest-sha256.txt': `${hex(a)}  data/a.txt\n`,
    ...payload,
    ...files,
  });

  it('with files to be fetched are not complete, and not broken for that', async () => {
    const big = `${hex(a)} data/a.txt\n${hex('big')} data/big\n`;
    const fetch = 'http://127.0.0.1:9/big 3 data/big\n';
    const holey = bag({ 'manifest-sha256.txt': big, 'fetch.txt': fetch, 'bag-info.txt': 'Payload-Oxum: 9.2\n' });
    expect(await said(holey)).toEqual(['undecided', 'bag-to-be-fetched']);
    expect((await said({ ...holey, 'data/a.txt': 'x' }))[0]).toBe('fail');
    expect(await said({ ...holey, 'data/big': 'big' })).toEqual(['pass']);
    expect(await said(bag({ 'fetch.txt': fetch }))).toEqual(['fail', 'bag-incomplete', 'bag-to-be-fetched']);
  });

  it('are of a version that there is, and say so in UTF-8', async () => {
    for (const version of ['0.93', '0.97', '1.0']) expect(await said(bag({}, version))).toEqual(['pass']);
    for (const version of ['1.1', '2.0']) expect(await said(bag({}, version))).toEqual(['fail', 'bag-declaration']);
    const wide = Buffer.from('\uFEFFBagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n', 'utf16le');
    expect(await said(bag({ 'bagit.txt': wide }))).toContain('bag-declaration');
  });

  it('count their payload once, and rightly', async () => {
    const info = (text: string) => said(bag({ 'bag-info.txt': text }));
    expect(await info('Payload-Oxum: 6.1\n')).toEqual(['pass']);
    for (const text of ['7.1', '6.2', '-6.1', '6', 'many', '6.1\nPayload-Oxum: 6.1'])
      expect(await info(`Payload-Oxum: ${text}\n`)).toEqual(['fail', 'bag-oxum']);
  });

  it('of version 1.0 list each payload manifest in each tag manifest', async () => {
    const manifest = `${hex(a)}  data/a.txt\n`;
    const declaration = 'BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n';
    const tags = `${hex(declaration)} bagit.txt\n`;
    expect(await said(bag({ 'tagmanifest-sha256.txt': `${tags}${hex(manifest)} manifest-sha256.txt\n` }))).toEqual([
      'pass',
    ]);
    expect(await said(bag({ 'tagmanifest-sha256.txt': tags }))).toEqual(['fail', 'bag-incomplete']);
    const draft = `${hex(declaration.replace('1.0', '0.97'))} bagit.txt\n`;
    expect(await said(bag({ 'tagmanifest-sha256.txt': draft }, '0.97'))).toEqual(['pass']);
  });

  it('have manifests of the algorithm that the name tells, with lines that end in any way', async () => {
    const other = (name: string, line: string) => bag({ [name]: line });
    expect(await said(other('manifest-sha3256.txt', `${hex(a, 'sha3-256')} data/a.txt\r`))).toEqual(['pass']);
    expect((await said(other('manifest-sha3256.txt', `${hex('b', 'sha3-256')} data/a.txt\n`)))[0]).toBe('fail');
    for (const name of ['manifest-sha3_256.txt', 'manifest-sha3-256.txt', 'manifest-SHA3256.txt']) {
      expect(await said(other(name, `${hex(a, 'sha3-256')} data/a.txt\n`))).toEqual(['warn', 'manifest-line']);
      expect((await said(other(name, `${hex('b', 'sha3-256')} data/a.txt\n`)))[0]).toBe('fail');
    }
    expect(await said(other('manifest-sha256.txt', `${hex(a, 'md5')} \t data/a.txt\n`))).toContain('manifest-digest');
    expect((await said(bag({ 'manifest-sha256.txt': '', 'manifest-foo.txt': 'abcdef data/a.txt\n' })))[0]).not.toBe(
      'pass',
    );
  });

  it('encode names as their version says, and hold nothing but payload in payload manifests', async () => {
    const named = { 'data/a%25b': a };
    const listed = { 'manifest-sha256.txt': `${hex(a)} data/a%25b\n` };
    expect(await said({ ...named, ...listed, 'bagit.txt': bag({}, '0.97')['bagit.txt'] })).toEqual(['pass']);
    expect((await said({ ...named, ...listed, 'bagit.txt': bag({})['bagit.txt'] }))[0]).toBe('fail');
    const outside = `${hex(a)} data/a.txt\n${hex(a)} extra.txt\n`;
    expect(await said(bag({ 'manifest-sha256.txt': outside, 'extra.txt': a }))).toEqual(['fail', 'bag-not-payload']);
    expect(await said(bag({ 'bagit.txt': '' }))).toContain('bag-declaration');
  });

  it('may declare any encoding of the web, and are undecided in others', async () => {
    const latin = Buffer.from(`${hex(a)} data/a.txt\n${hex(a)} data/\u00e9.txt\n`, 'latin1');
    const both = bag({ 'manifest-sha256.txt': latin, 'data/\u00e9.txt': a }, '1.0', 'windows-1252');
    expect(await said(both)).toEqual(['pass']);
    expect((await said({ ...both, 'data/a.txt': 'x' }))[0]).toBe('fail');
    expect((await said(bag({ 'manifest-sha256.txt': latin }, '1.0', 'klingon')))[0]).toBe('undecided');
  });
});
