import { join } from 'node:path';
import type { ReportCheck, ReportVerification } from '../../shared/report.ts';
import { worst } from '../../shared/verdict.ts';
import type { OpenOptions } from '../intake/containers/open-container.ts';
import { checkReport } from '../reporting/check-package.ts';
import { evidenceAsked } from '../reporting/evidence-asked.ts';
import { readBounded } from '../reporting/package-files.ts';
import { readEvidence } from './read-evidence.ts';
import type { ReportCheckRequest } from './start-report-check.ts';
import { unpackPackage } from './unpack-package.ts';

const notCompared: ReportCheck = {
  about: 'evidence',
  subject: '',
  verdict: 'undecided',
  code: 'evidence-not-compared',
  message:
    'The evidence was not compared: no list of it that can be read is here. It is evidence.sha256 of a package; a PDF or a decision alone has none.',
};

/**
 * Checks a report, its package unpacked where it is an archive, and its evidence read as it was read to be verified.
 * @throws Failure refused, unreadable, disk-full, invalid
 */
export async function judgeReport(
  { path, trust, evidence }: Omit<ReportCheckRequest, 'staging'>,
  options: OpenOptions,
): Promise<ReportVerification> {
  const unpacked = await unpackPackage(path, options);
  if (evidence === null) return checkReport(path, trust, null, unpacked);
  const asked = evidenceAsked((name) => (unpacked === null ? readBounded(join(path, name)) : unpacked.read(name)));
  const atHand = asked === null ? null : await readEvidence(evidence, asked, options);
  const result = checkReport(path, trust, atHand, unpacked);
  if (asked !== null) return result;
  // Who named the evidence is told that nobody looked at it.
  const checks = [...result.checks, notCompared];
  return { ...result, checks, verdict: worst(checks.map(({ verdict }) => verdict)) ?? 'undecided' };
}
