import type { FactOf } from '../../shared/fact.ts';
import { KeyError, opensshKeyId } from '../integrity/public-key.ts';
import { readSshCertificate, type SshCertificate } from '../integrity/ssh-certificate.ts';
import { isCertificateRevoked } from '../integrity/ssh-revocation.ts';
import { article, type Judgement, mayServe, type Named, nobody, settledByTrust } from './judgement.ts';
import { digestsFor, fitsPatterns, formHeld, outsideOf } from './key-use.ts';

type Signature = FactOf<'signature'>['signatures'][number];
type Authority = Named['sshAuthorities'][number];

/**
 * A signature by a key that a certificate of OpenSSH certifies (PROTOCOL.certkeys; ssh-keygen(1), ALLOWED SIGNERS,
 * cert-authority): it holds by that key, the authority signed the certificate, and the reviewer named that authority
 * for one of those whom it is for. Null where it carries no such certificate.
 */
export function judgeSshCertificate(
  fact: FactOf<'signature'>,
  signature: Signature,
  forms: readonly Uint8Array[],
  { sshAuthorities, authorities, keys }: Named,
  at: Date,
): Judgement | null {
  if (signature.sshCertificate === undefined) return null;
  const failed = (message: string): Judgement => ({ ...nobody, verdict: 'fail', code: 'signature-invalid', message });
  const blob = Buffer.from(signature.sshCertificate, 'base64');
  let certificate: SshCertificate;
  try {
    certificate = readSshCertificate(blob);
  } catch (error) {
    if (error instanceof KeyError) return failed('its certificate cannot be read, or its key is not accepted.');
    throw error;
  }
  const { subject, authority } = certificate;
  if (formHeld(fact, signature, subject.key, forms, digestsFor(fact, signature)) < 0)
    return failed(`the signature does not hold by the key of the certificate “${certificate.id}” that it carries.`);
  if (!certificate.holds)
    return failed(
      `the signature holds, and the authority that its certificate “${certificate.id}” names did not sign it.`,
    );
  const holds = { ...nobody, holds: true, by: certificate.id, publicKey: subject.key } as const;
  const known = sshAuthorities.filter(({ authority: { line } }) => line.blob.equals(authority.blob));
  if (known.length === 0) {
    const count = [...keys, ...authorities, ...sshAuthorities].filter(({ entry }) => mayServe(entry, fact.use)).length;
    const by = `the signature holds, by a certificate “${certificate.id}” of the authority ${opensshKeyId(authority.key)}`;
    return {
      ...holds,
      verdict: count > 0 ? 'policy' : 'undecided',
      code: count > 0 ? 'signature-other-signer' : 'signature-unknown-signer',
      message: `${by}, ${count > 0 ? `which is not one of the ${count} you named for ${article[fact.use]}` : 'which you did not name'}.`,
      settledBy: settledByTrust,
    };
  }
  const found = known.map((each) => whyNotUnder(each, fact, certificate, at));
  const why = found.find((each) => each === null) === undefined ? found[0] : null;
  const [entry] = known;
  const vouchedBy = `the signature holds, by ${certificate.principals.join(' and ') || certificate.id}, certified by ${entry?.entry.name ?? ''}`;
  if (why != null) return { ...holds, verdict: 'policy', code: why.code, message: `${vouchedBy}: ${why.message}` };
  return {
    ...holds,
    by: certificate.principals.join(', '),
    verdict: 'pass',
    vouched: 'certificate',
    code: 'signature-holds',
    message: `${vouchedBy}.`,
  };
}

/** Conditions that a signer's certificate may carry and that say nothing about signing files (PROTOCOL.certkeys). */
const harmless = new Set(['force-command', 'source-address', 'verify-required']);

function whyNotUnder(
  { entry, authority: { line, revocations } }: Authority,
  fact: FactOf<'signature'>,
  certificate: SshCertificate,
  at: Date,
): Pick<Judgement, 'code' | 'message'> | null {
  const { principals, validAfter, validBefore, critical } = certificate;
  if (!mayServe(entry, fact.use))
    return { code: 'signature-not-for-this-use', message: `you know it and did not name it for ${article[fact.use]}.` };
  if (revocations.some((list) => isCertificateRevoked(list, certificate)))
    return { code: 'signature-revoked', message: 'the certificate has been revoked, by the list that you gave.' };
  if (!certificate.isForUsers)
    return { code: 'signature-not-for-this-use', message: 'the certificate is for a machine, not for a person.' };
  const other = critical.find((name) => !harmless.has(name));
  if (other !== undefined)
    return {
      code: 'signature-not-for-this-use',
      message: `the certificate asks for a condition that is not known here (${other.slice(0, 60)}).`,
    };
  if (!principals.some((each) => fitsPatterns(line.principals, each)))
    return { code: 'signature-other-signer', message: `you named it for ${line.principals.join(', ')} alone.` };
  if (at < validAfter || (validBefore !== null && at >= validBefore))
    return {
      code: 'signature-time',
      message: `the certificate counts from ${validAfter.toISOString()} to ${validBefore?.toISOString() ?? 'ever'}.`,
    };
  const named = { ...line, ids: [], pemHash: '', entry };
  const outside = outsideOf(named, fact, at);
  return outside === null ? null : { code: outside.code, message: `it is an authority ${outside.message}` };
}
