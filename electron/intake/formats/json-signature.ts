import type { Defect } from '../../../shared/fact.ts';
import { limits } from '../../../shared/limits.ts';
import { type JsonNode, member, parseJsonTree, pointerToken } from '../../integrity/json.ts';
import { type JsonSignature, readJsonSignatures } from '../../integrity/json-signature.ts';
import { jwsAlgorithm } from '../../integrity/jws.ts';
import { KeyError } from '../../integrity/public-key.ts';
import type { FactSink, OpenFile } from './format.ts';

const objectsAtMost = 200;

/**
 * Signatures in the JSON Signature Format that stand inside a document, its own and those of parts of it: one over a part
 * covers that part alone. @param relied members of the document that its own signature is to vouch for
 * @returns the id of the document's own that is over all of those, or null; what cannot be read or nobody signed; and
 * what is to be shown
 */
export function addJsonSignatures(
  file: OpenFile,
  title: string,
  facts: FactSink,
  relied: readonly string[],
): { own: string | null; defects: Defect[]; properties: { name: string; value: string; pointer: string }[] } {
  let own: string | null = null;
  const defects: Defect[] = [];
  const properties: { name: string; value: string; pointer: string }[] = [];
  const bytes = Buffer.from(file.whole(limits.jsonBytes));
  // A second look at a large document, at its source text, is for those alone that hold a signature.
  if (!bytes.includes('"signature"')) return { own, defects, properties };
  const parts: string[] = [];
  let isWhole = false;
  for (const { node, pointer } of signedObjects(parseJsonTree(bytes))) {
    const place = { path: file.path, pointer: `${pointer}/signature` };
    let read: JsonSignature[];
    try {
      read = readJsonSignatures(node);
    } catch (error) {
      if (!(error instanceof KeyError)) throw error;
      defects.push({
        code: 'signature-unreadable',
        detail: `The signature at ${place.pointer} cannot be read. ${error.message}`,
        place,
      });
      continue;
    }
    if (pointer === '') isWhole = true;
    else parts.push(pointer);
    read.forEach((each, index) => {
      const id = `${file.path}#jsf${pointer}${index === 0 ? '' : `-${index + 1}`}`;
      if (pointer === '' && !relied.some((name) => each.excluded.includes(name))) own ??= id;
      properties.push({
        name: 'Signature',
        value: `${each.algorithm}${each.keyId === null ? '' : ` by ${each.keyId}`}${pointer === '' ? '' : `, over ${pointer} alone`}`,
        pointer: place.pointer,
      });
      if (each.excluded.length > 0)
        defects.push({
          code: 'signature-covers-part',
          detail: `The signature leaves out ${each.excluded.slice(0, 5).join(', ')}: nobody vouches for what stands there.`,
          place,
        });
      const digest = jwsAlgorithm(each.algorithm)?.digest ?? null;
      facts.add({
        kind: 'signature',
        id,
        scheme: 'jsf',
        use: 'document',
        title: pointer === '' ? `Signature in the ${title}` : `Signature in the ${title}, over a part of it`,
        place,
        signed: each.signed.toString('base64'),
        signatures: [
          {
            keyId: each.keyId,
            name: null,
            value: each.value.toString('base64'),
            certificates: each.certificates.map((der) => der.toString('base64')),
            algorithm: each.algorithm,
            ...(digest === null ? {} : { digest }),
            ...(each.key === null ? {} : { key: each.key.toString('base64') }),
          },
        ],
        predicateType: null,
        ...(pointer === '' ? {} : { isOverPart: true as const }),
      });
    });
  }
  const [first] = parts;
  if (first !== undefined && !isWhole)
    defects.push({
      code: 'signature-covers-part',
      detail: `${parts.length === 1 ? `The signature in it is over ${first} alone` : `The ${parts.length} signatures in it are over the parts that they stand in alone, ${first} first`}: nobody signed the rest of this ${title}, and whatever was added to it or taken away does not show.`,
      place: { path: file.path, pointer: `${first}/signature` },
    });
  return { own, defects, properties };
}

/** Objects that have a member `signature` which is one, the document first. */
function signedObjects(root: JsonNode): { node: Extract<JsonNode, { kind: 'object' }>; pointer: string }[] {
  const found: { node: Extract<JsonNode, { kind: 'object' }>; pointer: string }[] = [];
  const walk = (node: JsonNode, pointer: string): void => {
    if (found.length >= objectsAtMost) return;
    if (node.kind === 'array') node.items.forEach((each, index) => walk(each, `${pointer}/${index}`));
    if (node.kind !== 'object') return;
    const held = member(node, 'signature');
    const names = held?.kind === 'object' ? held.members.map(({ name }) => name) : [];
    if (names.includes('algorithm') || names.includes('signers') || names.includes('chain'))
      found.push({ node, pointer });
    for (const { name, value } of node.members)
      if (name !== 'signature') walk(value, `${pointer}/${pointerToken(name)}`);
  };
  walk(root, '');
  return found;
}
