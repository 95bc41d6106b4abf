import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { TrustEntry } from '../../shared/trust.ts';
import { readTrust } from '../intake/trust-folder.ts';
import { pae } from '../integrity/dsse.ts';
import { opensshBlob } from '../integrity/public-key.ts';
import { sshString } from '../integrity/ssh-key.ts';
import { examine } from './examine.ts';

const scratch = mkdtempSync(join(tmpdir(), 'assay-carried-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
let count = 0;
async function judged(files: Record<string, Uint8Array | string>, entries: TrustEntry[]) {
  const folder = join(scratch, String(++count));
  mkdirSync(folder);
  for (const [name, held] of Object.entries(files)) writeFileSync(join(folder, name), held);
  const request = { path: folder, trust: { entries }, asOf: '2026-11-21T00:00:00Z', staging: scratch };
  const { verdict, checks } = await examine(request, {}, new AbortController().signal);
  return { verdict, codes: checks.map(({ code }) => code) };
}
function trusted(key: KeyObject | string): TrustEntry[] {
  const path = join(scratch, `key-${++count}`);
  writeFileSync(path, typeof key === 'string' ? key : key.export({ format: 'pem', type: 'spki' }));
  return readTrust(path).entries;
}

describe('a signature that brings a key', () => {
  const [one, other] = [generateKeyPairSync('ed25519'), generateKeyPairSync('ed25519')];

  it('of SSH holds by that key alone', async () => {
    const data = Buffer.from('weights');
    const armored = (key: KeyObject) => {
      const parts = [Buffer.from('SSHSIG'), ...['file', '', 'sha512'].map((each) => sshString(each))];
      const digest = createHash('sha512').update(data).digest();
      const value = sign(null, Buffer.concat([...parts, sshString(digest)]), one.privateKey);
      const head = Buffer.from([...Buffer.from('SSHSIG'), 0, 0, 0, 1]);
      const [, ...rest] = parts;
      const signature = Buffer.concat([sshString('ssh-ed25519'), sshString(value)]);
      const whole = Buffer.concat([head, sshString(opensshBlob(key)), ...rest, sshString(signature)]);
      return `-----BEGIN SSH SIGNATURE-----\n${whole.toString('base64')}\n-----END SSH SIGNATURE-----\n`;
    };
    const verdictOf = async (key: KeyObject, entries: TrustEntry[]) =>
      (await judged({ data, 'data.sig': armored(key) }, entries)).verdict;
    expect(await verdictOf(one.publicKey, trusted(one.publicKey))).toBe('pass');
    expect(await verdictOf(one.publicKey, trusted(other.publicKey))).toBe('policy');
    expect(await verdictOf(one.publicKey, [])).toBe('undecided');
    // The key in it was exchanged: OpenSSH verifies by that one, and so does everybody who reads who signed.
    expect(await verdictOf(other.publicKey, trusted(one.publicKey))).toBe('fail');
    expect(await verdictOf(other.publicKey, [...trusted(one.publicKey), ...trusted(other.publicKey)])).toBe('fail');
    expect(await verdictOf(other.publicKey, [])).toBe('fail');
  });

  it('of another than the one by which it holds is worth a look', async () => {
    const token = (jwk: object) => {
      const head = Buffer.from(JSON.stringify({ alg: 'EdDSA', jwk })).toString('base64url');
      const text = `${head}.${Buffer.from('{}').toString('base64url')}`;
      return `${text}.${sign(null, Buffer.from(text), one.privateKey).toString('base64url')}`;
    };
    const codesOf = async ({ publicKey }: typeof one) =>
      (await judged({ 'token.jws': token(publicKey.export({ format: 'jwk' })) }, trusted(one.publicKey))).codes;
    expect(await codesOf(one)).not.toContain('signature-caution');
    expect(await codesOf(other)).toContain('signature-caution');
  });
});

describe('an envelope with two signatures', () => {
  it('counts by the one that holds, and says that the other counts for nobody', async () => {
    const [one, other] = [generateKeyPairSync('ed25519'), generateKeyPairSync('ed448')];
    const payload = Buffer.from('{}');
    const over = (pair: typeof one) => sign(null, pae('application/json', payload), pair.privateKey);
    const judgedWith = (second: Uint8Array) => {
      const signatures = [over(one), second].map((value) => ({ sig: Buffer.from(value).toString('base64') }));
      const envelope = { payloadType: 'application/json', payload: payload.toString('base64'), signatures };
      return judged({ 'a.dsse.json': JSON.stringify(envelope) }, [
        ...trusted(one.publicKey),
        ...trusted(other.publicKey),
      ]);
    };
    const [good, bad] = [await judgedWith(over(other)), await judgedWith(Buffer.alloc(114))];
    expect([good.verdict, bad.verdict]).toEqual(['pass', 'pass']);
    expect(good.codes).not.toContain('signature-other-signer');
    expect(bad.codes).toContain('signature-other-signer');
  });
});

interface Bundle {
  verificationMaterial: {
    tlogEntries: {
      logIndex: string;
      inclusionProof: { rootHash: string; hashes: string[]; checkpoint: { envelope: string } };
      canonicalizedBody: string;
    }[];
  };
  messageSignature: { messageDigest: { algorithm: string } };
}
type Entry = Bundle['verificationMaterial']['tlogEntries'][number];

const suite = '../shared/corpora/sigstore-bundle';
describe.skipIf(!existsSync(suite))('a log entry in a bundle (skipped without the suite)', () => {
  const at = (name: string, file: string) => join(suite, 'GIVE', name, file);
  const artifactOf = (name: string) =>
    readFileSync([at(name, 'artifact'), join(suite, 'common/a.txt')].find((path) => existsSync(path)) ?? '');
  const identities = [
    {
      identity:
        'https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main',
      issuer: 'https://token.actions.githubusercontent.com',
    },
  ];
  async function changed(name: string, change: (bundle: Bundle, entry: Entry) => void) {
    const bundle = JSON.parse(readFileSync(at(name, 'bundle.sigstore.json'), 'utf8')) as Bundle;
    const [entry] = bundle.verificationMaterial.tlogEntries;
    if (entry !== undefined) change(bundle, entry);
    const roots = [at(name, 'key.pub'), at(name, 'trusted_root.json')].filter((path) => existsSync(path));
    const usual = join(suite, 'common/trust/trusted_root.public-good.json');
    const entries = (roots.length > 0 ? roots : [usual]).flatMap((path) => readTrust(path).entries);
    const files = { 'bundle.sigstore.json': JSON.stringify(bundle), artifact: artifactOf(name) };
    const trust = entries.map((each) => (each.kind === 'sigstore' ? { ...each, identities } : each));
    return (await judged(files, trust)).verdict;
  }

  it('of a log that nobody named may not contradict itself or the signature', async () => {
    const name = 'managed-key-happy-path';
    expect(await changed(name, () => {})).toBe('pass');
    const others: ((entry: Entry) => void)[] = [
      (entry) => {
        entry.canonicalizedBody = Buffer.from(entry.canonicalizedBody, 'base64')
          .toString()
          .replace(/"value":"[0-9a-f]{2}/, '"value":"00');
        entry.canonicalizedBody = Buffer.from(entry.canonicalizedBody).toString('base64');
      },
      ({ inclusionProof }) => {
        inclusionProof.hashes.reverse();
      },
      ({ inclusionProof }) => {
        inclusionProof.rootHash = Buffer.alloc(32).toString('base64');
      },
      ({ inclusionProof: { checkpoint } }) => {
        checkpoint.envelope = checkpoint.envelope.replace(/\n\d/, '\n9');
      },
    ];
    for (const [index, change] of others.entries())
      expect(await changed(name, (_, entry) => change(entry)), String(index)).toBe('fail');
  });

  it('stands where it says, in a log of its name', async () => {
    const name = 'rekor2-checkpoint-cosigned';
    expect(await changed(name, () => {})).toBe('pass');
    const moved = (entry: Entry) => {
      entry.logIndex = String(Number(entry.logIndex) + 1);
    };
    expect(await changed(name, (_, entry) => moved(entry))).toBe('fail');
    const renamed = ({ inclusionProof: { checkpoint } }: Entry) => {
      checkpoint.envelope = checkpoint.envelope.replaceAll('\n— rekor', '\n— recor');
    };
    expect(await changed('happy-path-intoto-in-dsse-v3', (_, entry) => renamed(entry))).toBe('fail');
  });

  it('is beside a digest of an algorithm that there is', async () => {
    const say = (algorithm: string) =>
      changed('happy-path-v0.3-new-mediaType', ({ messageSignature: { messageDigest } }) => {
        messageDigest.algorithm = algorithm;
      });
    expect(await say('SHA2_256')).toBe('pass');
    expect(await say('SHA2_257')).toBe('warn');
  });
});
