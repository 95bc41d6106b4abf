import { counted } from '../../shared/counted.ts';
import { sha256Hex } from '../integrity/digest.ts';
import { decisionForm } from './check-decisions.ts';
import { filesAtMost, sumsOf } from './package-files.ts';
import type { ReportPackage } from './report-package.ts';
import { verifyMds } from './verify-md.ts';

/** What every package holds, and where nothing else may stand but decisions and their signers. */
const fixed = [
  'report.pdf',
  'report.json',
  'evidence.sha256',
  'VERIFY.md',
  'SHA256SUMS',
  'journal/checkpoint.txt',
  'journal/entries.json',
  'journal/key.vkey',
  'journal/key.pem',
];
const signerForm = /^signers\/([1-9]-(?:reviewer|approver))\.(?:cert|pub)\.pem$/;

/** Whether any of these names is one that a package has and hardly anything else: evidence too may hold SHA256SUMS. */
export const isOfPackage = (names: readonly string[]): boolean =>
  names.some((name) => name !== 'SHA256SUMS' && (fixed.includes(name) || decisionForm.test(name)));

/** The list of digests, and that the package holds what it must, what is listed, and nothing else. */
export function checkLayout({ present, beside, read, say }: ReportPackage): void {
  const list = read('SHA256SUMS');
  const sums = list === null ? null : sumsOf(list);
  if (sums === null || sums.size === 0)
    say(
      'digest',
      'SHA256SUMS',
      'fail',
      'sums-missing',
      'The list of digests is missing or empty, has a malformed line, or lists a file twice or outside the package.',
    );
  let held = 0;
  for (const [name, hex] of sums ?? []) {
    const bytes = read(name);
    if (bytes === null) say('digest', name, 'fail', 'file-missing', 'SHA256SUMS lists this file, and it is not here.');
    else if (sha256Hex(bytes) !== hex)
      say('digest', name, 'fail', 'digest-mismatch', 'These are not the bytes that SHA256SUMS lists.');
    else held += 1;
  }
  if (sums !== null && held === sums.size && held > 0)
    say(
      'digest',
      'SHA256SUMS',
      'pass',
      'digests-hold',
      `${counted(held, 'file')} ${held === 1 ? 'has the digest that is' : 'have the digests that are'} listed.`,
    );
  if (present.length >= filesAtMost)
    return say('layout', '', 'fail', 'too-many-files', `It holds ${filesAtMost} files or more: this is no package.`);
  for (const name of present) {
    const stem = signerForm.exec(name)?.[1];
    const decision = stem === undefined ? null : `decisions/${stem}.dsse.json`;
    const isKnown =
      fixed.includes(name) || decisionForm.test(name) || (decision !== null && present.includes(decision));
    if (!isKnown && decision !== null)
      say('layout', name, 'fail', 'file-extra', `It belongs to a decision that is not here: ${decision}.`);
    else if (!isKnown) say('layout', name, 'fail', 'file-extra', 'A package holds no such file.');
    else if (name !== 'SHA256SUMS' && sums?.has(name) === false)
      say('digest', name, 'fail', 'file-unlisted', 'SHA256SUMS does not list this file.');
  }
  for (const name of beside) say('layout', name, 'fail', 'file-extra', 'The archive holds this beside the package.');
  for (const name of fixed)
    if (!present.includes(name) && name !== 'SHA256SUMS')
      say('layout', name, 'fail', 'file-missing', 'A package holds this file, and it is not here.');
}

/** VERIFY.md is signed by nobody and full of commands: another text than ours is worth a word. */
export function checkVerifyMd({ present, read, report, pdf, say }: ReportPackage): void {
  const text = read('VERIFY.md')?.toString('utf8');
  if (text === undefined || report === null || pdf === null || pdf.base === null) return;
  const signers = present.flatMap((name) => {
    const [, place = '', role = ''] = decisionForm.exec(name) ?? [];
    return role === '' ? [] : [{ role, file: `${place}-${role}` }];
  });
  const own = verifyMds({
    signers,
    pdfBytes: pdf.base.length,
    pdfDigest: sha256Hex(pdf.base),
    isDraft: report.isDraft,
    hasEntries: report.journal.entries !== undefined,
  });
  if (!own.includes(text))
    say(
      'layout',
      'VERIFY.md',
      'warn',
      'verify-md-other',
      'This is not the text that Assay writes. Nobody signs it: read its commands before you run them.',
    );
}
