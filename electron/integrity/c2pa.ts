import { createHash } from 'node:crypto';
import { CborError, type CborMap, type CborValue, cborBytes, readCbor } from './cbor.ts';

/** A manifest that cannot be read, in words. */
export class ManifestError extends Error {}

/** A box of JUMBF (ISO/IEC 19566-5). */
interface Box {
  type: string;
  /** Without its header. */
  content: Uint8Array;
}
interface LabelledBox {
  label: string;
  /** All of it but its header: what a digest of it is over (C2PA specification 2.1, 8.4.2.3). */
  content: Uint8Array;
  inner: Box[];
}

/** What a C2PA manifest says, and what of it is so. */
export interface ContentManifest {
  label: string;
  generator: string;
  assertions: { label: string; holds: boolean }[];
  /** The bytes of the asset that are bound, but for these ranges; null where it is bound in another way or not at all. */
  binding: { algorithm: string; hash: string; exclusions: { start: number; length: number }[] } | null;
  /** Kinds of binding that are here and not judged. */
  unread: string[];
  /** Sig_structure of COSE (RFC 9052, 4.4). */
  signed: Buffer;
  signature: Buffer;
  /** Name of its algorithm as JWS has it. */
  algorithm: string;
  certificates: Buffer[];
}

const mostBoxes = 10_000;
const algorithms: Record<number, string> = {
  [-7]: 'ES256',
  [-35]: 'ES384',
  [-36]: 'ES512',
  [-37]: 'PS256',
  [-38]: 'PS384',
  [-39]: 'PS512',
  [-8]: 'EdDSA',
};
const digests = new Set(['sha256', 'sha384', 'sha512']);

function boxesIn(bytes: Uint8Array): Box[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found: Box[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (at + 8 > bytes.length || found.length >= mostBoxes)
      throw new ManifestError('A box of the manifest ends early, or there are too many.');
    const length = view.getUint32(at);
    if (length < 8 || at + length > bytes.length)
      throw new ManifestError('A box of the manifest is longer than what holds it.');
    const type = Buffer.from(bytes.subarray(at + 4, at + 8)).toString('latin1');
    found.push({ type, content: bytes.subarray(at + 8, at + length) });
    at += length;
  }
  return found;
}

function labelled({ type, content }: Box): LabelledBox {
  const [description, ...inner] = type === 'jumb' ? boxesIn(content) : [];
  if (description?.type !== 'jumd' || description.content.length < 18)
    throw new ManifestError('A box of the manifest has no description.');
  const end = description.content.indexOf(0, 17);
  const hasLabel = ((description.content[16] ?? 0) & 2) !== 0;
  if (!hasLabel || end < 0) throw new ManifestError('A box of the manifest has no label.');
  return { label: Buffer.from(description.content.subarray(17, end)).toString('utf8'), content, inner };
}

const asMap = (value: CborValue | undefined): CborMap => (value instanceof Map ? value : new Map());
const asText = (value: CborValue | undefined): string | null => (typeof value === 'string' ? value : null);
const asArray = (value: CborValue | undefined): CborValue[] => (Array.isArray(value) ? value : []);
const asBytes = (value: CborValue | undefined): Uint8Array | null => (value instanceof Uint8Array ? value : null);

/** Content of the one box of CBOR in a labelled box. */
function cborIn(box: LabelledBox | undefined, what: string): Uint8Array {
  const held = box?.inner.find(({ type }) => type === 'cbor');
  if (held === undefined) throw new ManifestError(`The manifest holds no ${what}.`);
  return held.content;
}

/**
 * Reads the active manifest of a store (C2PA specification 2.1, 11): the last one. Each assertion that its claim names is
 * held against the digest that the claim states. @throws ManifestError
 */
export function readManifest(store: Uint8Array): ContentManifest {
  try {
    const [outer, ...more] = boxesIn(store).map(labelled);
    if (outer?.label !== 'c2pa' || more.length > 0) throw new ManifestError('It is no store of manifests.');
    const active = outer.inner.map(labelled).at(-1);
    if (active === undefined) throw new ManifestError('The store holds no manifest.');
    const parts = active.inner.map(labelled);
    const claimBytes = cborIn(
      parts.find(({ label }) => label === 'c2pa.claim.v2' || label === 'c2pa.claim'),
      'claim',
    );
    const claim = asMap(readCbor(claimBytes));
    const held = (parts.find(({ label }) => label === 'c2pa.assertions')?.inner ?? []).map(labelled);
    const common = asText(claim.get('alg')) ?? 'sha256';
    const stated = ['assertions', 'created_assertions', 'gathered_assertions'].flatMap((name) =>
      asArray(claim.get(name)),
    );
    const assertions = stated.map((each) => heldAssertion(asMap(each), held, active.label, common));
    // What nobody's claim names stands in the store by nobody's word.
    for (const { label } of held)
      if (!assertions.some((each) => each.label === label)) assertions.push({ label, holds: false });
    const bound = held.filter(({ label }) => /^c2pa\.hash\./.test(label));
    const data = bound.find(({ label }) => label === 'c2pa.hash.data');
    return {
      label: active.label,
      generator: generatorOf(claim),
      assertions,
      binding: data === undefined ? null : bindingOf(asMap(readCbor(cborIn(data, 'binding'))), common),
      unread: bound.flatMap(({ label }) => (label === 'c2pa.hash.data' ? [] : [label])),
      ...signatureOf(
        cborIn(
          parts.find(({ label }) => label === 'c2pa.signature'),
          'signature',
        ),
        claimBytes,
      ),
    };
  } catch (error) {
    if (error instanceof CborError) throw new ManifestError(`A part of the manifest is not CBOR: ${error.message}`);
    throw error;
  }
}

function heldAssertion(
  reference: CborMap,
  held: readonly LabelledBox[],
  manifest: string,
  common: string,
): { label: string; holds: boolean } {
  const url = asText(reference.get('url')) ?? '';
  const label = url
    .replace(/^self#jumbf=/, '')
    .replace(`/c2pa/${manifest}/`, '')
    .replace(/^c2pa\.assertions\//, '');
  const algorithm = asText(reference.get('alg')) ?? common;
  const stated = asBytes(reference.get('hash'));
  const found = held.filter((each) => each.label === label);
  const [only] = found;
  const holds =
    only !== undefined &&
    found.length === 1 &&
    stated !== null &&
    digests.has(algorithm) &&
    createHash(algorithm).update(only.content).digest().equals(Buffer.from(stated));
  return { label, holds };
}

function bindingOf(hash: CborMap, common: string): ContentManifest['binding'] {
  const algorithm = asText(hash.get('alg')) ?? common;
  const value = asBytes(hash.get('hash'));
  if (value === null || !digests.has(algorithm)) throw new ManifestError('The binding states no digest that is known.');
  return {
    algorithm,
    hash: Buffer.from(value).toString('hex'),
    exclusions: asArray(hash.get('exclusions')).map((each) => {
      const [start, length] = [asMap(each).get('start'), asMap(each).get('length')];
      if (typeof start !== 'number' || typeof length !== 'number' || start < 0 || length < 0)
        throw new ManifestError('The binding leaves out a range that is none.');
      return { start, length };
    }),
  };
}

function generatorOf(claim: CborMap): string {
  const info = claim.get('claim_generator_info');
  const first = asMap(Array.isArray(info) ? info[0] : info);
  return asText(first.get('name')) ?? asText(claim.get('claim_generator')) ?? 'not stated';
}

/** COSE_Sign1 with a detached payload (RFC 9052, 4.2; RFC 9360 for the chain). */
function signatureOf(
  bytes: Uint8Array,
  claim: Uint8Array,
): Pick<ContentManifest, 'signed' | 'signature' | 'algorithm' | 'certificates'> {
  const outer = readCbor(bytes);
  const parts = asArray(
    outer !== null && typeof outer === 'object' && 'tag' in outer && outer.tag === 18 ? outer.value : outer,
  );
  const [guarded, open, payload, value] = parts;
  const head = asBytes(guarded);
  const signature = asBytes(value);
  if (parts.length !== 4 || head === null || signature === null || payload !== null)
    throw new ManifestError('Its signature is not in the form of COSE.');
  const guardedMap = asMap(readCbor(head));
  const number = guardedMap.get(1);
  const algorithm = typeof number === 'number' ? algorithms[number] : undefined;
  if (algorithm === undefined) throw new ManifestError('The algorithm of its signature is not known.');
  const chain = guardedMap.get(33) ?? guardedMap.get('x5chain') ?? asMap(open).get(33) ?? asMap(open).get('x5chain');
  const certificates = (Array.isArray(chain) ? chain : [chain]).slice(0, 8).flatMap((each) => asBytes(each) ?? []);
  return {
    // ["Signature1", protected, external_aad, payload]
    signed: Buffer.concat([
      Uint8Array.of(0x84, 0x6a),
      Buffer.from('Signature1'),
      cborBytes(head),
      cborBytes(new Uint8Array()),
      cborBytes(claim),
    ]),
    signature: Buffer.from(signature),
    algorithm,
    certificates: certificates.map((each) => Buffer.from(each)),
  };
}
