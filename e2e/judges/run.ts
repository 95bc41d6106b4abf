import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createRouterClient } from '@orpc/server';
import { openWorkstation } from '../../electron/workstation.ts';
import { Failure } from '../../shared/failure.ts';

/**
 * Makes an export with two signatures from real evidence and asks strangers' tools of it. `npm run judges [-- --quick]`;
 * quick leaves out what takes minutes to build and says so.
 */
const root = resolve(import.meta.dirname, '../..');
const judges = resolve(root, '../shared/judges');
const evidence = resolve(root, '../shared/evidence/triage/good');
const quick = process.argv.includes('--quick');
if (!existsSync(judges) || !existsSync(evidence)) {
  console.log('skipped: the judges or the evidence are not beside the project');
  console.log('0 passed, 0 failed, 1 skipped');
  process.exit(0);
}
const place = mkdtempSync(join(tmpdir(), 'assay-judges-'));
const tools = process.env['JUDGES'] ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'assay-judges');
const refuse = (): never => {
  throw new Failure('invalid', { what: 'The judges ask for no path.' });
};

/** Two people whose certificates one authority issued, as PKCS#12: what a team brings, and what a stranger can trust by its root. */
function people(): { ca: string; files: string[] } {
  const run = (...args: string[]) => execFileSync('openssl', args, { cwd: place, stdio: 'pipe' });
  run(
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-days',
    '3650',
    '-subj',
    '/O=Reviewers/CN=Reviewers Root',
    '-addext',
    'basicConstraints=critical,CA:TRUE,pathlen:0',
    '-addext',
    'keyUsage=critical,keyCertSign,cRLSign',
  );
  writeFileSync(
    join(place, 'leaf.cnf'),
    'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature,nonRepudiation\nextendedKeyUsage=1.3.6.1.5.5.7.3.36,emailProtection\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n',
  );
  const files = ['Rosa Reviewer', 'Anna Approver'].map((name, index) => {
    run(
      'req',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-keyout',
      `${index}.key`,
      '-out',
      `${index}.csr`,
      '-subj',
      `/O=Reviewers/CN=${name}`,
    );
    run(
      'x509',
      '-req',
      '-in',
      `${index}.csr`,
      '-CA',
      'ca.pem',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-days',
      '1000',
      '-sha256',
      '-extfile',
      'leaf.cnf',
      '-out',
      `${index}.pem`,
    );
    run(
      'pkcs12',
      '-export',
      '-inkey',
      `${index}.key`,
      '-in',
      `${index}.pem`,
      '-name',
      name,
      '-out',
      `${index}.p12`,
      '-passout',
      'pass:import',
      '-keypbe',
      'AES-256-CBC',
      '-certpbe',
      'AES-256-CBC',
      '-macalg',
      'sha256',
    );
    return join(place, `${index}.p12`);
  });
  return { ca: join(place, 'ca.pem'), files };
}

async function makeExport(files: string[]): Promise<string> {
  const host = {
    about: () => ({ shell: 'browser' as const, version: '0', hasNativeDialogs: false, platform: process.platform }),
    choose: async () => null,
    browse: async () => refuse(),
    locate: async () => refuse(),
    path: (token: string) => token,
  };
  const { router, context, close } = openWorkstation({
    storeFile: join(place, 'store', 'store.db'),
    host,
    resources: join(root, 'resources'),
    anchors: join(place, 'anchors'),
  });
  const client = createRouterClient(router, { context });
  const { id: caseId } = await client.cases.create({
    name: 'Triage classifier <2.0> & friends',
    model: 'triage-classifier 2.0.0',
    purpose: 'Judged by strangers. Ünïcödé, 模型, ‮ and more.',
  });
  for await (const event of await client.sources.import({ caseId, token: evidence })) void event;
  const signers = [];
  for (const file of files)
    signers.push(await client.identity.importPkcs12({ token: file, password: 'import', passphrase: 'correct horse' }));
  const [open] = (await client.cases.get({ caseId })).imports;
  await client.review.raise({
    caseId,
    finding: {
      title: 'A finding for the report',
      severity: 'low',
      rationale: 'So that its page is judged, too.\tWith a tab.',
      anchors: [{ kind: 'case', importId: open?.id ?? 0, place: { path: '' }, digest: null }],
    },
  });
  for (const [index, role] of (['reviewer', 'approver'] as const).entries()) {
    const signer = signers[index];
    if (signer === undefined) continue;
    await client.identity.choose({ identityId: signer.id });
    const { digest } = await client.signOff.statement({
      caseId,
      role,
      decision: 'approve',
      rationale: 'Everything that can be checked offline holds.',
    });
    await client.signOff.sign({
      caseId,
      role,
      digest,
      decision: 'approve',
      rationale: 'Everything that can be checked offline holds.',
      identityId: signer.id,
      passphrase: 'correct horse',
    });
  }
  await client.signOff.export({ caseId, into: place, name: 'package' });
  close();
  return join(place, 'package');
}

/** The judges that install in a minute; cosign, which takes minutes to build, only where it may. */
function install(): string[] {
  mkdirSync(tools, { recursive: true });
  const without = quick && !existsSync(join(tools, 'bin', 'cosign')) ? ['cosign'] : [];
  // The installer builds cosign when Go is there and it is not: an empty stand-in is put in its place and taken away again.
  if (without.length > 0) {
    mkdirSync(join(tools, 'bin'), { recursive: true });
    writeFileSync(join(tools, 'bin', 'cosign'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
  }
  const run = spawnSync('bash', [join(judges, 'install.sh'), tools], { stdio: ['ignore', 2, 2] });
  if (without.length > 0) rmSync(join(tools, 'bin', 'cosign'));
  if (run.status !== 0) throw new Error('The judges could not be installed.');
  return without;
}

try {
  const { ca, files } = people();
  const folder = await makeExport(files);
  const skip = install();
  const run = spawnSync(
    'bash',
    [
      join(judges, 'package.sh'),
      folder,
      '--trust',
      ca,
      '--log-key',
      join(folder, 'journal', 'key.pem'),
      '--signatures',
      '2',
      ...(skip.length > 0 ? ['--skip', skip.join(',')] : []),
    ],
    { encoding: 'utf8', env: { ...process.env, JUDGES: tools }, maxBuffer: 2 ** 26 },
  );
  process.stdout.write(run.stdout);
  process.stderr.write(run.stderr);
  const count = (word: string) =>
    run.stdout.split('\n').filter((line) => new RegExp(`^\\s*\\S+\\s+${word}\\b`).test(line)).length;
  const failed = count('fail') + (run.status === 0 || count('fail') > 0 ? 0 : 1);
  for (const name of skip) console.log(`skipped: ${name}, which takes minutes to build; npm run judges builds it`);
  console.log(`${count('pass')} passed, ${failed} failed, ${count('skip')} skipped`);
  process.exitCode = failed > 0 ? 1 : 0;
} finally {
  if (process.env['ASSAY_KEEP'] === undefined) rmSync(place, { recursive: true, force: true });
  else console.error(place);
}
