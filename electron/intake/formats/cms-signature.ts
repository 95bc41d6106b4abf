import { createHash } from 'node:crypto';
import { certificateOf, contradictionIn, oids, parseSignedData, type SignedData } from '../../integrity/cms.ts';
import { DerError } from '../../integrity/der.ts';
import { pemBytes } from '../../integrity/public-key.ts';
import { coveredFile } from './covered-file.ts';
import { addUnreadable } from './dsse.ts';
import { type FactSink, type Format, type OpenFile, Unreadable } from './format.ts';

const largest = 1_048_576;

function bytesOf(file: OpenFile): Uint8Array {
  const bytes = file.whole(largest);
  if (bytes[0] === 0x30) return bytes;
  const text = Buffer.from(bytes).toString('latin1');
  return pemBytes(text, 'PKCS7') ?? pemBytes(text, 'CMS') ?? Buffer.from(text.replace(/\s/g, ''), 'base64');
}

/** Detached signatures of CMS, `.p7s` (RFC 5652; RFC 8551, 3.5): DER, PEM or base64. */
export const cmsSignature: Format = {
  id: 'cms-signature',
  title: 'Signature (CMS)',
  sieve: { endings: ['p7s', 'p7m', 'cms'], first: '-' },
  recognise: ({ name, bytes, latin1 }) =>
    bytes <= largest && (/\.(p7s|p7m|cms)$/i.test(name) || /^-----BEGIN (PKCS7|CMS)-----/.test(latin1)),
  read(file, facts) {
    const place = { path: file.path };
    try {
      const data = parseSignedData(bytesOf(file));
      const covered = coveredFile(file);
      if (data.signers.length === 0) {
        const isBeside = covered !== null && file.path.startsWith(`${covered}.`) && !calledCertificates.test(file.name);
        if (isBeside || calledSignature.test(file.name) || data.certificates.length === 0)
          throw new Unreadable('It holds no signer.');
        return addCertificates(file, facts, data);
      }
      const over = data.content === null ? covered : null;
      // A file of its own name beside it is what a reader takes for signed.
      const named = data.content !== null && covered !== null && file.path.startsWith(`${covered}.`) ? covered : null;
      facts.add({
        kind: 'document',
        format: 'cms-signature',
        title: 'Signature (CMS)',
        place,
        properties: [
          { name: 'Signers', value: String(data.signers.length) },
          ...data.certificates.map(({ subject }) => ({ name: 'Certificate', value: subject })),
          { name: 'Content', value: data.content === null ? `detached: ${over ?? 'not here'}` : 'carried along' },
        ],
        defects: [],
      });
      addSigners(file, facts, data, data.content, { over, named });
    } catch (error) {
      if (!(error instanceof DerError || error instanceof Unreadable)) throw error;
      addUnreadable(file, facts, 'cms-signature', 'Signature (CMS)', error.message);
    }
  },
};

/** What is called so was a signature, and what never was one. */
const calledSignature = /\.(p7s|p7m|cms|sig|signature|sign)(\.pem)?$/i;
const calledCertificates = /\.p7[bc](\.pem)?$/i;

/** A message that hands over certificates and signs nothing (RFC 5652, 5.1; RFC 8551, 3.8), `.p7b` and `.p7c` mostly. */
function addCertificates(file: OpenFile, facts: FactSink, { certificates }: SignedData): void {
  facts.add({
    kind: 'document',
    format: 'cms-signature',
    title: 'Certificates (CMS, no signature)',
    place: { path: file.path },
    properties: certificates.slice(0, 20).map(({ subject }) => ({ name: 'Certificate', value: subject })),
    defects: [],
  });
}

/**
 * The signatures of SignedData, each by its signer. @param content what they are over; null where it lies in `over`
 * @param named file of its own name beside content that is carried along
 */
export function addSigners(
  file: OpenFile,
  facts: FactSink,
  data: SignedData,
  content: Buffer | null,
  { over, named }: { over: string | null; named: string | null },
): void {
  const place = { path: file.path };
  data.signers.forEach((signer, index) => {
    const leaf = certificateOf(signer, data.certificates);
    const others = data.certificates.filter((each) => each !== leaf);
    const contradiction = contradictionIn(signer, leaf, content, data.contentType);
    const stated = signer.attributeOf.get(oids.messageDigest)?.children[0];
    const hasAttributes = signer.attributes !== null;
    const whole = content?.toString('base64') ?? '';
    facts.add({
      kind: 'signature',
      id: `${file.path}#signature${index === 0 ? '' : `-${index + 1}`}`,
      scheme: 'cms',
      use: 'document',
      title: 'Signature (CMS)',
      place,
      signed: signer.attributes?.toString('base64') ?? whole,
      signatures: [
        {
          keyId: null,
          name: null,
          value: signer.signature.toString('base64'),
          // Without the signer's own certificate the others are on nobody's path; one that is too weak may be it.
          certificates: [...(leaf === undefined ? [] : [leaf, ...others].map(({ der }) => der)), ...data.weak].map(
            (der) => Buffer.from(der).toString('base64'),
          ),
          digest: signer.digest,
          ...(signer.pss === null ? {} : { pss: signer.pss }),
          ...(signer.timestamps.length === 0
            ? {}
            : { timestamps: signer.timestamps.map((token) => token.toString('base64')) }),
        },
      ],
      predicateType: null,
      ...(contradiction === '' ? {} : { contradiction }),
      ...(named === null || content === null
        ? {}
        : { carried: { over: named, digest: createHash('sha256').update(content).digest('hex') } }),
      // With attributes the content is bound by its digest in them; without, it is what is signed.
      ...(content === null
        ? {
            detached: {
              over,
              digest: hasAttributes ? signer.digest : null,
              ...(hasAttributes ? { expected: Buffer.from(stated?.content ?? []).toString('hex') } : {}),
            },
          }
        : {}),
    });
  });
}
