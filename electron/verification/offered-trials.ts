import type { KeyObject } from 'node:crypto';
import type { FactOf } from '../../shared/fact.ts';
import type { TrustEntry } from '../../shared/trust.ts';
import { type Certificate, CertificateError, readCertificate } from '../integrity/certificate.ts';
import { pgpTrial, readPgpSignature } from '../integrity/openpgp.ts';
import { isIssuer } from '../integrity/openpgp-key.ts';
import { fingerprint, keyDigest } from '../integrity/public-key.ts';
import { framed, type Trial, toBase64url, toCrlf, trialsOf } from '../integrity/streamed-signature.ts';
import { digestsFor, mayBeBy } from './key-use.ts';
import { pgpKeysNamed } from './openpgp-judgement.ts';
import { namedIn } from './signature-judgement.ts';

/**
 * By which keys a signature over the bytes of a large file is tried, before anything is judged: those that the reviewer
 * named and those of the certificates that it carries. Trust is another question, and asked later.
 */
export function offeredTrials(entries: readonly TrustEntry[]): (fact: FactOf<'signature'>) => Trial[][] {
  const named = namedIn(entries);
  // What a weak key signed is said as well.
  const keys = [...named.keys, ...named.weak.filter(({ key }) => key.asymmetricKeyType !== 'dsa')];
  const pgp = pgpKeysNamed(entries);
  const nothing = new Uint8Array();
  return (fact) =>
    fact.signatures.map((signature) => {
      const value = Buffer.from(signature.value, 'base64');
      if (fact.scheme === 'openpgp') {
        const read = readPgpSignature(value);
        return pgp
          .flatMap(({ certificate: { primary, subkeys } }) => [primary, ...subkeys])
          .filter((key) => isIssuer(key, read.issuer))
          .flatMap((key) => pgpTrial(key, read) ?? [])
          .map((trial) => framed(trial, nothing, read.type === 1 ? toCrlf() : null, read.trailer));
      }
      const encoding = fact.detached?.encoding;
      const before = encoding === undefined ? nothing : Buffer.from(fact.signed, 'base64');
      const carried = signature.certificates.slice(0, 1).flatMap((text) => readable(Buffer.from(text, 'base64')));
      // A bundle's own certificate may have signed with SHA-256 whatever its curve.
      const digests = digestsFor(fact, signature);
      const offered = [
        ...carried.flatMap(({ key }) => [...new Set([...digests, 'sha256'])].map((digest) => ({ key, digest }))),
        ...keys
          .filter(({ key }) => mayBeBy(key, signature.algorithm))
          .flatMap(({ key }) => digests.map((digest) => ({ key, digest }))),
      ];
      // Each way digests the whole file: the same one is tried once, by whatever name it was offered.
      const ways = new Map(offered.map((each) => [wayOf(each), each]));
      return [...ways.values()]
        .flatMap(({ key, digest }) => trialsOf(key, value, digest, fact.scheme === 'raw', signature.pss))
        .map((trial) => framed(trial, before, encoding === 'base64url' ? toBase64url() : null, nothing));
    });
}

const wayOf = ({ key, digest }: { key: KeyObject; digest: string | undefined }): string =>
  `${fingerprint(key)} ${/^ed/.test(key.asymmetricKeyType ?? '') ? '' : keyDigest(key, digest)}`;

function readable(bytes: Uint8Array): Certificate[] {
  try {
    return [readCertificate(bytes)];
  } catch (error) {
    if (error instanceof CertificateError) return [];
    throw error;
  }
}
