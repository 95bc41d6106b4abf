import { CertificateError, readCertificate } from '../integrity/certificate.ts';
import { decisionIn, whyNotDecision } from '../integrity/decision-envelope.ts';
import { EnvelopeError } from '../integrity/dsse.ts';
import { JsonError } from '../integrity/json.ts';
import { fingerprint, KeyError, opensshKeyId, readPublicKey } from '../integrity/public-key.ts';
import { type ReportPackage, sentence } from './report-package.ts';

const openBrace = 0x7b;

/** An envelope alone holds by a key that this reviewer has, or nobody can say. */
export function checkLoneEnvelope({ trust, say, result }: ReportPackage, bytes: Buffer, name: string) {
  try {
    const { predicate } = decisionIn(bytes);
    result.decision = predicate.decision;
    for (const { material, name: by, uses, isOwn } of trust.entries) {
      const key = keyOf(material);
      if (key === null) continue;
      const why = whyNotDecision(bytes, key);
      if (why !== '' && fingerprint(key) !== predicate.signer.fingerprint) continue;
      if (why !== '') return say('envelope', name, 'fail', 'envelope-invalid', `It claims to be by ${by}. ${why}`);
      const isNamed = uses === null || uses.includes('report');
      result.signers.push({
        role: predicate.role,
        name: predicate.signer.name,
        fingerprint: fingerprint(key),
        keyId: opensshKeyId(key),
        signedAt: predicate.signedAt,
        holds: true,
        isTrusted: isNamed,
        ...(isOwn === true ? { isOwn } : {}),
        revision: null,
      });
      if (isNamed)
        return say(
          'envelope',
          name,
          'pass',
          'envelope-holds',
          `The signature holds, by ${by}: ${predicate.decision} as ${predicate.role}, at ${predicate.signedAt}.`,
        );
      return say(
        'envelope',
        name,
        'policy',
        'signer-not-for-this-use',
        `The signature holds, by ${by}, whom you did not name for reports.`,
      );
    }
    say(
      'envelope',
      name,
      'undecided',
      'signer-unknown',
      `An envelope alone holds no key, and no key that you named is of ${predicate.signer.name}, ${predicate.signer.fingerprint}.`,
    );
  } catch (error) {
    if (!(error instanceof JsonError || error instanceof EnvelopeError)) throw error;
    say(
      'envelope',
      name,
      'fail',
      'envelope-malformed',
      `This is no report of Assay: neither a package, nor a PDF, nor a decision. Name the folder or the archive of a package, its report.pdf, or one of its decisions (.dsse.json).${bytes[0] === openBrace ? ` As a decision it cannot be read: ${sentence(error)}` : ''}`,
    );
  }
}

function keyOf(material: string) {
  try {
    return material.includes('BEGIN CERTIFICATE') ? readCertificate(material).key : readPublicKey(material);
  } catch (error) {
    if (error instanceof CertificateError || error instanceof KeyError) return null;
    throw error;
  }
}
