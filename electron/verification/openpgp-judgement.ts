import type { FactOf } from '../../shared/fact.ts';
import type { TrustEntry } from '../../shared/trust.ts';
import { weakAlgorithms } from '../integrity/digest.ts';
import {
  type PgpCertificate,
  type PgpKey,
  type PgpSignature,
  pgpHolds,
  readPgpKeys,
  readPgpSignature,
} from '../integrity/openpgp.ts';
import { KeyError } from '../integrity/public-key.ts';
import { type Judgement, mayServe, nobody, settledByTrust } from './judgement.ts';

interface Named {
  entry: TrustEntry;
  certificate: PgpCertificate;
}
/** OpenPGP keys that the reviewer named, with who each is. */
export function pgpKeysNamed(entries: readonly TrustEntry[]): Named[] {
  return entries.flatMap((entry) => {
    if (!entry.material.includes('BEGIN PGP PUBLIC KEY')) return [];
    try {
      return readPgpKeys(Buffer.from(entry.material)).map((certificate) => ({ entry, certificate }));
    } catch (error) {
      if (error instanceof KeyError) return [];
      throw error;
    }
  });
}

/** Text signatures are over lines that end in CR LF (RFC 9580, 5.2.1.2). */
const asText = (data: Buffer) => Buffer.from(data.toString('latin1').replace(/\r?\n/g, '\r\n'), 'latin1');

/** What OpenPGP signatures come to: the best of them by somebody named; one that claims to be and does not hold is named first. */
export function judgeOpenPgp(fact: FactOf<'signature'>, entries: readonly TrustEntry[], at: Date): Judgement {
  const named = pgpKeysNamed(entries);
  const data = Buffer.from(fact.signed, 'base64');
  const all = fact.signatures.map(({ value }, index) => {
    const signature = readPgpSignature(Buffer.from(value, 'base64'));
    const bytes = signature.type === 1 ? asText(data) : data;
    const streamed = fact.detached?.streamed?.holdsBy[index];
    const holds = (key: PgpKey) => streamed?.includes(key.fingerprint) ?? pgpHolds(key, signature, bytes);
    return judgeOne(signature, holds, fact, named, at);
  });
  const order = ['fail', 'pass', 'policy', 'undecided'] as const;
  const [first] = order.flatMap((verdict) => all.find((each) => each.verdict === verdict) ?? []);
  return first ?? { ...nobody, verdict: 'fail', code: 'signature-invalid', message: 'it holds no signature.' };
}

function judgeOne(
  signature: PgpSignature,
  holdsBy: (key: PgpKey) => boolean,
  { use }: FactOf<'signature'>,
  named: Named[],
  at: Date,
): Judgement {
  const { issuer, createdAt, expiresAfter, hash } = signature;
  const isBy = (fingerprint: string) => issuer === null || fingerprint.endsWith(issuer);
  const found = named.flatMap((each) =>
    [each.certificate.primary, ...each.certificate.subkeys].flatMap((key) =>
      isBy(key.fingerprint) ? [{ ...each, key }] : [],
    ),
  );
  if (found.length === 0) {
    const count = named.filter(({ entry }) => mayServe(entry, use)).length;
    return count > 0
      ? {
          ...nobody,
          verdict: 'policy',
          code: 'signature-other-signer',
          message: `it is not by any of the ${count} you named for documents. Whether it holds cannot be told without its key${issuer === null ? '' : `, ${issuer}`}.`,
          settledBy: settledByTrust,
        }
      : {
          ...nobody,
          verdict: 'undecided',
          code: 'signature-unknown-signer',
          message: `the signer is unknown: you named no OpenPGP key, and the key${issuer === null ? '' : ` ${issuer}`} is not here.`,
          settledBy: settledByTrust,
        };
  }
  const holder = found.find(({ key }) => holdsBy(key));
  const by = (holder ?? found[0])?.entry.name ?? '';
  if (holder === undefined)
    return found.every(({ key }) => key.key === null)
      ? {
          ...nobody,
          by,
          verdict: 'undecided',
          code: 'signature-unreadable',
          message: `the key of ${by} is of a kind that is not verified here.`,
        }
      : {
          ...nobody,
          by,
          verdict: 'fail',
          code: 'signature-invalid',
          message: `the signature does not hold. It claims to be by ${by}, and is not over what is here.`,
        };
  const { entry, certificate, key } = holder;
  const holds = {
    ...nobody,
    holds: true,
    by,
    key: `openpgp:${key.fingerprint.toLowerCase()}`,
    ...(key.key === null ? {} : { publicKey: key.key }),
  };
  const policy = (code: 'signature-not-for-this-use' | 'signature-time', message: string): Judgement => ({
    ...holds,
    verdict: 'policy',
    code,
    message: `the signature holds, by ${by}${message}`,
  });
  if (certificate.isRevoked) return policy('signature-not-for-this-use', ', whose key was revoked.');
  if (!mayServe(entry, use))
    return policy('signature-not-for-this-use', ', whom you know but did not name for documents.');
  if (signature.unknownCritical !== null)
    return policy(
      'signature-not-for-this-use',
      `, with a condition (${signature.unknownCritical}) that is not understood and must be.`,
    );
  const expiry = certificate.expiresAt;
  if (createdAt !== null && (createdAt < key.createdAt || (expiry !== null && createdAt > expiry)))
    return policy('signature-time', `, at ${createdAt.toISOString()}, when the key was not valid.`);
  if (createdAt !== null && expiresAfter !== null && at.getTime() > createdAt.getTime() + expiresAfter * 1_000)
    return policy('signature-time', ', and has expired.');
  const cautions = [
    ...(expiry !== null && at > expiry
      ? [`The key of ${by} expired at ${expiry.toISOString()}; the signature says it is older, and nothing proves it.`]
      : []),
    ...(weakAlgorithms.has(hash) ? [`The signature is over ${hash.toUpperCase()}, which can be collided.`] : []),
  ];
  return {
    ...holds,
    verdict: 'pass',
    vouched: 'key',
    code: 'signature-holds',
    message: `the signature holds, by ${by}.`,
    caution: cautions.join(' '),
  };
}
