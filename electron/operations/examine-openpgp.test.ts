import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync, deflateSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { mutate, randomFrom } from '../../e2e/fuzz/mutate.ts';
import { readTrust } from '../intake/trust-folder.ts';
import { readClearsigned, signaturePackets } from '../integrity/openpgp.ts';
import { readPgpKeys } from '../integrity/openpgp-keys.ts';
import { KeyError } from '../integrity/public-key.ts';
import { examine } from './examine.ts';

/** Keyrings and signatures of Ed25519 in version 4, each part made as asked (RFC 9580, 5.2 and 5.5). */
const packet = (tag: number, body: Buffer) => {
  const head = Buffer.of(0xc0 | tag, 0xff, 0, 0, 0, 0);
  head.writeUInt32BE(body.length, 2);
  return Buffer.concat([head, body]);
};
const numbered = (width: number, value: number) => Buffer.from(value.toString(16).padStart(width * 2, '0'), 'hex');
const mpi = (bytes: Buffer) => {
  const from = bytes.findIndex((byte) => byte !== 0);
  const plain = bytes.subarray(from);
  return Buffer.concat([numbered(2, (plain.length - 1) * 8 + (32 - Math.clz32(plain[0] ?? 0))), plain]);
};
const subpacket = (kind: number, body: Buffer) => Buffer.concat([Buffer.of(body.length + 1, kind), body]);
const madeAt = 1_767_225_600;
class Key {
  readonly pair = generateKeyPairSync('ed25519');
  readonly body = Buffer.concat([
    Buffer.of(4),
    numbered(4, madeAt),
    Buffer.from('16092b06010401da470f01', 'hex'),
    mpi(
      Buffer.concat([Buffer.of(0x40), Buffer.from(this.pair.publicKey.export({ format: 'jwk' }).x ?? '', 'base64url')]),
    ),
  ]);
  readonly raw = Buffer.concat([Buffer.of(0x99), numbered(2, this.body.length), this.body]);
  sign(type: number, data: Buffer, parts: Buffer[] = [], unsigned: Buffer[] = []): Buffer {
    const print = createHash('sha1').update(this.raw).digest();
    const hashed = Buffer.concat([
      subpacket(2, numbered(4, madeAt + 60)),
      subpacket(33, Buffer.concat([Buffer.of(4), print])),
      ...parts,
    ]);
    const head = Buffer.concat([Buffer.of(4, type, 22, 8), numbered(2, hashed.length), hashed]);
    const trailer = Buffer.concat([Buffer.of(4, 0xff), numbered(4, head.length)]);
    const digest = createHash('sha256').update(data).update(head).update(trailer).digest();
    const value = sign(null, digest, this.pair.privateKey);
    const rest = Buffer.concat(unsigned);
    return Buffer.concat([
      head,
      numbered(2, rest.length),
      rest,
      digest.subarray(0, 2),
      mpi(value.subarray(0, 32)),
      mpi(value.subarray(32)),
    ]);
  }
}
/** A ring of one key, and of a subkey where it is asked for. */
function ring(flags: number, sub?: { flags: number; claims: boolean; revoked?: boolean }) {
  const [primary, subkey] = [new Key(), new Key()];
  const user = Buffer.from('somebody@example.org');
  const named = Buffer.concat([primary.raw, Buffer.of(0xb4), numbered(4, user.length), user]);
  const both = Buffer.concat([primary.raw, subkey.raw]);
  const bound = primary.sign(
    0x18,
    both,
    [subpacket(27, Buffer.of(sub?.flags ?? 0))],
    sub?.claims === true ? [subpacket(32, subkey.sign(0x19, both))] : [],
  );
  const bytes = Buffer.concat([
    packet(6, primary.body),
    packet(13, user),
    packet(2, primary.sign(0x13, named, [subpacket(27, Buffer.of(flags))])),
    ...(sub === undefined ? [] : [packet(14, subkey.body)]),
    ...(sub?.revoked === true ? [packet(2, primary.sign(0x28, both))] : []),
    ...(sub === undefined ? [] : [packet(2, bound)]),
  ]);
  const armored = `-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n${bytes.toString('base64')}\n-----END PGP PUBLIC KEY BLOCK-----\n`;
  return { primary, subkey, armored };
}

const scratch = mkdtempSync(join(tmpdir(), 'assay-openpgp-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const corpus = '../shared/corpora/signatures-own/GIVE';
const isHere = existsSync(corpus);
const read = (id: string, name: string) => readFileSync(join(corpus, id, name));

let count = 0;
async function judged(files: Record<string, Uint8Array | string>, key: Uint8Array | null) {
  count += 1;
  const folder = join(scratch, `evidence-${count}`);
  mkdirSync(folder);
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
  const ring = join(scratch, `key-${count}.asc`);
  if (key !== null) writeFileSync(ring, key);
  const request = {
    path: folder,
    trust: { entries: key === null ? [] : readTrust(ring).entries },
    asOf: '2026-11-21T00:00:00Z',
    staging: scratch,
  };
  const { verdict, checks } = await examine(request, {}, new AbortController().signal);
  return { verdict, codes: checks.map(({ code }) => code) };
}

describe('a list of checksums that is clearsigned', () => {
  const { primary, armored: text } = ring(2);
  const armored = Buffer.from(text);
  const digest = (text: string) => createHash('sha256').update(text).digest('hex');
  const signed = (list: string) => {
    const value = primary.sign(1, Buffer.from(list.replace(/\n$/, '').replaceAll('\n', '\r\n')));
    const block = `-----BEGIN PGP SIGNATURE-----\n\n${packet(2, value).toString('base64')}\n-----END PGP SIGNATURE-----\n`;
    return `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n${list}${block}`;
  };

  it.each(['SHA256SUMS', 'SHA256SUMS.asc', 'sums.txt', 'a.txt.sha256'])(
    'under the name %s is a signed list, and edited it fails',
    async (name) => {
      const list = signed(`${digest('alpha')}  a.txt\n`);
      const found = await judged({ 'a.txt': 'alpha', [name]: list }, armored);
      expect(found.verdict).toBe('pass');
      expect(found.codes).not.toContain('unsigned-only');
      expect((await judged({ 'a.txt': 'omega', [name]: list }, armored)).codes).toContain('digest-mismatch');
      const edited = list.replace(digest('alpha'), digest('omega'));
      expect((await judged({ 'a.txt': 'omega', [name]: edited }, armored)).codes).toContain('signature-invalid');
      expect((await judged({ 'a.txt': 'alpha', [name]: list }, null)).verdict).toBe('undecided');
    },
  );
});

describe('a message that carries what it signs (RFC 9580, 10.3)', () => {
  const { primary, armored } = ring(2);
  const key = Buffer.from(armored);
  const data = Buffer.from('weights weights');
  const literal = (bytes: Buffer) => Buffer.concat([Buffer.from('b\x01m\0\0\0\0', 'latin1'), bytes]);
  const onePass = packet(4, Buffer.concat([Buffer.of(3, 0, 8, 22), Buffer.alloc(8), Buffer.of(1)]));
  const plain = (bytes: Buffer) =>
    Buffer.concat([onePass, packet(11, literal(bytes)), packet(2, primary.sign(0, data))]);
  // An old head without a length, as GnuPG writes it.
  const packed = (bytes: Buffer, way: number, by: (inner: Buffer) => Buffer) =>
    Buffer.concat([Buffer.of(0xa3, way), by(plain(bytes))]);
  const armour = (bytes: Buffer) =>
    Buffer.from(`-----BEGIN PGP MESSAGE-----\n\n${bytes.toString('base64')}\n-----END PGP MESSAGE-----\n`);
  const inParts = (bytes: Buffer) => {
    const body = literal(bytes);
    const head = Buffer.of(0xc0 | 11, 0xe0 | 3);
    const rest = Buffer.concat([head, body.subarray(0, 8), Buffer.of(body.length - 8), body.subarray(8)]);
    return Buffer.concat([onePass, rest, packet(2, primary.sign(0, data))]);
  };
  const forms: [string, (bytes: Buffer) => Buffer][] = [
    ['plain', plain],
    ['as ZIP', (bytes) => packed(bytes, 1, (inner) => deflateRawSync(inner))],
    ['as ZLIB', (bytes) => packed(bytes, 2, (inner) => deflateSync(inner))],
    ['in armour', (bytes) => armour(plain(bytes))],
    ['in parts', inParts],
  ];
  it.each(forms)('%s, is verified over that, and is about no other bytes beside it', async (_form, make) => {
    const changed = Buffer.from('weights Weights');
    expect((await judged({ 'm.bin': data, 'm.bin.gpg': make(data) }, key)).verdict).toBe('pass');
    expect((await judged({ 'm.bin.gpg': make(data) }, key)).verdict).toBe('pass');
    expect((await judged({ 'm.bin.gpg': make(data) }, null)).verdict).toBe('undecided');
    expect((await judged({ 'm.bin': changed, 'm.bin.gpg': make(data) }, key)).codes).toContain('signature-invalid');
    expect((await judged({ 'm.bin.gpg': make(changed) }, key)).codes).toContain('signature-invalid');
  });
  it('and cannot be read, or signs nothing, is called a message of OpenPGP and is no pass', async () => {
    for (const bytes of [
      Buffer.concat([Buffer.of(0xa3, 1), Buffer.from('no deflate')]),
      Buffer.of(0xa3, 9, 1),
      Buffer.concat([Buffer.of(0xa3, 0), packet(11, literal(data))]),
    ]) {
      const { verdict, codes } = await judged({ 'm.bin': data, 'm.bin.gpg': bytes }, key);
      expect(verdict).not.toBe('pass');
      expect(codes).toContain('document-unreadable');
    }
  });
});

describe('OpenPGP keys of many parts', () => {
  const data = Buffer.from('what is signed\n');
  const verdictOf = async (key: Key, armored: string, type = 0) =>
    (await judged({ data, 'data.sig': packet(2, key.sign(type, data)) }, Buffer.from(armored))).verdict;

  it('sign documents where their flags and their own claim say so', async () => {
    const plain = ring(0x03);
    expect(await verdictOf(plain.primary, plain.armored)).toBe('pass');
    const certifies = ring(0x01);
    expect(await verdictOf(certifies.primary, certifies.armored)).toBe('policy');
    const signs = ring(0x01, { flags: 0x02, claims: true });
    expect(await verdictOf(signs.subkey, signs.armored)).toBe('pass');
    for (const sub of [
      { flags: 0x02, claims: false },
      { flags: 0x0c, claims: true },
      { flags: 0x02, claims: true, revoked: true },
    ]) {
      const { subkey, armored } = ring(0x01, sub);
      expect(await verdictOf(subkey, armored)).toBe('policy');
    }
  });

  it('vouch for a document by no signature that is made over something else', async () => {
    const { primary, armored } = ring(0x03);
    for (const type of [0x02, 0x10, 0x13, 0x18, 0x20, 0x40, 0x50])
      expect(await verdictOf(primary, armored, type)).toBe('fail');
    // One ring may be several blocks.
    const other = ring(0x03);
    const two = Buffer.from(`${other.armored}\n${armored}`);
    expect((await judged({ data, 'data.sig': packet(2, primary.sign(0, data)) }, two)).verdict).toBe('pass');
  });

  it('of version 6 are read, as Sequoia writes them', async () => {
    const { key, signature, text } = JSON.parse(
      readFileSync(join(import.meta.dirname, 'examine-openpgp.vectors.json'), 'utf8'),
    ) as Record<'key' | 'signature' | 'text', string>;
    const held = async (content: string) =>
      (await judged({ data: content, 'data.asc': signature }, Buffer.from(key))).verdict;
    expect(await held(text)).toBe('pass');
    expect(await held(`${text}x`)).toBe('fail');
  });

  it('of brainpool curves and DSA hold as GnuPG made them, a DSA key of 1,024 bits by no policy that ships', async () => {
    const vectors = JSON.parse(
      readFileSync(join(import.meta.dirname, 'examine-openpgp.vectors.json'), 'utf8'),
    ) as Record<string, string>;
    const bytes = (name: string) => Buffer.from(vectors[name] ?? '', 'base64');
    for (const [name, meant] of [
      ['brainpoolP256r1', 'pass'],
      ['brainpoolP512r1', 'pass'],
      ['DSA of 2,048 bits', 'pass'],
      ['DSA of 1,024 bits', 'policy'],
    ] as const) {
      const held = async (content: Buffer) =>
        (await judged({ data: content, 'data.sig': bytes(name) }, Buffer.from(vectors[`${name} key`] ?? ''))).verdict;
      expect(await held(bytes('data')), name).toBe(meant);
      expect(await held(Buffer.concat([bytes('data'), Buffer.of(1)])), name).toBe('fail');
    }
  });
});

describe('OpenPGP', () => {
  it.skipIf(!isHere)(
    'detached: holds by a named key, fails over other bytes, is unknown without it (skipped without the corpus)',
    async () => {
      const id = 'pgp-ok-ed25519';
      const files = { data: read(id, 'data'), 'data.asc': read(id, 'sig.asc') };
      const key = read(id, 'key.asc');
      expect((await judged(files, key)).codes).toContain('signature-holds');
      expect((await judged({ ...files, data: 'other' }, key)).verdict).toBe('fail');
      expect((await judged(files, null)).codes).toContain('signature-unknown-signer');
      expect((await judged(files, read('pgp-ok-rsa-binary', 'key.asc'))).codes).toContain('signature-other-signer');
    },
  );

  it.skipIf(!isHere)('names keys that were revoked or have expired (skipped without the corpus)', async () => {
    for (const [id, code] of [
      ['pgp-revoked-key', 'signature-not-for-this-use'],
      ['pgp-expired-key-signed-while-valid', 'signature-caution'],
    ] as const)
      expect(
        (await judged({ data: read(id, 'data'), 'data.asc': read(id, 'sig.asc') }, read(id, 'key.asc'))).codes,
      ).toContain(code);
  });

  it.skipIf(!isHere)('clearsigned: covers its text and nothing beside it (skipped without the corpus)', async () => {
    const id = 'pgp-ok-clearsigned';
    const text = read(id, 'sig.asc').toString();
    const key = read(id, 'key.asc');
    expect((await judged({ 'a.asc': text }, key)).verdict).toBe('pass');
    expect((await judged({ 'a.asc': `Read this first.\n${text}` }, key)).codes).toContain('signature-covers-part');
    expect((await judged({ 'a.asc': text.replace('Hash: ', 'Comment: x\nHash: ') }, key)).verdict).toBe('fail');
    const renamed = await judged({ 'a.asc': text.replace(/Hash: \w+/, 'Hash: MD5') }, key);
    expect([renamed.verdict, renamed.codes.includes('signature-armor')]).toEqual(['warn', true]);
  });

  it.skipIf(!isHere)('spoiled, ends in words (skipped without the corpus)', () => {
    const random = randomFrom(3);
    for (const [id, name, parse] of [
      ['pgp-ok-ed25519', 'key.asc', readPgpKeys],
      ['pgp-ok-ed25519', 'sig.asc', signaturePackets],
      ['pgp-ok-clearsigned', 'sig.asc', (bytes: Uint8Array) => readClearsigned(Buffer.from(bytes).toString('latin1'))],
    ] as const)
      for (let turn = 0; turn < 300; turn += 1) {
        try {
          parse(mutate(read(id, name), read(id, name), random));
        } catch (error) {
          expect(error).toBeInstanceOf(KeyError);
        }
      }
  });
});
