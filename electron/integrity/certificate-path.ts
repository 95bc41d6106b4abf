import { limits } from '../../shared/limits.ts';
import { type Certificate, usage } from './certificate.ts';
import { type GeneralName, isWithin } from './general-names.ts';

/** Whether one's key signed the other, under its name. */
export const wouldIssue = (issuer: Certificate, subject: Certificate): boolean => {
  try {
    return Buffer.compare(issuer.subjectDer, subject.issuerDer) === 0 && subject.node.verify(issuer.key);
  } catch {
    return false;
  }
};
export const isSelfSigned = (certificate: Certificate): boolean => wouldIssue(certificate, certificate);

/**
 * The root whose name a chain bears without being from it: a certificate has its name or names it as issuer, and is
 * neither it nor signed by it. Undefined where the chain claims nothing of the kind.
 */
export const imitatedRoot = (chain: readonly Certificate[], roots: readonly Certificate[]): Certificate | undefined =>
  roots.find((root) =>
    chain.some(
      (each) =>
        (Buffer.compare(each.issuerDer, root.subjectDer) === 0 ||
          Buffer.compare(each.subjectDer, root.subjectDer) === 0) &&
        each.fingerprint !== root.fingerprint &&
        !each.node.publicKey.equals(root.key) &&
        !wouldIssue(root, each),
    ),
  );

export interface PathResult {
  /** Leaf first, root last; null where no path leads to a root. */
  path: Certificate[] | null;
  /** Why not, in words; '' where one does. */
  why: string;
  /** True where a path leads to a root but not at this time. */
  isTime: boolean;
}

/** Certificates of one name may each have signed the other: so many signatures are tried, and no more. */
const trialsAtMost = 256;

/**
 * A path from a leaf to one of the roots, valid at a time (RFC 5280, 6, without policies; revocation is asked by who has lists): each
 * issuer is an authority that may sign certificates, within its path length; each is signed strongly and has no
 * critical extension that is not understood. A leaf that is itself a root is its path.
 * @param purpose extended key usage that no authority between may exclude, where the leaf is used for one
 */
export function buildPath(
  leaf: Certificate,
  intermediates: readonly Certificate[],
  roots: readonly Certificate[],
  at: Date,
  purpose?: string,
): PathResult {
  // Certificates are dated to the second, and valid through the last one (RFC 5280, 4.1.2.5).
  const second = Math.floor(at.getTime() / 1_000) * 1_000;
  const inTime = ({ notBefore, notAfter }: Certificate) =>
    second >= notBefore.getTime() && second <= notAfter.getTime();
  let late: Certificate[] | null = null;
  let refused = '';
  let trials = 0;
  const budget = { left: comparisonsAtMost };
  const walk = (path: Certificate[]): Certificate[] | null => {
    const last = path.at(-1) ?? leaf;
    if (roots.some(({ fingerprint }) => fingerprint === last.fingerprint)) {
      const outside = whyOutside(path, budget);
      if (outside !== '') refused = outside;
      if (outside !== '') return null;
      if (path.every(inTime)) return path;
      late = path;
      return null;
    }
    if (path.length >= limits.certificateChain) return null;
    for (const issuer of [...roots, ...intermediates]) {
      if (path.includes(issuer) || Buffer.compare(issuer.subjectDer, last.issuerDer) !== 0) continue;
      if (++trials > trialsAtMost) {
        refused = `More than ${trialsAtMost} certificates of the same names would have to be tried.`;
        return null;
      }
      if (!wouldIssue(issuer, last)) continue;
      const wrong = whyNotIssuer(issuer, last, below(path), purpose);
      if (wrong !== '') refused = wrong;
      if (wrong !== '') continue;
      const found = walk([...path, issuer]);
      if (found !== null) return found;
    }
    return null;
  };
  const path = leaf.unhandled === '' ? walk([leaf]) : null;
  if (path !== null) return { path, why: '', isTime: false };
  if (late !== null)
    return { path: null, why: `A certificate of its path was not valid at ${at.toISOString()}.`, isTime: true };
  if (leaf.unhandled !== '') refused = notUnderstood(leaf);
  const why = `No path leads from ${leaf.subject} to an authority that you named.${refused === '' ? '' : ` ${refused}`}`;
  return { path: null, why, isTime: false };
}

/** So many names are held against so many constraints, and no more. */
const comparisonsAtMost = 250_000;

/** Why the names of a path are not those that its authorities may speak for (RFC 5280, 4.2.1.10 and 6.1.3); '' where they are. */
function whyOutside(path: readonly Certificate[], budget: { left: number }): string {
  for (const [height, { constraints, subject: authority }] of path.entries()) {
    if (constraints === null) continue;
    const { permitted, excluded, unusable } = constraints;
    if (unusable !== '') return `The names that ${authority} may speak for cannot be told: ${unusable}.`;
    for (const [i, below] of path.slice(0, height).entries()) {
      // One that renewed itself is passed over, unless it is the last (RFC 5280, 6.1.3, b).
      if (i > 0 && Buffer.compare(below.issuerDer, below.subjectDer) === 0) continue;
      for (const name of [...below.names, ...below.subjectNames]) {
        budget.left -= permitted.length + excluded.length;
        if (budget.left < 0) return 'It has more names under more constraints than are held against each other.';
        const ofKind = permitted.filter((each) => isSameKind(each, name));
        if (
          excluded.some((each) => isWithin(name, each, true)) ||
          (ofKind.length > 0 && !ofKind.some((each) => isWithin(name, each, false)))
        )
          return `${authority} may not speak for the names of ${below.subject}.`;
      }
    }
  }
  return '';
}
const isSameKind = (a: GeneralName, b: GeneralName) =>
  a.kind === b.kind && (a.kind !== 'other' || b.kind !== 'other' || a.tag === b.tag);

/** Authorities between a leaf and the next issuer; one that renewed itself does not count (RFC 5280, 4.2.1.9). */
const below = (path: readonly Certificate[]) =>
  path.slice(1).filter(({ issuerDer, subjectDer }) => Buffer.compare(issuerDer, subjectDer) !== 0).length;

const notUnderstood = ({ subject, unhandled }: Certificate) =>
  `The certificate of ${subject} has a critical extension that is not understood, ${unhandled}.`;

/** Why an issuer's signature on a certificate does not count; '' where it does. */
export function whyNotIssuer(
  issuer: Certificate,
  subject: Certificate,
  count: number,
  purpose: string | undefined,
): string {
  if (!issuer.isAuthority)
    return `${issuer.subject}, who issued the certificate of ${subject.subject}, is no authority.`;
  if (issuer.keyUsage !== null && (issuer.keyUsage & usage.certSign) === 0)
    return `The certificate of ${issuer.subject} is not for signing certificates.`;
  if (issuer.pathLength !== null && count > issuer.pathLength)
    return `${issuer.subject} may have ${issuer.pathLength} authorities below, and ${count} are.`;
  if (!subject.isStronglySigned) return `The certificate of ${subject.subject} is signed over a broken digest.`;
  if (issuer.unhandled !== '') return notUnderstood(issuer);
  const { extendedKeyUsage: purposes } = issuer;
  if (purpose !== undefined && purposes !== null && !purposes.includes(purpose) && !purposes.includes('2.5.29.37.0'))
    return `The certificate of ${issuer.subject} excludes this use.`;
  return '';
}
