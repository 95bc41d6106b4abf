import type { KeyObject } from 'node:crypto';
import { bits, integer, nullElement, oid, sequence } from '../integrity/der.ts';
import { KeyError, readPublicKey, WeakKeyError } from '../integrity/public-key.ts';
import { asObject, asText, type Shape } from './shape.ts';

export interface FunctionaryKey {
  /** As whoever holds the key calls it. */
  id: string;
  /** PEM. */
  material: string;
  /** Id of the main key, of a subkey of OpenPGP. */
  of?: string;
  /** ISO 8601; absent where it does not expire. */
  expires?: string;
}

/**
 * A key as in-toto describes it: PEM or the bare bytes of an Ed25519 key (securesystemslib), or the numbers of a key of
 * GnuPG (`method: pgp+…`) with its subkeys, which may sign for it. None where it is of another kind or not accepted.
 */
export function functionaryKeys(id: string, description: Shape): FunctionaryKey[] {
  const own = functionaryKey(id, description);
  const subkeys = Object.entries(asObject(asObject(description)['subkeys']));
  return [...own, ...subkeys.flatMap(([name, each]) => functionaryKey(name, each).map((key) => ({ ...key, of: id })))];
}

function functionaryKey(id: string, description: Shape): FunctionaryKey[] {
  const { keyval, method, creation_time: from, validity_period: seconds } = asObject(description);
  const held = asObject(keyval)['public'];
  const material =
    asText(method)?.startsWith('pgp+') === true ? pgpMaterial(asObject(held)) : plainMaterial(asText(held));
  if (material === null) return [];
  const until =
    typeof from === 'number' && typeof seconds === 'number' && seconds > 0 ? (from + seconds) * 1_000 : null;
  const expires = until === null || !(Math.abs(until) < 8.64e15) ? {} : { expires: new Date(until).toISOString() };
  return [{ id, material, ...expires }];
}

const pemOf = (spki: Buffer) => `-----BEGIN PUBLIC KEY-----\n${spki.toString('base64')}\n-----END PUBLIC KEY-----\n`;
const ed25519 = (raw: string) => pemOf(sequence(sequence(oid('1.3.101.112')), bits(Buffer.from(raw, 'hex'))));

function plainMaterial(text: string | null): string | null {
  if (text === null) return null;
  return accepted(() => (/^[0-9a-f]{64}$/i.test(text) ? ed25519(text) : text));
}

/** RSA by two numbers, DSA by four, Ed25519 by its bytes, all in hex. */
function pgpMaterial({ n, e, q, p, g, y }: { [name: string]: Shape }): string | null {
  const [modulus, exponent, point, ...dsa] = [n, e, q, p, q, g, y].map((each) => {
    const hex = asText(each);
    return hex !== null && hex.length <= 8_192 && /^([0-9a-f]{2})+$/i.test(hex) ? hex : null;
  });
  if (modulus != null && exponent != null) {
    const numbers = [modulus, exponent].map((hex) => integer(Buffer.from(hex, 'hex')));
    return accepted(() =>
      pemOf(sequence(sequence(oid('1.2.840.113549.1.1.1'), nullElement()), bits(sequence(...numbers)))),
    );
  }
  const [prime, order, generator, own] = dsa.map((hex) => (hex === null ? null : integer(Buffer.from(hex, 'hex'))));
  if (prime != null && order != null && generator != null && own != null)
    return accepted(() =>
      pemOf(sequence(sequence(oid('1.2.840.10040.4.1'), sequence(prime, order, generator)), bits(own))),
    );
  return point != null && point.length === 64 ? accepted(() => ed25519(point)) : null;
}

/** The key in the one spelling that all of its kind have here; null where it is none that is accepted. */
function accepted(write: () => string): string | null {
  try {
    const pem = write();
    readPublicKey(pem);
    return pem;
  } catch (error) {
    // DSA of today's size is for the reviewer's policy to refuse, as it is in a ring of OpenPGP.
    if (error instanceof WeakKeyError && (dsaBits(error.key) ?? 0) >= 2_048) return write();
    if (error instanceof KeyError) return null;
    throw error;
  }
}
const dsaBits = ({ asymmetricKeyType: type, asymmetricKeyDetails: details }: KeyObject) =>
  type === 'dsa' ? details?.modulusLength : undefined;
