import type { KeyObject } from 'node:crypto';
import type { FactOf, Use } from '../../shared/fact.ts';
import type { TrustEntry } from '../../shared/trust.ts';
import {
  buildPath,
  type Certificate,
  CertificateError,
  imitatedRoot,
  isSelfSigned,
  readCertificate,
  usage,
} from '../integrity/certificate.ts';
import { sha256Hex } from '../integrity/digest.ts';
import { type KeyMaterial, readKeyMaterial } from '../integrity/key-material.ts';
import { fingerprint, KeyError, verifySignature } from '../integrity/public-key.ts';
import { digestsFor, jwsConfusion, mayBeBy, outsideOf } from './key-use.ts';
import type { SignatureOutcome } from './rules/rule.ts';

type Code =
  | 'checkpoint-other-origin'
  | 'signature-holds'
  | 'signature-not-for-this-use'
  | 'signature-other-signer'
  | 'signature-unknown-signer'
  | 'signature-invalid'
  | 'signature-time'
  | 'signature-chain-incomplete'
  | 'signature-unreadable'
  | 'signature-nothing'
  | 'signature-keyed'
  | 'policy-algorithm'
  | 'policy-key-size'
  | 'policy-identity'
  | 'policy-timestamp';
export interface Judgement extends SignatureOutcome {
  code: Code;
  message: string;
  /** Certificate that signed, for what cannot be decided about it. */
  certificate: Certificate | null;
  /** Key by which it holds, where no certificate has it; what a policy judges. */
  publicKey?: KeyObject;
  /** Who vouched for the signer, where that is not the issuer of the certificate (OIDC issuer). */
  issuer?: string;
  /** What is worth a look although the signature counts; '' where nothing is. */
  caution: string;
  settledBy: string;
}
export interface KnownKey extends KeyMaterial {
  entry: TrustEntry;
  pemHash: string;
}

export const mayServe = (entry: TrustEntry, use: Use) => entry.uses === null || entry.uses.includes(use);
const article: Record<Use, string> = {
  'model-signature': 'model signatures',
  provenance: 'provenance',
  approval: 'approvals',
  layout: 'layouts',
  link: 'links',
  statement: 'statements',
  ledger: 'ledgers',
  checkpoint: 'checkpoints',
  timestamp: 'timestamps',
  document: 'documents',
  report: 'reports',
};

export const nobody = {
  holds: false,
  by: '',
  vouched: 'nobody',
  provenAt: null,
  certificate: null,
  settledBy: '',
  caution: '',
} as const;
export const settledByTrust =
  'The key or the authority of the signer, compared by fingerprint and added in Settings, Trust.';

type Signature = FactOf<'signature'>['signatures'][number];
/** Whom the reviewer named, by kind. */
interface Named {
  keys: KnownKey[];
  authorities: { entry: TrustEntry; certificate: Certificate }[];
  /** Sigstore roots: known, and their logs are not verified yet. */
  sigstore: TrustEntry[];
}

/** The same, and the functionaries whom a layout that holds names for a step: the layout's signer vouches for them. */
export function withFunctionaries(named: Named, layouts: readonly FactOf<'layout'>[], step: string): Named {
  const keys = layouts.flatMap(({ place, keys: held, steps }) =>
    steps
      .filter(({ name }) => name === step)
      .flatMap(({ keyIds: ids }) => held.filter(({ id }) => ids.includes(id)))
      .flatMap(({ id, material }) =>
        knownKey({
          id,
          kind: 'key',
          name: `functionary ${id.slice(0, 8)} of ${place.path}`,
          uses: ['link'],
          material,
          fingerprint: '',
          identities: [],
          addedAt: null,
          addedBy: null,
        }),
      ),
  );
  // Whom the reviewer named herself is asked first, and known by the name she gave.
  return { ...named, keys: [...named.keys, ...keys] };
}

/** Reads what a reviewer trusts for signatures: keys (of certificates too, where one stands among keys), authorities. */
export function namedIn(entries: readonly TrustEntry[]): Named {
  return {
    keys: entries.filter(({ kind }) => kind === 'key').flatMap(knownKey),
    authorities: entries
      .filter(({ kind }) => kind === 'authority')
      .flatMap((entry) => readable(entry.material).map((certificate) => ({ entry, certificate }))),
    sigstore: entries.filter(({ kind }) => kind === 'sigstore'),
  };
}

export function judge(fact: FactOf<'signature'>, named: Named, at: Date): Judgement {
  if (fact.signatures.length === 0)
    return { ...nobody, verdict: 'fail', code: 'signature-invalid', message: 'it holds no signature.' };
  const all = fact.signatures.map((signature) => judgeOne(fact, signature, named, at));
  // One good signature by a named signer carries the document; a bad one by somebody who claims to be named does not vanish.
  const order = ['fail', 'pass', 'policy', 'undecided'] as const;
  const [first] = order.flatMap((verdict) => all.find((each) => each.verdict === verdict) ?? []);
  const signers = [...new Set(all.flatMap(({ verdict, key, by }) => (verdict === 'pass' ? [key ?? by] : [])))];
  if (first?.verdict === 'pass') return { ...first, signers };
  return (
    first ?? { ...nobody, verdict: 'undecided', code: 'signature-unknown-signer', message: 'it cannot be judged.' }
  );
}

/** More are of no use to any path that is followed. */
const certificatesAtMost = 16;

function judgeOne(fact: FactOf<'signature'>, signature: Signature, named: Named, at: Date): Judgement {
  const value = Buffer.from(signature.value, 'base64');
  const forms = [fact.signed, ...(fact.legacySigned ?? [])].map((text) => Buffer.from(text, 'base64'));
  const { keys, authorities, sigstore } = named;
  const entries = [...keys, ...authorities].map(({ entry }) => entry);
  const count = [...entries, ...sigstore].filter((entry) => mayServe(entry, fact.use)).length;
  const what = article[fact.use];
  // One key may be named twice, for different uses: whoever may serve is asked first.
  const confused = jwsConfusion(fact, signature, keys);
  if (confused !== null) return confused;
  for (const known of [...keys].sort((a, b) => +mayServe(b.entry, fact.use) - +mayServe(a.entry, fact.use))) {
    const { entry, key } = known;
    if (!mayBeBy(key, signature.algorithm)) continue;
    const form = forms.findIndex((data) =>
      digestsFor(fact, signature).some((digest) => verifySignature(key, data, value, digest)),
    );
    if (form < 0) continue;
    const holds = { ...nobody, holds: true, by: entry.name, key: fingerprint(key), publicKey: key };
    const message = `the signature holds, by ${entry.name}`;
    if (!mayServe(entry, fact.use))
      return {
        ...holds,
        verdict: 'policy',
        code: 'signature-not-for-this-use',
        message: `${message}, whom you know but did not name for ${what}.`,
      };
    const outside = outsideOf(known, fact, at);
    if (outside !== null) return { ...holds, verdict: 'policy', ...outside, message: `${message}, ${outside.message}` };
    const legacy = form > 0 ? ' It is in the form of an old release.' : '';
    return { ...holds, verdict: 'pass', vouched: 'key', code: 'signature-holds', message: `${message}.${legacy}` };
  }
  const [leaf, ...intermediates] = signature.certificates
    .slice(0, certificatesAtMost)
    .flatMap((text) => readable(text.includes('BEGIN') ? text : Buffer.from(text, 'base64')));
  if (leaf !== undefined) return judgeCertificate(fact, signature, { leaf, intermediates, forms, value }, named, at);
  if (signature.certificates.length > 0)
    return {
      ...nobody,
      verdict: 'fail',
      code: 'signature-invalid',
      message: 'its certificate cannot be read, or its key is not accepted.',
    };
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

const codeSigning = '1.3.6.1.5.5.7.3.3';
const anyPurpose = '2.5.29.37.0';
/** Keys sign documents where their usage says digital signature, or their purpose says code (OMS; RFC 5280, 4.2.1.3). */
const maySign = ({ keyUsage, extendedKeyUsage }: Certificate) =>
  (keyUsage !== null && (keyUsage & usage.digitalSignature) !== 0) || (extendedKeyUsage ?? []).includes(codeSigning);
/** A certificate that is no authority and not its own issuer ends no path: it names one signer, not whom she vouches for. */
const isRoot = (certificate: Certificate) => certificate.isAuthority || isSelfSigned(certificate);

/**
 * Nothing but the signer's own certificate is here, and its issuer is neither carried nor named: the way up is missing.
 * CMS may leave certificates out (RFC 5652, 5.1); a bundle of Sigstore carries all below the root, and is judged as it stands.
 */
const isIncomplete = (leaf: Certificate, intermediates: readonly Certificate[], roots: readonly Certificate[]) =>
  !isSelfSigned(leaf) &&
  intermediates.length === 0 &&
  roots.length > 0 &&
  !roots.some(({ subjectDer }) => Buffer.compare(subjectDer, leaf.issuerDer) === 0);

function judgeCertificate(
  fact: FactOf<'signature'>,
  signature: Signature,
  chain: { leaf: Certificate; intermediates: Certificate[]; forms: Buffer[]; value: Buffer },
  { keys, authorities, sigstore }: Named,
  at: Date,
): Judgement {
  const { leaf, intermediates, forms, value } = chain;
  const what = article[fact.use];
  const by = leaf.subject;
  // The first release signed with SHA-256 on every curve.
  const digests = fact.legacySigned === undefined ? digestsFor(fact, signature) : [undefined, 'sha256'];
  if (!forms.some((data) => digests.some((digest) => verifySignature(leaf.key, data, value, digest))))
    return {
      ...nobody,
      verdict: 'fail',
      by,
      code: 'signature-invalid',
      message: `the signature does not hold by the certificate of ${by} that it carries.`,
    };
  const signed = { ...nobody, holds: true, by, certificate: leaf };
  const holds = `the signature holds, by ${by}`;
  const may = (each: { entry: TrustEntry }) => mayServe(each.entry, fact.use);
  const roots = authorities.flatMap(({ certificate }) => (isRoot(certificate) ? certificate : []));
  // Nobody is her own authority: one certificate trusted as a signer stands among the keys.
  const isOwn = (each: Certificate) => each.fingerprint === leaf.fingerprint && !isSelfSigned(leaf);
  const forUse = authorities.flatMap((each) =>
    may(each) && isRoot(each.certificate) && !isOwn(each.certificate) ? each.certificate : [],
  );
  const path = buildPath(leaf, intermediates, forUse, at);
  if (path.path !== null && !maySign(leaf))
    return {
      ...signed,
      verdict: 'policy',
      code: 'signature-not-for-this-use',
      message: `${holds}, whose certificate is not for signing.`,
    };
  if (path.path !== null) {
    const purposes = leaf.extendedKeyUsage;
    const isMeant = purposes === null || purposes.includes(codeSigning) || purposes.includes(anyPurpose);
    return {
      ...signed,
      verdict: 'pass',
      vouched: 'certificate',
      code: 'signature-holds',
      message: `${holds}, under ${path.path.at(-1)?.subject ?? by}.`,
      caution: isMeant
        ? ''
        : `The certificate of ${by} was not issued for signing code or models, but for another purpose.`,
    };
  }
  if (path.isTime)
    return {
      ...signed,
      verdict: 'policy',
      code: 'signature-time',
      message: `${holds}. ${path.why}`,
      settledBy: 'A timestamp token over the signature from the time the certificate was valid.',
    };
  if (authorities.some((each) => isOwn(each.certificate)))
    return {
      ...signed,
      verdict: 'policy',
      code: 'signature-not-for-this-use',
      message: `${holds}, whose own certificate stands among your authorities and is none. Name it among the keys to trust her as a signer.`,
    };
  if (buildPath(leaf, intermediates, roots, at).path !== null)
    return {
      ...signed,
      verdict: 'policy',
      code: 'signature-not-for-this-use',
      message: `${holds}, under an authority that you know but did not name for ${what}.`,
    };
  // A stranger's root that bears the name of a named one is a claim to be it (the table's last words on policy).
  const imitated = imitatedRoot([leaf, ...intermediates], roots);
  if (imitated !== undefined)
    return {
      ...signed,
      verdict: 'fail',
      code: 'signature-invalid',
      message: `its chain claims to come from ${imitated.subject} and does not: an authority of that name with another key issued it.`,
    };
  if (signature.logged === true && sigstore.some((entry) => mayServe(entry, fact.use)))
    return {
      ...signed,
      verdict: 'undecided',
      code: 'signature-unknown-signer',
      message: `${holds}. You named a Sigstore root; its log entry is not verified by this version, so the certificate of a few minutes counts for nothing yet.`,
      settledBy: 'Verification with a Sigstore client against the same root.',
    };
  const count = [...keys, ...authorities].filter(may).length;
  if (count > 0 && fact.scheme === 'cms' && isIncomplete(leaf, intermediates, roots))
    return {
      ...signed,
      verdict: 'undecided',
      code: 'signature-chain-incomplete',
      message: `${holds}. Whether that is under anybody you named cannot be told: the certificate of ${leaf.issuer}, who issued hers, is not here.`,
      settledBy: `The certificate of ${leaf.issuer}, beside the signature.`,
    };
  if (count > 0)
    return {
      ...signed,
      verdict: 'policy',
      code: 'signature-other-signer',
      message: `${holds}, who is not any of the ${count} you named for ${what}. ${path.why}`,
      settledBy: settledByTrust,
    };
  return {
    ...signed,
    verdict: 'undecided',
    code: 'signature-unknown-signer',
    message: `${holds}, whom you do not know. You named nobody for ${what}.`,
    settledBy: settledByTrust,
  };
}

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

function readable(input: string | Uint8Array): Certificate[] {
  try {
    return [readCertificate(input)];
  } catch (error) {
    if (error instanceof CertificateError) return [];
    throw error;
  }
}
