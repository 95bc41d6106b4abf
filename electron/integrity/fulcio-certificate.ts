import { createHash } from 'node:crypto';
import type { Certificate } from './certificate.ts';
import { child, type Der, DerError, der, oidOf, readDer, tags } from './der.ts';
import { spkiOf, verifySignature } from './public-key.ts';
import { isDuring, type LogKey } from './sigstore-root.ts';

const sctList = '1.3.6.1.4.1.11129.2.4.2';
/** Issuers as Fulcio notes them (fulcio, docs/oid-info.md): bare text first, later a UTF8String. */
const bareIssuer = '1.3.6.1.4.1.57264.1.1';
const issuerText = '1.3.6.1.4.1.57264.1.8';

interface Extension {
  oid: string;
  value: Buffer;
  raw: Uint8Array;
}
function tbsOf(certificate: Certificate): Der {
  return child(readDer(certificate.der), 0, tags.sequence);
}
function extensionsOf(tbs: Der): Extension[] {
  const held = tbs.children.find(({ tag }) => tag === 0xa3);
  return (held?.children[0]?.children ?? []).map((each) => {
    const value = each.children.at(-1);
    if (value?.tag !== tags.octets) throw new DerError('An extension has no value', 0);
    return { oid: oidOf(child(each, 0)), value: Buffer.from(value.content), raw: each.raw };
  });
}

/** Who a certificate of Fulcio is for, and who vouched for that. */
export function fulcioIdentity(certificate: Certificate): { identities: string[]; issuer: string | null } {
  const extensions = extensionsOf(tbsOf(certificate));
  const names = extensions.find(({ oid }) => oid === '2.5.29.17');
  const identities = (names === undefined ? [] : readDer(names.value).children).flatMap(
    ({ tag, content, children }) => {
      // rfc822Name and uniformResourceIdentifier; otherName holds what neither can (RFC 5280, 4.2.1.6).
      if (tag === 0x81 || tag === 0x86) return [Buffer.from(content).toString('utf8')];
      const inner = tag === 0xa0 ? children[1]?.children[0] : undefined;
      return inner === undefined ? [] : [Buffer.from(inner.content).toString('utf8')];
    },
  );
  const later = extensions.find(({ oid }) => oid === issuerText);
  const bare = extensions.find(({ oid }) => oid === bareIssuer);
  const issuer =
    later !== undefined
      ? Buffer.from(readDer(later.value).content).toString('utf8')
      : (bare?.value.toString('utf8') ?? null);
  return { identities, issuer };
}

/**
 * Whether a log of certificates that is known promised to publish this one (RFC 6962, 3.2 and 3.3: the promise is over
 * the certificate without the list of promises). '' where one did, else why not.
 */
export function whyNotPromised(certificate: Certificate, issuer: Certificate, logs: readonly LogKey[]): string {
  const tbs = tbsOf(certificate);
  const extensions = extensionsOf(tbs);
  const list = extensions.find(({ oid }) => oid === sctList);
  if (list === undefined) return 'The certificate carries no promise of a certificate log.';
  const rest = extensions.filter(({ oid }) => oid !== sctList);
  const bare = der(
    tags.sequence,
    Buffer.concat(
      tbs.children.map((each) =>
        each.tag === 0xa3
          ? der(0xa3, der(tags.sequence, Buffer.concat(rest.map(({ raw }) => raw))))
          : Buffer.from(each.raw),
      ),
    ),
  );
  const promises = Buffer.from(readDer(list.value).content);
  for (let from = 2; from + 2 <= promises.length; ) {
    const length = promises.readUInt16BE(from);
    const promise = promises.subarray(from + 2, from + 2 + length);
    from += 2 + length;
    if (promise.length < 47 || promise[0] !== 0) continue;
    const at = new Date(Number(promise.readBigUInt64BE(33)));
    // A key counts for what was promised while the root names it.
    const log = logs.find((each) => each.id === promise.subarray(1, 33).toString('base64') && isDuring(each, at));
    const more = promise.readUInt16BE(41);
    const signature = 43 + more;
    if (log === undefined || signature + 4 > promise.length) continue;
    const size = Buffer.alloc(3);
    size.writeUIntBE(bare.length, 0, 3);
    const signed = Buffer.concat([
      Uint8Array.of(0, 0),
      promise.subarray(33, 41),
      Uint8Array.of(0, 1),
      createHash('sha256').update(spkiOf(issuer.key)).digest(),
      size,
      bare,
      promise.subarray(41, 43 + more),
    ]);
    const value = promise.subarray(signature + 4, signature + 4 + promise.readUInt16BE(signature + 2));
    if (verifySignature(log.key, signed, value, 'sha256')) return '';
  }
  return 'No certificate log that the root names promised to publish the certificate.';
}
