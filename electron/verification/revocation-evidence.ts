import type { Certificate } from '../integrity/certificate.ts';
import {
  type Revocations,
  readOcspResponse,
  readRevocationList,
  type Standing,
  standingOf,
} from '../integrity/revocation.ts';
import type { EvidenceView } from './rules/rule.ts';

/** What lies in the source about revoked certificates. */
export const revocationsIn = (evidence: EvidenceView): Revocations[] =>
  evidence
    .facts('revocation')
    .map(({ what, der }) =>
      what === 'list' ? readRevocationList(Buffer.from(der, 'base64')) : readOcspResponse(Buffer.from(der, 'base64')),
    );

/**
 * How a path stood at a time by what its own authorities said: the first revoked certificate of it, else whether all
 * below the root were vouched for. A root is not asked about: nobody above it could revoke it.
 */
export function pathStanding(
  path: readonly Certificate[],
  all: readonly Revocations[],
  at: Date,
): { standing: Standing; certificate: Certificate | null } {
  let open: Standing | null = null;
  let good: Standing | null = null;
  for (const [i, certificate] of path.entries()) {
    const issuer = path[i + 1];
    if (issuer === undefined) continue;
    const standing = standingOf(certificate, issuer, all, at);
    if (standing.is === 'revoked') return { standing, certificate };
    // The signer's own certificate is what the question is about; of those above it silence is no answer and no doubt.
    if (i === 0 && standing.is === 'open') open = standing;
    if (standing.is === 'good') good ??= standing;
    if (standing.is === 'open' && standing.why !== '') open ??= standing;
  }
  return { standing: open ?? good ?? { is: 'open', why: '' }, certificate: null };
}
