import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { readTrust } from '../../electron/intake/trust-folder.ts';
import { checkReport } from '../../electron/reporting/check-package.ts';
import { signedExport } from './signed-export.ts';

/**
 * Third-party tools judge an export with two signatures, and our own verifier judges spoiled copies of it.
 * `npm run judges [-- --quick --keep]`: quick gives the installation of the judges a minute and a half, and leaves out
 * those that are not there by then. JUDGES names where they are, or are to be, installed.
 */
const isQuick = process.argv.includes('--quick');
const root = resolve(import.meta.dirname, '../..');
const judges = resolve(root, '../shared/judges');
const counts = { pass: 0, fail: 0, skip: 0 };
const line = (name: string, verdict: keyof typeof counts, why: string) => {
  counts[verdict] += 1;
  console.log(`${name.padEnd(16)} ${verdict} ${why}`);
};
const finish = (): never => {
  console.log(`${counts.pass} passed, ${counts.fail} failed, ${counts.skip} skipped`);
  process.exit(counts.fail > 0 ? 1 : 0);
};

const has = (command: string): boolean => spawnSync(command, ['version'], { stdio: 'ignore' }).error === undefined;
if (!existsSync(join(judges, 'package.sh'))) {
  line('judges', 'skip', `they are not here: ${judges}`);
  finish();
}
if (process.platform !== 'linux' || !has('openssl')) {
  line('judges', 'skip', 'they need Linux and openssl');
  finish();
}

const place = process.env['JUDGES'] ?? join(tmpdir(), 'assay-judges');
mkdirSync(place, { recursive: true });
const pieces = {
  'py/.installed': 'pyHanko',
  'verapdf/.installed': 'veraPDF',
  'bin/lognote': 'lognote',
  'bin/cosign': 'cosign',
};
const missing = () => Object.entries(pieces).filter(([file]) => !existsSync(join(place, file)));
if (missing().length > 0) {
  console.log(
    `Installing the judges into ${place}${isQuick ? ', for at most 90 s' : '; the first time takes minutes'}`,
  );
  // timeout ends the whole group: what the script has started must not go on behind our back.
  const installed = spawnSync('timeout', [isQuick ? '90' : '1800', 'bash', join(judges, 'install.sh'), place], {
    encoding: 'utf8',
  });
  if (installed.status !== 0)
    console.log(
      installed.status !== 124
        ? installed.stderr.trim().split('\n').slice(-3).join('\n')
        : 'The installation was ended when its time was over.',
    );
}
const absent = new Set(missing().map(([, name]) => name));
if (absent.has('pyHanko')) {
  line('judges', 'skip', 'the Python judges could not be installed, and nothing is judged without them');
  finish();
}

const folder = mkdtempSync(join(tmpdir(), 'assay-judged-'));
try {
  const made = await signedExport(folder);
  const env = { ...process.env, JUDGES: place };
  const skip = [
    '--skip',
    [
      ...(absent.has('veraPDF') ? ['verapdf-3a', 'verapdf-ua1'] : []),
      ...(absent.has('cosign') ? ['cosign'] : []),
      'none',
    ].join(','),
  ];
  const logKey = join(made.package, 'journal', 'key.pem');
  const log = absent.has('lognote') ? [] : ['--log-key', logKey];
  const judged = spawnSync(
    'bash',
    [join(judges, 'package.sh'), made.package, '--trust', made.root, ...log, '--signatures', '2', ...skip],
    { env, encoding: 'utf8', timeout: 600_000 },
  );
  process.stdout.write(judged.stdout);
  for (const [, verdict] of judged.stdout.matchAll(/^ *[a-z0-9-]+ +(pass|fail|skip) /gm))
    counts[verdict as keyof typeof counts] += 1;
  if (judged.status !== 0 && counts.fail === 0)
    line(
      'package',
      'fail',
      `the judges ended with ${judged.status ?? judged.signal}: ${judged.stderr.trim().slice(-300)}`,
    );

  const ask = (name: string, command: string, args: string[]) => {
    const said = spawnSync(command, args, { env, encoding: 'utf8', timeout: 60_000 });
    line(name, said.status === 0 ? 'pass' : 'fail', `${said.stdout}${said.stderr}`.trim().replaceAll('\n', '; '));
  };
  const checkpoint = join(made.package, 'journal', 'checkpoint.txt');
  const [, size = '', head = ''] = readFileSync(checkpoint, 'utf8').split('\n');
  ask('chain', join(place, 'py/bin/python'), [
    join(judges, 'chain.py'),
    made.journal,
    '--domain',
    'audit-journal-entry:v1\n',
    '--size',
    size,
    '--root',
    head,
  ]);
  if (absent.has('lognote')) line('ledger-root', 'skip', 'lognote is not installed');
  else ask('ledger-root', join(place, 'bin/lognote'), ['ledger', made.journal, checkpoint, '-pub', logKey]);

  const spoiled = join(folder, 'spoiled');
  execFileSync(
    process.execPath,
    [join(judges, 'tamper.mjs'), made.package, spoiled, '--n', '60', '--seed', '1', '--other', made.other],
    { stdio: 'ignore' },
  );
  const trust = { entries: readTrust(made.root).entries };
  const whole = checkReport(made.package, trust, null);
  line('check-report', whole.verdict === 'pass' ? 'pass' : 'fail', `the package as it is: ${whole.verdict}`);
  const copies = readFileSync(join(spoiled, 'manifest.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((each) => JSON.parse(each) as { dir: string; kind: string; file: string; detail: string; expect: string });
  const accepted = copies.filter(
    ({ dir, expect }) => expect === 'refuse' && checkReport(join(spoiled, dir), trust, null).verdict !== 'fail',
  );
  for (const { dir, kind, file, detail } of accepted)
    line('spoiled', 'fail', `${dir}: ${kind} of ${file}, ${detail}, was not refused`);
  if (accepted.length === 0)
    line('spoiled', 'pass', `${copies.filter(({ expect }) => expect === 'refuse').length} spoiled copies are refused`);
} finally {
  if (process.argv.includes('--keep')) console.log(`Kept in ${folder}`);
  else rmSync(folder, { recursive: true, force: true });
}
finish();
