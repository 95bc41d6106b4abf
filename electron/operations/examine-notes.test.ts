import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { examineFiles } from '../../e2e/testkit/examine-files.ts';
import { scratchFolders } from '../../e2e/testkit/scratch-folders.ts';
import type { Check } from '../../shared/check.ts';
import { readTrust } from '../intake/trust-folder.ts';
import { formatCheckpoint } from '../integrity/note.ts';
import { examine } from './examine.ts';

const scratch = mkdtempSync(join(tmpdir(), 'assay-notes-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

async function originChecks(folder: string, trust: string | null): Promise<Check[]> {
  const { checks } = await examine(
    {
      path: folder,
      trust: trust === null ? { entries: [] } : { entries: readTrust(trust).entries },
      asOf: '2026-11-21T00:00:00Z',
      staging: scratch,
    },
    {},
    new AbortController().signal,
  );
  return checks.filter(({ aspect }) => aspect === 'origin');
}
const folderOf = scratchFolders(scratch);
const sha = (...parts: (string | Uint8Array)[]) =>
  parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const spki = publicKey.export({ format: 'der', type: 'spki' });
const pem = publicKey.export({ format: 'pem', type: 'spki' }).toString();
const text = (origin: string, size = 40) =>
  formatCheckpoint({ origin, size, root: Buffer.alloc(32, 7), extensions: [] });
const noteOf = (body: string, name: string, id: Uint8Array, value: Uint8Array) =>
  `${body}\n\u2014 ${name} ${Buffer.concat([id.subarray(0, 4), value]).toString('base64')}\n`;

/** A checkpoint under an RFC 6962 tree head: time, size and root are signed. */
function treeHead(body: string, size: number, name: string, key: KeyObject): string {
  const head = Buffer.alloc(18);
  head[1] = 1;
  head.writeBigUInt64BE(1_767_139_200_000n, 2);
  head.writeBigUInt64BE(BigInt(size), 10);
  const value = sign('sha256', Buffer.concat([head, Buffer.alloc(32, 7)]), key);
  const signed = Buffer.concat([head.subarray(2, 10), Uint8Array.of(4, 3, 0, value.length), value]);
  return noteOf(body, name, sha(`${name}\n`, Uint8Array.of(5), sha(spki)), signed);
}

describe('signed notes and checkpoints', () => {
  const trust = folderOf({ 'log.pub.pem': pem });
  const ecdsa = (body: string) => noteOf(body, 'log.example', sha(spki), sign('sha256', Buffer.from(body), privateKey));

  it('are no notes that anybody writes: only beside a key is one without signatures one that lost them', async () => {
    const codes = async (files: Record<string, string>) => (await examineFiles(scratch, files)).codes;
    const words = 'A property of targets.\nIt is ignored elsewhere.\n';
    for (const name of ['COMPILE_PDB_NOTE.txt', 'release-note.txt'])
      expect(await codes({ [name]: words })).not.toContain('signature-unreadable');
    expect(await codes({ 'release-note.txt': words, 'verifier-keys.txt': 'log+00+AA==' })).toContain(
      'signature-unreadable',
    );
  });

  it('hold by a public key that the reviewer named, ECDSA over the text or over a tree head', async () => {
    for (const note of [
      ecdsa(text('log.example')),
      treeHead(text('log.example'), 40, 'log.example', privateKey),
      ecdsa('Any text.\n'),
    ]) {
      const checks = await originChecks(folderOf({ 'note.txt': note }), trust);
      expect(checks[0]).toMatchObject({ verdict: 'pass', code: 'signature-holds', vouched: 'log' });
    }
  });

  it('are known by their signature line under any name, or by their name, and by no name alone', async () => {
    const note = ecdsa('Any text.\n\nOf two parts.\n');
    for (const name of ['release', 'note.txt', 'a.note', 'words.log'])
      expect((await originChecks(folderOf({ [name]: note }), trust))[0]?.code, name).toBe('signature-holds');
    const other = noteOf('', 'other.example', Buffer.alloc(4, 1), Buffer.alloc(70, 2)).slice(1);
    expect((await originChecks(folderOf({ note: note + other }), trust))[0]?.code).toBe('signature-holds');
    expect((await originChecks(folderOf({ note: other.replace('\u2014', '\n\n\u2014') }), trust))[0]?.code).not.toBe(
      'signature-holds',
    );
    expect(await originChecks(folderOf({ note: 'a word' }), trust)).toEqual([]);
  });

  it.each([
    ['without signatures', 'Any text.\nAnd more.\n'],
    ['with a hyphen for a dash', ecdsa('Any text.\n').replace('\u2014', '-')],
    ['without its last line end', ecdsa('Any text.\n').slice(0, -1)],
    ['with a name that holds a plus', ecdsa('Any text.\n').replace('log.example', 'log+example')],
    ['with a control character', ecdsa('Any \u0007text.\n')],
    ['with a signature that is no base64', ecdsa('Any text.\n').replace(/ \S+\n$/, ' ****\n')],
  ])('%s are said to be none', async (_, note) => {
    expect(await originChecks(folderOf({ 'note.txt': note }), trust)).toMatchObject([
      { verdict: 'fail', code: 'signature-unreadable' },
    ]);
  });

  it('do not hold over an edited text, and a tree head not of the log it names is policy', async () => {
    const edited = ecdsa(text('log.example')).replace('\n40\n', '\n41\n');
    expect((await originChecks(folderOf({ checkpoint: edited }), trust))[0]?.verdict).toBe('fail');
    const size = treeHead(text('log.example', 41), 40, 'log.example', privateKey);
    expect((await originChecks(folderOf({ checkpoint: size }), trust))[0]?.verdict).toBe('fail');
    const renamed = treeHead(text('other.example'), 40, 'log.example', privateKey);
    expect((await originChecks(folderOf({ checkpoint: renamed }), trust))[0]).toMatchObject({
      verdict: 'policy',
      code: 'checkpoint-other-origin',
    });
  });

  it('are held against the key that the log beside them states, which is never trust', async () => {
    const beside = JSON.stringify({ description: 'log.example', log_id: '', key: spki.toString('base64') });
    const good = treeHead(text('log.example'), 40, 'log.example', privateKey);
    const said = async (note: string) =>
      (await originChecks(folderOf({ checkpoint: note, 'log.v3.json': beside }), null))[0]?.verdict;
    expect(await said(good)).toBe('undecided');
    expect(await said(good.replace('\n40\n', '\n41\n'))).toBe('fail');
  });

  it('hold by the description of their log, where the reviewer named it', async () => {
    const described = { description: 'log.example', log_id: '', key: spki.toString('base64') };
    const good = treeHead(text('log.example'), 40, 'log.example', privateKey);
    const lists = [described, { version: '3', operators: [{ logs: [], tiled_logs: [described] }] }];
    for (const list of lists) {
      const named = folderOf({ 'log.v3.json': JSON.stringify(list) });
      expect((await originChecks(folderOf({ checkpoint: good }), named))[0]?.verdict).toBe('pass');
      const other = good.replace('\n40\n', '\n41\n');
      expect((await originChecks(folderOf({ checkpoint: other }), named))[0]?.verdict).toBe('fail');
    }
  });

  it('are said to be none where a checkpoint has lost its signatures or its line feeds', async () => {
    const good = ecdsa(text('log.example'));
    for (const note of [text('log.example'), good.replaceAll('\n', '\r\n')])
      expect(await originChecks(folderOf({ checkpoint: note }), trust)).toMatchObject([
        { verdict: 'fail', code: 'signature-unreadable' },
      ]);
    for (const [size, root] of [
      ['+40', 'Bwc'],
      ['0x28', 'Bwc'],
      ['040', 'Bwc'],
      ['40', 'B-c'],
    ] as const) {
      const odd = text('log.example').replace('\n40\n', `\n${size}\n`).replace('\nBwc', `\n${root}`);
      expect(await originChecks(folderOf({ checkpoint: ecdsa(odd) }), trust)).toMatchObject([{ verdict: 'fail' }]);
    }
    expect(await originChecks(folderOf({ checkpoint: 'model_checkpoint_path: "model.ckpt-9"\n' }), trust)).toEqual([]);
  });

  it('count for the log by its own line, never by that of a witness alone', async () => {
    const [log, witness] = [generateKeyPairSync('ed25519'), generateKeyPairSync('ed25519')];
    const raw = (key: KeyObject) => key.export({ format: 'der', type: 'spki' }).subarray(-32);
    const keyOf = (name: string, type: number, key: KeyObject) => {
      const bytes = Buffer.concat([Uint8Array.of(type), raw(key)]);
      const id = sha(`${name}\n`, bytes).subarray(0, 4);
      return { id, text: `${name}+${id.toString('hex')}+${bytes.toString('base64')}\n` };
    };
    const keys = {
      log: keyOf('log.example', 1, log.publicKey),
      witness: keyOf('witness.example', 4, witness.publicKey),
      plain: keyOf('witness.example', 1, witness.publicKey),
    };
    const body = text('log.example');
    const time = Buffer.alloc(8, 0);
    time.writeBigUInt64BE(1_767_139_200n);
    const cosigned = sign(null, Buffer.from(`cosignature/v1\ntime 1767139200\n${body}`), witness.privateKey);
    const own = noteOf('', 'log.example', keys.log.id, sign(null, Buffer.from(body), log.privateKey)).slice(1);
    const cosignature = noteOf('', 'witness.example', keys.witness.id, Buffer.concat([time, cosigned])).slice(1);
    const plain = noteOf('', 'witness.example', keys.plain.id, sign(null, Buffer.from(body), witness.privateKey)).slice(
      1,
    );
    const said = async (lines: string, ...named: string[]) => {
      const trusted = folderOf(Object.fromEntries(named.map((each, index) => [`${index}.vkey`, each])));
      return (await originChecks(folderOf({ checkpoint: `${body}\n${lines}` }), trusted))[0];
    };
    const { log: ofLog, witness: ofWitness, plain: ofPlain } = keys;
    expect(await said(own + cosignature, ofLog.text, ofWitness.text)).toMatchObject({ verdict: 'pass' });
    expect(await said(own + cosignature, ofLog.text)).toMatchObject({ verdict: 'pass' });
    for (const [lines, key] of [
      [own + cosignature, ofWitness],
      [cosignature, ofWitness],
      [own + plain, ofPlain],
    ] as const)
      expect(await said(lines, key.text)).toMatchObject({ verdict: 'policy', code: 'checkpoint-witness-only' });
    // Whose line it is cannot be told where none bears the name of the log (the log of Go modules).
    expect(await said(plain, ofPlain.text)).toMatchObject({ verdict: 'pass' });
  });

  it('end in facts on spoiled bytes', async () => {
    const note = Buffer.from(ecdsa(text('log.example')));
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: note.length - 1 }),
        fc.uint8Array({ minLength: 1, maxLength: 5 }),
        async (at, put) => {
          const spoiled = Buffer.concat([note.subarray(0, at), put, note.subarray(at + 2)]);
          const checks = await originChecks(folderOf({ checkpoint: spoiled }), trust);
          expect(checks.some(({ verdict }) => verdict === 'pass')).toBe(false);
        },
      ),
      { seed: 12, numRuns: 40 },
    );
  });

  const corpus = '../shared/corpora/tlog-notes';
  const cases: { id: string; expected: string; path: string }[] = existsSync(corpus)
    ? JSON.parse(readFileSync(`${corpus}/GIVE/cases.json`, 'utf8')).cases
    : [];
  it.skipIf(cases.length === 0)('come out as labelled (skipped where the corpus is not there)', async () => {
    const differing: string[] = [];
    for (const { id, expected, path } of cases) {
      const folder = join(corpus, path);
      const keys = join(folder, 'verifier-keys.txt');
      const verdicts = (await originChecks(folder, existsSync(keys) ? keys : null)).map(({ verdict }) => verdict);
      const isGood =
        expected === 'valid'
          ? verdicts[0] === 'pass'
          : verdicts.includes('policy') || (expected === 'invalid' && verdicts.includes('fail'));
      if (!isGood) differing.push(`${id}: ${expected}, said ${verdicts.join(', ')}`);
    }
    // Nobody was named at all: an unknown signer is undecided, by the table of the command line.
    expect(differing).toEqual(['note__none-known: invalid, said undecided']);
  });
});
