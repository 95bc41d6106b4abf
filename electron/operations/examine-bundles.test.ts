import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { TrustEntry } from '../../shared/trust.ts';
import { readTrust } from '../intake/trust-folder.ts';
import { sha256Hex } from '../integrity/digest.ts';
import { pae } from '../integrity/dsse.ts';
import { examine } from './examine.ts';

const scratch = mkdtempSync(join(tmpdir(), 'assay-bundles-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

type Json = Record<string, unknown>;
const statementType = 'application/vnd.in-toto+json';
const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const pem = publicKey.export({ format: 'pem', type: 'spki' }).toString();
const keyTrust = join(scratch, 'key.pem');
writeFileSync(keyTrust, pem);

let count = 0;
async function judged(
  files: Record<string, string | Uint8Array>,
  trust = keyTrust,
  identities: TrustEntry['identities'] = [],
) {
  count += 1;
  const folder = join(scratch, `case-${count}`);
  mkdirSync(folder);
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
  const entries = readTrust(trust).entries.map((each) => ({ ...each, identities }));
  const request = { path: folder, trust: { entries }, asOf: '2026-11-21T00:00:00Z', staging: scratch };
  const { verdict, checks } = await examine(request, {}, new AbortController().signal);
  return { verdict, codes: checks.map(({ code }) => code), checks };
}

const hex = sha256Hex('alpha');
const statement = (more: Json = {}): Json => ({
  _type: 'https://in-toto.io/Statement/v1',
  subject: [{ name: 'a.txt', digest: { sha256: hex } }],
  predicateType: 'https://example.org/tested/v1',
  predicate: { tested: true },
  ...more,
});
/** A bundle by a key, as cosign writes it. */
function keyed(of: Json, more: { bundle?: Json; material?: Json; signatures?: (own: Json) => Json[] } = {}): Json {
  const payload = Buffer.from(JSON.stringify(of));
  const own = { sig: sign('sha256', pae(statementType, payload), privateKey).toString('base64') };
  return {
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: { publicKey: { hint: 'k' }, ...more.material },
    dsseEnvelope: {
      payload: payload.toString('base64'),
      payloadType: statementType,
      signatures: more.signatures?.(own) ?? [own],
    },
    ...more.bundle,
  };
}
const over = (bundle: unknown) => judged({ 'a.txt': 'alpha', 'a.sigstore.json': JSON.stringify(bundle) });

describe('a bundle by a key that is named', () => {
  it('passes, its members in any order, in either spelling, and a null for nothing', async () => {
    const good = keyed(statement());
    expect((await over(good)).verdict).toBe('pass');
    const { mediaType, verificationMaterial, dsseEnvelope } = good;
    expect((await over({ dsseEnvelope, verificationMaterial, mediaType })).verdict).toBe('pass');
    expect(
      (await over({ media_type: mediaType, verification_material: verificationMaterial, dsse_envelope: dsseEnvelope }))
        .verdict,
    ).toBe('pass');
    expect((await over({ ...good, messageSignature: null })).verdict).toBe('pass');
  });

  it('is read where each line is one, or a registry lists them', async () => {
    const [one, two] = [keyed(statement()), keyed(statement({ predicate: {} }))];
    const lines = `${JSON.stringify(one)}\n${JSON.stringify(two)}\n`;
    const found = await judged({ 'a.txt': 'alpha', 'sha256-a.jsonl': lines });
    expect(found.verdict).toBe('pass');
    expect(found.codes.filter((code) => code === 'signature-holds')).toHaveLength(2);
    const listed = (predicateType: string) => ({ attestations: [{ predicateType, bundle: one }, { bundle: two }] });
    expect((await over(listed('https://example.org/tested/v1'))).verdict).toBe('pass');
    expect((await over(listed('https://example.org/other/v1'))).codes).toContain('bundle-contradicts');
    const spoiled = lines.replace(/"sig":"M/, '"sig":"N');
    expect((await judged({ 'a.txt': 'alpha', 'a.jsonl': spoiled })).verdict).not.toBe('pass');
  });

  it('says what its schema does not know', async () => {
    for (const more of [{ bundle: { note: 'x' } }, { material: { timestamps: [] } }])
      expect(await over(keyed(statement(), more))).toMatchObject({ verdict: 'warn' });
  });

  it('fails where it holds two of what may be there once', async () => {
    const good = keyed(statement());
    const twice = [
      keyed(statement(), { material: { certificate: { rawBytes: 'AAAA' } } }),
      keyed(statement(), { bundle: { messageSignature: { signature: 'AAAA' } } }),
      keyed(statement(), { signatures: (own) => [own, own] }),
      keyed(statement(), { signatures: () => [] }),
      { ...good, media_type: good['mediaType'] },
      keyed(statement(), { material: { tlogEntries: {} } }),
    ];
    for (const bundle of twice) expect(await over(bundle)).toMatchObject({ verdict: 'fail' });
    const named = keyed(statement(), { signatures: (own) => [{ ...own, keyid: 'another' }] });
    expect((await over(named)).codes).toContain('bundle-contradicts');
  });
});

describe('a statement that is signed by a key that is named', () => {
  it('fails without what every statement has', async () => {
    for (const more of [
      { predicateType: undefined },
      { _type: undefined },
      { _type: 'https://example.org/Statement/v1' },
      { subject: [] },
      { subject: [{ name: 'a.txt' }] },
      { subject: [{ name: 'a.txt', digest: {} }] },
      { subject: [{ name: 'a.txt', digest: { sha256: 'zz' } }] },
      { subject: [{ name: 'a.txt', digest: { sha256: hex, sha512: '' } }] },
    ]) {
      expect((await over(keyed(statement(more)))).codes, JSON.stringify(more)).toContain('statement-invalid');
      const { dsseEnvelope } = keyed(statement(more));
      const bare = await judged({ 'a.txt': 'alpha', 'a.dsse.json': JSON.stringify(dsseEnvelope) });
      expect(bare.verdict, JSON.stringify(more)).toBe('fail');
    }
    expect((await over(keyed(statement({ predicateType: '' })))).verdict).toBe('warn');
    const payload = Buffer.from(
      JSON.stringify(statement({ subject: [{ name: 'a.txt', digest: { sha256: sha256Hex('b') } }] })),
    );
    const sig = sign('sha256', pae('application/json', payload), privateKey).toString('base64');
    const other = { payload: payload.toString('base64'), payloadType: 'application/json', signatures: [{ sig }] };
    const found = await judged({ 'a.txt': 'alpha', 'a.dsse.json': JSON.stringify(other) });
    expect(found.codes).toEqual(expect.arrayContaining(['statement-untyped', 'digest-mismatch']));
  });
});

const suite = '../shared/corpora/sigstore-bundle';
describe.skipIf(!existsSync(suite))('a bundle by a certificate (skipped without the suite)', () => {
  const identities = [
    {
      identity:
        'https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main',
      issuer: 'https://token.actions.githubusercontent.com',
    },
  ];
  const root = join(suite, 'common/trust/trusted_root.public-good.json');
  const artifact = existsSync(suite) ? readFileSync(join(suite, 'common/a.txt')) : '';
  const changed = async (name: string, change: (bundle: Record<string, Record<string, never>>) => void) => {
    const bundle = JSON.parse(readFileSync(join(suite, 'GIVE', name, 'bundle.sigstore.json'), 'utf8'));
    change(bundle);
    return judged({ 'a.txt': artifact, 'a.txt.sigstore.json': JSON.stringify(bundle) }, root, identities);
  };
  const [latest, first] = ['happy-path-v0.3-new-mediaType', 'happy-path-v0.1'];

  it('is told by what was logged, never by what stands beside the entry', async () => {
    expect((await changed(latest, () => {})).verdict).toBe('pass');
    const kind = (value: unknown) =>
      changed(latest, ({ verificationMaterial }) => {
        (verificationMaterial as { tlogEntries?: Json[] }).tlogEntries?.forEach((each) => {
          each['kindVersion'] = value;
        });
      });
    expect((await kind({ kind: 'dsse', version: '0.0.1' })).codes).toContain('bundle-contradicts');
    expect((await kind({ kind: 'hashedrekord', version: '0.0.2' })).verdict).toBe('fail');
    expect((await kind(undefined)).verdict).toBe('warn');
  });

  it('by a key is held against its log entry where the log is named', async () => {
    const managed = join(suite, 'GIVE/managed-key-happy-path');
    const trust = join(scratch, 'managed');
    mkdirSync(trust);
    for (const file of [join(managed, 'key.pub'), root])
      writeFileSync(join(trust, file.split('/').at(-1) ?? ''), readFileSync(file));
    const bundle = JSON.parse(readFileSync(join(managed, 'bundle.sigstore.json'), 'utf8'));
    const other = JSON.parse(readFileSync(join(suite, 'GIVE', latest, 'bundle.sigstore.json'), 'utf8'));
    const over = (held: unknown) =>
      judged({ 'a.txt': artifact, 'a.txt.sigstore.json': JSON.stringify(held) }, trust, identities);
    const good = await over(bundle);
    expect(good.verdict).toBe('pass');
    expect(good.codes).not.toContain('signing-time-not-proven');
    bundle.verificationMaterial.tlogEntries = other.verificationMaterial.tlogEntries;
    expect(await over(bundle)).toMatchObject({ verdict: 'fail' });
  });

  it('holds its certificate in the form of its version', async () => {
    const chained = await changed(latest, (bundle) => {
      const material = bundle['verificationMaterial'] as Json;
      material['x509CertificateChain'] = { certificates: [material['certificate']] };
      delete material['certificate'];
    });
    expect(chained.codes).toContain('bundle-contradicts');
    const both = await changed(latest, ({ verificationMaterial = {} }) => {
      const { certificate } = verificationMaterial as Json;
      Object.assign(verificationMaterial, { x509CertificateChain: { certificates: [certificate] } });
    });
    expect(both.verdict).toBe('fail');
    const alone = await changed(first, (bundle) => {
      const material = bundle['verificationMaterial'] as Json;
      [material['certificate']] = (material['x509CertificateChain'] as { certificates: Json[] }).certificates;
      delete material['x509CertificateChain'];
    });
    expect(alone.codes).toContain('bundle-form');
  });
});

describe('a model signature by a key that is named', () => {
  const resource = (name: string, text: string) => ({ name, algorithm: 'sha256', digest: sha256Hex(text) });
  const model = (resources: ReturnType<typeof resource>[], more: Json = {}): Json => ({
    _type: 'https://in-toto.io/Statement/v1',
    subject: [
      {
        name: 'model',
        digest: { sha256: sha256Hex(Buffer.from(resources.map(({ digest }) => digest).join(''), 'hex')) },
      },
    ],
    predicateType: 'https://model_signing/signature/v1.0',
    predicate: {
      resources,
      serialization: { method: 'files', hash_type: 'sha256', allow_symlinks: false, ignore_paths: [] },
    },
    ...more,
  });
  const files = { 'a.bin': 'alpha', 'b.bin': 'beta' };
  const both = [resource('a.bin', 'alpha'), resource('b.bin', 'beta')];
  const over = (bundle: unknown) => judged({ ...files, 'model.sig': JSON.stringify(bundle) });

  it('passes as it is, and fails where a resource is named twice or its form is not known', async () => {
    expect((await over(keyed(model(both)))).verdict).toBe('pass');
    expect((await over(keyed(model([...both, resource('b.bin', 'beta')])))).codes).toContain('listed-twice');
    expect((await over(keyed(model([...both, resource('b.bin', 'other')])))).verdict).toBe('fail');
    const spelled = [...both, resource('./b.bin', 'beta')];
    expect((await over(keyed(model(spelled)))).codes).toContain('listed-twice');
    expect((await over(keyed(model(both, { _type: 'x' })))).codes).toContain('statement-invalid');
    const old = model(both, { _type: 'https://in-toto.io/Statement/v0.1' });
    expect((await over(keyed(old))).codes).toContain('statement-invalid');
    const out = model([resource('../b.bin', 'beta'), ...both]);
    expect((await over(keyed(out))).codes).toContain('statement-invalid');
    const other = model(both, { predicateType: 'https://model_signing/signature/v9.0' });
    expect((await over(keyed(other))).codes).toContain('signature-unreadable');
  });

  it('says how the model was read and hashed', async () => {
    const { resources } = model(both)['predicate'] as Json;
    for (const serialization of [
      { method: 'zip', hash_type: 'sha256' },
      { hash_type: 'sha256' },
      { method: 'files', hash_type: 'md5' },
      { method: 'files' },
    ]) {
      const { verdict, codes } = await over(keyed(model(both, { predicate: { resources, serialization } })));
      expect([verdict, codes.includes('statement-invalid')]).toEqual(['fail', true]);
    }
  });

  it('is compared with its files without its bundle too', async () => {
    const { dsseEnvelope } = keyed(model(both));
    const alone = { 'model.dsse.json': JSON.stringify(dsseEnvelope) };
    expect((await judged({ ...files, ...alone })).verdict).toBe('warn');
    expect((await judged({ ...files, 'b.bin': 'other', ...alone })).verdict).toBe('fail');
  });
});

describe('a verification summary', () => {
  const summary = (predicate: Json, version = 'v1'): Json => ({
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: 'a.bin', digest: { sha256: sha256Hex('alpha') } }],
    predicateType: `https://slsa.dev/verification_summary/${version}`,
    predicate: { verifier: { id: 'v' }, ...predicate },
  });
  const over = (statement: Json) =>
    judged({ 'a.bin': 'alpha', 'a.dsse.json': JSON.stringify(keyed(statement)['dsseEnvelope']) });
  it('counts where it says PASSED, and is an answer of no kind where it says neither', async () => {
    expect((await over(summary({ verificationResult: 'PASSED' }))).codes).not.toContain('statement-invalid');
    for (const no of [
      summary({ verificationResult: 'FAILED' }),
      summary({ verificationResult: 'failed' }),
      summary({ verification_result: 'FAILED' }, 'v0.2'),
    ])
      expect((await over(no)).codes).toContain('statement-says-failed');
    for (const neither of [summary({}), summary({ verificationResult: 'yes' }), summary({ verificationResult: true })])
      expect((await over(neither)).codes).toContain('statement-invalid');
  });
});

describe('build provenance', () => {
  const over = (predicate: Json) =>
    judged({
      'a.txt': 'alpha',
      'a.intoto.jsonl': JSON.stringify(
        keyed(statement({ predicateType: 'https://slsa.dev/provenance/v1', predicate }))['dsseEnvelope'],
      ),
    });
  const built = (metadata: Json = {}, id = 'https://builder.example') => ({
    buildDefinition: { buildType: 'https://builder.example/v1' },
    runDetails: { builder: { id }, metadata },
  });

  it('says by whom and how it was built, and does not end before it begins', async () => {
    const days = { startedOn: '2026-01-01T00:00:00Z', finishedOn: '2026-01-02T00:00:00Z' };
    expect((await over(built(days))).verdict).toBe('pass');
    expect(await over(built({}, ''))).toMatchObject({ verdict: 'warn' });
    expect((await over({})).codes).toContain('statement-untyped');
    const turned = { startedOn: days.finishedOn, finishedOn: days.startedOn };
    expect((await over(built(turned))).codes).toContain('record-contradicts');
  });

  it('in a bundle that names neither a key nor a certificate is told of', async () => {
    const bare = keyed(statement(), { bundle: { verificationMaterial: {} } });
    expect((await judged({ 'a.txt': 'alpha', 'a.sigstore.json': JSON.stringify(bare) })).codes).toContain(
      'bundle-form',
    );
  });
});

describe('what a registry of packages says of a package', () => {
  const tarball = 'a package';
  const listed = JSON.stringify({
    attestations: [
      {
        predicateType: 'https://example.org/tested/v1',
        bundle: keyed(
          statement({
            subject: [
              {
                name: 'pkg:npm/%40lab/model@1.0.0',
                digest: { sha512: createHash('sha512').update(tarball).digest('hex') },
              },
            ],
          }),
        ),
      },
    ],
  });
  const over = (name: string, content: string, keyUsage = 'npm:attestations') => {
    const trust = join(scratch, `registry-${keyUsage.slice(4)}.json`);
    const rawBytes = publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
    const own = { keyId: 'k', keyUsage, publicKey: { rawBytes, validFor: { start: '2022-12-01T00:00:00Z' } } };
    writeFileSync(trust, JSON.stringify({ keys: [own] }));
    return judged({ 'npm.json': listed, [name]: content }, trust);
  };

  it('is of the file that it is packed as, and of no other', async () => {
    expect((await over('lab-model-1.0.0.tgz', tarball)).verdict).toBe('pass');
    expect((await over('lab-model-1.0.0.tgz', 'another')).verdict).toBe('fail');
    expect((await over('other.tgz', 'another')).codes).toContain('data-not-here');
  });

  it('counts by a key for that alone', async () => {
    expect((await over('lab-model-1.0.0.tgz', tarball, 'npm:signatures')).verdict).toBe('policy');
  });
});

const registry = '../shared/corpora/slsa-intoto';
it.skipIf(!existsSync(registry) || !existsSync(suite))(
  'what a registry of packages signed counts by its key of that time (skipped without the corpora)',
  async () => {
    const name = 'npm-att-prov-invalid-signature';
    const listed = JSON.parse(readFileSync(join(registry, 'GIVE', name, `${name}.intoto.sigstore`), 'utf8'));
    const publish = JSON.stringify({ attestations: listed.attestations.slice(1) });
    const trust = join(scratch, 'registry');
    mkdirSync(trust);
    writeFileSync(join(trust, 'keys.json'), readFileSync(join(registry, 'common/trust/npm-registry-keys.json')));
    // Its key has ended since: without the log nothing says that it was made before.
    expect((await judged({ 'npm.json': publish }, trust)).codes).toContain('signature-time');
    const root = readFileSync(join(suite, 'common/trust/trusted_root.public-good.json'));
    writeFileSync(join(trust, 'trusted_root.json'), root);
    expect((await judged({ 'npm.json': publish }, trust)).verdict).toBe('pass');
  },
);
