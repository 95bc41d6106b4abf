import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { scratchFolders } from '../../e2e/testkit/scratch-folders.ts';
import { readTrust } from '../intake/trust-folder.ts';
import { examine } from './examine.ts';

const scratch = mkdtempSync(join(tmpdir(), 'assay-stamps-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const { root, data, tokens, requests, named } = JSON.parse(
  readFileSync(join(import.meta.dirname, 'examine-timestamps.vectors.json'), 'utf8'),
) as Record<'tokens' | 'requests' | 'named', Record<string, string>> & { root: string; data: string };
const bytes = (text = '') => Buffer.from(text, 'base64');

const folderOf = scratchFolders(scratch);
const trust = folderOf({ 'root.pem': root, 'trust.yaml': 'timestampers:\n  - { file: root.pem }\n' });
async function said(files: Record<string, string | Uint8Array>, by = trust) {
  const { verdict, checks } = await examine(
    {
      path: folderOf({ data, ...files }),
      trust: { entries: readTrust(by).entries },
      asOf: '2026-11-23T00:00:00Z',
      staging: scratch,
    },
    {},
    new AbortController().signal,
  );
  return { verdict, codes: checks.filter((each) => each.verdict !== 'pass').map(({ code }) => code) };
}
const token = bytes(tokens['sha3-256']);

describe('timestamps', () => {
  it('hold over any digest that their authority takes, with a warning where it is weak', async () => {
    expect(await said({ 'response.tsr': token })).toEqual({ verdict: 'pass', codes: [] });
    expect(await said({ 'response.tsr': bytes(tokens['md5']) })).toEqual({ verdict: 'warn', codes: ['digest-weak'] });
    expect((await said({ 'response.tsr': token, data: `${data} ` })).verdict).toBe('fail');
  });

  it('are known by what they hold under any name', async () => {
    for (const name of ['timestamp.der', 'token', 'time.bin'])
      expect(await said({ [name]: token }), name).toEqual({ verdict: 'pass', codes: [] });
  });

  it('are read from a text, and fail where they are none', async () => {
    const inText = token.toString('base64').replace(/(.{64})/g, '$1\n');
    expect((await said({ 'response.tsr': `${inText}\n` })).verdict).toBe('pass');
    for (const none of ['', 'no token', token.subarray(0, 300)])
      expect((await said({ 'response.tsr': none })).verdict).toBe('fail');
    expect((await said({ 'proof.ots': '' })).verdict).toBe('fail');
  });

  it('answer the request beside them, or fail', async () => {
    const beside = (name: string) => said({ 'response.tsr': token, 'request.tsq': bytes(requests[name]) });
    expect((await beside('own')).verdict).toBe('pass');
    expect((await beside('withoutNonce')).verdict).toBe('pass');
    for (const name of ['otherNonce', 'otherDigest', 'otherPolicy'])
      expect(await beside(name), name).toEqual({ verdict: 'fail', codes: ['timestamp-invalid'] });
    expect((await said({ 'response.tsr': token, 'request.tsq': 'no request' })).verdict).toBe('fail');
    const others = { 'other.tsr': token, 'request.tsq': bytes(requests['otherNonce']) };
    expect((await said({ 'data.tsr': token, ...others })).codes).not.toContain('timestamp-invalid');
  });

  it('name the authority that signed them, and hold nothing critical that is not understood', async () => {
    const by = folderOf({ 'root.pem': named['root'] ?? '', 'trust.yaml': 'timestampers:\n  - { file: root.pem }\n' });
    const one = (which: string, name = 'response.tsr') => said({ [name]: bytes(named[which]) }, by);
    expect(await one('named')).toEqual({ verdict: 'pass', codes: [] });
    expect(await one('otherName')).toEqual({ verdict: 'warn', codes: ['timestamp-other-name'] });
    expect(await one('critical')).toEqual({ verdict: 'undecided', codes: ['timestamp-extension'] });
    expect(await one('bare', 'data.p7s')).toEqual({ verdict: 'pass', codes: [] });
  });
});
