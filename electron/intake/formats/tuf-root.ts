import type { Defect } from '../../../shared/fact.ts';
import type { TufRootFact } from '../../../shared/signature-parts.ts';
import { type JsonNode, member, parseJsonTree, valueOf as plainOf } from '../../integrity/json.ts';
import { KeyError, readPublicKey } from '../../integrity/public-key.ts';
import { asList, asObject, asText, type Shape } from '../shape.ts';
import { type Format, Unreadable } from './format.ts';
import { olpcJson } from './in-toto.ts';

const largest = 4 * 2 ** 20;
const mostKeys = 200;
const title = 'Root of trust (TUF)';

/** Root metadata of The Update Framework (specification 1.0, 4.3): whose keys count from here on, signed by a threshold of them. */
export const tufRoot: Format = {
  id: 'tuf-root',
  title,
  sieve: { endings: ['json'] },
  recognise: (candidate) =>
    candidate.bytes <= largest &&
    /\.json$/i.test(candidate.name) &&
    ((candidate.opensJson && candidate.holds('"_type"') && /"_type"\s*:\s*"root"/.test(candidate.latin1)) ||
      (/(^|\.)root\.json$/i.test(candidate.name) && /"(signed|signatures)"\s*:/.test(candidate.latin1))),
  read(file, facts) {
    const root = parseJsonTree(file.whole(largest));
    const place = { path: file.path };
    const signedNode = member(root, 'signed');
    const document = asObject(plainOf(root));
    const signed = asObject(document['signed']);
    const role = asObject(asObject(signed['roles'])['root']);
    const { version, expires } = signed;
    const threshold = role['threshold'];
    if (
      signedNode === undefined ||
      asText(signed['_type']) !== 'root' ||
      typeof version !== 'number' ||
      typeof threshold !== 'number'
    )
      throw new Unreadable('It is said to be a root of TUF and names no version or no threshold.');
    const keys = keysIn(asObject(signed['keys']));
    if (keys.length > mostKeys) throw new Unreadable(`It names more than ${mostKeys} keys.`);
    const defects: Defect[] = [];
    if (!Number.isInteger(threshold) || threshold < 1 || !Number.isInteger(version) || version < 1)
      defects.push({
        code: 'tuf-root-invalid',
        detail: 'Its version or its threshold is no number above 0: nothing could be signed enough.',
        place,
      });
    facts.add({
      kind: 'tuf-root',
      id: file.path,
      place,
      version,
      expires: asText(expires as Shape),
      threshold,
      keyIds: [...new Set(asList(role['keyids']).flatMap((each) => asText(each) ?? []))].slice(0, mostKeys),
      keys,
      signed: bytesOf(signedNode),
      signatures: asList(document['signatures'])
        .slice(0, mostKeys)
        .flatMap((each) => {
          const { keyid, sig } = asObject(each);
          const [id, hex] = [asText(keyid), asText(sig)];
          return id === null || hex === null || !/^([0-9a-f]{2})+$/i.test(hex)
            ? []
            : [{ keyId: id, value: Buffer.from(hex, 'hex').toString('base64') }];
        }),
    });
    facts.add({
      kind: 'document',
      format: 'tuf-root',
      title,
      place,
      properties: [
        { name: 'Version', value: String(version) },
        { name: 'Expires', value: asText(expires as Shape) ?? 'not stated' },
        { name: 'Signed by', value: `at least ${threshold} of ${asList(role['keyids']).length} keys` },
      ],
      defects,
    });
  },
};

const bytesOf = (node: JsonNode): string => Buffer.from(olpcJson(node)).toString('base64');

/** Keys by the id that the root gives them, PEM; those of kinds that are read. */
function keysIn(keys: { [name: string]: Shape }): TufRootFact['keys'] {
  return Object.entries(keys).flatMap(([id, raw]) => {
    const held = asText(asObject(asObject(raw)['keyval'])['public']);
    if (held === null) return [];
    try {
      return [{ id, material: materialOf(held) }];
    } catch (error) {
      if (error instanceof KeyError) return [];
      throw error;
    }
  });
}

const heads: Record<number, string> = {
  64: '302a300506032b6570032100', // Ed25519 (RFC 8410)
  130: '3059301306072a8648ce3d020106082a8648ce3d030107034200', // a point of P-256, uncompressed (RFC 5480)
};
function materialOf(held: string): string {
  const head = heads[held.length];
  const key =
    head !== undefined && /^[0-9a-f]+$/i.test(held)
      ? readPublicKey(Buffer.from(head + held, 'hex'))
      : readPublicKey(held);
  return key.export({ format: 'pem', type: 'spki' }).toString();
}
