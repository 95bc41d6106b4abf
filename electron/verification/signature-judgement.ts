import type { KeyObject } from 'node:crypto';
import type { FactOf } from '../../shared/fact.ts';
import type { TrustEntry } from '../../shared/trust.ts';
import { type Certificate, CertificateError, readCertificate, WeakCertificateError } from '../integrity/certificate.ts';
import { sha256Hex } from '../integrity/digest.ts';
import { readKeyMaterial } from '../integrity/key-material.ts';
import {
  fingerprint,
  KeyError,
  keyIds,
  readPublicKey,
  readWeakKey,
  spkiOf,
  WeakKeyError,
} from '../integrity/public-key.ts';
import type { Revocations } from '../integrity/revocation.ts';
import { readSshAuthority } from '../integrity/ssh-authority.ts';
import { judgeCertificate } from './certificate-judgement.ts';
import {
  article,
  bestOf,
  type Judgement,
  type KnownKey,
  mayServe,
  type Named,
  nobody,
  settledByTrust,
} from './judgement.ts';
import { digestsFor, formHeld, isPinnedTo, jwsConfusion, mayBeBy, outsideOf } from './key-use.ts';
import { judgeBarePgp, pgpKeysNamed } from './openpgp-judgement.ts';
import { judgeSshCertificate } from './ssh-certificate-judgement.ts';

type Signature = FactOf<'signature'>['signatures'][number];
/** The same, and the functionaries whom a layout that holds names for a step: the layout's signer vouches for them. */
export function withFunctionaries(named: Named, layouts: readonly FactOf<'layout'>[], step: string): Named {
  const keys = layouts.flatMap(({ place, keys: held, steps }) =>
    steps
      .filter(({ name }) => name === step)
      .flatMap(({ keyIds: ids }) => held.filter(({ id, of = id }) => ids.includes(id) || ids.includes(of)))
      .map(({ id, material, expires = null }): KnownKey => {
        const entry: TrustEntry = {
          id,
          kind: 'key',
          name: `functionary ${id.slice(0, 8)} of ${place.path}`,
          // A step may be a layout of its own, which its functionary signed.
          uses: ['link', 'layout'],
          material,
          fingerprint: '',
          identities: [],
          addedAt: null,
          addedBy: null,
        };
        // Which keys a layout may name was asked where it was read.
        const key = readWeakKey(material);
        const pemHash = sha256Hex(key.export({ format: 'pem', type: 'spki' }).toString());
        const ids = [...keyIds(key), id, entry.name];
        return { key, ids, namespaces: null, validAfter: null, validBefore: expires, entry, pemHash };
      }),
  );
  // Whom the reviewer named herself is asked first, and known by the name she gave.
  return { ...named, keys: [...named.keys, ...keys] };
}

/** Reads what a reviewer trusts for signatures: keys (of certificates too, where one stands among keys), authorities. */
export function namedIn(
  entries: readonly TrustEntry[],
  revocations: readonly Revocations[] = [],
  accept: Named['accept'] = (judged) => judged,
): Named {
  return {
    revocations,
    accept,
    keys: entries.filter(({ kind }) => kind === 'key').flatMap(knownKey),
    weak: entries.filter(({ kind }) => kind === 'key').flatMap(weakKey),
    authorities: entries
      .filter(({ kind }) => kind === 'authority')
      .flatMap((entry) => readable(entry.material).map((certificate) => ({ entry, certificate }))),
    sshAuthorities: entries.filter(({ kind }) => kind === 'authority').flatMap(sshAuthority),
    sigstore: entries.filter(({ kind }) => kind === 'sigstore'),
    pgp: () => pgpKeysNamed(entries),
  };
}

export function judge(fact: FactOf<'signature'>, named: Named, at: Date): Judgement {
  if (fact.signatures.length === 0)
    return { ...nobody, verdict: 'fail', code: 'signature-invalid', message: 'it holds no signature.' };
  const { accept = (judged: Judgement) => judged } = named;
  const all = fact.signatures.map((signature) =>
    accept(byStrongDigest(signature, judgeOne(fact, signature, named, at))),
  );
  return (
    bestOf(all) ?? {
      ...nobody,
      verdict: 'undecided',
      code: 'signature-unknown-signer',
      message: 'it cannot be judged.',
    }
  );
}

/** More are of no use to any path that is followed. */
const certificatesAtMost = 16;

/** One of GnuPG's without its packet may be by an OpenPGP key that she named, or by one of which a layout gives the numbers. */
function judgeOne(fact: FactOf<'signature'>, signature: Signature, named: Named, at: Date): Judgement {
  if (signature.pgpHead === undefined) return judgeByKey(fact, signature, named, at);
  try {
    const known = named.pgp().filter(({ entry }) => mayServe(entry, fact.use));
    const judged = judgeBarePgp(fact, signature, known, at);
    if (judged !== null) return judged;
    const byNumbers = judgeByKey(fact, signature, named, at);
    return byNumbers.verdict === 'pass' ? byNumbers : (judgeBarePgp(fact, signature, named.pgp(), at) ?? byNumbers);
  } catch (error) {
    if (!(error instanceof KeyError)) throw error;
    return { ...nobody, verdict: 'fail', code: 'signature-invalid', message: `it cannot be read. ${error.message}` };
  }
}

function judgeByKey(fact: FactOf<'signature'>, signature: Signature, named: Named, at: Date): Judgement {
  const forms = [fact.signed, ...(fact.legacySigned ?? [])].map((text) => Buffer.from(text, 'base64'));
  const { keys, authorities, sigstore } = named;
  const pgp = signature.pgpHead === undefined ? [] : named.pgp();
  const entries = [...keys, ...named.weak, ...authorities, ...pgp].map(({ entry }) => entry);
  const count = [...entries, ...sigstore].filter((entry) => mayServe(entry, fact.use)).length;
  const what = article[fact.use];
  // One key may be named twice, for different uses: whoever may serve is asked first.
  const confused = jwsConfusion(fact, signature, keys);
  if (confused !== null) return confused;
  // One key may be named for one thing or time in one line and for another in the next: any that fits will do.
  let unfit: Judgement | null = null;
  for (const known of [...keys].sort((a, b) => +mayServe(b.entry, fact.use) - +mayServe(a.entry, fact.use))) {
    const { entry, key } = known;
    if (!mayBeBy(key, signature.algorithm) || !isPinnedTo(known, signature.algorithm)) continue;
    // A key of minisign is meant by its id alone: one of another id is another key, whatever its bytes.
    if (fact.scheme === 'minisign' && isOtherMinisignKey(known, signature.keyId)) continue;
    // SSH names the key itself, and verifies by that one alone.
    if (fact.scheme === 'sshsig' && signature.keyId !== null && !known.ids.includes(signature.keyId)) continue;
    const form = formHeld(fact, signature, key, forms, digestsFor(fact, signature));
    if (form < 0) continue;
    const holds = { ...nobody, holds: true, by: entry.name, key: fingerprint(key), publicKey: key };
    const message = `the signature holds, by ${entry.name}`;
    if (!mayServe(entry, fact.use)) {
      unfit ??= {
        ...holds,
        verdict: 'policy',
        code: 'signature-not-for-this-use',
        message: `${message}, whom you know but did not name for ${what}.`,
      };
      continue;
    }
    const outside = outsideOf(known, fact, at);
    if (outside !== null) {
      unfit ??= { ...holds, verdict: 'policy', ...outside, message: `${message}, ${outside.message}` };
      continue;
    }
    const legacy = form > 0 ? ' It is in the form of an old release.' : '';
    const caution =
      /^[0-9a-f]{64}$/i.test(signature.pemHint ?? '') && signature.pemHint?.toLowerCase() !== known.pemHash
        ? 'The signature names another key by its hint than the one by which it holds: programs of its form refuse it.'
        : bringsAnother(signature, key)
          ? 'The signature brings a key or a certificate that is not the one by which it holds: whoever goes by that is told of another signer, or of none.'
          : '';
    return {
      ...holds,
      verdict: 'pass',
      vouched: 'key',
      code: 'signature-holds',
      message: `${message}.${legacy}`,
      caution,
    };
  }
  if (unfit !== null) return unfit;
  for (const { entry, key, code, why } of named.weak)
    if (mayBeBy(key, signature.algorithm) && formHeld(fact, signature, key, forms, weakDigests) >= 0)
      return {
        ...nobody,
        holds: true,
        by: entry.name,
        verdict: 'policy',
        code,
        message: `the signature holds, by ${entry.name}, whom you named, and a signature by that key counts for nothing. ${why}`,
      };
  const byCertificate = judgeSshCertificate(fact, signature, forms, named, at);
  if (byCertificate !== null) return byCertificate;
  const certified = signature.certificates.slice(0, certificatesAtMost).map(certificateIn);
  const [leaf] = certified;
  const intermediates = certified.slice(1).filter((each) => each !== null);
  if (leaf != null)
    return orWeakBetween(signature, judgeCertificate(fact, signature, { leaf, intermediates, forms }, named, at));
  const weak = signature.certificates
    .slice(0, certificatesAtMost)
    .flatMap((text) => weakIn(text) ?? [])
    .find((each) => formHeld(fact, signature, each.key, forms, weakDigests) >= 0);
  if (weak !== undefined)
    return {
      ...nobody,
      holds: true,
      verdict: 'policy',
      code: weak.code,
      message: `the signature holds by the key of its certificate, and a signature by that key counts for nothing. ${weak.message}`,
    };
  if (signature.certificates.length > 0 && fact.scheme !== 'cms')
    return {
      ...nobody,
      verdict: 'fail',
      code: 'signature-invalid',
      message: 'its certificate cannot be read, or its key is not accepted.',
    };
  if (signature.key !== undefined) {
    const held = readPublicKey(Buffer.from(signature.key, 'base64'));
    const own =
      mayBeBy(held, signature.algorithm) && formHeld(fact, signature, held, forms, digestsFor(fact, signature)) >= 0;
    if (!own)
      return {
        ...nobody,
        verdict: 'fail',
        code: 'signature-invalid',
        message:
          'the signature does not hold, not even by the key that came with it: what it is over was changed since.',
      };
    return {
      ...nobody,
      holds: true,
      key: fingerprint(held),
      verdict: count > 0 ? 'policy' : 'undecided',
      code: count > 0 ? 'signature-other-signer' : 'signature-unknown-signer',
      message: `the signature holds by a key that came with it, ${fingerprint(held)}. ${count > 0 ? `It is not by any of the ${count} you named for ${what}.` : `You named nobody for ${what}: whoever changed the document could have signed it anew.`}`,
      settledBy: settledByTrust,
    };
  }
  const claimed = keys.find(
    ({ ids, pemHash }) => (signature.keyId !== null && ids.includes(signature.keyId)) || signature.pemHint === pemHash,
  );
  if (claimed !== undefined)
    return {
      ...nobody,
      verdict: 'fail',
      code: 'signature-invalid',
      by: claimed.entry.name,
      message: `the signature does not hold. It claims to be by ${claimed.entry.name}, and is not over what is here.`,
    };
  const under = authorities.filter(({ entry }) => mayServe(entry, fact.use)).length;
  if (fact.scheme === 'cms' && under > 0)
    return {
      ...nobody,
      verdict: 'undecided',
      code: 'signature-chain-incomplete',
      message: `the certificate of its signer is not in it: whether that is under any of the ${under} authorities you named, and whether it holds, cannot be told.`,
      settledBy: 'The signature with the certificate of its signer in it, or that certificate named among your keys.',
    };
  if (count > 0)
    return {
      ...nobody,
      verdict: 'policy',
      code: 'signature-other-signer',
      message: `it is not by any of the ${count} you named for ${what}. Whether it holds cannot be told without its key.`,
      settledBy: settledByTrust,
    };
  return {
    ...nobody,
    verdict: 'undecided',
    code: 'signature-unknown-signer',
    message: `the signer is unknown: you named nobody for ${what}, and the key is not here.`,
    settledBy: settledByTrust,
  };
}

/** Whether the key or the first certificate that came with it is another than the one by which it holds, or cannot be read. */
function bringsAnother({ key: carried, certificates: [first] }: Signature, key: KeyObject): boolean {
  if (carried !== undefined && !spkiOf(key).equals(Buffer.from(carried, 'base64'))) return true;
  if (first === undefined) return false;
  return weakIn(first)?.key.equals(key) !== true && certificateIn(first)?.key.equals(key) !== true;
}

/** Old keys were used with old digests. */
const weakDigests = [undefined, 'sha256', 'sha1', 'sha512'];

const isOtherMinisignKey = ({ ids }: KnownKey, id: string | null): boolean =>
  id !== null && ids.some((each) => /^[0-9A-F]{16}$/.test(each)) && !ids.includes(id);

function knownKey(entry: TrustEntry): KnownKey[] {
  try {
    const held = readKeyMaterial(entry.material);
    const pem = held.key.export({ format: 'pem', type: 'spki' }).toString();
    return [{ ...held, entry, ids: [...held.ids, entry.name], pemHash: sha256Hex(pem) }];
  } catch (error) {
    if (error instanceof KeyError || error instanceof CertificateError) return [];
    throw error;
  }
}

function weakKey(entry: TrustEntry): Named['weak'] {
  try {
    readKeyMaterial(entry.material);
  } catch (error) {
    if (error instanceof WeakKeyError) return [{ entry, key: error.key, code: error.code, why: error.message }];
    if (!(error instanceof KeyError || error instanceof CertificateError)) throw error;
  }
  return [];
}

function sshAuthority(entry: TrustEntry): Named['sshAuthorities'] {
  if (entry.material.includes('-----BEGIN ')) return [];
  try {
    const authority = readSshAuthority(entry.material);
    return authority === null ? [] : [{ entry, authority }];
  } catch (error) {
    if (error instanceof KeyError) return [];
    throw error;
  }
}

/** What is signed over a digest under which two contents can be made to have one value holds, and counts for nothing. */
const byStrongDigest = ({ digest }: Signature, judged: Judgement): Judgement =>
  judged.verdict !== 'pass' || !/^(sha1|md5)$/.test(digest ?? '')
    ? judged
    : {
        ...judged,
        verdict: 'policy',
        code: 'policy-algorithm',
        vouched: 'nobody',
        message: `${judged.message} It is over ${digest?.toUpperCase()}, under which two contents can be made to have one value: such a signature counts for nothing.`,
      };

/** A chain that leads to nobody where one in it counts for nothing is refused for that, and not for what is missing. */
function orWeakBetween({ certificates }: Signature, judged: Judgement): Judgement {
  if (judged.code !== 'signature-chain-incomplete' && judged.code !== 'signature-other-signer') return judged;
  const [weak] = certificates.slice(1, certificatesAtMost).flatMap((text) => weakIn(text) ?? []);
  return weak === undefined
    ? judged
    : {
        ...judged,
        verdict: 'policy',
        code: weak.code,
        message: `the signature holds, by ${judged.by}, and an authority above the signer counts for nothing. ${weak.message}`,
      };
}

/** The key of a certificate, where it is too weak to be accepted; null where it is not, and where it cannot be read. */
function weakIn(text: string | undefined): WeakKeyError | null {
  if (text === undefined) return null;
  try {
    readCertificate(text.includes('BEGIN') ? text : Buffer.from(text, 'base64'));
    return null;
  } catch (error) {
    if (error instanceof WeakCertificateError) return error.weak;
    if (error instanceof CertificateError) return null;
    throw error;
  }
}

const certificateIn = (text: string): Certificate | null =>
  readable(text.includes('BEGIN') ? text : Buffer.from(text, 'base64'))[0] ?? null;

function readable(input: string | Uint8Array): Certificate[] {
  try {
    return [readCertificate(input)];
  } catch (error) {
    if (error instanceof CertificateError) return [];
    throw error;
  }
}
