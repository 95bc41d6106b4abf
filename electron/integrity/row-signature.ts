import type { KeyObject } from 'node:crypto';
import { anyBase64 } from './base64.ts';
import { type CanonicalForm, canonicalForms, canonicalText } from './canonical-json.ts';
import { isKeyName, isSignatureName } from './chain-candidates.ts';
import { hexOf } from './chain-digest.ts';
import { type Row, textIn } from './chain-rule.ts';
import { verifySignature } from './public-key.ts';

/** What of a record its writer signs. */
export interface SignedForm {
  words: string;
  /** The bytes that are signed; null where the record has them not. */
  of(row: Row): Uint8Array | null;
}

/** A signature as records spell it: hex or base64, perhaps after `ed25519:` or before `.sig.ed25519`; null where it is none. */
export function rowSignature(text: string): Buffer | null {
  const bare = text.replace(/^(ed25519|es256|ecdsa|sig):/i, '').replace(/\.sig\.ed25519$/, '');
  if (bare.length > 2_000) return null;
  if (/^([0-9a-f]{2}){56,}$/i.test(bare)) return Buffer.from(bare, 'hex');
  const raw = anyBase64(bare);
  return raw === null || raw.length < 56 ? null : raw;
}

/** The ways in which writers sign a record: its hash as text or bytes, or the record itself without what is not signed. */
export function signedForms(row: Row, hashField: string | null, signatureField: string): SignedForm[] {
  const top = row.node.kind === 'object' ? row.node.members.map(({ name }) => name) : [];
  const signatures = top.filter(isSignatureName);
  const keys = top.filter(isKeyName);
  const hash = hashField === null || hashField.includes('.') ? [] : [hashField];
  const lists = [
    [signatureField],
    [signatureField, ...signatures],
    [signatureField, ...hash],
    [signatureField, ...signatures, ...hash],
    [signatureField, ...signatures, ...keys],
    [signatureField, ...signatures, ...keys, ...hash],
  ];
  const distinct = [...new Map(lists.map((list) => [[...new Set(list)].sort().join('\0'), new Set(list)])).values()];
  const ofHash: SignedForm[] =
    hashField === null
      ? []
      : [
          { words: `the text of ${hashField}`, of: (each) => Buffer.from(textIn(each.node, hashField)) },
          {
            words: `the text of ${hashField} after sha256:`,
            of: (each) => Buffer.from(`sha256:${textIn(each.node, hashField)}`),
          },
          {
            words: `the bytes of ${hashField}`,
            of: (each) => {
              const hex = hexOf(textIn(each.node, hashField));
              return hex === null ? null : Buffer.from(hex, 'hex');
            },
          },
        ];
  return [
    ...ofHash,
    ...joinedForms(top, hashField),
    ...distinct.flatMap((leaveOut) =>
      (Object.keys(canonicalForms) as CanonicalForm[]).map((form) => ({
        words: `the record without ${[...leaveOut].join(' and ')} as ${canonicalForms[form]}`,
        of: (each: Row) => Buffer.from(canonicalText(each.node, form, leaveOut)),
      })),
    ),
  ];
}

const beside =
  /^(seq|seq_?no|sequence|index|height|id|.*(signer|key)_?id|kid|signer|author|prev.*|ts|time|timestamp|created_?at)$/i;

/** The hash with its number, its signer and the like, joined as texts: `seq:hash:signer_id`. */
function joinedForms(top: readonly string[], hashField: string | null): SignedForm[] {
  if (hashField === null) return [];
  const others = top.filter((name) => name !== hashField && beside.test(name)).slice(0, 5);
  const pairs = others.flatMap((a) => [[a], ...others.filter((b) => b !== a).map((b) => [a, b])]);
  const orders = pairs.flatMap((names) =>
    [0, 1, 2].flatMap((at) => (at > names.length ? [] : [[...names.slice(0, at), hashField, ...names.slice(at)]])),
  );
  return [':', '|', '.', '', '\n'].flatMap((separator) =>
    orders.map((names) => ({
      words: `${names.join(', ')}, joined${separator === '' ? '' : ` by ${JSON.stringify(separator)}`}`,
      of: (each: Row) => Buffer.from(names.map((name) => textIn(each.node, name)).join(separator)),
    })),
  );
}

/** More keys than these are not tried where the way of signing is not known yet. */
const keysAtMost = 20;

/**
 * The form by which a record holds under one of the keys, and the others that give the same bytes for it: a later record
 * may be the first to tell them apart. Empty where none does.
 */
export function findSignedForms(
  row: Row,
  keys: readonly KeyObject[],
  hashField: string | null,
  signatureField: string,
): SignedForm[] {
  const value = rowSignature(textIn(row.node, signatureField));
  if (value === null) return [];
  const all = signedForms(row, hashField, signatureField).map((form) => ({ form, data: form.of(row) }));
  const found = all.find(
    ({ data }) => data !== null && keys.slice(0, keysAtMost).some((key) => verifySignature(key, data, value)),
  )?.data;
  if (found == null) return [];
  return all.flatMap(({ form, data }) => (data !== null && Buffer.compare(data, found) === 0 ? [form] : []));
}

const keyNames = /^(author|public_?key|pub_?key|verify(ing)?_?key|signer_?key|signer)$/i;
const labelNames = /^(author|signer_?id|key_?id|kid|signer|public_?key|pub_?key|signed_?by)$/i;

/** Text of the member in which a record states the key that signed it; null where it states none. */
export function statedKey(row: Row): string | null {
  const found = row.node.kind === 'object' ? row.node.members.find(({ name }) => keyNames.test(name)) : undefined;
  return found?.value.kind === 'string' && found.value.value.length <= 2_000 ? found.value.value : null;
}

/** Whom a record names as its signer, in its own words; '' where nobody. */
export function statedSigner(row: Row): string {
  const found = row.node.kind === 'object' ? row.node.members.find(({ name }) => labelNames.test(name)) : undefined;
  return found?.value.kind === 'string' ? found.value.value.slice(0, 500) : '';
}
