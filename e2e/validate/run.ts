import { spawn } from 'node:child_process';
import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { arch, cpus, platform, release } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { decryptKey } from '../../electron/identity/key-file.ts';
import { canonicalJson } from '../../electron/integrity/canonical-json.ts';
import { pae } from '../../electron/integrity/dsse.ts';
import { fingerprint } from '../../electron/integrity/public-key.ts';
import { version } from '../../electron/version.ts';

/**
 * The validation record that a laboratory keeps of a tool (reliability.md, R-09; ISO/IEC 17025, 7.2): version, digest of
 * each corpus, every assertion with what was expected and what was said, date, signed.
 * `npm run validate [-- --key FILE --passphrase-file FILE] [--out FOLDER]`; without a key one is made for this record.
 */
const root = resolve(import.meta.dirname, '../..');
const from = process.env['INIT_CWD'] ?? process.cwd();
const { values } = parseArgs({
  options: { key: { type: 'string' }, 'passphrase-file': { type: 'string' }, out: { type: 'string' } },
});
const out = values.out === undefined ? join(root, 'test-results', 'validation') : resolve(from, values.out);

/** SHA-256 over the sorted lines `digest  path` of all files below, as `sha256sum` writes them. */
function digestOfFolder(folder: string): { sha256: string; files: number } {
  const lines: string[] = [];
  const walk = (place: string): void => {
    for (const entry of readdirSync(place, { withFileTypes: true })) {
      const path = join(place, entry.name);
      if (entry.isDirectory()) walk(path);
      else if (entry.isFile())
        lines.push(`${createHash('sha256').update(readFileSync(path)).digest('hex')}  ${relative(folder, path)}\n`);
    }
  };
  walk(folder);
  return { sha256: createHash('sha256').update(lines.sort().join('')).digest('hex'), files: lines.length };
}

interface Case {
  corpus: string;
  id: string;
  verdict: string;
  codes: string[];
  expected: string | null;
  agrees: boolean | null;
}
/** What a runner answers; the answers are made before it reads a label. */
async function casesOf(runner: string): Promise<Case[]> {
  console.error(`Running ${runner} …`);
  const child = spawn(process.execPath, [join(root, 'e2e', runner, 'run.ts'), '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const parts: Buffer[] = [];
  for await (const part of child.stdout) parts.push(part as Buffer);
  return (JSON.parse(Buffer.concat(parts).toString('utf8')) as { cases: Case[] }).cases;
}

async function keyFor(): Promise<{ key: KeyObject; isOwn: boolean }> {
  const { key, 'passphrase-file': passphraseFile } = values;
  if (key === undefined) return { key: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey, isOwn: false };
  if (passphraseFile === undefined) throw new Error('--key needs --passphrase-file.');
  const passphrase = readFileSync(resolve(from, passphraseFile), 'utf8').split(/\r?\n/)[0] ?? '';
  return { key: await decryptKey(readFileSync(resolve(from, key), 'utf8'), passphrase), isOwn: true };
}

const { key, isOwn } = await keyFor();
const sources: [runner: string, folder: string][] = [
  ['evidence', '../shared/evidence'],
  ['corpora', '../shared/corpora'],
  ['hostile', '../shared/hostile'],
];
const corpora: { name: string; sha256: string; files: number }[] = [];
const assertions: Record<string, unknown>[] = [];
for (const [runner, place] of sources) {
  const folder = resolve(root, place);
  if (!existsSync(folder)) {
    console.error(`skipped: ${place} is not here`);
    continue;
  }
  for (const name of readdirSync(folder).sort()) {
    const below = join(folder, name);
    if (existsSync(join(below, 'GIVE')) || existsSync(join(below, 'cases')))
      corpora.push({ name: `${runner}/${name}`, ...digestOfFolder(below) });
  }
  for (const { corpus, id, expected, verdict, codes, agrees } of await casesOf(runner))
    assertions.push({ corpus: `${runner}/${corpus}`, id, expected, actual: verdict, codes, agrees });
}

const count = (agrees: unknown) => assertions.filter((each) => each['agrees'] === agrees).length;
const totals = { agree: count(true), differ: count(false), notCompared: count(null) };
const record = canonicalJson({
  type: 'https://assay.invalid/validation-record/v1',
  tool: { name: 'assay', version },
  date: new Date().toISOString(),
  machine: { platform: platform(), release: release(), arch: arch(), cpus: cpus().length, node: process.version },
  corpora,
  totals,
  assertions,
});
const payloadType = 'application/vnd.in-toto+json';
const statement = Buffer.from(
  canonicalJson({
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: 'record.json', digest: { sha256: createHash('sha256').update(record).digest('hex') } }],
    predicateType: 'https://assay.invalid/attestations/validation/v1',
    predicate: { tool: { name: 'assay', version }, totals },
  }),
);
const signature = sign('sha256', pae(payloadType, statement), key);
const publicKey = createPublicKey(key);
if (!verify('sha256', pae(payloadType, statement), publicKey, signature))
  throw new Error('The signature does not hold.');
mkdirSync(out, { recursive: true });
writeFileSync(join(out, 'record.json'), record);
writeFileSync(
  join(out, 'record.dsse.json'),
  canonicalJson({
    payload: statement.toString('base64'),
    payloadType,
    signatures: [{ keyid: fingerprint(publicKey), sig: signature.toString('base64') }],
  }),
);
writeFileSync(join(out, 'record.pub.pem'), publicKey.export({ format: 'pem', type: 'spki' }));
console.log(`${relative(root, out)}/record.json, record.dsse.json and record.pub.pem`);
console.log(
  isOwn
    ? `Signed by ${fingerprint(publicKey)}.`
    : `Signed by a key made for this record (${fingerprint(publicKey)}) and thrown away: name your own with --key to vouch for it.`,
);
console.log(`${totals.agree} passed, ${totals.differ} failed, ${totals.notCompared} skipped (nothing to compare with)`);
process.exitCode = totals.differ > 0 ? 1 : 0;
