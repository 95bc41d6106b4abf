import type { FactOf } from '../../shared/fact.ts';
import type { TrustEntry } from '../../shared/trust.ts';
import { weakAlgorithms } from '../integrity/digest.ts';
import { type PgpSignature, pgpHolds, readPgpSignature } from '../integrity/openpgp.ts';
import { readBareSignature } from '../integrity/openpgp-bare.ts';
import { isIssuer, type PgpKey } from '../integrity/openpgp-key.ts';
import { readPgpKeys } from '../integrity/openpgp-keys.ts';
import { checkKey, fingerprint, KeyError, spkiOf, WeakKeyError } from '../integrity/public-key.ts';
import { bestOf, type Judgement, mayServe, nobody, type PgpNamed, settledByTrust } from './judgement.ts';

/** Clocks of signers may run ahead; a day is more than any of them. */
const dayMilliseconds = 86_400_000;

/** What was read of each entry: to verify the bindings of a ring takes longer than any signature. */
const read = new WeakMap<TrustEntry, PgpNamed[]>();

/** OpenPGP keys that the reviewer named, with who each is. */
export function pgpKeysNamed(entries: readonly TrustEntry[]): PgpNamed[] {
  return entries.flatMap((entry) => {
    const known = read.get(entry) ?? keysOf(entry);
    read.set(entry, known);
    return known;
  });
}

function keysOf(entry: TrustEntry): PgpNamed[] {
  if (!entry.material.includes('BEGIN PGP PUBLIC KEY')) return [];
  try {
    return readPgpKeys(Buffer.from(entry.material)).map((certificate) => ({ entry, certificate }));
  } catch (error) {
    if (error instanceof KeyError) return [];
    throw error;
  }
}

/** Text signatures are over lines that end in CR LF (RFC 9580, 5.2.1.2). */
const asText = (data: Buffer) => Buffer.from(data.toString('latin1').replace(/\r?\n/g, '\r\n'), 'latin1');

/** What OpenPGP signatures come to: the best of them by somebody named; one that claims to be and does not hold is named first. */
export function judgeOpenPgp(
  fact: FactOf<'signature'>,
  entries: readonly TrustEntry[],
  at: Date,
  accept: (judged: Judgement) => Judgement = (judged) => judged,
): Judgement {
  const named = pgpKeysNamed(entries);
  const data = Buffer.from(fact.signed, 'base64');
  const all = fact.signatures.map(({ value }, index) => {
    const signature = readPgpSignature(Buffer.from(value, 'base64'));
    const bytes = signature.type === 1 ? asText(data) : data;
    const streamed = fact.detached?.streamed?.holdsBy[index];
    const holds = (key: PgpKey) => streamed?.includes(key.fingerprint) ?? pgpHolds(key, signature, bytes);
    return accept(judgeOne(signature, holds, fact, named, at));
  });
  return bestOf(all) ?? { ...nobody, verdict: 'fail', code: 'signature-invalid', message: 'it holds no signature.' };
}

/** Why a key counts for nothing whoever has it; '' where it may. DSA is left to the reviewer's policy, as are sizes. */
function whyNotAccepted({ key }: PgpKey): string {
  if (key === null || key.asymmetricKeyType === 'dsa') return '';
  try {
    checkKey(key, spkiOf(key));
    return '';
  } catch (error) {
    if (error instanceof WeakKeyError && error.code === 'policy-key-size') return '';
    if (error instanceof KeyError) return error.message;
    throw error;
  }
}

/**
 * The same of one whose numbers and head alone are there, as in-toto keeps it; null where it is by nobody whom she named
 * by an OpenPGP key. The key is then called by its numbers, as a layout calls it.
 */
export function judgeBarePgp(
  fact: FactOf<'signature'>,
  { pgpHead = '', value }: FactOf<'signature'>['signatures'][number],
  named: PgpNamed[],
  at: Date,
): Judgement | null {
  const signature = readBareSignature(Buffer.from(pgpHead, 'base64'), Buffer.from(value, 'base64'));
  const data = Buffer.from(fact.signed, 'base64');
  const found = named.filter(({ certificate: { primary, subkeys } }) =>
    [primary, ...subkeys].some((key) => isIssuer(key, signature.issuer)),
  );
  if (found.length === 0) return null;
  const judged = judgeOne(signature, (key) => pgpHolds(key, signature, data), fact, found, at);
  return judged.publicKey === undefined ? judged : { ...judged, key: fingerprint(judged.publicKey) };
}

function judgeOne(
  signature: PgpSignature,
  holdsBy: (key: PgpKey) => boolean,
  { use }: FactOf<'signature'>,
  named: PgpNamed[],
  at: Date,
): Judgement {
  const { issuer, createdAt, expiresAfter, hash } = signature;
  // Over a document are those of bytes and of text; a certification over the same bytes says something else (RFC 9580, 5.2.1).
  if (signature.type !== 0 && signature.type !== 1)
    return {
      ...nobody,
      verdict: 'fail',
      code: 'signature-invalid',
      message: `it is of the kind 0x${signature.type.toString(16).padStart(2, '0')}, which is not made over documents.`,
    };
  const found = named.flatMap((each) =>
    [each.certificate.primary, ...each.certificate.subkeys].flatMap((key) =>
      isIssuer(key, issuer) ? [{ ...each, key }] : [],
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
  const subkey = certificate.subkeys.find((each) => each.fingerprint === key.fingerprint);
  const standing = subkey === undefined ? certificate.standing : subkey.standing;
  const holds = {
    ...nobody,
    holds: true,
    by,
    key: `openpgp:${key.fingerprint.toLowerCase()}`,
    ...(key.key === null ? {} : { publicKey: key.key }),
  };
  const policy = (code: Judgement['code'], message: string): Judgement => ({
    ...holds,
    verdict: 'policy',
    code,
    message: `the signature holds, by ${by}${message}`,
  });
  const weak = whyNotAccepted(key);
  if (weak !== '') return policy('policy-algorithm', `, and a signature by that key counts for nothing. ${weak}`);
  if (certificate.isRevoked || certificate.revoked.has(key.fingerprint))
    return policy('signature-not-for-this-use', ', whose key was revoked.');
  if (standing?.maySign === false)
    return policy(
      'signature-not-for-this-use',
      subkey === undefined
        ? ', with a key that is not for signing documents.'
        : ', with a subkey that is not for signing documents, or does not itself say that it belongs to that key.',
    );
  // Creation time is mandatory, and what depends on MD5 is rejected (RFC 9580, 5.2.3.11 and 9.5).
  if (createdAt === null) return policy('signature-time', ', and does not say when.');
  if (hash === 'md5') return policy('policy-algorithm', ' over MD5, which anybody can collide.');
  if (!mayServe(entry, use))
    return policy('signature-not-for-this-use', ', whom you know but did not name for documents.');
  if (signature.unknownCritical !== null)
    return policy(
      'signature-not-for-this-use',
      `, with a condition (${signature.unknownCritical}) that is not understood and must be.`,
    );
  const [expiry = null] = [certificate.standing?.expiresAt, subkey?.standing.expiresAt]
    .flatMap((each) => each ?? [])
    .sort((a, b) => a.getTime() - b.getTime());
  if (createdAt < key.createdAt || (expiry !== null && createdAt > expiry))
    return policy('signature-time', `, at ${createdAt.toISOString()}, when the key was not valid.`);
  if (createdAt.getTime() > at.getTime() + dayMilliseconds)
    return policy('signature-time', `, at ${createdAt.toISOString()}, which has not come yet.`);
  if (expiresAfter !== null && at.getTime() > createdAt.getTime() + expiresAfter * 1_000)
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
