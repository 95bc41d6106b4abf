import { type KeyObject, sign } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';
import { pae, parseEnvelope } from './dsse.ts';
import { parseJson } from './json.ts';
import { verifySignature } from './public-key.ts';

export const payloadType = 'application/vnd.in-toto+json';
const statementType = 'https://in-toto.io/Statement/v1';

export interface DecisionStatement {
  _type: typeof statementType;
  subject: { name: string; digest: { sha256: string } }[];
  predicateType: string;
  predicate: {
    reportId: string;
    role: string;
    decision: string;
    rationale: string;
    signedAt: string;
    signer: { name: string; fingerprint: string };
    tool: { name: string; version: string };
    /** Length of the unsigned PDF: its first so many bytes have the digest of the subject report.pdf. */
    pdfBytes: number;
    journal: { size: number; root: string };
    /** Digest of the envelope of who signed before; null for the first. */
    follows: string | null;
  };
}

export const statementOf = (subject: DecisionStatement['subject'], predicateType: string, predicate: DecisionStatement['predicate']): DecisionStatement => ({ _type: statementType, subject, predicateType, predicate });

/** One DSSE envelope for one decision, canonical JSON and a line feed. @param keyId OpenSSH fingerprint, as verifiers expect it */
export function signDecision(statement: DecisionStatement, key: KeyObject, keyId: string): string {
  const payload = Buffer.from(canonicalJson(statement));
  const sig = sign('sha256', pae(payloadType, payload), key).toString('base64');
  return `${canonicalJson({ payload: payload.toString('base64'), payloadType, signatures: [{ keyid: keyId, sig }] })}\n`;
}

/** Why an envelope is not exactly one that `signDecision` wrote by this key; '' where it is. */
export function whyNotDecision(text: string, key: KeyObject, keyId: string): string {
  const envelope = parseEnvelope(Buffer.from(text));
  const [only] = envelope.signatures;
  if (only === undefined || envelope.signatures.length !== 1) return 'it does not hold exactly one signature';
  const rebuilt = canonicalJson({ payload: envelope.payload.toString('base64'), payloadType, signatures: [{ keyid: only.keyId ?? '', sig: only.value.toString('base64') }] });
  if (`${rebuilt}\n` !== text) return 'it holds members or spellings that are not signed';
  if (only.keyId !== keyId) return 'its key id is not that of the key';
  return verifySignature(key, pae(envelope.payloadType, envelope.payload), only.value) ? '' : 'its signature does not hold';
}

/** The statement inside, which the signature covers. Throws what the parsers throw. */
export const statementIn = (text: string): DecisionStatement => parseJson(parseEnvelope(Buffer.from(text)).payload) as unknown as DecisionStatement;
