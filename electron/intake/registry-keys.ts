import { JsonError, parseJson } from '../integrity/json.ts';
import type { RegistryKey } from '../integrity/key-material.ts';
import { asList, asObject, asText } from './shape.ts';

/**
 * Keys of a registry of packages, each in its time, as key material: the list that npm publishes (`keyid`, `key`,
 * `expires`) and the one in Sigstore's root for registries (`keyId`, `publicKey`). None where the text is neither.
 */
export function registryKeys(text: string): { id: string; material: string; maySign: boolean }[] {
  if (!text.trimStart().startsWith('{') || !/"key_?[iI]d"\s*:/.test(text)) return [];
  let list: ReturnType<typeof asList>;
  try {
    list = asList(asObject(parseJson(text))['keys']);
  } catch (error) {
    if (error instanceof JsonError) return [];
    throw error;
  }
  const found = list.flatMap((each) => {
    const { keyId, keyid, key, expires, publicKey, keyUsage } = asObject(each);
    const { rawBytes, validFor } = asObject(publicKey);
    const { start, end } = asObject(validFor);
    const raw = asText(rawBytes) ?? asText(key);
    const id = asText(keyId) ?? asText(keyid);
    if (raw === null || id === null) return [];
    const own: RegistryKey = { rawBytes: raw, keyId: id, start: asText(start), end: asText(end) ?? asText(expires) };
    // One for the signatures in the index of packages signs no statement.
    const maySign = keyUsage === undefined || keyUsage === 'npm:attestations';
    return [{ id, material: JSON.stringify(own), maySign }];
  });
  // A key may stand there once for each of its uses.
  const inOrder = [...found.filter(({ maySign }) => maySign), ...found.filter(({ maySign }) => !maySign)];
  return inOrder.filter(({ material }, index) => inOrder.findIndex((each) => each.material === material) === index);
}
