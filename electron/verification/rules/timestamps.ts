import { type Certificate, CertificateError, readCertificate } from '../../integrity/certificate.ts';
import { weakAlgorithms } from '../../integrity/digest.ts';
import { isCalledSo, readTimestamp, verifyTimestamp } from '../../integrity/timestamp-token.ts';
import { timestampers } from '../signing-time.ts';
import type { Rule } from './rule.ts';

/** More certificates beside a token than these complete no path. */
const filesAtMost = 32;
const certificatesAtMost = 8;

function readable(der: string): Certificate[] {
  try {
    return [readCertificate(Buffer.from(der, 'base64'))];
  } catch (error) {
    if (error instanceof CertificateError) return [];
    throw error;
  }
}

/** A timestamp token is over the bytes that are here, by an authority that this reviewer named. Runs before signatures. */
export const timestamps: Rule = {
  id: 'timestamps',
  title: 'Timestamps cover what they name',
  verify(evidence, checks) {
    const named = timestampers(evidence.trust.entries);
    const beside = evidence
      .facts('certificates')
      .slice(0, filesAtMost)
      .flatMap(({ certificates }) => certificates.slice(0, certificatesAtMost).flatMap(readable));
    for (const fact of evidence.facts('timestamp')) {
      const info = readTimestamp(Buffer.from(fact.token, 'base64'));
      const imprint = `${info.algorithm}:${info.imprint}`;
      // The name says what is stamped; where no such file is here, the imprint alone does.
      const over = fact.over ?? evidence.files().find(({ digest }) => digest === imprint)?.path ?? null;
      const actual = over === null ? null : evidence.digest(over, info.algorithm);
      const base = { rule: 'timestamps', aspect: 'origin', subject: fact.place.path, location: fact.place } as const;
      if (over === null || actual === null) {
        checks.add({
          ...base,
          verdict: 'undecided',
          code: 'timestamp-nothing',
          expected: imprint,
          actual: null,
          vouched: 'nobody',
          message: 'What this token stamps is not here, so it dates nothing.',
          settledBy: 'The file that was stamped.',
          partial: true,
        });
        continue;
      }
      if (actual !== imprint) {
        checks.add({
          ...base,
          verdict: 'fail',
          code: 'timestamp-imprint',
          expected: imprint,
          actual,
          vouched: 'nobody',
          message: `The token is not over ${over} as it is here: it was made for other bytes.`,
        });
        continue;
      }
      const found = verifyTimestamp(info, named, beside);
      // The clock of this machine has no say in it: who set it may be wrong, and the authority is one that was named (V-06).
      const { verdict, why } = found;
      const { holds, by, signer, foreign = [] } = found;
      const at = info.at.toISOString();
      const isProven = verdict === 'pass' && !weakAlgorithms.has(info.algorithm);
      const vouched = isProven ? 'timestamp' : 'nobody';
      evidence.outcomes.set(fact.id, { holds, verdict, by, vouched, provenAt: isProven ? at : null, over });
      if (verdict === 'pass')
        checks.add({
          ...base,
          verdict: 'pass',
          code: 'timestamp-holds',
          expected: imprint,
          actual,
          vouched,
          message: `${by} saw ${over} at ${at}.`,
        });
      if (verdict === 'pass' && info.unhandled[0] !== undefined)
        checks.add({
          ...base,
          verdict: 'undecided',
          code: 'timestamp-extension',
          expected: null,
          actual: info.unhandled[0],
          vouched,
          message: `The token says in a critical extension (${info.unhandled.join(', ')}) what is not understood here: who does not understand it must not rely on the token.`,
          settledBy: 'A program that knows the extension, or a token without it.',
        });
      if (signer !== undefined && !isCalledSo(info, signer))
        checks.add({
          ...base,
          verdict: 'warn',
          code: 'timestamp-other-name',
          expected: by,
          actual: null,
          vouched,
          message: `The token names as its authority somebody whom its signer's certificate does not name: it is by ${by}, and a reader who shows the name in the token would show another.`,
        });
      if (foreign[0] !== undefined)
        checks.add({
          ...base,
          verdict: 'warn',
          code: 'timestamp-foreign-certificate',
          expected: null,
          actual: foreign[0].subject,
          vouched,
          message: `The token carries ${foreign.length === 1 ? 'a certificate' : `${foreign.length} certificates`} that ${foreign.length === 1 ? 'has' : 'have'} nothing to do with its chain: ${foreign[0].subject}. The signer is ${by}; a reader that takes the first certificate would name another.`,
        });
      if (verdict === 'fail')
        checks.add({
          ...base,
          verdict: 'fail',
          code: 'timestamp-invalid',
          expected: null,
          actual: null,
          vouched,
          message: why,
        });
      else if (verdict !== 'pass')
        checks.add({
          ...base,
          verdict,
          code: 'timestamp-untrusted',
          expected: null,
          actual: by,
          vouched,
          message: `The token fits ${over} and names ${at}. ${why}`,
          settledBy: 'The root of the authority, added in Settings, Whom I trust. Then verify again.',
          partial: true,
        });
      if (info.trailing > 0)
        checks.add({
          ...base,
          verdict: 'warn',
          code: 'timestamp-trailing-bytes',
          expected: null,
          actual: `${info.trailing} bytes`,
          vouched,
          message: `${info.trailing} bytes follow the token that are no part of it: other programs may refuse the file.`,
        });
      const signed = info.token.signers[0]?.digest ?? '';
      if (weakAlgorithms.has(signed))
        checks.add({
          ...base,
          verdict: 'warn',
          code: 'digest-weak',
          expected: null,
          actual: signed.toUpperCase(),
          vouched,
          message: `The token is signed over a ${signed.toUpperCase()} digest, which two tokens can be made to share.`,
        });
      if (weakAlgorithms.has(info.algorithm))
        checks.add({
          ...base,
          aspect: 'content',
          verdict: 'warn',
          code: 'digest-weak',
          expected: null,
          actual: info.algorithm.toUpperCase(),
          vouched,
          message: `The token stamps a ${info.algorithm.toUpperCase()} digest, which two files can share: it proves no time for this one.`,
        });
    }
  },
};
