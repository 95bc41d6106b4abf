import { limits } from '../../../shared/limits.ts';
import { type JsonNode, member, parseJsonTree, valueOf as plainOf } from '../../integrity/json.ts';
import { asList, asObject, asText } from '../shape.ts';
import { type Format, Unreadable } from './format.ts';
import { addSupplyChain } from './supply-chain.ts';

/** Canonical JSON of OLPC, which in-toto signs: sorted names, no spaces, only quotes and backslashes escaped. */
export function olpcJson(node: JsonNode): string {
  switch (node.kind) {
    case 'object':
      return `{${[...node.members]
        .sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)))
        .map(({ name, value }) => `${quote(name)}:${olpcJson(value)}`)
        .join(',')}}`;
    case 'array':
      return `[${node.items.map(olpcJson).join(',')}]`;
    case 'string':
      return quote(node.value);
    case 'number':
      return node.source;
    default:
      return String(node.value);
  }
}
const quote = (text: string) => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;

const signaturesAtMost = 100;
const isHex = /^([0-9a-f]{2})+$/i;

/** What GnuPG hashed along with what it signed, as in-toto writes it: hex; nothing where it is not there. */
export const pgpHead = (hex: string | null): { pgpHead?: string; digest?: string } =>
  hex === null || !isHex.test(hex)
    ? {}
    : { pgpHead: Buffer.from(hex, 'hex').toString('base64'), ...pgpDigest(Number.parseInt(hex.slice(6, 8), 16)) };
const pgpDigest = (id: number) => (id === 1 ? { digest: 'md5' } : id === 2 ? { digest: 'sha1' } : {});

/** in-toto layouts and links in the classic, unwrapped form (in-toto specification 1.0). */
export const inToto: Format = {
  id: 'in-toto',
  title: 'Supply chain record (in-toto)',
  sieve: { endings: ['link', 'layout', 'json'] },
  recognise: ({ name, opensJson, latin1 }) =>
    (/\.(link|layout)$/i.test(name) && /"signed"\s*:|"signatures"\s*:\s*\[/.test(latin1)) ||
    // Under a name of JSON alone it says what it is; a long list of signatures or keys may stand before that.
    (/\.json$/i.test(name) &&
      opensJson &&
      /^\s*\{\s*"(signed|signatures)"\s*:/.test(latin1) &&
      /"_type"\s*:\s*"(layout|link)"/.test(latin1)),
  read(file, facts) {
    const root = parseJsonTree(file.whole(limits.jsonBytes));
    const signedNode = member(root, 'signed');
    const document = asObject(plainOf(root));
    const signed = asObject(document['signed']);
    if (asList(document['signatures']).length > signaturesAtMost)
      throw new Unreadable(`It holds more than ${signaturesAtMost} signatures.`);
    const isLayout = signed['_type'] === 'layout';
    const signature = `${file.path}#signature`;
    if (signedNode !== undefined)
      facts.add({
        kind: 'signature',
        id: signature,
        scheme: 'in-toto',
        use: isLayout ? 'layout' : 'link',
        title: isLayout ? 'Layout' : 'Link',
        place: { path: file.path },
        signed: Buffer.from(olpcJson(signedNode)).toString('base64'),
        signatures: asList(document['signatures']).flatMap((each) => {
          // GnuPG's are called otherwise, and have a head that is signed along.
          const { keyid, sig, signature: pgp, other_headers: head } = asObject(each);
          const hex = asText(sig ?? pgp);
          if (hex === null || !isHex.test(hex)) return [];
          const value = Buffer.from(hex, 'hex').toString('base64');
          return [{ keyId: asText(keyid), name: null, value, certificates: [], ...pgpHead(asText(head)) }];
        }),
        predicateType: null,
      });
    const { step, materials, products } = addSupplyChain(file, facts, signed, signature, '/signed');
    const expires = asText(signed['expires']);
    facts.add({
      kind: 'document',
      format: 'in-toto',
      title: `${isLayout ? 'Layout' : 'Link'} (in-toto)`,
      place: { path: file.path },
      properties: [
        { name: 'Step', value: step },
        ...(expires === null ? [] : [{ name: 'Expires', value: expires }]),
        { name: 'Materials', value: String(materials) },
        { name: 'Products', value: String(products) },
      ],
      defects: [],
    });
  },
};
