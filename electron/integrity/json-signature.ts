import { canonicalText } from './canonical-json.ts';
import { type JsonNode, member, valueOf as plainOf } from './json.ts';
import { readJwk } from './key-material.ts';
import { KeyError, spkiOf } from './public-key.ts';

/** One signature of the JSON Signature Format (JSF 0.82), as it stands inside the object that it is over. */
export interface JsonSignature {
  algorithm: string;
  keyId: string | null;
  value: Buffer;
  /** SubjectPublicKeyInfo of the key that came with it: it can contradict, and is never trust. */
  key: Buffer | null;
  /** DER, leaf first. */
  certificates: Buffer[];
  /** Canonical form of the object without the value (RFC 8785). */
  signed: Buffer;
  /** Members of the object that its signer left out. */
  excluded: string[];
}

const signersAtMost = 20;
const known = new Set(['algorithm', 'keyId', 'publicKey', 'certificatePath', 'excludes', 'value']);

type JsonObject = Extract<JsonNode, { kind: 'object' }>;
const isObject = (node: JsonNode | undefined): node is JsonObject => node?.kind === 'object';
const without = (node: JsonObject, names: ReadonlySet<string>): JsonObject => ({
  ...node,
  members: node.members.filter(({ name }) => !names.has(name)),
});
const withMember = (node: JsonObject, name: string, value: JsonNode): JsonObject => ({
  ...node,
  members: node.members.map((each) => (each.name === name ? { ...each, value } : each)),
});
const text = (node: JsonNode | undefined): string | null => (node?.kind === 'string' ? node.value : null);

/**
 * The signatures in the member `signature` of an object: one, several that do not know of each other (`signers`), or
 * several each over the ones before it (`chain`). @throws KeyError in words
 */
export function readJsonSignatures(object: JsonObject): JsonSignature[] {
  const held = member(object, 'signature');
  if (!isObject(held)) throw new KeyError('The signature is no object.');
  const [list] = ['signers', 'chain'].filter((name) => member(held, name) !== undefined);
  if (list === undefined) return [readOne(held, object, [], (bare) => bare)];
  const stray = held.members.find(({ name }) => name !== list && name !== 'excludes');
  if (stray !== undefined)
    throw new KeyError(`Beside its ${list} stands a member that is not understood, ${stray.name.slice(0, 40)}.`);
  const shared = excludedBy(held);
  const around = without(held, unsigned);
  const all = member(held, list);
  if (all?.kind !== 'array' || all.items.length === 0 || all.items.length > signersAtMost)
    throw new KeyError(`It holds no signers, or more than ${signersAtMost}.`);
  return all.items.map((item, index) => {
    if (!isObject(item)) throw new KeyError('A signer is no object.');
    // A signer is over itself alone, one of a chain over those before it too (JSF, 3 and appendices).
    const before = list === 'chain' ? all.items.slice(0, index) : [];
    return readOne(item, object, shared, (bare) => withMember(around, list, { ...all, items: [...before, bare] }));
  });
}

/** What is no part of what is signed: neither the value nor what is left out, nor that it is (JSF 0.82, `excludes`). */
const unsigned: ReadonlySet<string> = new Set(['value', 'excludes']);

/** Names that a signature leaves out, one by one or for all signers. */
function excludedBy(node: JsonObject): string[] {
  const excludes = member(node, 'excludes');
  if (excludes === undefined) return [];
  const names = excludes.kind === 'array' ? excludes.items.map(text) : [null];
  if (names.length > 100 || names.some((name) => name === null || name === 'signature'))
    throw new KeyError('What a signature leaves out (excludes) is no list of names, or it leaves itself out.');
  return names as string[];
}

function readOne(
  one: JsonObject,
  object: JsonObject,
  shared: readonly string[],
  place: (bare: JsonObject) => JsonNode,
): JsonSignature {
  const algorithm = text(member(one, 'algorithm'));
  const encoded = text(member(one, 'value'));
  const value = Buffer.from(encoded ?? '', 'base64url');
  if (algorithm === null || encoded === null || value.length === 0 || value.toString('base64url') !== encoded)
    throw new KeyError('A signature names no algorithm, or its value is not base64url.');
  // What is not understood may change what is signed.
  const other = one.members.find(({ name }) => !known.has(name));
  if (other !== undefined)
    throw new KeyError(`A signature has a member that is not understood, ${other.name.slice(0, 40)}.`);
  const excluded = [...new Set([...shared, ...excludedBy(one)])];
  const bare = without(one, unsigned);
  const signed = withMember(without(object, new Set(excluded)), 'signature', place(bare));
  const path = member(one, 'certificatePath');
  return {
    algorithm,
    keyId: text(member(one, 'keyId')),
    value,
    key: keyOf(member(one, 'publicKey')),
    certificates:
      path?.kind === 'array' ? path.items.slice(0, 8).map((each) => Buffer.from(text(each) ?? '', 'base64url')) : [],
    signed: Buffer.from(canonicalText(signed, 'jcs')),
    excluded,
  };
}

function keyOf(node: JsonNode | undefined): Buffer | null {
  if (node === undefined) return null;
  const jwk = plainOf(node);
  if (typeof jwk !== 'object' || jwk === null || Array.isArray(jwk))
    throw new KeyError('The key in a signature is no object.');
  return spkiOf(readJwk(jwk).key);
}
