import { type KeyObject, sign } from 'node:crypto';
import { DecisionStatement } from '../../shared/report.ts';
import { canonicalJson } from './canonical-json.ts';
import { EnvelopeError, pae, parseEnvelope } from './dsse.ts';
import { isStrictEcdsa } from './ecdsa-signature.ts';
import { parseJson } from './json.ts';
import { opensshKeyId, verifySignature } from './public-key.ts';

const payloadType = 'application/vnd.in-toto+json';

/** One DSSE envelope for one decision: canonical JSON and a line feed. The key id is what OpenSSH calls the key. */
export function signDecision(statement: DecisionStatement, key: KeyObject, keyId: string): string {
  const payload = Buffer.from(canonicalJson(statement));
  const sig = sign('sha256', pae(payloadType, payload), key).toString('base64');
  return `${canonicalJson({ payload: payload.toString('base64'), payloadType, signatures: [{ keyid: keyId, sig }] })}\n`;
}

/**
 * Why an envelope is not exactly one that `signDecision` wrote by this key; '' where it is. Around what is signed
 * nothing may vary: members, order, base64, key id, spelling of the signature.
 * @throws EnvelopeError, JsonError where it is no envelope at all
 */
export function whyNotDecision(bytes: Uint8Array, key: KeyObject): string {
  const envelope = parseEnvelope(bytes);
  const [only] = envelope.signatures;
  if (only === undefined || envelope.signatures.length !== 1) return 'It does not hold exactly one signature.';
  if (envelope.payloadType !== payloadType)
    return `Its payload is of type ${envelope.payloadType}, not an in-toto statement.`;
  const keyId = opensshKeyId(key);
  if (only.keyId !== keyId) return 'Its key id is not that of the key of its signer.';
  if (!verifySignature(key, pae(payloadType, envelope.payload), only.value)) return 'Its signature does not hold.';
  const exact = canonicalJson({
    payload: envelope.payload.toString('base64'),
    payloadType,
    signatures: [{ keyid: keyId, sig: only.value.toString('base64') }],
  });
  if (Buffer.compare(Buffer.from(`${exact}\n`), bytes) !== 0 || !isStrictEcdsa(only.value))
    return 'It holds members or spellings that the signature does not cover.';
  return '';
}

/**
 * The statement inside, which the signature covers: strict, canonical, nothing unknown in it.
 * @throws EnvelopeError, JsonError
 */
export function decisionIn(bytes: Uint8Array): DecisionStatement {
  const { payload } = parseEnvelope(bytes);
  const value = parseJson(payload);
  const parsed = DecisionStatement.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new EnvelopeError(
      `What it signs is no decision about a report: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}.`,
    );
  }
  if (Buffer.compare(Buffer.from(canonicalJson(value)), payload) !== 0)
    throw new EnvelopeError('What it signs is not in canonical form.');
  return parsed.data;
}
