import type { LineagePicture } from '../../shared/lineage.ts';
import type { Report } from '../../shared/report.ts';
import { ink, type PageLayout, verdictInk } from './page-layout.ts';
import { writeLineage } from './report-lineage.ts';
import { writeSampling } from './report-sampling.ts';

const count = (value: number) => value.toLocaleString('en');
/** What a check is about, and where that is said: a line of a list is not one of the file that it lists. */
function placeOf({ subject, location }: Pick<Report['checks'][number], 'subject' | 'location'>): string {
  const what = subject === '' ? 'the source' : subject;
  const { path = '', entry, line } = location ?? {};
  const where = entry !== undefined ? `entry ${entry}` : line !== undefined ? `line ${line}` : '';
  if (where === '') return what;
  return path === '' || path === subject ? `${what} ${where}` : `${what} (${path}, ${where})`;
}
const checksShown = 500;

/** Findings, checks that are not a pass, evidence, lineage, method, journal. */
export function writeBody(layout: PageLayout, report: Report, picture: LineagePicture): void {
  layout.doc.addPage();
  layout.heading(2, `Findings (${report.findings.length})`);
  if (report.findings.length === 0) layout.paragraph('No findings were recorded.', { face: 'ui', size: 9 });
  const answered = new Map<string, Report['checks'][number]>();
  for (const check of report.checks)
    if (check.answer !== null && check.subject !== '' && !answered.has(check.answer)) answered.set(check.answer, check);
  for (const finding of report.findings) {
    layout.heading(3, `F-${String(finding.number).padStart(2, '0')}  ${finding.title}`);
    layout.paragraph(
      `${finding.severity}, ${finding.status}${finding.owner === '' ? '' : `, owner ${finding.owner}`}${finding.isStale ? ', stale: the bytes it was made about changed' : ''}. Raised by ${finding.raisedBy} at ${finding.raisedAt}.`,
      { face: 'ui', size: 8.5, colour: ink.second },
    );
    layout.paragraph(finding.rationale, { isText: true });
    if (finding.recommendation !== '') layout.paragraph(`Recommendation: ${finding.recommendation}`, { isText: true });
    const about = answered.get(`F-${String(finding.number).padStart(2, '0')}`);
    if (about?.expected != null && about.actual !== null)
      layout.table(
        ['Expected', 'Actual'],
        [1, 1],
        [
          [
            { text: about.expected, face: 'bytes' },
            { text: about.actual, face: 'bytes' },
          ],
        ],
      );
  }
  const contradictions = report.checks.filter(({ aspect, verdict }) => aspect === 'claim' && verdict !== 'undecided');
  if (contradictions.length > 0) {
    layout.heading(2, `Contradictions (${contradictions.length})`);
    layout.table(['Verdict', 'Place', 'What', 'Answer'], [2, 5, 7, 3], contradictions.map(rowOf));
  }
  layout.heading(2, `Checks that are not a pass (${report.checks.length})`);
  if (report.checks.length === 0) layout.paragraph('Every check passed.', { face: 'ui', size: 9 });
  else
    layout.table(['Verdict', 'Place', 'What', 'Answer'], [2, 5, 7, 3], report.checks.slice(0, checksShown).map(rowOf));
  if (report.checks.length > checksShown)
    layout.paragraph(`${count(report.checks.length - checksShown)} more stand in report.json.`, {
      face: 'ui',
      size: 8.5,
      colour: ink.second,
    });
  writeSignatures(layout, report);
  writeSampling(layout, report);
  layout.heading(2, 'Evidence by source');
  layout.table(
    ['Source', 'Kind', 'Files', 'Bytes', 'Digest of the list of files'],
    [5, 2, 2, 3, 8],
    report.sources.map(({ path, kind, files, bytes, digest }) => [
      { text: path },
      { text: kind },
      { text: count(files), face: 'bytes' },
      { text: count(bytes), face: 'bytes' },
      { text: digest, face: 'bytes' },
    ]),
  );
  const unread = report.sources.flatMap(({ unread: each }) => each);
  if (unread.length > 0)
    layout.table(
      ['Not read', 'Why'],
      [1, 1],
      unread.slice(0, 100).map(({ path, why }) => [{ text: path }, { text: why }]),
    );
  writeLineage(layout, report, picture);
  layout.heading(2, 'Trusted beforehand');
  if (report.trust.length === 0)
    layout.paragraph('This reviewer named no key, authority or log.', { face: 'ui', size: 9 });
  else
    layout.table(
      ['Kind', 'Name', 'For', 'Fingerprint'],
      [2.6, 4, 3.6, 7.8],
      report.trust.map(({ kind, name, uses, fingerprint }) => [
        { text: kind },
        { text: name },
        { text: uses },
        { text: fingerprint, face: 'bytes' },
      ]),
    );
  layout.heading(2, 'Method and version');
  layout.paragraph(
    `Assay ${report.tool.version}. Every file was digested with SHA-256; documents were read, and facts in them verified by rules, offline. Passes, by rule: ${report.passes.map(({ rule, count: n }) => `${rule} ${count(n)}`).join(', ')}.`,
    { face: 'ui', size: 8.5 },
  );
  layout.heading(2, 'Journal');
  layout.table(
    ['Entries', 'Merkle root (RFC 9162)', 'Head'],
    [2, 6, 8],
    [
      [
        { text: count(report.journal.size), face: 'bytes' },
        { text: report.journal.root, face: 'bytes' },
        { text: report.journal.head, face: 'bytes' },
      ],
    ],
  );
}

/** Who signed what, of the evidence: each signature that holds, by somebody whom this reviewer named. */
function writeSignatures(layout: PageLayout, { signatures }: Report): void {
  if (signatures === undefined) return;
  const { held, more } = signatures;
  layout.heading(2, `Signatures that hold (${count(held.length + more)})`);
  if (held.length === 0) return layout.paragraph('None, by anybody whom this reviewer named.', { face: 'ui', size: 9 });
  layout.table(
    ['Signature', 'By', 'What'],
    [5, 4, 7],
    held.map(({ subject, location, signer, message }) => [
      { text: placeOf({ subject, location }) },
      { text: signer ?? 'see beside' },
      { text: message },
    ]),
  );
  if (more > 0)
    layout.paragraph(`${count(more)} more are in the passes by rule, below.`, {
      face: 'ui',
      size: 8.5,
      colour: ink.second,
    });
}

const rowOf = (check: Report['checks'][number]) => [
  { text: check.verdict, face: 'strong' as const, colour: verdictInk[check.verdict] },
  { text: placeOf(check) },
  { text: check.message },
  { text: check.answer ?? 'none', isText: true },
];
