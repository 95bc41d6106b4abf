import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { mutate, randomFrom } from '../../e2e/fuzz/mutate.ts';
import type { TrustEntry } from '../../shared/trust.ts';
import { readTrust } from '../intake/trust-folder.ts';
import { examine } from './examine.ts';

const scratch = mkdtempSync(join(tmpdir(), 'assay-sigstore-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const suite = '../shared/corpora/sigstore-bundle';
const isHere = existsSync(suite);
/** Whom the conformance suite asks for (its README). */
const identity = {
  identity:
    'https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main',
  issuer: 'https://token.actions.githubusercontent.com',
};

let count = 0;
async function verdictOf(
  bundle: Uint8Array,
  artifact: Uint8Array,
  root: string,
  identities = [identity],
): Promise<string> {
  count += 1;
  const folder = join(scratch, String(count));
  mkdirSync(folder);
  writeFileSync(join(folder, 'bundle.sigstore.json'), bundle);
  writeFileSync(join(folder, 'artifact'), artifact);
  const entries: TrustEntry[] = readTrust(root).entries.map((each) => ({ ...each, identities }));
  const request = { path: folder, trust: { entries }, asOf: '2026-11-21T00:00:00Z', staging: scratch };
  return (await examine(request, {}, new AbortController().signal)).verdict;
}
const publicGood = join(suite, 'common/trust/trusted_root.public-good.json');
const read = (name: string) => readFileSync(join(suite, 'GIVE', name, 'bundle.sigstore.json'));
const rootOf = (name: string) =>
  [join(suite, 'GIVE', name, 'trusted_root.json'), publicGood].find((path) => existsSync(path)) ?? publicGood;
const artifactOf = (name: string) =>
  readFileSync(
    [join(suite, 'GIVE', name, 'artifact'), join(suite, 'common/a.txt')].find((path) => existsSync(path)) ?? '',
  );

describe('bundles of Sigstore', () => {
  it.skipIf(!isHere)(
    'a digest beside the signature that is another is worth a look (skipped without the suite)',
    async () => {
      const name = 'happy-path-v0.3-new-mediaType';
      const bundle = JSON.parse(read(name).toString());
      bundle.messageSignature.messageDigest.digest = Buffer.alloc(32, 7).toString('base64');
      const verdict = await verdictOf(Buffer.from(JSON.stringify(bundle)), artifactOf(name), rootOf(name));
      expect(verdict).toBe('warn');
    },
  );

  it.skipIf(!isHere)(
    'hold where the conformance suite says so, and nowhere else (skipped without the suite)',
    async () => {
      const differing: string[] = [];
      for (const name of readdirSync(join(suite, 'GIVE')).filter((each) => each !== 'cases.json')) {
        if (existsSync(join(suite, 'GIVE', name, 'key.pub'))) continue;
        const verdict = await verdictOf(read(name), artifactOf(name), rootOf(name));
        const isGood = verdict === 'pass' || verdict === 'warn';
        if (isGood === name.endsWith('_fail')) differing.push(`${name}: ${verdict}`);
      }
      expect(differing).toEqual([]);
    },
  );

  it.skipIf(!isHere)('count for nobody but whom the reviewer named (skipped without the suite)', async () => {
    const name = 'happy-path-v0.2';
    const given = [read(name), artifactOf(name), rootOf(name)] as const;
    expect(await verdictOf(...given)).toBe('pass');
    expect(await verdictOf(...given, [{ ...identity, issuer: 'https://another.example' }])).toBe('policy');
    expect(await verdictOf(...given, [{ ...identity, identity: 'somebody@example.org' }])).toBe('policy');
    expect(await verdictOf(...given, [])).toBe('undecided');
    expect(await verdictOf(given[0], Buffer.from('other bytes'), given[2])).toBe('fail');
  });

  it.skipIf(!isHere)(
    'count while the root names the keys of the logs that took them in (skipped without the suite)',
    async () => {
      const until = (name: string, list: 'tlogs' | 'ctlogs', end: string): string => {
        const root = JSON.parse(readFileSync(rootOf(name), 'utf8'));
        for (const { publicKey } of root[list]) publicKey.validFor = { ...publicKey.validFor, end };
        const path = join(scratch, `${name}-${list}-${end.slice(0, 4)}.json`);
        writeFileSync(path, JSON.stringify(root));
        return path;
      };
      for (const [name, list, verdict] of [
        ['happy-path-v0.3-new-mediaType', 'ctlogs', 'policy'],
        ['rekor2-happy-path', 'tlogs', 'fail'],
      ] as const) {
        const given = [read(name), artifactOf(name)] as const;
        expect(await verdictOf(...given, until(name, list, '2099-01-01T00:00:00Z'))).toBe('pass');
        expect(await verdictOf(...given, until(name, list, '2022-12-01T00:00:00Z'))).toBe(verdict);
      }
    },
  );

  it.skipIf(!isHere)('with one log entry twice are worth a look (skipped without the suite)', async () => {
    const name = 'happy-path-v0.2';
    const bundle = JSON.parse(read(name).toString());
    const { tlogEntries: entries } = bundle.verificationMaterial;
    entries.push(entries[0]);
    expect(await verdictOf(Buffer.from(JSON.stringify(bundle)), artifactOf(name), rootOf(name))).toBe('warn');
  });

  it.skipIf(!isHere)('spoiled, are answered and never turn good (skipped without the suite)', async () => {
    const random = randomFrom(5);
    const name = 'happy-path-v0.3-new-mediaType';
    const good = read(name);
    // What the verification reads, as one line: spaces between members do not matter.
    const meant = (bytes: Uint8Array) => {
      try {
        return JSON.stringify(JSON.parse(Buffer.from(bytes).toString('utf8')));
      } catch {
        return '';
      }
    };
    for (let turn = 0; turn < 60; turn += 1) {
      const spoiled = mutate(good, good, random);
      if (meant(spoiled) === meant(good)) continue;
      const before = JSON.parse(Buffer.from(good).toString('utf8'));
      const verdict = await verdictOf(spoiled, artifactOf(name), rootOf(name));
      if (verdict !== 'pass') continue;
      // Only members that no verification reads may differ.
      const after = JSON.parse(spoiled.toString('utf8'));
      expect(after.messageSignature.signature).toBe(before.messageSignature.signature);
      expect(after.verificationMaterial.certificate).toEqual(before.verificationMaterial.certificate);
    }
  });
});
