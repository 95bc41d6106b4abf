import type { Defect } from '../../../shared/fact.ts';
import { limits } from '../../../shared/limits.ts';
import { EnvelopeError, readEnvelope } from '../../integrity/dsse.ts';
import { JsonError, parseJson } from '../../integrity/json.ts';
import { readMessage } from '../proto-json.ts';
import { asList, asObject, asText, type Shape } from '../shape.ts';
import { bundleMessage, whyNotForm } from './bundle-form.ts';
import { coveredFile } from './covered-file.ts';
import { partSink, readLines } from './document-parts.ts';
import { addEnvelope, addUnreadable, type Carried } from './dsse.ts';
import { type FactSink, type Format, type OpenFile, Unreadable } from './format.ts';
import { readLogEntries } from './log-entries.ts';
import { messageDigest } from './message-digest.ts';
import { addModel, modelTypes } from './model-signature.ts';

const title = 'Model signature (OMS)';
const bundlesAtMost = 100;

/**
 * Bundles of Sigstore (sigstore_bundle.proto, 0.1 to 0.3): model signatures (`model.sig`, formats of
 * model-transparency), attestations and signatures over files; one a file, one a line, or the list of a registry.
 */
export const sigstoreBundle: Format = {
  id: 'model-signature',
  title,
  sieve: { first: '{' },
  recognise: ({ latin1 }) => {
    const text = latin1.trimStart();
    return (
      text.startsWith('{') &&
      (/"media_?[tT]ype"\s*:\s*"application\/vnd\.dev\.sigstore\.bundle/.test(text) ||
        // Members stand in any order, and a long one may come first.
        /^\{\s*"(verification_?[mM]aterial|dsse_?[eE]nvelope|message_?[sS]ignature)"\s*:\s*\{/.test(text))
    );
  },
  read(file, facts) {
    const bytes = file.whole(limits.jsonBytes);
    const readOne = (part: FactSink, text: Uint8Array) =>
      orUnreadable(file, part, () => {
        const document = parseJson(text);
        const list = asObject(document)['attestations'];
        if (!Array.isArray(list)) return addBundle(file, part, document);
        if (list.length > bundlesAtMost) throw new Unreadable(`It holds more than ${bundlesAtMost} bundles.`);
        list.forEach((each, index) => {
          const { bundle, predicateType } = asObject(each);
          const one = partSink(file, part, { pointer: `/attestations/${index}/bundle` });
          orUnreadable(file, one, () => addBundle(file, one, bundle, asText(predicateType)));
        });
      });
    if (!readLines(file, facts, bytes, readOne)) readOne(facts, bytes);
  },
};

function orUnreadable(file: OpenFile, facts: FactSink, read: () => void): void {
  try {
    read();
  } catch (error) {
    if (!(error instanceof EnvelopeError || error instanceof JsonError || error instanceof Unreadable)) throw error;
    addUnreadable(file, facts, 'model-signature', title, error.message);
  }
}

/** @param listedAs predicate type under which a registry lists the bundle, which nobody signs; null where it does not say */
function addBundle(file: OpenFile, facts: FactSink, document: Shape, listedAs: string | null = null): void {
  const unknown: string[] = [];
  const bundle = readMessage(document, bundleMessage, unknown);
  const material = asObject(bundle['verificationMaterial']);
  const mediaType = asText(bundle['mediaType']) ?? '';
  const version = versionOf(mediaType);
  const entries = readLogEntries(material);
  const sigstore = { entries, needsProof: version > 1 };
  const place = { path: file.path };
  const odd = unknown.map(
    (pointer): Defect => ({
      code: 'bundle-form',
      detail: `A Sigstore bundle has no member ${pointer}: programs that read it strictly refuse it, and others pass over what it says.`,
      place: { ...place, pointer },
    }),
  );
  if (bundle['messageSignature'] !== undefined) {
    const defects = [...odd, ...whyNotForm(bundle, version, place)];
    addMessage(file, facts, asObject(bundle['messageSignature']), carriedIn(material), sigstore, defects);
    return;
  }
  const envelope = readEnvelope(bundle['dsseEnvelope'] ?? null);
  if (envelope.signatures.length !== 1)
    throw new Unreadable(
      `Its envelope holds ${envelope.signatures.length} signatures, where a bundle has exactly one (sigstore_bundle.proto, dsse_envelope).`,
    );
  const predicateType = asText(asObject(parseJson(envelope.payload))['predicateType']);
  const isModel = predicateType !== null && modelTypes.includes(predicateType);
  if (!isModel && predicateType?.startsWith('https://model_signing/'))
    throw new Unreadable(`It signs a model in a form that is not known: ${predicateType.slice(0, 100)}.`);
  const defects = [...odd, ...whyNotForm(bundle, version, place, isModel)];
  if (listedAs !== null && listedAs !== predicateType)
    defects.push({
      code: 'bundle-contradicts',
      detail: `It is listed as ${listedAs}, and what is signed is ${predicateType ?? 'of no type'}.`,
      place,
      expected: listedAs,
      actual: predicateType ?? '',
    });
  const carried = { ...carriedIn(material), sigstore: { ...sigstore, payload: envelope.payload.toString('base64') } };
  if (!isModel) addEnvelope(file, facts, envelope, carried, defects);
  else {
    const hint = asText(asObject(material['publicKey'])['hint']);
    addModel(file, facts, { mediaType, hint, defects }, envelope, carried);
  }
}

/** 1 to 3 for the versions of the bundle that are read (sigstore_bundle.proto). @throws Unreadable for any other */
function versionOf(mediaType: string): number {
  const [, old, later] =
    /^application\/vnd\.dev\.sigstore\.bundle(?:\+json;version=0\.([123])|\.v0\.(3)\+json)$/.exec(mediaType) ?? [];
  if (old === undefined && later === undefined)
    throw new Unreadable(`It is a bundle of a version that is not known: ${mediaType.slice(0, 100)}.`);
  return Number(old ?? later);
}

/** A bundle that signs a file as such (MessageSignature). */
function addMessage(
  file: OpenFile,
  facts: FactSink,
  { signature, messageDigest: said }: { [name: string]: Shape },
  carried: Carried,
  sigstore: NonNullable<Carried['sigstore']>,
  defects: Defect[],
): void {
  const value = asText(signature) ?? '';
  if (value === '') throw new Unreadable('It holds no signature.');
  const place = { path: file.path };
  const over = coveredFile(file);
  facts.add({
    kind: 'document',
    format: 'model-signature',
    title: 'Signature (Sigstore)',
    place,
    properties: [
      { name: 'File', value: over ?? 'not here' },
      { name: 'Log entries', value: String(sigstore.entries.length) },
      { name: 'Digest', value: asText(asObject(said)['algorithm']) ?? 'not stated' },
    ],
    defects,
  });
  facts.add({
    kind: 'signature',
    id: `${file.path}#signature`,
    scheme: 'sigstore',
    use: 'document',
    title: 'Signature (Sigstore)',
    place,
    signed: '',
    signatures: [
      {
        keyId: null,
        name: null,
        value,
        certificates: carried.certificates,
        ...(carried.logged ? { logged: true } : {}),
        ...(carried.timestamps.length > 0 ? { timestamps: carried.timestamps } : {}),
      },
    ],
    predicateType: null,
    detached: { over, digest: null, ...messageDigest(asObject(said)) },
    sigstore,
  });
}

const tokensAtMost = 8;

function carriedIn(material: { [name: string]: Shape }): Carried {
  const chain = asList(asObject(material['x509CertificateChain'])['certificates']);
  const single = material['certificate'] === undefined ? [] : [material['certificate']];
  return {
    certificates: [...chain, ...single].flatMap((each) => asText(asObject(each)['rawBytes']) ?? []),
    logged: asList(material['tlogEntries']).length > 0,
    timestamps: asList(asObject(material['timestampVerificationData'])['rfc3161Timestamps'])
      .slice(0, tokensAtMost)
      .flatMap((each) => asText(asObject(each)['signedTimestamp']) ?? []),
  };
}
