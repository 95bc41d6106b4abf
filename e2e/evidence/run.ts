import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Verification } from '../../shared/verification.ts';

/**
 * Runs stories (evidence whole and tampered, with what must be found) through the command line and compares only
 * afterwards. `npm run evidence [-- FOLDER… --json --claims]`. Stories about claims alone are printed as open.
 */
interface Finding {
  subject: string;
  aspect: string;
  verdict: string;
  what: string;
}
interface Expected {
  id: string;
  form?: string;
  overall: string;
  findings: Finding[];
  must_not: string[];
}
const root = resolve(import.meta.dirname, '../..');
const args = process.argv.slice(2);
const asJson = args.includes('--json');
const given = args.filter((arg) => !arg.startsWith('--'));
const stories = (
  given.length > 0
    ? given.map((path) => resolve(process.env['INIT_CWD'] ?? process.cwd(), path))
    : [resolve(root, '../shared/evidence')]
).flatMap((folder) =>
  existsSync(join(folder, 'cases'))
    ? [folder]
    : existsSync(folder)
      ? readdirSync(folder, { withFileTypes: true })
          .filter((each) => each.isDirectory() && existsSync(join(folder, each.name, 'cases')))
          .map((each) => join(folder, each.name))
      : [],
);
if (stories.length === 0) {
  console.log('skipped: no stories found');
  console.log('0 passed, 0 failed, 1 skipped');
  process.exit(0);
}

const strict = new Set(['content', 'chain', 'origin']);
/** What the product says for an aspect and a verdict of a story (README of the stories). */
const aspectsFor = (aspect: string) =>
  aspect === 'lineage'
    ? ['claim', 'completeness']
    : aspect === 'policy'
      ? ['claim', 'origin', 'content', 'completeness']
      : [aspect];
const verdictsFor = ({ aspect, verdict }: Finding) =>
  aspect === 'origin' && verdict === 'fail' ? ['fail', 'policy'] : [verdict];

function verify(
  path: string,
  trust: string,
): { verification: Verification | null; status: number | null; seconds: number; errors: string } {
  const start = performance.now();
  const run = spawnSync(
    process.execPath,
    [join(root, 'electron/cli.ts'), 'verify', path, ...(existsSync(trust) ? ['--trust', trust] : []), '--json'],
    { encoding: 'utf8', maxBuffer: 2 ** 28, env: { ...process.env, INIT_CWD: root } },
  );
  const seconds = (performance.now() - start) / 1_000;
  return {
    verification: run.stdout.startsWith('{') ? (JSON.parse(run.stdout) as Verification) : null,
    status: run.status,
    seconds,
    errors: run.stderr,
  };
}

const matches = (finding: Finding, verification: Verification) => {
  const [wanted = ''] = finding.subject.normalize('NFC').split(' ');
  return verification.checks.some(({ subject, location, aspect, verdict }) => {
    const names = [subject.normalize('NFC'), location?.path.normalize('NFC') ?? ''];
    return (
      names.some((name) => name === wanted || name.endsWith(`/${wanted}`)) &&
      aspectsFor(finding.aspect).includes(aspect) &&
      verdictsFor(finding).includes(verdict)
    );
  });
};
const key = ({ subject, code, verdict, message }: Verification['checks'][number]) =>
  `${verdict} ${code} ${subject} ${code === 'digest-mismatch' ? '' : message.replace(/[0-9]+/g, 'N')}`;

const rows: {
  corpus: string;
  id: string;
  verdict: string;
  codes: string[];
  seconds: number;
  peakMiB: null;
  expected: string | null;
  agrees: boolean | null;
  open: boolean;
  missed: string[];
  alarms: string[];
  findings: unknown[];
}[] = [];
for (const story of stories) {
  const name = story.split('/').at(-1) ?? '';
  const trust = join(story, 'trust');
  const good = verify(join(story, 'good'), trust);
  const baseline = new Set(good.verification?.checks.filter(({ verdict }) => verdict !== 'pass').map(key));
  const goodAgrees = good.status === 0 && good.verification?.verdict === 'warn';
  rows.push({
    corpus: name,
    id: 'good',
    verdict: good.verification?.verdict ?? 'refused',
    codes: [],
    seconds: good.seconds,
    peakMiB: null,
    expected: 'warn',
    agrees: goodAgrees,
    open: false,
    missed: goodAgrees ? [] : [`exit ${good.status} ${good.errors}`],
    alarms: [],
    findings: good.verification?.checks.filter(({ verdict }) => verdict !== 'pass') ?? [],
  });
  for (const id of readdirSync(join(story, 'cases')).sort()) {
    const place = mkdtempSync(join(tmpdir(), 'assay-story-'));
    const folder = join(place, 'evidence');
    try {
      execFileSync(process.execPath, [join(story, 'materialise.mjs'), id, folder], { stdio: 'pipe' });
      const { verification, status, seconds, errors } = verify(folder, trust);
      const label = join(story, 'cases', id, 'expected.json');
      const expected = existsSync(label) ? (JSON.parse(readFileSync(label, 'utf8')) as Expected) : null;
      const findings = verification?.checks.filter(({ verdict }) => verdict !== 'pass') ?? [];
      const own = findings.filter(
        (check) =>
          !baseline.has(key(check)) && !baseline.has(key({ ...check, subject: check.subject.replace(/^data\//, '') })),
      );
      const mine = expected?.findings.filter(({ aspect }) => strict.has(aspect)) ?? [];
      const open = expected !== null && mine.length < expected.findings.length && mine.length === 0;
      const missed =
        verification === null
          ? [`refused: ${errors.trim()}`]
          : mine
              .filter((finding) => !matches(finding, verification))
              .map(({ subject, aspect, verdict, what }) => `${aspect} ${verdict} ${subject}: ${what}`);
      const wantedExit = expected === null ? null : { fail: 1, policy: 1, undecided: 2, warn: 0 }[expected.overall];
      const exitAgrees = open || status === wantedExit;
      rows.push({
        corpus: name,
        id,
        verdict: verification?.verdict ?? 'refused',
        codes: [...new Set(own.map(({ code }) => code))],
        seconds,
        peakMiB: null,
        expected: expected?.overall ?? null,
        agrees: expected === null || open ? null : missed.length === 0 && exitAgrees,
        open,
        missed: exitAgrees ? missed : [...missed, `exit ${status}, ${wantedExit} expected`],
        alarms: own
          .filter(({ verdict }) => verdict === 'fail' || verdict === 'policy')
          .map(({ verdict, subject, code, message }) => `${verdict} ${subject} ${code}: ${message.slice(0, 140)}`),
        findings,
      });
    } finally {
      rmSync(place, { recursive: true, force: true });
    }
  }
}

if (asJson)
  console.log(JSON.stringify({ cases: rows.map(({ open: _open, missed: _missed, alarms: _alarms, ...row }) => row) }));
else {
  for (const { id, verdict, expected, agrees, open, missed, alarms } of rows) {
    console.log(
      `${agrees === null ? (open ? 'open  ' : 'no label') : agrees ? 'agrees' : 'DIFFERS'} ${id}: ${verdict}, expected ${expected ?? 'nothing'}`,
    );
    for (const line of missed) console.log(`    missed  ${line}`);
    for (const line of alarms) console.log(`    says    ${line}`);
  }
}
const failed = rows.filter(({ agrees }) => agrees === false).length;
if (!asJson)
  console.log(
    `${rows.filter(({ agrees }) => agrees === true).length} passed, ${failed} failed, ${rows.filter(({ agrees }) => agrees === null).length} skipped (open: about claims, which a later version judges)`,
  );
process.exitCode = failed > 0 ? 1 : 0;
