import type { FactOf } from '../../shared/fact.ts';
import type { TrustEntry } from '../../shared/trust.ts';
import type { Certificate } from '../integrity/certificate.ts';
import { digestOf, weakAlgorithms } from '../integrity/digest.ts';
import { readableCertificates, readTimestamp, TimestampError, verifyTimestamp } from '../integrity/timestamp-token.ts';
import type { EvidenceView } from './rules/rule.ts';

/** Certificates of the time-stampers that the reviewer named. */
export const timestampers = (entries: readonly TrustEntry[]): Certificate[] =>
  readableCertificates(
    entries
      .filter(({ kind, uses }) => kind === 'timestamper' || (kind === 'authority' && uses?.includes('timestamp')))
      .map(({ material }) => material),
  );

/**
 * The earliest time at which somebody named saw a signature: by a token over its file, or by one carried in its
 * bundle, over the signature itself. @returns ISO 8601, or null with the reason in words
 */
export function signingTime(
  fact: FactOf<'signature'>,
  evidence: EvidenceView,
  named: readonly Certificate[],
): { provenAt: string | null; why: string } {
  const beside = [...evidence.facts('timestamp'), ...evidence.facts('commitment')].flatMap(({ id }) => {
    const outcome = evidence.outcomes.get(id);
    return outcome?.over === fact.place.path && outcome.provenAt !== null ? outcome.provenAt : [];
  });
  // A token speaks of one signature; beside a second one it would lend its time to that too.
  const [only, ...others] = fact.signatures;
  const tokens = only === undefined || others.length > 0 ? [] : (only.timestamps ?? []);
  const value = Buffer.from(only?.value ?? '', 'base64');
  const carried = tokens.flatMap((token) => carriedTime(Buffer.from(token, 'base64'), value, named) ?? []);
  const provenAt = [...beside, ...carried].sort()[0] ?? null;
  const { signatures } = fact;
  const which = `“${fact.title}” (${fact.place.path})`;
  const why = signatures.some(({ timestamps }) => (timestamps?.length ?? 0) > 0)
    ? `Nothing proves when ${which} was made: no timestamp that it carries is by an authority that you named, over this signature.`
    : signatures.some(({ logged }) => logged)
      ? `Nothing proves when ${which} was made: the log entry that it carries is not verified by this version.`
      : `Nothing here proves when ${which} was made: it carries no timestamp and no log entry.`;
  return { provenAt, why };
}

function carriedTime(token: Buffer, value: Buffer, named: readonly Certificate[]): string | null {
  try {
    const info = readTimestamp(token);
    if (weakAlgorithms.has(info.algorithm)) return null;
    if (digestOf(info.algorithm, value) !== `${info.algorithm}:${info.imprint}`) return null;
    return verifyTimestamp(info, named).verdict === 'pass' ? info.at.toISOString() : null;
  } catch (error) {
    if (error instanceof TimestampError) return null;
    throw error;
  }
}
