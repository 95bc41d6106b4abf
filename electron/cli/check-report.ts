import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import type { ReportVerification } from '../../shared/report.ts';
import { decisionWords } from '../../shared/sign-off.ts';
import { verdicts } from '../../shared/verdict.ts';
import { checkWith, supersededBy } from '../operations/reports.ts';
import { startReportCheck } from '../operations/start-report-check.ts';
import type { Command, Io } from './command.ts';
import { only, optionsOf } from './options.ts';
import { paint, visibleText } from './print.ts';
import { status, trustFrom } from './verify.ts';
import { withStore } from './with-store.ts';

/** `assay check-report`: needs no store; where one is named, its trust counts too and the act is in its journal. */
export const checkReport: Command['run'] = async (args, io) => {
  const { values, positionals } = optionsOf(args, {
    trust: { type: 'string', multiple: true },
    evidence: { type: 'string' },
    store: { type: 'string' },
    json: { type: 'boolean' },
  });
  const path = only(positionals, 'one package, PDF or decision');
  const trust = trustFrom(values.trust ?? [], io);
  const evidence = values.evidence === undefined ? null : resolve(io.cwd, values.evidence);
  const place = resolve(io.cwd, path);
  const named = values.store ?? (io.env['ASSAY_STORE'] === '' ? undefined : io.env['ASSAY_STORE']);
  const said = (result: ReportVerification, later: number | null): number => {
    const document = { ...result, path, ...(named === undefined ? {} : { supersededBy: later }) };
    io.out(values.json === true ? `${JSON.stringify(document)}\n` : inWords(document, later, io));
    return status(result.verdict);
  };
  if (named === undefined)
    return said(
      await startReportCheck({ path: place, trust: { entries: trust }, evidence, staging: tmpdir() }, io.signal),
      null,
    );
  return await withStore(named, io, async (context) => {
    const result = await checkWith(context, place, evidence, io.signal, trust);
    return said(result, supersededBy(context, result.signers));
  });
};

function inWords(
  { path, verdict, case: name, decision, signers, checks }: ReportVerification,
  later: number | null,
  io: Io,
): string {
  const lines = [visibleText(path), `Verdict: ${paint(verdict, io)}`];
  if (name !== '') lines.push(`Case: ${visibleText(name)}`);
  lines.push(`Decision: ${decision === null ? 'none' : decisionWords[decision]}`);
  if (later !== null) lines.push(`Superseded: this store has a later sign-off of the case, number ${later}.`);
  for (const { name: signer, role, fingerprint, signedAt, isTrusted, isOwn } of signers)
    if (signedAt === null) lines.push(`  ${visibleText(signer === '' ? 'somebody' : signer)}, ${role}, not signed`);
    else
      lines.push(
        `  ${visibleText(signer)}, ${role}, ${signedAt}, ${isOwn === true ? 'a signing identity of this store' : isTrusted ? 'named by you' : 'not named by you'}`,
        `    ${fingerprint}`,
      );
  for (const each of verdicts) {
    const found = checks.filter((check) => check.verdict === each);
    if (found.length > 0) lines.push('', `${paint(each, io)} (${found.length})`);
    for (const { about, subject, message } of found)
      lines.push(`  ${visibleText(subject === '' ? about : `${subject} (${about})`)}`, `    ${visibleText(message)}`);
  }
  return `${lines.join('\n')}\n`;
}
