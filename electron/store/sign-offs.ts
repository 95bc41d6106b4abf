import type { Decision, SignOffRole } from '../../shared/sign-off.ts';
import type { Read, Write } from './store.ts';

export interface SignOffData {
  id: number;
  caseId: number;
  number: number;
  decision: Decision;
  rationale: string;
  /** Digest of everything of the case that was signed, so that a later change shows. */
  basis: string;
  report: Uint8Array;
  reportDigest: string;
  pdf: Uint8Array;
  pdfDigest: string;
  checkpoint: string;
  entries: string;
  frozenAt: string;
  supersededBy: number | null;
}
export interface SignatureData {
  position: number;
  role: SignOffRole;
  name: string;
  fingerprint: string;
  keyId: string;
  certificate: string;
  envelope: string;
  pdf: Uint8Array;
  signedAt: string;
}
const columns =
  'id, case_id as caseId, number, decision, rationale, basis, report, report_digest as reportDigest, pdf, pdf_digest as pdfDigest, checkpoint, entries, frozen_at as frozenAt, superseded_by as supersededBy';
export const signOffsOf = (db: Read, caseId: number): SignOffData[] =>
  db.all(`select ${columns} from sign_off where case_id = ? order by number desc`, caseId);
export const signOffById = (db: Read, id: number): SignOffData | undefined =>
  db.get(`select ${columns} from sign_off where id = ?`, id);
export const signaturesOf = (db: Read, signOffId: number): SignatureData[] =>
  db
    .all<Omit<SignatureData, 'envelope'> & { envelope: Uint8Array }>(
      'select position, role, name, fingerprint, key_id as keyId, certificate, envelope, pdf, signed_at as signedAt from sign_off_signature where sign_off_id = ? order by position',
      signOffId,
    )
    .map((row) => ({ ...row, envelope: Buffer.from(row.envelope).toString('utf8') }));
export function insertSignOff(db: Write, data: Omit<SignOffData, 'id' | 'number' | 'supersededBy'>): number {
  const number =
    db.get<{ n: number }>('select coalesce(max(number), 0) + 1 as n from sign_off where case_id = ?', data.caseId)?.n ??
    1;
  const id = db.run(
    'insert into sign_off (case_id, number, decision, rationale, basis, report, report_digest, pdf, pdf_digest, checkpoint, entries, frozen_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
    data.caseId,
    number,
    data.decision,
    data.rationale,
    data.basis,
    data.report,
    data.reportDigest,
    data.pdf,
    data.pdfDigest,
    data.checkpoint,
    data.entries,
    data.frozenAt,
  );
  db.run(
    'update sign_off set superseded_by = ? where case_id = ? and id <> ? and superseded_by is null',
    id,
    data.caseId,
    id,
  );
  return id;
}
export const insertSignature = (db: Write, signOffId: number, data: SignatureData): void =>
  void db.run(
    'insert into sign_off_signature (sign_off_id, position, role, name, fingerprint, key_id, certificate, envelope, pdf, signed_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
    signOffId,
    data.position,
    data.role,
    data.name,
    data.fingerprint,
    data.keyId,
    data.certificate,
    Buffer.from(data.envelope),
    data.pdf,
    data.signedAt,
  );

/** Sign-offs that hold a signature by a key, in a role, at a time; each with the number of the one that superseded it. */
export const signOffsWith = (
  db: Read,
  { fingerprint, role, signedAt }: Pick<SignatureData, 'fingerprint' | 'role' | 'signedAt'>,
): { id: number; later: number | null }[] =>
  db.all(
    'select sign_off.id, later.number as later from sign_off_signature join sign_off on sign_off.id = sign_off_id left join sign_off later on later.id = sign_off.superseded_by where fingerprint = ? and role = ? and signed_at = ?',
    fingerprint,
    role,
    signedAt,
  );
