import type { Trust, TrustEntry } from '../../shared/trust.ts';
import type { Verdict } from '../../shared/verdict.ts';
import { type Certificate, CertificateError, readCertificate } from '../integrity/certificate.ts';
import { buildPath } from '../integrity/certificate-path.ts';
import { fingerprint } from '../integrity/public-key.ts';

export interface SignerJudgement {
  verdict: Verdict;
  code: string;
  message: string;
}
const mayReport = ({ uses }: TrustEntry): boolean => uses === null || uses.includes('report');

/** Certificates of the authorities among some entries; what cannot be read trusts nobody. */
function rootsOf(entries: readonly TrustEntry[]): Certificate[] {
  return entries
    .filter(({ kind }) => kind === 'authority')
    .flatMap(({ material }) => {
      try {
        return [readCertificate(material)];
      } catch (error) {
        if (error instanceof CertificateError) return [];
        throw error;
      }
    });
}

/**
 * What the signer of a report is to this reviewer (command-line.md, Trust): named for reports, known for something
 * else, not valid at the time, or a stranger. A certificate inside the package is never trusted for being there.
 */
export function judgeSigner(certificate: Certificate, name: string, signedAt: string, trust: Trust): SignerJudgement {
  const at = new Date(signedAt);
  const print = fingerprint(certificate.key);
  const isIt = (entry: TrustEntry) => entry.fingerprint === print || entry.fingerprint === certificate.fingerprint;
  const named = trust.entries.filter(mayReport);
  const compare = `Compare the fingerprint with the person by voice: ${print}.`;
  const direct = named.find(isIt);
  const path = direct === undefined ? buildPath(certificate, [], rootsOf(named), at) : null;
  const isInTime = at >= certificate.notBefore && at <= certificate.notAfter;
  if ((direct !== undefined && !isInTime) || path?.isTime === true)
    return {
      verdict: 'policy',
      code: 'signer-time',
      message: `The certificate of ${name} was not valid at ${signedAt}.`,
    };
  if (direct?.isOwn === true)
    return {
      verdict: 'pass',
      code: 'signer-own',
      message: `The key of ${name} is one of the signing identities of this store${direct.name === name ? '' : `, as ${direct.name}`}.`,
    };
  if (direct !== undefined)
    return { verdict: 'pass', code: 'signer-named', message: `You named the key of ${name}, as ${direct.name}.` };
  if (path !== null && path.path !== null)
    return {
      verdict: 'pass',
      code: 'signer-named',
      message: `The certificate of ${name} is by ${path.path.at(-1)?.subject ?? ''}, an authority that you named.`,
    };
  const others = trust.entries.filter((entry) => !mayReport(entry));
  if (others.some(isIt) || buildPath(certificate, [], rootsOf(others), at).path !== null)
    return {
      verdict: 'policy',
      code: 'signer-not-for-this-use',
      message: `You know the key of ${name}, and did not name it for reports.`,
    };
  const count = named.filter(
    ({ uses, kind }) => uses?.includes('report') === true && (kind === 'key' || kind === 'authority'),
  ).length;
  if (count > 0)
    return {
      verdict: 'policy',
      code: 'signer-other',
      message: `${name} is not any of the ${count} you named for reports. ${compare}`,
    };
  return { verdict: 'undecided', code: 'signer-unknown', message: `You have not named the key of ${name}. ${compare}` };
}
