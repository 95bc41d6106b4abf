import type { KeyObject } from 'node:crypto';
import type { FactOf, Use } from '../../shared/fact.ts';
import type { TrustEntry } from '../../shared/trust.ts';
import { buildPath, type Certificate, CertificateError, readCertificate } from '../integrity/certificate.ts';
import { sha256Hex } from '../integrity/digest.ts';
import { NoteError, parseNote, parseVerifierKey, verifyNote } from '../integrity/note.ts';
import { KeyError, keyIds, readPublicKey, verifySignature } from '../integrity/public-key.ts';
import type { SignatureOutcome } from './rules/rule.ts';

type Code =
  | 'signature-holds'
  | 'signature-not-for-this-use'
  | 'signature-other-signer'
  | 'signature-unknown-signer'
  | 'signature-invalid'
  | 'signature-time'
  | 'signature-unreadable';
interface Judgement extends SignatureOutcome {
  code: Code;
  message: string;
  /** Certificate that signed, for what cannot be decided about it. */
  certificate: Certificate | null;
  settledBy: string;
}
export interface KnownKey {
  entry: TrustEntry;
  key: KeyObject;
  ids: string[];
  pemHash: string;
}

const mayServe = (entry: TrustEntry, use: Use) => entry.uses === null || entry.uses.includes(use);
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

const nobody = { holds: false, by: '', vouched: 'nobody', provenAt: null, certificate: null, settledBy: '' } as const;
const settledByTrust = 'The key or the authority of the signer, compared by fingerprint and added in Settings, Trust.';

export function judge(
  fact: FactOf<'signature'>,
  keys: KnownKey[],
  authorities: { entry: TrustEntry; certificate: Certificate }[],
  at: Date,
): Judgement {
  if (fact.signatures.length === 0)
    return { ...nobody, verdict: 'fail', code: 'signature-invalid', message: 'it holds no signature.' };
  const all = fact.signatures.map((signature) => judgeOne(fact, signature, keys, authorities, at));
  // One good signature by a named signer carries the document; a bad one by somebody who claims to be named does not vanish.
  const order = ['fail', 'pass', 'policy', 'undecided'] as const;
  return (
    order.flatMap((verdict) => all.find((each) => each.verdict === verdict) ?? [])[0] ?? {
      ...nobody,
      verdict: 'undecided',
      code: 'signature-unknown-signer',
      message: 'no signature could be judged.',
    }
  );
}

function judgeOne(
  fact: FactOf<'signature'>,
  signature: FactOf<'signature'>['signatures'][number],
  keys: KnownKey[],
  authorities: { entry: TrustEntry; certificate: Certificate }[],
  at: Date,
): Judgement {
  const value = Buffer.from(signature.value, 'base64');
  const forms = [fact.signed, ...(fact.legacySigned ?? [])].map((text) => Buffer.from(text, 'base64'));
  const named = [...keys.map(({ entry }) => entry), ...authorities.map(({ entry }) => entry)].filter((entry) =>
    mayServe(entry, fact.use),
  ).length;
  const what = article[fact.use];
  for (const { entry, key } of keys) {
    const form = forms.findIndex((data) => verifySignature(key, data, value));
    if (form < 0) continue;
    const legacy = form > 0 ? ' It is in the form of an old release.' : '';
    if (mayServe(entry, fact.use))
      return {
        ...nobody,
        holds: true,
        verdict: 'pass',
        vouched: 'key',
        by: entry.name,
        code: 'signature-holds',
        message: `the signature holds, by ${entry.name}.${legacy}`,
      };
    return {
      ...nobody,
      holds: true,
      verdict: 'policy',
      by: entry.name,
      code: 'signature-not-for-this-use',
      message: `the signature holds, by ${entry.name}, whom you know but did not name for ${what}.`,
    };
  }
  const [leaf, ...intermediates] = signature.certificates.flatMap((text) =>
    readable(text.includes('BEGIN') ? text : Buffer.from(text, 'base64')),
  );
  if (leaf !== undefined) return judgeCertificate(fact, value, forms, leaf, intermediates, authorities, named, at);
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
  if (named > 0)
    return {
      ...nobody,
      verdict: 'policy',
      code: 'signature-other-signer',
      message: `it is not by any of the ${named} you named for ${what}. Whether it holds cannot be told without its key.`,
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

function judgeCertificate(
  fact: FactOf<'signature'>,
  value: Buffer,
  forms: Buffer[],
  leaf: Certificate,
  intermediates: Certificate[],
  authorities: { entry: TrustEntry; certificate: Certificate }[],
  named: number,
  at: Date,
): Judgement {
  const what = article[fact.use];
  const by = leaf.subject;
  const holds = forms.some(
    (data) => verifySignature(leaf.key, data, value) || verifySignature(leaf.key, data, value, 'sha256'),
  );
  if (!holds)
    return {
      ...nobody,
      verdict: 'fail',
      by,
      code: 'signature-invalid',
      message: `the signature does not hold by the certificate of ${by} that it carries.`,
    };
  const signed = { ...nobody, holds: true, by, certificate: leaf };
  const forUse = authorities.filter(({ entry }) => mayServe(entry, fact.use)).map(({ certificate }) => certificate);
  const path = buildPath(leaf, intermediates, forUse, at);
  if (path.path !== null) {
    const maySign =
      (leaf.keyUsage !== null && (leaf.keyUsage & 0x80) !== 0) ||
      (leaf.extendedKeyUsage ?? []).includes('1.3.6.1.5.5.7.3.3');
    if (!maySign)
      return {
        ...signed,
        verdict: 'policy',
        code: 'signature-not-for-this-use',
        message: `the signature holds, by ${by}, whose certificate is not for signing.`,
      };
    return {
      ...signed,
      verdict: 'pass',
      vouched: 'certificate',
      code: 'signature-holds',
      message: `the signature holds, by ${by}, under ${path.path.at(-1)?.subject ?? by}.`,
    };
  }
  if (path.isTime)
    return {
      ...signed,
      verdict: 'policy',
      code: 'signature-time',
      message: `the signature holds, by ${by}. ${path.why}`,
      settledBy: 'A timestamp token over the signature from the time the certificate was valid.',
    };
  const other = buildPath(
    leaf,
    intermediates,
    authorities.map(({ certificate }) => certificate),
    at,
  );
  if (other.path !== null)
    return {
      ...signed,
      verdict: 'policy',
      code: 'signature-not-for-this-use',
      message: `the signature holds, by ${by}, under an authority that you know but did not name for ${what}.`,
    };
  // A stranger's root that bears the name of a named one is a claim to be it (the table's last words on policy).
  const names = [leaf, ...intermediates];
  const imitated = authorities.find(({ certificate }) =>
    names.some(
      (each) =>
        Buffer.compare(each.issuerDer, certificate.subjectDer) === 0 ||
        Buffer.compare(each.subjectDer, certificate.subjectDer) === 0 ||
        each.issuer === certificate.subject,
    ),
  );
  if (imitated !== undefined)
    return {
      ...signed,
      verdict: 'fail',
      code: 'signature-invalid',
      message: `its chain claims to come from ${imitated.certificate.subject} and does not: an authority of that name with another key issued it.`,
    };
  if (named > 0)
    return {
      ...signed,
      verdict: 'policy',
      code: 'signature-other-signer',
      message: `the signature holds, by ${by}, who is not any of the ${named} you named for ${what}.`,
      settledBy: settledByTrust,
    };
  return {
    ...signed,
    verdict: 'undecided',
    code: 'signature-unknown-signer',
    message: `the signature holds, by ${by}, whom you do not know. You named nobody for ${what}.`,
    settledBy: settledByTrust,
  };
}

/** C2SP notes name their keys: a line by a named key decides, others are passed over. */
export function judgeNote(fact: FactOf<'signature'>, entries: readonly TrustEntry[]): Judgement {
  const logs = entries
    .filter(({ kind }) => kind === 'log')
    .flatMap((entry) => {
      const key = parseVerifierKey(entry.material);
      return key === null ? [] : [{ entry, key }];
    });
  const lines = fact.signatures
    .map(
      ({ name, keyHash, value }) =>
        `\u2014 ${name ?? ''} ${Buffer.concat([Buffer.from(keyHash ?? '', 'hex'), Buffer.from(value, 'base64')]).toString('base64')}\n`,
    )
    .join('');
  let note: ReturnType<typeof parseNote>;
  try {
    note = parseNote(Buffer.from(`${Buffer.from(fact.signed, 'base64').toString('utf8')}\n${lines}`));
  } catch (error) {
    if (error instanceof NoteError)
      return { ...nobody, verdict: 'fail', code: 'signature-unreadable', message: error.message };
    throw error;
  }
  const result = verifyNote(
    note,
    logs.map(({ key }) => key),
  );
  const signer = logs.find(({ key }) => result.by.includes(key))?.entry;
  if (signer !== undefined && mayServe(signer, fact.use))
    return {
      ...nobody,
      holds: true,
      verdict: 'pass',
      vouched: 'log',
      by: signer.name,
      code: 'signature-holds',
      message: `the signature holds, by ${signer.name}.`,
    };
  if (signer !== undefined)
    return {
      ...nobody,
      holds: true,
      verdict: 'policy',
      by: signer.name,
      code: 'signature-not-for-this-use',
      message: `the signature holds, by ${signer.name}, whom you did not name for checkpoints.`,
    };
  const claimed = logs.find(({ key }) => note.signatures.some(({ name }) => name === key.name));
  if (claimed !== undefined)
    return {
      ...nobody,
      verdict: 'fail',
      code: 'signature-invalid',
      by: claimed.entry.name,
      message: `the signature does not hold. It claims to be by ${claimed.entry.name}.`,
    };
  const named = logs.filter(({ entry }) => mayServe(entry, fact.use)).length;
  if (named > 0)
    return {
      ...nobody,
      verdict: 'policy',
      code: 'signature-other-signer',
      message: `it is not by any of the ${named} you named for checkpoints.`,
      settledBy: settledByTrust,
    };
  return {
    ...nobody,
    verdict: 'undecided',
    code: 'signature-unknown-signer',
    message: 'the signer is unknown: you named no log.',
    settledBy: settledByTrust,
  };
}

export function knownKey(entry: TrustEntry): KnownKey[] {
  try {
    const key = readPublicKey(entry.material);
    return [
      {
        entry,
        key,
        ids: [...keyIds(key), entry.name],
        pemHash: sha256Hex(key.export({ format: 'pem', type: 'spki' }).toString()),
      },
    ];
  } catch (error) {
    if (error instanceof KeyError) return [];
    throw error;
  }
}

export function readable(input: string | Uint8Array): Certificate[] {
  try {
    return [readCertificate(input)];
  } catch (error) {
    if (error instanceof CertificateError) return [];
    throw error;
  }
}
