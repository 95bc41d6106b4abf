import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Failure } from '../../shared/failure.ts';
import { readTrust } from './trust-folder.ts';

const scratch = mkdtempSync(join(tmpdir(), 'assay-trust-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const { publicKey } = generateKeyPairSync('ed25519');
const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
const folder = (name: string, files: Record<string, string | Uint8Array>): string => {
  const path = join(scratch, name);
  mkdirSync(path);
  for (const [file, content] of Object.entries(files)) writeFileSync(join(path, file), content);
  return path;
};

const readFailure = (path: string): string => {
  try {
    readTrust(path);
  } catch (error) {
    if (error instanceof Failure) return error.parts.why;
  }
  return '';
};

describe('trust', () => {
  it('takes a key alone for everything but timestamps, in PEM and in DER', () => {
    const der = publicKey.export({ type: 'spki', format: 'der' });
    const path = folder('alone', { 'signer.pub.pem': pem, 'signer.der': der });
    const { entries, unknown } = readTrust(path);
    expect(entries.map(({ kind, name, uses }) => [kind, name, uses])).toEqual([
      ['key', 'signer', null],
      ['key', 'signer', null],
    ]);
    expect(new Set(entries.map(({ fingerprint }) => fingerprint)).size).toBe(1);
    expect(unknown).toEqual([]);
    expect(readTrust(join(path, 'signer.pub.pem')).entries).toHaveLength(1);
  });

  it('is refined by trust.yaml, and an empty list of uses means none', () => {
    const yaml =
      'keys:\n  - { file: a.pem, name: bot@vendor.example, uses: [provenance] }\n  - { file: b.pem, name: person@vendor.example, uses: [] }\n';
    const { entries, unknown } = readTrust(folder('refined', { 'a.pem': pem, 'b.pem': pem, 'trust.yaml': yaml }));
    expect(entries.map(({ name, uses }) => [name, uses])).toEqual([
      ['bot@vendor.example', ['provenance']],
      ['person@vendor.example', []],
    ]);
    expect(unknown).toEqual([]);
  });

  it.each([
    ['a section that is a mapping', 'keys: { file: a.pem, uses: [provenance] }'],
    ['uses that are one word', 'keys: [{ file: a.pem, uses: provenance }]'],
    ['a use that is none', 'keys: [{ file: a.pem, uses: [everything] }]'],
    ['an unknown section', 'friends: [{ file: a.pem }]'],
    ['a list', '- file: a.pem'],
    ['a file elsewhere', 'keys: [{ file: ../a.pem }]'],
    ['two documents', 'keys: []\n---\nkeys: []\n'],
    ['a name twice', 'keys: []\nkeys: []\n'],
    ['broken YAML', 'keys: [{'],
    ['a field that is none', 'keys: [{ file: a.pem, use: [provenance] }]'],
    ['a name that is a number', 'keys: [{ file: a.pem, name: 3 }]'],
    ['a file that is not there', 'keys: [{ file: gone.pem, uses: [] }]'],
    ['identities that are one word', 'authorities: [{ file: a.pem, identities: person@vendor.example }]'],
    ['an identity without a name', 'authorities: [{ file: a.pem, identities: [{ issuer: x }] }]'],
    ['a key where a root is meant', 'sigstore: [{ root: a.pem, identities: [{ identity: x }] }]'],
    ['a key where blocks are meant', 'blocks: [{ file: a.pem }]'],
    ['identities of a key', 'keys: [{ file: a.pem, identities: [{ identity: x }] }]'],
    ['a section that every object has', 'constructor: [{ file: a.pem }]'],
  ])('is refused as a whole where trust.yaml holds %s, rather than trusted for more than was meant', (what, yaml) => {
    const path = folder(what.replaceAll(' ', '-'), { 'a.pem': pem, 'trust.yaml': yaml });
    let failure: unknown;
    try {
      readTrust(path);
    } catch (error) {
      failure = error;
    }
    expect(failure).toBeInstanceOf(Failure);
    if (failure instanceof Failure) {
      expect(failure.code).toBe('invalid');
      expect(Object.values(failure.parts).every((part) => part !== '')).toBe(true);
    }
  });

  it('says which entry is wrong, and is heard under each spelling of its name', () => {
    const yaml = 'keys: [{ file: a.pem }, { file: a.pem, uses: [none] }]';
    expect(() => readTrust(folder('spelled', { 'a.pem': pem, 'Trust.yml': yaml }))).toThrow('Entry 2 of keys');
    const root = readFailure(folder('misplaced', { 'a.pem': pem, 'trust.yaml': 'sigstore: [{ root: a.pem }]' }));
    expect(root).toMatch(
      /Entry 1 of sigstore: a\.pem holds a public key, and this section is for a trusted root of Sigstore/,
    );
  });

  it('says of what it does not use what it is, and names weak keys, which are known and count for nothing', () => {
    const small = generateKeyPairSync('rsa', { modulusLength: 1_024 }).publicKey;
    const { entries, unknown } = readTrust(
      folder('others', {
        'minisign.pub': 'untrusted comment: minisign public key\nRWQ\n',
        'signers.txt': 'person@vendor.example ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA\n',
        'ring.asc': '-----BEGIN PGP PUBLIC KEY BLOCK-----\n',
        'notes.md': 'nothing',
        'small.pem': small.export({ type: 'spki', format: 'pem' }).toString(),
      }),
    );
    expect(entries.map(({ kind, name }) => [kind, name])).toEqual([['key', 'small']]);
    expect(unknown.join('\n')).toMatch(
      /minisign[\s\S]*notes\.md holds no key[\s\S]*ring\.asc is not trusted[\s\S]*SSH data[\s\S]*1024 bits/,
    );
  });

  it.each([
    ['empty', [], 'it is empty.'],
    ['around', ['keys'], 'it holds folders alone, which are not looked into. Name the one that holds the keys.'],
  ])('in a folder that is %s is said to be nobody', (name, below, why) => {
    const path = folder(name, {});
    for (const each of below) mkdirSync(join(path, each));
    expect(readTrust(path)).toEqual({ entries: [], unknown: [`Nobody is trusted through ${path}: ${why}`] });
  });

  it('of a list that names nobody is said to be nobody', () => {
    const path = folder('listed', { 'trust.yaml': 'keys: []\n' });
    expect(readTrust(path).unknown).toEqual([`Nobody is trusted through ${path}: it names nobody.`]);
  });

  it('says of bytes that are no key what they are, and not where reading them ended', () => {
    const made = join(import.meta.dirname, '../operations/examine-timestamps.vectors.json');
    const { tokens } = JSON.parse(readFileSync(made, 'utf8')) as { tokens: Record<string, string> };
    const { entries, unknown } = readTrust(
      folder('bytes', {
        'a.tsr': Buffer.from(tokens['sha3-256'] ?? '', 'base64'),
        'b.der': Buffer.from('3003020101', 'hex'),
        'c.pem': '-----BEGIN CERTIFICATE-----\nMAMCAQE=\n-----END CERTIFICATE-----\n',
      }),
    );
    expect([entries, unknown]).toEqual([
      [],
      [
        'a.tsr is a timestamp: it proves when something was there, and vouches for nobody. It belongs beside the evidence; what is trusted is the certificate of whoever makes timestamps.',
        'b.der holds neither a public key nor a certificate that can be read.',
        'c.pem holds a certificate or a key that cannot be read.',
      ],
    ]);
  });

  it('that cannot be read is refused with the place', () => {
    expect(() => readTrust(join(scratch, 'nowhere'))).toThrow(Failure);
  });

  const story = '../shared/evidence/triage/trust';
  it.skipIf(!existsSync(story))('of the story holds whom it names (skipped where it is not there)', () => {
    const { entries, unknown } = readTrust(story);
    expect(unknown).toEqual([]);
    expect(entries.map(({ kind }) => kind).sort()).toEqual([
      'authority',
      ...Array(6).fill('key'),
      'log',
      'timestamper',
      'timestamper',
    ]);
    expect(readFileSync(`${story}/trust.yaml`, 'utf8').match(/file:/g)).toHaveLength(entries.length);
  });
});
