import type { Place } from '../../../shared/evidence.ts';
import type { Defect, Use } from '../../../shared/fact.ts';
import { limits } from '../../../shared/limits.ts';
import type { LogEntry } from '../../../shared/signature-parts.ts';
import { type Envelope, EnvelopeError, pae, readEnvelope } from '../../integrity/dsse.ts';
import { JsonError, parseJson } from '../../integrity/json.ts';
import { hasBareHeader } from '../../integrity/jws.ts';
import { asList, asObject, asText, type Shape } from '../shape.ts';
import { readLines } from './document-parts.ts';
import { type FactSink, type Format, type OpenFile, Unreadable } from './format.ts';
import { pgpHead } from './in-toto.ts';
import { addModel, modelTypes } from './model-signature.ts';
import { purposeOf, readStatement, whyNotProvenance, whyNotStatement } from './statement.ts';
import { addSupplyChain } from './supply-chain.ts';

/** What a bundle carries beside the envelope. */
export interface Carried {
  certificates: string[];
  logged: boolean;
  /** RFC 3161 tokens over the signature, base64. */
  timestamps: string[];
  /** Entries of a transparency log, and what they are held against. */
  sigstore?: { entries: LogEntry[]; needsProof: boolean; payload?: string };
}
const nothing: Carried = { certificates: [], logged: false, timestamps: [] };
const titles: Partial<Record<Use, string>> = {
  provenance: 'Build provenance',
  approval: 'Approval',
  statement: 'Statement',
  link: 'Link',
  layout: 'Layout',
};

/** DSSE envelopes, with in-toto Statements or anything else inside. */
export const dsse: Format = {
  id: 'dsse',
  title: 'Signed envelope (DSSE)',
  sieve: { first: '{' },
  recognise: ({ name, latin1 }) => {
    const text = latin1.trimStart();
    if (!/^\{\s*"(payloadType|payload|signatures)"\s*:/.test(text)) return false;
    // A long payload that comes first hides the type: then it must look like JSON in base64. A row of a ledger may too.
    return (
      /"payloadType"\s*:\s*"/.test(text) ||
      (!/\.(jsonl|ndjson|jws|jwt)$/i.test(name) &&
        /^\{\s*"payload"\s*:\s*"ey/.test(text) &&
        !/"protected"\s*:/.test(text) &&
        !hasBareHeader(text))
    );
  },
  read(file, facts) {
    const bytes = file.whole(limits.jsonBytes);
    const isList = /\.jsonl$/i.test(file.name);
    if (!isList || !readLines(file, facts, bytes, (part, text) => readOne(file, part, text)))
      readOne(file, facts, bytes);
  },
};

function readOne(file: OpenFile, facts: FactSink, bytes: Uint8Array): void {
  try {
    const document = parseJson(bytes);
    // A JWS in JSON has a payload too, and no type.
    if (/\.template$/i.test(file.name) && asList(asObject(document)['signatures']).length === 0)
      return addTemplate(file, facts);
    if (asText(asObject(document)['payloadType']) === null)
      throw new Unreadable('It holds a payload and signatures, and does not say of what type the payload is.');
    const envelope = readEnvelope(document);
    if (isModel(envelope))
      addModel(file, facts, { mediaType: null, hint: null, defects: [unbundled(file)] }, envelope, nothing);
    else addEnvelope(file, facts, envelope, nothing);
  } catch (error) {
    if (!(error instanceof EnvelopeError || error instanceof JsonError)) throw error;
    addUnreadable(file, facts, 'dsse', 'Signed envelope (DSSE)', error.message);
  }
}

/** Whether what is signed lists a model, however it is wrapped. */
function isModel({ payloadType, payload }: Envelope): boolean {
  if (payloadType !== 'application/vnd.in-toto+json') return false;
  return modelTypes.includes(asText(asObject(parseJson(payload))['predicateType']) ?? '');
}
const unbundled = ({ path }: OpenFile): Defect => ({
  code: 'bundle-form',
  detail: 'The model signature is an envelope alone; programs of its form read it inside a Sigstore bundle.',
  place: { path },
});

/** What calls itself a template is to be filled in and signed: that nobody signed it is as it should be, and it says nothing. */
function addTemplate(file: OpenFile, facts: FactSink): void {
  const place = { path: file.path };
  const properties = [{ name: 'Signed by', value: 'nobody: a template' }];
  facts.add({
    kind: 'document',
    format: 'dsse',
    title: 'Template of an envelope (DSSE)',
    place,
    properties,
    defects: [],
  });
}

/** A document that was meant to be signed and cannot be read: that is said of its signature, not passed over. */
export function addUnreadable(file: OpenFile, facts: FactSink, format: string, title: string, why: string): void {
  const place = { path: file.path };
  const detail = `The signature cannot be read, so nothing is signed by it. ${why}`;
  facts.add({
    kind: 'document',
    format,
    title,
    place,
    properties: [],
    defects: [{ code: 'signature-unreadable', detail, place }],
  });
}

/**
 * Facts of an envelope, wherever it stood: the signature, and what its statement says.
 * @throws JsonError where the payload is said to be JSON and is not
 */
export function addEnvelope(
  file: OpenFile,
  facts: FactSink,
  envelope: Envelope,
  carried: Carried,
  defects: readonly Defect[] = [],
): void {
  const place = { path: file.path };
  const signature = `${file.path}#signature`;
  const isStatement = envelope.payloadType === 'application/vnd.in-toto+json';
  const alike = isStatement ? null : statementIn(envelope.payload);
  const statement = isStatement ? asObject(parseJson(envelope.payload)) : (alike ?? {});
  const predicateType = asText(statement['predicateType']);
  const type = asText(statement['_type']);
  const use = !isStatement ? 'document' : type === 'layout' || type === 'link' ? type : purposeOf(predicateType);
  facts.add({
    kind: 'signature',
    id: signature,
    scheme: 'dsse',
    use,
    title: 'Signed envelope',
    place,
    signed: pae(envelope.payloadType, envelope.payload).toString('base64'),
    signatures: envelope.signatures.map(({ keyId, value, certificates, pgpHead: head = null }) => ({
      keyId,
      name: null,
      value: value.toString('base64'),
      certificates: [...certificates, ...carried.certificates],
      ...pgpHead(head),
      ...(carried.logged ? { logged: true } : {}),
      ...(carried.timestamps.length > 0 ? { timestamps: carried.timestamps } : {}),
    })),
    predicateType,
    ...(carried.sigstore === undefined ? {} : { sigstore: carried.sigstore }),
  });
  if (use === type) addSupplyChain(file, facts, statement, signature, '');
  const { subjects } =
    isStatement || alike !== null ? readStatement(file, statement, signature, facts) : { subjects: 0 };
  facts.add({
    kind: 'document',
    format: 'dsse',
    title: `${titles[use] ?? 'Signed envelope'} (DSSE)`,
    place,
    properties: [
      { name: 'Payload type', value: envelope.payloadType },
      ...(predicateType === null ? [] : [{ name: 'Predicate type', value: predicateType, pointer: '/predicateType' }]),
      { name: 'Subjects', value: String(subjects) },
      ...envelope.signatures.map(({ keyId }) => ({ name: 'Key id', value: keyId ?? 'none' })),
    ],
    defects: [
      ...defects,
      ...(isStatement ? whyNotStatement(statement, place) : []),
      ...(alike === null ? [] : [otherType(envelope, place)]),
      ...failedSummary(statement, place),
      ...whyNotProvenance(statement, place),
    ],
  });
}

/** A statement inside what is said to be something else; null where there is none. */
function statementIn(payload: Uint8Array): { [name: string]: Shape } | null {
  try {
    const held = asObject(parseJson(payload));
    return asText(held['_type'])?.startsWith('https://in-toto.io/Statement') === true ? held : null;
  } catch (error) {
    if (error instanceof JsonError) return null;
    throw error;
  }
}

/** Programs go by the type of the payload, people by what they read in it (DSSE protocol, payloadType). */
const otherType = ({ payloadType }: Envelope, place: Place): Defect => ({
  code: 'statement-untyped',
  detail: `What is signed reads as a statement, and its envelope says that it is ${payloadType.slice(0, 100)}: programs pass over what it states.`,
  place: { ...place, pointer: '/payloadType' },
});

/**
 * A verification summary that says FAILED is a verifier's no, however well it is signed; one that says neither that nor
 * PASSED says nothing (SLSA, VSA v1, `verificationResult`; v0.1 and v0.2 call it `verification_result`).
 */
function failedSummary(statement: { [name: string]: Shape }, place: Place): Defect[] {
  if (!/^https:\/\/slsa\.dev\/verification_summary\//.test(asText(statement['predicateType']) ?? '')) return [];
  const predicate = asObject(statement['predicate']);
  const name = predicate['verificationResult'] === undefined ? 'verification_result' : 'verificationResult';
  const result = asText(predicate[name]);
  const lacks = [
    ...((asText(asObject(predicate['verifier'])['id']) ?? '') === '' ? ['by whom'] : []),
    ...((asText(predicate['resourceUri']) ?? asText(predicate['resource_uri']) ?? '') === '' ? ['of what'] : []),
  ];
  if (result === 'PASSED')
    return lacks.length === 0
      ? []
      : [
          {
            code: 'statement-untyped',
            detail: `The summary does not say ${lacks.join(' and ')} the verification was, which it must.`,
            place: { ...place, pointer: '/predicate' },
          },
        ];
  const by = asText(asObject(predicate['verifier'])['id']) ?? 'its verifier';
  const isFailed = /^fail/i.test(result ?? '');
  return [
    {
      code: isFailed ? 'statement-says-failed' : 'statement-invalid',
      detail: isFailed
        ? `The summary says that verification by ${by} FAILED.`
        : `The summary of what ${by} verified says neither PASSED nor FAILED.`,
      place: { ...place, pointer: `/predicate/${name}` },
    },
  ];
}
