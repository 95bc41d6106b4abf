import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { counted } from '../../shared/counted.ts';
import type { Counts } from '../../shared/evidence.ts';
import { fileStates } from '../../shared/evidence.ts';
import type { PolicyName } from '../../shared/policy.ts';
import type { TrustEntry } from '../../shared/trust.ts';
import { aspects, noVerdicts, type Verdict, verdicts, worst } from '../../shared/verdict.ts';
import type { Verification } from '../../shared/verification.ts';
import { readPolicyFile, shippedPolicy } from '../intake/policy-file.ts';
import { readTrust } from '../intake/trust-folder.ts';
import { timeOf } from '../integrity/time-text.ts';
import { type Found, startExamination } from '../operations/start-examination.ts';
import { version } from '../version.ts';
import { type Command, exit, type Io, Usage } from './command.ts';
import { optionsOf } from './options.ts';
import { paint, visibleText } from './print.ts';

/** `assay verify`: needs no store and leaves nothing behind. */
export const verify: Command['run'] = async (args, io) => {
  const { values, positionals } = parse(args);
  const at = new Date();
  const asOf = values['as-of'] === undefined ? at : moment(values['as-of']);
  const policy = values.policy === undefined ? shippedPolicy() : readPolicyFile(resolve(io.cwd, values.policy));
  const trust = trustFrom(values.trust ?? [], io);
  const examined: Found[] = [];
  for (const path of positionals) {
    const progress = io.isErrTerminal
      ? (done: number, total: number | null, doing: string) =>
          io.err(`\r\u001b[K${doing}: ${done}${total === null ? '' : ` of ${total}`} files`)
      : () => {};
    examined.push(
      await startExamination(
        {
          path: resolve(io.cwd, path),
          trust: { entries: trust },
          policy,
          asOf: asOf.toISOString(),
          staging: tmpdir(),
          verdictsOnly: true,
        },
        { progress: ({ doing, filesDone, filesTotal }) => progress(filesDone, filesTotal, doing) },
        io.signal,
      ),
    );
    if (io.isErrTerminal) io.err('\r\u001b[K');
  }
  const verification = joined(examined, positionals, at, { name: policy.policy.name, digest: policy.digest });
  io.out(values.json === true ? `${JSON.stringify(verification)}\n` : inWords(verification, io));
  return status(verification.verdict);
};

/** A time that means the same on every machine: with its zone, or a day, which begins in UTC. @throws Usage */
function moment(text: string): Date {
  const at = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2}))?$/.test(text)
    ? timeOf(text)
    : Number.NaN;
  if (Number.isNaN(at))
    throw new Usage('--as-of takes a day such as 2026-11-20, or a time with its zone such as 2026-11-20T12:00:00Z');
  return new Date(at);
}

function parse(args: string[]) {
  const parsed = optionsOf(args, {
    trust: { type: 'string', multiple: true },
    policy: { type: 'string' },
    'as-of': { type: 'string' },
    json: { type: 'boolean' },
  });
  if (parsed.positionals.length === 0) throw new Usage('verify needs the path of some evidence');
  return parsed;
}

/** Trust from the folders and files named; what was not recognised is said on standard error. */
export function trustFrom(paths: readonly string[], io: Io): TrustEntry[] {
  return paths.flatMap((path) => {
    const { entries, unknown } = readTrust(resolve(io.cwd, path));
    for (const sentence of unknown) io.err(`${visibleText(sentence)}\n`);
    return entries;
  });
}

export const status = (verdict: Verdict): number =>
  ({ pass: exit.passed, warn: exit.passed, fail: exit.failed, policy: exit.failed, undecided: exit.undecided })[
    verdict
  ];

/** Several sources in one document: the worst counts, the numbers add up. */
function joined(examined: Found[], paths: string[], at: Date, policy: PolicyName): Verification {
  const counts: Counts = {
    files: 0,
    states: Object.fromEntries(fileStates.map((state) => [state, 0])) as Counts['states'],
    ledgerEntries: 0,
    signatures: 0,
    documents: 0,
    nodes: 0,
    edges: 0,
  };
  for (const { counts: each } of examined) {
    for (const name of ['files', 'ledgerEntries', 'signatures', 'documents', 'nodes', 'edges'] as const)
      counts[name] += each[name];
    for (const state of fileStates) counts.states[state] += each.states[state];
  }
  const summed = Object.fromEntries(
    aspects.map((aspect) => {
      const total = noVerdicts();
      for (const { aspects: each } of examined)
        for (const verdict of verdicts) total[verdict] += each[aspect].counts[verdict];
      return [
        aspect,
        { verdict: worst(examined.flatMap(({ aspects: each }) => each[aspect].verdict ?? [])), counts: total },
      ];
    }),
  ) as Verification['aspects'];
  return {
    tool: { name: 'assay', version },
    at: at.toISOString(),
    sources: examined.map(({ source }, index) => ({ ...source, path: paths[index] ?? source.path })),
    policy,
    verdict: worst(examined.map(({ verdict }) => verdict)) ?? 'undecided',
    aspects: summed,
    counts,
    checks: examined.flatMap(({ checks }) => checks),
    unread: examined.flatMap(({ unread }) => unread),
    notChecked: examined.flatMap(({ notChecked }) => notChecked),
  };
}

function inWords(verification: Verification, io: Io): string {
  const lines: string[] = [];
  for (const { path, kind, files, bytes, digest } of verification.sources)
    lines.push(`${visibleText(path)}: ${kind}, ${counted(files, 'file')}, ${counted(bytes, 'byte')}, ${digest}`);
  lines.push('', `Policy: ${visibleText(verification.policy.name)}, ${verification.policy.digest}`);
  lines.push(`Verdict: ${paint(verification.verdict, io)}`);
  for (const aspect of aspects) {
    const { verdict, counts } = verification.aspects[aspect];
    if (verdict !== null)
      lines.push(
        `  ${aspect.padEnd(13)}${paint(verdict, io).padEnd(10)} ${verdicts
          .filter((each) => counts[each] > 0)
          .map((each) => `${counts[each].toLocaleString('en')} ${each}`)
          .join(', ')}`,
      );
  }
  for (const verdict of verdicts) {
    const checks = verification.checks.filter((check) => check.verdict === verdict);
    if (checks.length === 0 || verdict === 'pass') continue;
    lines.push('', `${paint(verdict, io)} (${checks.length})`);
    for (const { subject, location, message, expected, actual, settledBy } of checks) {
      const place =
        location?.entry !== undefined
          ? ` entry ${location.entry}`
          : location?.line !== undefined && location.path !== subject
            ? ` (${location.path}, line ${location.line})`
            : '';
      lines.push(
        `  ${visibleText(subject === '' ? 'The source' : subject)}${visibleText(place)}`,
        `    ${visibleText(message)}`,
      );
      if (expected !== null && actual !== null)
        lines.push(`    expected ${visibleText(expected)}`, `    actual   ${visibleText(actual)}`);
      if (settledBy !== '') lines.push(`    would be settled by: ${visibleText(settledBy)}`);
    }
  }
  if (verification.unread.length > 0) lines.push('', `not read (${verification.unread.length})`);
  for (const { path, why } of verification.unread) lines.push(`  ${visibleText(path)}`, `    ${visibleText(why)}`);
  return `${lines.join('\n')}\n`;
}
