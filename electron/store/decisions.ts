import type { Annotation, Finding } from '../../shared/finding.ts';
import { sha256Hex } from '../integrity/digest.ts';
import { bodyOf } from './cases.ts';
import { whyNotAsPlanned } from './sampling.ts';
import type { Read } from './store.ts';

/**
 * Digest of what a person decided, as its rows hold it. The entry of the journal that made it so holds the digest too:
 * rows that were rewritten past Assay then no longer agree with the journal, which they cannot rewrite.
 */
export const stateOfFinding = (
  finding: Pick<Finding, 'title' | 'owner' | 'rationale' | 'recommendation' | 'anchors' | 'severity' | 'status'>,
): string => digestOfFinding({ body: bodyOf(finding), severity: finding.severity, status: finding.status });
export const stateOfNote = (anchor: Annotation['anchor'], text: string, isWithdrawn: boolean): string =>
  digestOfNote({ anchor: JSON.stringify(anchor), text, withdrawn: isWithdrawn ? 1 : 0 });

const digestOfFinding = ({ body, severity, status }: { body: string; severity: string; status: string }) =>
  sha256Hex(JSON.stringify([body, severity, status]));
const digestOfNote = ({ anchor, text, withdrawn }: { anchor: string; text: string; withdrawn: number }) =>
  sha256Hex(JSON.stringify([anchor, text, withdrawn]));

/** What people decided, held against the journal: '' where each agrees with its latest entry, else what does not. */
export function whyNotAsDecided(db: Read): string {
  const one = (sql: string) => db.get<{ n: number }>(sql)?.n ?? 0;
  for (const row of db.all<{ number: number; body: string; severity: string; status: string; state: string | null }>(
    "select number, body, severity, status, json_extract(line, '$.detail.state') as state from finding left join journal on seq = (select max(journal) from finding_history where finding_id = finding.id)",
  ))
    if (row.state !== digestOfFinding(row))
      return `finding F-${String(row.number).padStart(2, '0')} is not as the journal has it`;
  for (const row of db.all<{ anchor: string; text: string; withdrawn: number; state: string | null }>(
    "select anchor, text, withdrawn, json_extract(line, '$.detail.state') as state from annotation left join journal on seq = latest",
  ))
    if (row.state !== digestOfNote(row)) return 'a note is not as the journal has it';
  if (
    one(
      "select count(*) as n from answer left join journal on seq = journal where finding_id is null and (action is not 'check.explained' or json_extract(line, '$.detail.explanation') is not explanation)",
    ) > 0
  )
    return 'an explanation is not as the journal has it';
  const counted = {
    'a finding is': [
      'select count(*) as n from finding',
      "select count(*) as n from journal where action = 'finding.raised'",
    ],
    'a note is': [
      'select count(*) as n from annotation',
      "select count(*) as n from journal where action = 'annotation.made' and json_extract(line, '$.detail.annotation') is null",
    ],
    'an explanation is': [
      'select count(*) as n from answer where finding_id is null',
      "select count(*) as n from journal where action = 'check.explained' and json_extract(line, '$.detail.undoes') is null",
    ],
    'the withdrawal of an explanation is': [
      'select count(*) as n from answer where finding_id is null and withdrawn = 1',
      "select count(*) as n from journal where action = 'check.explained' and json_extract(line, '$.detail.undoes') is not null",
    ],
  };
  for (const [what, [rows = '', entries = '']] of Object.entries(counted))
    if (one(rows) !== one(entries)) return `${what} missing, or was added`;
  return whyNotAsPlanned(db);
}
