import type { CheckCode } from '../../../shared/check-codes.ts';
import { type Certificate, readCertificate, usage } from '../../integrity/certificate.ts';
import { buildPath, isSelfSigned, whyNotIssuer, wouldIssue } from '../../integrity/certificate-path.ts';
import { identitiesUnder, isCertifiedFor, isServer, strayCommonName } from '../certificate-identity.ts';
import { pathStanding, revocationsIn } from '../revocation-evidence.ts';
import { namedIn } from '../signature-judgement.ts';
import type { EvidenceView, Rule } from './rule.ts';

interface Objection {
  code: CheckCode;
  message: string;
}

/**
 * A certificate that is handed over alone is asked about: whether it could sign anything, whether it leads to an
 * authority that the reviewer named (RFC 5280, 6), is for whom she named under it, and was not revoked. Among other
 * evidence a certificate is judged with what it signed, and not by itself.
 */
export const certificates: Rule = {
  id: 'certificates',
  title: 'Certificates lead to whom you named',
  verify(evidence, checks) {
    const [only, ...others] = evidence.facts('certificates');
    const isAlone = evidence.files().every(({ format }) => format === 'certificate' || format === 'revocation-list');
    if (only === undefined || others.length > 0 || !isAlone) return;
    const { weak } = only;
    if (weak !== undefined)
      checks.add({
        rule: 'certificates',
        aspect: 'origin',
        verdict: 'policy',
        code: weak.code,
        subject: only.place.path,
        location: only.place,
        expected: null,
        actual: null,
        vouched: 'nobody',
        message: `What it certifies counts for nothing. ${weak.why}`,
      });
    const [leaf, ...intermediates] = only.certificates.map((text) => readCertificate(Buffer.from(text, 'base64')));
    if (leaf === undefined || weak !== undefined) return;
    const base = {
      rule: 'certificates',
      aspect: 'origin',
      subject: only.place.path,
      location: only.place,
      expected: null,
      actual: leaf.subject,
    } as const;
    const roots = namedIn(evidence.trust.entries).authorities.map(({ certificate }) => certificate);
    const { path, why } =
      roots.length === 0 ? { path: null, why: '' } : buildPath(leaf, intermediates, roots, evidence.asOf);
    const objections =
      path !== null
        ? againstPath(path, evidence)
        : why !== ''
          ? [{ code: 'certificate-no-path' as const, message: why }]
          : againstAlone(leaf, intermediates, evidence.asOf);
    for (const { code, message } of objections)
      checks.add({ ...base, verdict: 'policy', code, vouched: 'nobody', message });
    if (path === null || objections.length > 0) return;
    checks.add({
      ...base,
      verdict: 'pass',
      code: 'certificate-path',
      vouched: 'certificate',
      message: `${leaf.subject} is certified by ${path.at(-1)?.subject ?? ''}, whom you named, at ${evidence.asOf.toISOString()}.`,
    });
    const { standing } = pathStanding(path, revocationsIn(evidence), evidence.asOf);
    if (standing.is === 'good')
      checks.add({
        ...base,
        verdict: 'pass',
        code: 'certificate-not-revoked',
        vouched: 'certificate',
        message: `By what its issuer said at ${standing.by.madeAt.toISOString()}, it was not revoked.`,
      });
    else
      checks.add({
        ...base,
        verdict: 'undecided',
        code: 'revocation-not-decided',
        vouched: 'certificate',
        message: `Whether the certificate was revoked cannot be decided offline: ${standing.is === 'open' && standing.why !== '' ? standing.why : 'no revocation list and no OCSP response of its issuer is here.'}`,
        settledBy: 'A revocation list or an OCSP response of the issuer for that time, beside the certificate.',
        partial: true,
      });
  },
};

const mostNamed = 5;
const serverAuth = '1.3.6.1.5.5.7.3.1';
const anyPurpose = '2.5.29.37.0';

/** What speaks against a path although it leads to a root in time: form, names, purpose, length, revocation. */
function againstPath(path: readonly Certificate[], evidence: EvidenceView): Objection[] {
  const [leaf] = path;
  if (leaf === undefined) return [];
  const found: Objection[] = path.flatMap(({ subject, departures }) =>
    departures.slice(0, mostNamed).map((what) => ({
      code: 'certificate-departs' as const,
      message: `The certificate of ${subject} ${what}: RFC 5280 demands otherwise, and programs differ in what they make of it.`,
    })),
  );
  for (const [i, { subject, authorityKeyId }] of path.entries()) {
    const issuer = path[i + 1];
    // What the reviewer trusts needs no issuer, whether it has one or not.
    if (issuer !== undefined && authorityKeyId === null)
      found.push({
        code: 'certificate-departs',
        message: `The certificate of ${subject} does not identify the key of its issuer, which RFC 5280, 4.2.1.1 demands.`,
      });
    if (issuer?.subjectKeyId != null && authorityKeyId !== null && issuer.subjectKeyId !== authorityKeyId)
      found.push({
        code: 'certificate-departs',
        message: `The certificate of ${subject} names another key of its issuer than ${issuer.subject} does (RFC 5280, 4.2.1.2).`,
      });
  }
  const most = evidence.policy.signatures.intermediates;
  if (path.length - 2 > most)
    found.push({
      code: 'certificate-no-path',
      message: `${path.length - 2} authorities stand between ${leaf.subject} and the root; your policy accepts ${most}.`,
    });
  const asked = identitiesUnder(evidence.trust.entries, path.at(-1));
  found.push(...againstNames(leaf, asked));
  // Who asks about a server asks by the rules that servers are certified by.
  if (asked.some(isServer))
    for (const { subject, serverDepartures } of path)
      for (const what of serverDepartures)
        found.push({
          code: 'certificate-departs',
          message: `The certificate of ${subject} ${what}: the CA/Browser Forum forbids that in certificates for servers, and it was asked about as that of one.`,
        });
  const { standing, certificate } = pathStanding(path, revocationsIn(evidence), evidence.asOf);
  if (standing.is === 'revoked')
    found.push({
      code: 'certificate-revoked',
      message: `The certificate of ${certificate?.subject ?? leaf.subject} was revoked by its issuer at ${standing.at.toISOString()}.`,
    });
  for (const each of revocationsIn(evidence)) {
    const issuer = path.find((one) => one.isAuthority && each.isAbout(one));
    const wrong = issuer === undefined ? '' : each.whyNotBy(issuer);
    if (wrong !== '')
      found.push({
        code: 'revocation-invalid',
        message: `What is here of revoked certificates of ${issuer?.subject ?? ''} does not count: ${wrong}`,
      });
  }
  return found;
}

/** Against what the reviewer asked for under this authority; nothing where she named nobody in particular. */
function againstNames(leaf: Certificate, asked: readonly string[]): Objection[] {
  if (asked.length === 0) return [];
  const fits = asked.filter((identity) => isCertifiedFor(leaf, identity));
  if (fits.length === 0)
    return [
      {
        code: 'certificate-other-name',
        message: `The certificate of ${leaf.subject} is not for ${asked.slice(0, mostNamed).join(' or ')}, whom you named under this authority.`,
      },
    ];
  const purposes = leaf.extendedKeyUsage;
  const stray = strayCommonName(leaf);
  return [
    ...(fits.some(isServer) && purposes !== null && !purposes.includes(serverAuth) && !purposes.includes(anyPurpose)
      ? [
          {
            code: 'certificate-other-purpose' as const,
            message: `The certificate of ${leaf.subject} is not for servers, and was asked about as that of one.`,
          },
        ]
      : []),
    ...(stray === null
      ? []
      : [
          {
            code: 'certificate-other-name' as const,
            message: `The common name of the certificate, ${stray}, is none of the names that it is for: a person who reads it and a program that checks it take it for different servers.`,
          },
        ]),
  ];
}

/** Purposes under which somebody signs what is not a connection: code, mail, time, documents, answers about certificates. */
const signing = new Set([
  '1.3.6.1.5.5.7.3.3',
  '1.3.6.1.5.5.7.3.4',
  '1.3.6.1.5.5.7.3.8',
  '1.3.6.1.5.5.7.3.9',
  '1.3.6.1.5.5.7.3.36',
  anyPurpose,
]);

/** What speaks against certificates whatever root one has: nobody named any. */
function againstAlone(leaf: Certificate, others: readonly Certificate[], at: Date): Objection[] {
  const found: Objection[] = [];
  const object = (code: CheckCode, message: string) => void found.push({ code, message });
  const { subject, extendedKeyUsage: purposes, keyUsage } = leaf;
  if (at < leaf.notBefore || at > leaf.notAfter)
    object('signature-time', `The certificate of ${subject} is not valid at ${at.toISOString()}.`);
  if (leaf.unhandled !== '')
    object(
      'certificate-departs',
      `The certificate of ${subject} has a critical extension that is not understood, ${leaf.unhandled}.`,
    );
  const ownIssuer = isSelfSigned(leaf);
  if (!ownIssuer && !leaf.isStronglySigned)
    object(
      'digest-weak',
      `The certificate of ${subject} is signed over a broken digest, or by a kind of key that is not accepted.`,
    );
  const maySign = keyUsage === null || (keyUsage & (usage.digitalSignature | usage.nonRepudiation)) !== 0;
  const isMeant = purposes === null || purposes.some((each) => signing.has(each));
  if (!leaf.isAuthority && !(maySign && isMeant))
    object(
      'certificate-other-purpose',
      `The certificate of ${subject} is not for signing documents or code, but for another purpose.`,
    );
  if (leaf.isAuthority && ownIssuer && others.length === 0 && keyUsage === null)
    object(
      'certificate-departs',
      `The certificate of ${subject} is of an authority of its own making that does not say what its key may sign (RFC 5280, 4.2.1.3).`,
    );
  // A chain that is handed over whole contradicts itself where one in it issued what it may not.
  let trials = 0;
  for (const each of [leaf, ...others])
    for (const issuer of others) {
      if (issuer === each || !wouldIssue(issuer, each) || ++trials > 100) continue;
      const wrong = whyNotIssuer(issuer, each, 0, undefined);
      if (wrong !== '') object('certificate-no-path', wrong);
    }
  return found.slice(0, mostNamed);
}
