import type { Place } from '../../../shared/evidence.ts';
import type { Defect } from '../../../shared/fact.ts';
import { JsonError, parseJson } from '../../integrity/json.ts';
import type { Message } from '../proto-json.ts';
import { asList, asObject, asText, type Shape } from '../shape.ts';
import { Unreadable } from './format.ts';

const certificate = { rawBytes: 'bytes' } as const;

/** Bundle, with the messages that it is made of (sigstore_bundle.proto, sigstore_rekor.proto, sigstore_common.proto). */
export const bundleMessage = {
  mediaType: 'text',
  verificationMaterial: {
    // Releases of model signing before 1.1 wrote the key itself where its hint belongs.
    publicKey: { hint: 'text', rawBytes: 'text', keyDetails: 'word' },
    x509CertificateChain: { certificates: [certificate] },
    certificate,
    tlogEntries: [
      {
        logIndex: 'count',
        logId: { keyId: 'bytes' },
        kindVersion: { kind: 'text', version: 'text' },
        integratedTime: 'count',
        inclusionPromise: { signedEntryTimestamp: 'bytes' },
        inclusionProof: {
          logIndex: 'count',
          rootHash: 'bytes',
          treeSize: 'count',
          hashes: ['bytes'],
          checkpoint: { envelope: 'text' },
        },
        canonicalizedBody: 'bytes',
      },
    ],
    timestampVerificationData: { rfc3161Timestamps: [{ signedTimestamp: 'bytes' }] },
  },
  messageSignature: { messageDigest: { algorithm: 'word', digest: 'bytes' }, signature: 'bytes' },
  dsseEnvelope: { payload: 'bytes', payloadType: 'text', signatures: [{ sig: 'bytes', keyid: 'text' }] },
} as const satisfies Message;

/**
 * Where a bundle, read as its message, is not as its schema says in words: of each choice one, the certificate in the
 * form of its version, each log entry of the kind that it is said to be.
 * @param isModel a signature over a model: its certificates are of any authority, and a chain in every version
 * @throws Unreadable where it holds two of what may be there once
 */
export function whyNotForm(
  bundle: { [name: string]: Shape },
  version: number,
  place: Place,
  isModel = false,
): Defect[] {
  const material = asObject(bundle['verificationMaterial']);
  onlyOne(bundle, ['messageSignature', 'dsseEnvelope']);
  onlyOne(material, ['publicKey', 'x509CertificateChain', 'certificate']);
  const defects: Defect[] = [];
  if (!['publicKey', 'x509CertificateChain', 'certificate'].some((name) => material[name] !== undefined))
    defects.push({
      code: 'bundle-form',
      detail: 'It says neither by which key nor by which certificate it is to be verified, which a bundle must.',
      place: { ...place, pointer: '/verificationMaterial' },
    });
  const algorithm = asObject(asObject(bundle['messageSignature'])['messageDigest'])['algorithm'];
  if (algorithm !== undefined && !digestAlgorithms.has(algorithm))
    defects.push({
      code: 'bundle-form',
      detail: `It says that its digest is by ${String(algorithm).slice(0, 40)}, which is none of the algorithms that a bundle may name.`,
      place: { ...place, pointer: '/messageSignature/messageDigest/algorithm' },
    });
  const entries = asList(material['tlogEntries']);
  // Who signs by a certificate of minutes is in a log; other certificates follow no rule of Sigstore's.
  const isLogged = entries.length > 0 && !isModel;
  if (isLogged && version === 3 && material['x509CertificateChain'] !== undefined)
    defects.push({
      code: 'bundle-contradicts',
      detail:
        'It is a bundle of version 0.3, which holds the certificate of the signer alone, and it holds a chain (sigstore_bundle.proto, VerificationMaterial).',
      place: { ...place, pointer: '/verificationMaterial/x509CertificateChain' },
    });
  if (isLogged && version < 3 && material['certificate'] !== undefined)
    defects.push({
      code: 'bundle-form',
      detail: `It is a bundle of version 0.${version}, which holds a chain of certificates, and it holds a certificate alone as version 0.3 does.`,
      place: { ...place, pointer: '/verificationMaterial/certificate' },
    });
  const hint = asText(asObject(material['publicKey'])['hint']);
  const [signature] = asList(asObject(bundle['dsseEnvelope'])['signatures']);
  const keyId = asText(asObject(signature)['keyid']);
  if (hint !== null && keyId !== null && keyId !== '' && hint !== keyId)
    defects.push({
      code: 'bundle-contradicts',
      detail: `It names the key ${hint.slice(0, 100)} and its envelope the key ${keyId.slice(0, 100)}, which must be the same (sigstore_bundle.proto, Bundle).`,
      place: { ...place, pointer: '/verificationMaterial/publicKey/hint' },
    });
  const bodies = entries.map((entry) => JSON.stringify(entry));
  if (new Set(bodies).size < bodies.length)
    defects.push({
      code: 'bundle-form',
      detail:
        'It carries the same log entry twice: one log took it in once, and programs that count entries refuse it.',
      place: { ...place, pointer: '/verificationMaterial/tlogEntries' },
    });
  entries.forEach((entry, index) =>
    defects.push(...whyNotKind(asObject(entry), { ...place, pointer: `/verificationMaterial/tlogEntries/${index}` })),
  );
  return defects;
}

/** HashAlgorithm of sigstore_common.proto, by name and by number; the first is for what is not said. */
const digestAlgorithms: ReadonlySet<unknown> = new Set(
  ['HASH_ALGORITHM_UNSPECIFIED', 'SHA2_256', 'SHA2_384', 'SHA2_512', 'SHA3_256', 'SHA3_384'].flatMap((name, number) => [
    name,
    number,
  ]),
);

function onlyOne(message: { [name: string]: Shape }, names: readonly string[]): void {
  const [first, second] = names.filter((name) => message[name] !== undefined);
  if (second !== undefined)
    throw new Unreadable(`It holds both ${first} and ${second}, of which a bundle has one: programs take either.`);
}

/** The kind that is stated beside a log entry is what a program reads its body by (TransparencyLogEntry, kind_version). */
function whyNotKind({ kindVersion, canonicalizedBody }: { [name: string]: Shape }, place: Place): Defect[] {
  const { kind, version } = asObject(kindVersion);
  let body: Shape;
  try {
    body = parseJson(Buffer.from(asText(canonicalizedBody) ?? '', 'base64'));
  } catch (error) {
    // That the body is none is said where the entry is verified.
    if (error instanceof JsonError) return [];
    throw error;
  }
  const [stated, logged] = [
    [kind, version],
    [asObject(body)['kind'], asObject(body)['apiVersion']],
  ].map((pair) => pair.map((word) => asText(word) ?? '').join(' ')) as [string, string];
  if (stated === ' ')
    return [{ code: 'bundle-form', detail: 'A log entry does not say of what kind it is, which it must.', place }];
  if (stated === logged) return [];
  const detail = `A log entry is said to be of the kind ${stated.slice(0, 60)}; what was logged is ${logged.slice(0, 60)}.`;
  return [{ code: 'bundle-contradicts', detail, place, expected: logged.slice(0, 60), actual: stated.slice(0, 60) }];
}
