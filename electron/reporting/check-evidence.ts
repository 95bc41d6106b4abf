import { statSync } from 'node:fs';
import { join } from 'node:path';
import { limits } from '../../shared/limits.ts';
import { filesBelow, hashOf, sumsOf } from './package-files.ts';
import type { ReportPackage } from './report-package.ts';

/** The evidence beside a package against evidence.sha256, file by file. @param evidence null where it is not at hand */
export function checkEvidence({ read, say }: ReportPackage, evidence: string | null) {
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
  if (!statSync(evidence).isDirectory())
    return say(
      'evidence',
      '',
      'undecided',
      'evidence-packed',
      'The evidence is not a folder. Unpack it and name the folder, to have its files compared.',
    );
  let held = 0;
  for (const [name, hex] of sums) {
    const found = hashOf(join(evidence, name));
    if (found === hex) held += 1;
    else if (found === null)
      say('evidence', name, 'fail', 'evidence-missing', 'This file of the evidence is not there, or cannot be read.');
    else
      say('evidence', name, 'fail', 'evidence-changed', 'This file of the evidence is not the one that was reviewed.');
  }
  const extra = filesBelow(evidence, limits.folderEntries).filter((name) => !sums.has(name));
  if (extra[0] !== undefined)
    say(
      'evidence',
      extra[0],
      'warn',
      'evidence-extra',
      extra.length === 1
        ? 'This file lies in the evidence and was not reviewed.'
        : `This file and ${extra.length - 1} others lie in the evidence and were not reviewed.`,
    );
  const isWhole = held === sums.size;
  say(
    'evidence',
    '',
    isWhole ? 'pass' : 'fail',
    isWhole ? 'evidence-holds' : 'evidence-differs',
    `${held} of ${sums.size} files of the evidence are those that were reviewed.`,
  );
}
