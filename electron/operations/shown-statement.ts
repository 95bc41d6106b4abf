import type { Report } from '../../shared/report.ts';
import type { Decision, Signer, SignOffRole } from '../../shared/sign-off.ts';
import { canonicalJson } from '../integrity/canonical-json.ts';
import { sha256Hex } from '../integrity/digest.ts';
import { lastOfCase } from '../store/journal-rows.ts';
import type { IdentityData } from '../store/people.ts';
import type { Context } from './context.ts';
import { journalEntries, withEntries } from './export-report.ts';
import { buildReport, newReportId } from './report-model.ts';

/** What a person proposes to sign. */
export interface Given {
  caseId: number;
  role: SignOffRole;
  decision: Decision;
  rationale: string;
  secondSigner: { name: string; fingerprint: string } | null;
}

/** A statement as it was shown last, kept so that the first signature is about these bytes and no others. */
export interface ShownStatement {
  report: Report;
  /** The very text of report.json. */
  json: string;
  /** SHA-256 of that text. */
  digest: string;
  /** Of what it says, but its number, its time and the journal's place, which move while nothing of the case does. */
  content: string;
  /** journal/entries.json of the place that it names. */
  entries: string;
  /** Place of the last act of the case in the journal. */
  lastAct: number;
}
const casesKept = 4;

/** What would be signed now: report.json with who is to sign, in which role, with which key. */
function draftOf(
  context: Context,
  { caseId, role, decision, rationale, secondSigner }: Given,
  first: IdentityData | undefined,
): Report {
  const mine: Signer = {
    role,
    name: first?.name ?? '',
    fingerprint: first?.fingerprint ?? '',
    keyId: first?.keyId ?? '',
  };
  const other: Signer = {
    role: role === 'reviewer' ? 'approver' : 'reviewer',
    name: secondSigner?.name ?? '',
    fingerprint: secondSigner?.fingerprint ?? '',
    keyId: '',
  };
  const signers = [mine, other].sort((a, b) => (a.role === b.role ? 0 : a.role === 'reviewer' ? -1 : 1));
  const frozenAt = new Date(Math.floor(context.clock().getTime() / 1_000) * 1_000).toISOString();
  return buildReport(context, caseId, {
    ...{ decision, rationale, signers, frozenAt },
    isDraft: false,
    reportId: newReportId(),
  });
}

function contentOf({ frozenAt: _frozenAt, id: _id, journal: _journal, ...rest }: Report): string {
  return sha256Hex(canonicalJson(rest));
}

/**
 * The statement as it will be signed, byte for byte: its number, its time and the place of the journal are fixed now.
 * Asked again while nothing of the case changed, it is the same. @param signer who is to sign; nobody is chosen yet
 * where undefined
 */
export function showStatement(context: Context, given: Given, signer: IdentityData | undefined): ShownStatement {
  const { statements, store } = context;
  const { caseId } = given;
  const draft = draftOf(context, given, signer);
  const content = contentOf(draft);
  const lastAct = store.read((db) => lastOfCase(db, caseId));
  const known = statements.get(caseId);
  if (known?.content === content && known.lastAct === lastAct) return known;
  const entries = known?.report.journal.size === draft.journal.size ? known.entries : journalEntries(context, caseId);
  const report = withEntries(draft, entries);
  const json = canonicalJson(report);
  const shown = { report, json, digest: `sha256:${sha256Hex(json)}`, content, entries, lastAct };
  statements.delete(caseId);
  statements.set(caseId, shown);
  for (const oldest of statements.keys()) if (statements.size > casesKept) statements.delete(oldest);
  return shown;
}

/** The statement that was shown with a digest; null where none was, or where the case or the signer is another now. */
export function shownStatement(
  context: Context,
  given: Given,
  signer: IdentityData,
  digest: string,
): ShownStatement | null {
  const known = context.statements.get(given.caseId);
  return known?.digest === digest && known.content === contentOf(draftOf(context, given, signer)) ? known : null;
}
