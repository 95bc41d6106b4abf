import type { FactOf } from '../../shared/fact.ts';
import type { TrustEntry } from '../../shared/trust.ts';
import { type Certificate, usage } from '../integrity/certificate.ts';
import { buildPath, imitatedRoot, isSelfSigned } from '../integrity/certificate-path.ts';
import { identitiesUnder, isCertifiedFor } from './certificate-identity.ts';
import { article, type Judgement, mayServe, type Named, nobody, settledByTrust } from './judgement.ts';
import { digestsFor, formHeld } from './key-use.ts';
import { pathStanding } from './revocation-evidence.ts';

type Signature = FactOf<'signature'>['signatures'][number];
const codeSigning = '1.3.6.1.5.5.7.3.3';
/** Mail and documents (RFC 5280, 4.2.1.12; RFC 9336), and what signers of documents bore before that (Microsoft, Adobe). */
const documentSigning = ['1.3.6.1.5.5.7.3.4', '1.3.6.1.5.5.7.3.36', '1.3.6.1.4.1.311.10.3.12', '1.2.840.113583.1.1.5'];
/** Mail, documents, and the purpose of its own (C2PA specification 2.1, 14.5.1). */
const contentSigning = ['1.3.6.1.5.5.7.3.4', '1.3.6.1.5.5.7.3.36', '1.3.6.1.4.1.62558.2.1'];
const anyPurpose = '2.5.29.37.0';
/** What a certificate is to be for, by what it signed. */
function purposesOf({ scheme, use }: FactOf<'signature'>): string[] {
  if (scheme === 'c2pa') return contentSigning;
  const isDocument = use === 'document' || use === 'approval' || use === 'report';
  return [codeSigning, anyPurpose, ...(isDocument ? documentSigning : [])];
}
/**
 * Models are signed where the usage says digital signature, or the purpose says code (OMS). Anything else by a certificate
 * that does not say what its key is for, or says one of the two usages that sign (RFC 5280, 4.2.1.3; RFC 8550, 4.4.2).
 */
const maySign = ({ keyUsage, extendedKeyUsage }: Certificate, { scheme }: FactOf<'signature'>) =>
  scheme === 'oms'
    ? (keyUsage !== null && (keyUsage & usage.digitalSignature) !== 0) || (extendedKeyUsage ?? []).includes(codeSigning)
    : keyUsage === null || (keyUsage & (usage.digitalSignature | usage.nonRepudiation)) !== 0;
/** A certificate that is no authority and not its own issuer ends no path: it names one signer, not whom she vouches for. */
const isRoot = (certificate: Certificate) => certificate.isAuthority || isSelfSigned(certificate);

/**
 * Nothing but the signer's own certificate is here, and its issuer is neither carried nor named: the way up is missing.
 * CMS may leave certificates out (RFC 5652, 5.1); a bundle of Sigstore carries all below the root, and is judged as it stands.
 */
const isIncomplete = (leaf: Certificate, intermediates: readonly Certificate[], roots: readonly Certificate[]) =>
  !isSelfSigned(leaf) &&
  intermediates.length === 0 &&
  roots.length > 0 &&
  !roots.some(({ subjectDer }) => Buffer.compare(subjectDer, leaf.issuerDer) === 0);

/** What a signature by a certificate that it carries comes to: the path to whom the reviewer named, at a time. */
export function judgeCertificate(
  fact: FactOf<'signature'>,
  signature: Signature,
  chain: { leaf: Certificate; intermediates: Certificate[]; forms: Buffer[] },
  { keys, authorities, sigstore, revocations, beside = [] }: Named,
  at: Date,
): Judgement {
  const { leaf, intermediates: carried, forms } = chain;
  // Bundles carry all below the root; where others do not, what lies beside them is a way up like what they carry.
  const isWhole = fact.scheme === 'oms' || fact.sigstore !== undefined;
  const intermediates = isWhole ? carried : [...carried, ...beside];
  const what = article[fact.use];
  const by = leaf.subject;
  // The first release signed with SHA-256 on every curve.
  const digests = fact.legacySigned === undefined ? digestsFor(fact, signature) : [undefined, 'sha256'];
  if (formHeld(fact, signature, leaf.key, forms, digests) < 0)
    return {
      ...nobody,
      verdict: 'fail',
      by,
      code: 'signature-invalid',
      message: `the signature does not hold by the certificate of ${by} that it carries.`,
    };
  const signed = { ...nobody, holds: true, by, certificate: leaf };
  const holds = `the signature holds, by ${by}`;
  const may = (each: { entry: TrustEntry }) => mayServe(each.entry, fact.use);
  const roots = authorities.flatMap(({ certificate }) => (isRoot(certificate) ? certificate : []));
  // Nobody is her own authority: one certificate trusted as a signer stands among the keys.
  const isOwn = (each: Certificate) => each.fingerprint === leaf.fingerprint && !isSelfSigned(leaf);
  const forUse = authorities.flatMap((each) =>
    may(each) && isRoot(each.certificate) && !isOwn(each.certificate) ? each.certificate : [],
  );
  const path = buildPath(leaf, intermediates, forUse, at);
  if (path.path !== null && !maySign(leaf, fact))
    return {
      ...signed,
      verdict: 'policy',
      code: 'signature-not-for-this-use',
      message: `${holds}, whose certificate is not for signing.`,
    };
  if (path.path !== null) {
    const { standing, certificate: revoked } = pathStanding(path.path, revocations, at);
    if (standing.is === 'revoked')
      return {
        ...signed,
        verdict: 'policy',
        code: 'signature-revoked',
        message: `${holds}. The certificate of ${revoked?.subject ?? by} was revoked by its issuer at ${standing.at.toISOString()}, before the time that counts.`,
        settledBy: 'A timestamp token over the signature from before that time.',
      };
    const asked = identitiesUnder(
      authorities.filter(may).map(({ entry }) => entry),
      path.path.at(-1),
    );
    if (asked.length > 0 && !asked.some((identity) => isCertifiedFor(leaf, identity)))
      return {
        ...signed,
        verdict: 'policy',
        code: 'signature-other-signer',
        message: `${holds}, who is not any of the ${asked.length} you named under ${path.path.at(-1)?.subject ?? 'this authority'}.`,
        settledBy: settledByTrust,
      };
    const purposes = leaf.extendedKeyUsage;
    const meant = purposesOf(fact);
    const isMeant = purposes === null || purposes.some((each) => meant.includes(each));
    return {
      ...signed,
      verdict: 'pass',
      vouched: 'certificate',
      code: 'signature-holds',
      standing,
      intermediates: Math.max(0, path.path.length - 2),
      message: `${holds}, under ${path.path.at(-1)?.subject ?? by}.`,
      caution: isMeant ? '' : `The certificate of ${by} was not issued for signing ${what}, but for another purpose.`,
    };
  }
  if (path.isTime)
    return {
      ...signed,
      verdict: 'policy',
      code: 'signature-time',
      message: `${holds}. ${path.why}`,
      settledBy: 'A timestamp token over the signature from the time the certificate was valid.',
    };
  if (authorities.some((each) => isOwn(each.certificate)))
    return {
      ...signed,
      verdict: 'policy',
      code: 'signature-not-for-this-use',
      message: `${holds}, whose own certificate stands among your authorities and is none. Name it among the keys to trust her as a signer.`,
    };
  if (buildPath(leaf, intermediates, roots, at).path !== null)
    return {
      ...signed,
      verdict: 'policy',
      code: 'signature-not-for-this-use',
      message: `${holds}, under an authority that you know but did not name for ${what}.`,
    };
  // A stranger's root that bears the name of a named one is a claim to be it (the table's last words on policy).
  const imitated = imitatedRoot([leaf, ...carried], roots);
  if (imitated !== undefined)
    return {
      ...signed,
      verdict: 'fail',
      code: 'signature-invalid',
      message: `its chain claims to come from ${imitated.subject} and does not: an authority of that name with another key issued it.`,
    };
  if (signature.logged === true && sigstore.some((entry) => mayServe(entry, fact.use)))
    return {
      ...signed,
      verdict: 'undecided',
      code: 'signature-unknown-signer',
      message: `${holds}. You named a Sigstore root; its log entry is not verified by this version, so the certificate of a few minutes counts for nothing yet.`,
      settledBy: 'Verification with a Sigstore client against the same root.',
    };
  const count = [...keys, ...authorities].filter(may).length;
  if (count > 0 && fact.scheme === 'cms' && isIncomplete(leaf, carried, roots))
    return {
      ...signed,
      verdict: 'undecided',
      code: 'signature-chain-incomplete',
      message: `${holds}. Whether that is under anybody you named cannot be told: the certificate of ${leaf.issuer}, who issued hers, is not here.`,
      settledBy: `The certificate of ${leaf.issuer}, beside the signature.`,
    };
  if (count > 0)
    return {
      ...signed,
      verdict: 'policy',
      code: 'signature-other-signer',
      message: `${holds}, who is not any of the ${count} you named for ${what}. ${path.why}`,
      settledBy: settledByTrust,
    };
  return {
    ...signed,
    verdict: 'undecided',
    code: 'signature-unknown-signer',
    message: `${holds}, whom you do not know. You named nobody for ${what}.`,
    settledBy: settledByTrust,
  };
}
