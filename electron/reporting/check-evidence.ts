import { counted } from '../../shared/counted.ts';
import type { Report } from '../../shared/report.ts';
import { sumsOf } from './package-files.ts';
import type { Elsewhere, EvidenceAtHand, ReportPackage } from './report-package.ts';

/** The evidence beside a package against evidence.sha256, file by file. @param evidence null where it is not at hand */
export function checkEvidence({ read, report, say }: ReportPackage, evidence: EvidenceAtHand | null) {
  const bytes = read('evidence.sha256');
  if (bytes === null) return;
  const sums = sumsOf(bytes);
  if (sums === null)
    return say(
      'evidence',
      'evidence.sha256',
      'fail',
      'evidence-list-malformed',
      'The list of the evidence has a line that is malformed, lists a file twice, or names one outside the folder.',
    );
  if (evidence === null) return;
  let held = 0;
  for (const [name, hex] of sums) {
    const found = evidence.digests.get(name);
    const why = evidence.unread.get(name);
    if (found === hex) held += 1;
    else if (found !== undefined)
      say(
        'evidence',
        name,
        'fail',
        'evidence-changed',
        'This file of the evidence is not the one that the report is about.',
      );
    else if (why !== undefined || evidence.elsewhere === null)
      say(
        'evidence',
        name,
        'fail',
        'evidence-missing',
        why === undefined
          ? 'This file of the evidence is not there.'
          : `This file of the evidence cannot be read: ${why}.`,
      );
  }
  const { count, first } = evidence.extra;
  // Of another folder than the one that is meant, nothing needs to be said file by file.
  if (count > 0 && evidence.elsewhere === null)
    say(
      'evidence',
      first,
      'warn',
      'evidence-extra',
      count === 1
        ? 'This file lies in the evidence, and the report is not about it.'
        : `This file and ${counted(count - 1, 'other')} lie in the evidence, and the report is not about them.`,
    );
  if (sums.size === 0)
    return say(
      'evidence',
      'evidence.sha256',
      'undecided',
      'evidence-list-empty',
      'The list of the evidence is empty: there is nothing to compare with.',
    );
  const isWhole = held === sums.size;
  say(
    'evidence',
    '',
    isWhole ? 'pass' : 'fail',
    isWhole ? 'evidence-holds' : 'evidence-differs',
    `${held} of ${sums.size} files of the evidence are those that the report is about.${evidence.elsewhere === null ? '' : whereItLies(evidence.elsewhere)}${held > 0 || report === null ? '' : whatToName(report)}`,
  );
}

/** Where a folder too high or too low was named: said once, instead of once a file. */
function whereItLies({ folder, lies, files }: Elsewhere): string {
  if (lies === 'around')
    return ` What you named looks to be the folder “${folder}” of the evidence alone: name the folder that holds “${folder}”.`;
  const there = ` ${files.toLocaleString('en')} of those that are not there ${files === 1 ? 'lies' : 'lie'} below “${folder}” in what you named:`;
  return `${there} ${lies === 'in a folder' ? 'name that folder' : 'unpack it, and name that folder'}.`;
}

/** Where nothing at all is where it should be, mostly something else was named than what was imported. */
function whatToName({ sources }: Report): string {
  const names = sources.map(({ path, kind }) => `${path} (${kind})`).slice(0, 10);
  if (names.length === 0) return '';
  const named = sources.length === 1 ? 'name that' : 'name the folder that holds them all';
  return ` The report is about ${names.join(', ')}${names.length < sources.length ? ' and others' : ''}: ${named}.`;
}
