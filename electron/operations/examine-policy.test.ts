import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readPolicy } from '../intake/policy-file.ts';
import { readTrust } from '../intake/trust-folder.ts';
import { sha256Hex } from '../integrity/digest.ts';
import { pae } from '../integrity/dsse.ts';
import { examine } from './examine.ts';

const scratch = mkdtempSync(join(tmpdir(), 'assay-policy-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const noTrust = join(scratch, 'nobody');
mkdirSync(noTrust);

/** A model with a statement over it, signed by each key given; and the keys as trust. */
function signed(
  name: string,
  keys: { publicKey: KeyObject; privateKey: KeyObject }[],
): { folder: string; trust: string } {
  const folder = join(scratch, name);
  const trust = join(scratch, `${name}-trust`);
  mkdirSync(folder);
  mkdirSync(trust);
  writeFileSync(join(folder, 'model.bin'), 'weights');
  const payload = Buffer.from(
    JSON.stringify({
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ name: 'model.bin', digest: { sha256: sha256Hex('weights') } }],
      predicateType: 'https://example.org/test-result/v0.1',
      predicate: {},
    }),
  );
  const type = 'application/vnd.in-toto+json';
  writeFileSync(
    join(folder, 'statement.dsse.json'),
    JSON.stringify({
      payload: payload.toString('base64'),
      payloadType: type,
      signatures: keys.map(({ privateKey }) => ({
        keyid: '',
        sig: sign(
          privateKey.asymmetricKeyType === 'ed25519' ? null : 'sha256',
          pae(type, payload),
          privateKey,
        ).toString('base64'),
      })),
    }),
  );
  keys.forEach(({ publicKey }, index) => {
    writeFileSync(join(trust, `signer-${index}.pem`), publicKey.export({ format: 'pem', type: 'spki' }));
  });
  return { folder, trust };
}

async function verdicts({ folder, trust }: { folder: string; trust: string }, policy: string) {
  const {
    verdict,
    checks,
    policy: recorded,
  } = await examine(
    {
      path: folder,
      trust: { entries: readTrust(trust).entries },
      policy: readPolicy(`version: 1\nname: Mine\n${policy}`, 'policy.yaml'),
      asOf: '2026-11-21T00:00:00Z',
      staging: scratch,
    },
    {},
    new AbortController().signal,
  );
  return { verdict, recorded, policy: checks.flatMap((check) => (check.verdict === 'policy' ? [check.code] : [])) };
}

describe('what the policy does not accept is policy, never fail and never pass', () => {
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const ed = generateKeyPairSync('ed25519');
  const one = signed('one', [ec]);
  const two = signed('two', [ec, ed]);

  it.each([
    ['', []],
    ['signatures: { algorithms: [ed25519] }', ['policy-algorithm']],
    ['signatures: { identities: [somebody-else] }', ['policy-identity']],
    ['signatures: { timestamped: [statement] }', ['policy-timestamp']],
    ['signatures: { required: { statement: 2 } }', ['policy-signers']],
    ['signatures: { required: { approval: 1 } }', ['policy-signers']],
    ['signatures: { required: { statement: 1 } }', []],
    ['digests: { accepted: [sha512] }', ['policy-digest']],
  ])('%s', async (text, codes) => {
    const found = await verdicts(one, text);
    expect(found.policy).toEqual(codes);
    expect(found.verdict).toBe(codes.length === 0 ? 'pass' : 'policy');
    expect(found.recorded.name).toBe('Mine');
    expect(found.recorded.digest).toBe(`sha256:${sha256Hex(`version: 1\nname: Mine\n${text}`)}`);
  });

  it('counts two signers of one envelope as two, and lets the key that is accepted carry it', async () => {
    expect((await verdicts(two, 'signatures: { required: { statement: 2 } }')).policy).toEqual([]);
    expect((await verdicts(two, 'signatures: { required: { statement: 3 } }')).policy).toEqual(['policy-signers']);
  });

  it('short RSA keys, and lists that nobody signed, at the worth it gives them', async () => {
    const rsa = signed('rsa', [generateKeyPairSync('rsa', { modulusLength: 2_048 })]);
    expect((await verdicts(rsa, '')).verdict).toBe('pass');
    expect((await verdicts(rsa, 'signatures: { rsaBits: 3072 }')).policy).toEqual(['policy-key-size']);
    const folder = join(scratch, 'listed');
    mkdirSync(folder);
    writeFileSync(join(folder, 'a.txt'), 'a');
    writeFileSync(join(folder, 'SHA256SUMS'), `${sha256Hex('a')}  a.txt\n`);
    const listed = { folder, trust: rsa.trust };
    expect((await verdicts(listed, '')).verdict).toBe('pass');
    for (const worth of ['warn', 'undecided', 'policy'])
      expect((await verdicts(listed, `unsigned: { manifest: ${worth} }`)).verdict).toBe(worth);
    // What anybody may lay beside a list is no signature of it.
    writeFileSync(join(folder, 'SHA256SUMS.sig'), Buffer.alloc(71, 0x5a));
    for (const trust of [rsa.trust, noTrust])
      expect((await verdicts({ folder, trust }, 'unsigned: { manifest: policy }')).policy).toContain('policy-unsigned');
  });

  it('what it does not accept neither carries a document nor counts among its signers', async () => {
    const only = 'algorithms: [ecdsa-p256]';
    for (const keys of [
      [ec, ed],
      [ed, ec],
    ]) {
      const both = signed(`both-${keys.indexOf(ec)}`, keys);
      expect((await verdicts(both, `signatures: { ${only} }`)).verdict).toBe('pass');
      const demanded = await verdicts(both, `signatures: { ${only}, required: { statement: 2 } }`);
      expect(demanded.policy).toEqual(['policy-signers']);
    }
  });

  it('one signer for each of two files is not two signers for one', async () => {
    const one = signed('first', [ec]);
    const other = signed('second', [ed]);
    const inner = join(one.folder, 'other');
    cpSync(other.folder, inner, { recursive: true });
    writeFileSync(join(one.trust, 'another.pem'), ed.publicKey.export({ format: 'pem', type: 'spki' }));
    expect((await verdicts(one, 'signatures: { required: { statement: 1 } }')).policy).toEqual([]);
    expect((await verdicts(one, 'signatures: { required: { statement: 2 } }')).policy).toEqual(['policy-signers']);
  });
});
