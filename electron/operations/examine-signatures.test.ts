import { generateKeyPairSync, sign } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { TrustEntry } from '../../shared/trust.ts';
import { readTrust } from '../intake/trust-folder.ts';
import { pae } from '../integrity/dsse.ts';
import type { Examination } from './examination.ts';
import { examine } from './examine.ts';

const scratch = mkdtempSync(join(tmpdir(), 'assay-signatures-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

interface Case {
  id: string;
  group: string;
  expected: string;
  path: string;
  corpus: string;
  params?: {
    method?: string;
    public_key?: string;
    key?: string;
    ca?: string | string[];
    keys?: string[];
    layout_keys?: string[];
    roots?: string[];
    token?: string;
    ignore_paths?: string[];
    ignore_unsigned_files?: boolean;
    allow_symlinks?: boolean;
  };
}
const corpora = ['oms', 'oms-tools', 'in-toto', 'slsa-intoto', 'timestamps', 'timestamps-own'];
const cases = corpora.flatMap((corpus): Case[] => {
  const list = `../shared/corpora/${corpus}/GIVE/cases.json`;
  return existsSync(list)
    ? (JSON.parse(readFileSync(list, 'utf8')).cases as Case[]).map((each) => ({ ...each, corpus }))
    : [];
});
const isHere = cases.length > 0;

/** Examines a case with what its parameters name, and nothing else, as trust. */
async function examined({ corpus, path, params = {}, group }: Case): Promise<Examination> {
  const root = `../shared/corpora/${corpus}`;
  const place = mkdtempSync(join(scratch, 'case-'));
  const folder = join(place, 'evidence');
  cpSync(join(root, path), folder, { recursive: true, verbatimSymlinks: true });
  const entries: TrustEntry[] = [];
  const trust = (files: (string | undefined)[], isTimestamper = false) => {
    for (const file of files)
      if (file !== undefined)
        for (const entry of readTrust(existsSync(join(root, file)) ? join(root, file) : join(folder, file)).entries)
          entries.push(isTimestamper ? { ...entry, kind: 'timestamper', uses: ['timestamp'] } : entry);
  };
  if (params.method !== 'certificate') trust([params.public_key, params.key]);
  if (params.method === 'certificate') trust([params.ca ?? []].flat());
  trust([...(params.layout_keys ?? []), ...(params.keys ?? [])]);
  trust(params.roots ?? [], true);
  if (existsSync(join(folder, 'ts_chain.pem'))) {
    trust(['ts_chain.pem'], true);
    rmSync(join(folder, 'ts_chain.pem'));
  }
  // A token is over the file whose name it bears.
  if (group === 'rfc3161') renameSync(join(folder, params.token ?? 'response.tsr'), join(folder, 'data.tsr'));
  const request = { path: folder, trust: { entries }, asOf: '2026-11-21T00:00:00Z', staging: place };
  return examine(request, {}, new AbortController().signal);
}
type Word = 'pass' | 'fail' | 'undecided';
const words: Record<Examination['verdict'], Word> = {
  pass: 'pass',
  warn: 'pass',
  fail: 'fail',
  policy: 'fail',
  undecided: 'undecided',
};
function meantBy(expected: string): Word {
  if (expected.startsWith('valid')) return 'pass';
  return expected.startsWith('inconclusive') ? 'undecided' : 'fail';
}

/** Cases that ask for what is not there to be had: another format, or an option that the command line has not. */
function whyApart({ group, params = {}, id, corpus }: Case): string | null {
  if (group === 'manifest-golden') return 'an unsigned manifest: nothing to verify';
  if (group.startsWith('ots')) return 'OpenTimestamps is not read';
  if (id.includes('old-bundle')) return 'a form of bundle that is not read';
  if (group === 'in-toto-link') return 'a template without signatures';
  if (params.allow_symlinks === true) return 'the link came as a file';
  if (params.ignore_unsigned_files === true) return 'extra files are never passed over';
  const isRecorded = /1\.1\.0/.test(id) || corpus === 'oms-tools';
  if ((params.ignore_paths?.length ?? 0) > 0 && !isRecorded) return 'what the verifier leaves out cannot be said';
  return null;
}
/** Signed by a certificate of Sigstore: never more than undecided where no root of Sigstore is named. */
const isKeyless = ({ params = {}, corpus, group }: Case) =>
  params.method === 'sigstore' || (corpus === 'slsa-intoto' && group !== 'dsse');

describe('signed evidence of others', () => {
  it.skipIf(!isHere)('comes out as labelled (skipped where the corpora are not there)', async () => {
    const differing: string[] = [];
    let agreed = 0;
    for (const each of cases.filter((one) => whyApart(one) === null && !isKeyless(one))) {
      const { verdict } = await examined(each);
      if (words[verdict] === meantBy(each.expected)) agreed += 1;
      else differing.push(`${each.id}: ${each.expected}, said ${verdict}`);
    }
    // The tool looks at the day before the certificate begins; to a reviewer a certificate that has expired, with no
    // time proven, is a matter of policy.
    expect(differing).toEqual(['cert-leaf-expired: valid-with-findings, said policy']);
    expect(agreed).toBeGreaterThanOrEqual(106);
  });

  it.skipIf(!isHere)('is never a pass where it is signed through Sigstore and no root is named', async () => {
    const passed: string[] = [];
    for (const each of cases.filter((one) => whyApart(one) === null && isKeyless(one)))
      if (words[(await examined(each)).verdict] === 'pass') passed.push(each.id);
    expect(passed).toEqual([]);
  });
});

describe('manifests that the reference tool made', () => {
  const goldens = cases.filter(({ group }) => group === 'manifest-golden');
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const material = publicKey.export({ type: 'spki', format: 'pem' }).toString();

  it.skipIf(goldens.length === 0)('hold once they are signed (skipped where the corpora are not there)', async () => {
    const said: Record<string, string> = {};
    for (const { id, corpus, path } of goldens) {
      const place = mkdtempSync(join(scratch, 'golden-'));
      const folder = join(place, 'evidence');
      cpSync(`../shared/corpora/${corpus}/${path}`, folder, { recursive: true });
      const payload = readFileSync(join(folder, 'expected_statement.json'));
      rmSync(join(folder, 'expected_statement.json'));
      const payloadType = 'application/vnd.in-toto+json';
      const sig = sign('sha256', pae(payloadType, payload), privateKey).toString('base64');
      const bundle = {
        mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
        verificationMaterial: { publicKey: {} },
        dsseEnvelope: { payload: payload.toString('base64'), payloadType, signatures: [{ sig }] },
      };
      writeFileSync(join(folder, 'model.sig'), JSON.stringify(bundle));
      writeFileSync(join(place, 'key.pem'), material);
      const { entries } = readTrust(join(place, 'key.pem'));
      const request = { path: folder, trust: { entries }, asOf: '2026-11-21T00:00:00Z', staging: place };
      said[id] = (await examine(request, {}, new AbortController().signal)).verdict;
    }
    expect(Object.entries(said).filter(([, word]) => !['pass', 'warn'].includes(word))).toEqual([]);
  });
});

describe('hostile envelopes', () => {
  interface Attack {
    trustedKeys: Record<string, { pem: string }>;
    threshold: number;
    envelope: unknown;
    raw?: string;
  }
  const folder = '../shared/hostile/sig';
  const labels: { file: string; sub: string; expect: string }[] = existsSync(folder)
    ? readFileSync(`${folder}/manifest.jsonl`, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
    : [];

  it.skipIf(labels.length === 0)(
    'are accepted and refused as labelled (skipped where they are not there)',
    async () => {
      const differing: string[] = [];
      let agreed = 0;
      for (const { file, sub, expect: label } of labels) {
        if (sub !== 'dsse' || label === 'EITHER') continue;
        const attack = JSON.parse(readFileSync(`${folder}/cases/${file}`, 'utf8')) as Attack;
        // Two signatures of two people are a demand that no reviewer can make here yet.
        if (attack.threshold > 1) continue;
        const place = mkdtempSync(join(scratch, 'attack-'));
        mkdirSync(join(place, 'bundle', 'evidence'), { recursive: true });
        writeFileSync(join(place, 'bundle', 'evidence', 'a.txt'), 'a');
        writeFileSync(join(place, 'bundle', 'statement.dsse.json'), attack.raw ?? JSON.stringify(attack.envelope));
        mkdirSync(join(place, 'trust'));
        for (const [name, { pem }] of Object.entries(attack.trustedKeys))
          writeFileSync(join(place, 'trust', `${name}.pem`), pem);
        const { entries } = readTrust(join(place, 'trust'));
        const request = {
          path: join(place, 'bundle'),
          trust: { entries },
          asOf: '2026-11-21T00:00:00Z',
          staging: place,
        };
        const { verdict } = await examine(request, {}, new AbortController().signal);
        if (words[verdict] === (label === 'ACCEPT' ? 'pass' : 'fail')) agreed += 1;
        else differing.push(`${file}: ${label}, said ${verdict}`);
      }
      expect(differing).toEqual([]);
      expect(agreed).toBeGreaterThanOrEqual(20);
    },
  );
});
