import type { ListingItem } from '../../../shared/fact.ts';
import { limits } from '../../../shared/limits.ts';
import { sha256 } from '../../integrity/digest.ts';
import { EnvelopeError, pae, readEnvelope } from '../../integrity/dsse.ts';
import { parseJson } from '../../integrity/json.ts';
import { asList, asObject, asText, folderOf, resolveName, type Shape } from '../shape.ts';
import { type Format, Unreadable } from './format.ts';

const gitPaths = ['.git', '.gitattributes', '.github', '.gitignore'];
const hashNames: Record<string, string> = { sha256: 'sha256', blake2: 'blake2b', blake2b: 'blake2b', blake3: 'blake3' };

/** Resources in listed order, and the digest over their raw digests (model_signing 1.x, `Manifest`). */
function resources(
  predicate: { [name: string]: Shape },
  base: string,
  path: string,
): { items: ListingItem[]; computed: string } {
  const raw: Buffer[] = [];
  const hashType = asText(asObject(predicate['serialization'])['hash_type']) ?? 'sha256';
  const items = asList(predicate['resources']).flatMap((each, index): ListingItem[] => {
    const { name, algorithm, digest } = asObject(each);
    const written = asText(name);
    const hex = asText(digest);
    const stated = asText(algorithm) ?? hashType;
    const hash =
      hashNames[stated.replace(/-sharded-.*$/, '').replace(/^.*-/, '')] ??
      hashNames[stated] ??
      hashNames[stated.split('-')[0] ?? ''];
    if (written === null || hex === null || !/^([0-9a-f]{2})+$/i.test(hex) || hash === undefined)
      throw new Unreadable(`Resource ${index + 1} of the signature has no name, digest or known algorithm.`);
    raw.push(Buffer.from(hex, 'hex'));
    const [, shardPath, start, end] = /-sharded-/.test(stated) ? (/^(.*):([0-9]+):([0-9]+)$/.exec(written) ?? []) : [];
    const named = shardPath ?? written;
    return [
      {
        name: written,
        path: resolveName(base, named),
        digests: [`${hash}:${hex.toLowerCase()}`],
        place: { path, pointer: `/predicate/resources/${index}` },
        ...(start !== undefined && end !== undefined ? { range: { start: Number(start), end: Number(end) } } : {}),
      },
    ];
  });
  return { items, computed: sha256(Buffer.concat(raw)) };
}

/** `model.sig`: OpenSSF Model Signing, v0.2 to 1.1, by key, certificate or Sigstore (formats of model-transparency). */
export const modelSignature: Format = {
  id: 'model-signature',
  title: 'Model signature (OMS)',
  recognise: ({ name, head }) => {
    const text = Buffer.from(head).toString('latin1');
    return (
      /\.(sig|json|sigstore|bundle)$/i.test(name) &&
      text.trimStart().startsWith('{') &&
      /vnd\.dev\.sigstore\.bundle/.test(text) &&
      (/\.sig$/i.test(name) || /dsseEnvelope/.test(text))
    );
  },
  read(file, facts) {
    const bundle = asObject(parseJson(file.whole(limits.jsonBytes)));
    const material = asObject(bundle['verificationMaterial']);
    const place = { path: file.path };
    let envelope: ReturnType<typeof readEnvelope>;
    try {
      envelope = readEnvelope(bundle['dsseEnvelope'] ?? null);
    } catch (error) {
      if (error instanceof EnvelopeError) throw new Unreadable(error.message);
      throw error;
    }
    const statement = asObject(parseJson(envelope.payload));
    const predicate = asObject(statement['predicate']);
    const predicateType = asText(statement['predicateType']);
    const isLegacy = predicateType === 'https://model_signing/Digests/v0.1';
    if (!isLegacy && predicateType !== 'https://model_signing/signature/v1.0')
      throw new Unreadable(
        `The bundle holds a statement of type ${predicateType ?? 'none'}, which is no model signature.`,
      );
    const base = folderOf(file.path);
    const certificates = [
      ...asList(asObject(material['x509CertificateChain'])['certificates']),
      ...(material['certificate'] === undefined ? [] : [material['certificate']]),
    ].flatMap((each) => asText(asObject(each)['rawBytes']) ?? []);
    const hint = asText(asObject(material['publicKey'])['hint']);
    const signature = `${file.path}#signature`;
    const legacyPae = Buffer.concat([
      Buffer.from(
        `DSSEV1 ${Buffer.byteLength(envelope.payloadType)} ${envelope.payloadType} ${envelope.payload.length} `,
      ),
      Buffer.from(pythonRepr(envelope.payload)),
    ]);
    facts.add({
      kind: 'signature',
      id: signature,
      scheme: 'oms',
      use: 'model-signature',
      title: 'Model signature',
      place,
      signed: pae(envelope.payloadType, envelope.payload).toString('base64'),
      ...(isLegacy ? { legacySigned: [legacyPae.toString('base64')] } : {}),
      signatures: envelope.signatures.map(({ keyId, value }) => ({
        keyId,
        name: null,
        value: value.toString('base64'),
        certificates,
        ...(hint === null ? {} : { pemHint: hint }),
      })),
      predicateType,
    });
    const subjects = asList(statement['subject']);
    const serialization = asObject(predicate['serialization']);
    const ignored = [
      ...new Set([...asList(serialization['ignore_paths']).flatMap((each) => asText(each) ?? []), ...gitPaths]),
    ];
    const { items, computed } = isLegacy
      ? {
          items: subjects.flatMap((each, index): ListingItem[] => {
            const { name, digest } = asObject(each);
            const hex = asText(asObject(digest)['sha256']);
            const written = asText(name);
            return written === null || hex === null
              ? []
              : [
                  {
                    name: written,
                    path: resolveName(base, written),
                    digests: [`sha256:${hex.toLowerCase()}`],
                    place: { path: file.path, pointer: `/subject/${index}` },
                  },
                ];
          }),
          computed: null,
        }
      : resources(predicate, base, file.path);
    const stated = asText(asObject(asObject(subjects[0])['digest'])['sha256']);
    const listed = new Set(items.map(({ path }) => path));
    facts.add({
      kind: 'listing',
      id: `${file.path}#resources`,
      role: 'model-signature',
      title: 'Model signature',
      place,
      base,
      closed: true,
      // The signature itself cannot be in it; git's files are passed over where they are not listed.
      ignored: [...ignored.filter((each) => !listed.has(resolveName(base, each))), file.name],
      items,
      signature,
      root: computed === null || stated === null ? null : { stated: `sha256:${stated.toLowerCase()}`, computed },
    });
    items.forEach((item, index) => {
      if (item.range === undefined && item.path !== null)
        facts.add({
          kind: 'thing',
          key: `${file.path}#resource${index}`,
          type: /\.(safetensors|onnx|gguf|pkl|joblib|pt|bin)$/i.test(item.name) ? 'model' : 'document',
          name: item.name,
          digests: item.digests,
          path: file.has(item.path) ? item.path : null,
          place: item.place,
          at: null,
          properties: [],
          signature,
        });
    });
    facts.add({
      kind: 'document',
      format: 'model-signature',
      title: `Model signature (OMS${isLegacy ? ', legacy form' : ''})`,
      place,
      properties: [
        { name: 'Model', value: asText(asObject(subjects[0])['name']) ?? '' },
        { name: 'Resources', value: String(items.length) },
        { name: 'Method', value: asText(serialization['method']) ?? 'files' },
        {
          name: 'Signed by',
          value: certificates.length > 0 ? 'certificate' : `key${hint === null ? '' : `, hint ${hint}`}`,
        },
        ...ignored.map((value) => ({
          name: 'Left out by the signer',
          value,
          pointer: '/predicate/serialization/ignore_paths',
        })),
      ],
      defects: [],
    });
  },
};

/** Python's repr of bytes, which the first release put in place of the payload. */
function pythonRepr(bytes: Uint8Array): string {
  const quote = bytes.includes(0x27) && !bytes.includes(0x22) ? '"' : "'";
  let out = '';
  for (const byte of bytes) {
    const char = String.fromCharCode(byte);
    if (char === '\\' || char === quote) out += `\\${char}`;
    else if (char === '\n') out += '\\n';
    else if (char === '\r') out += '\\r';
    else if (char === '\t') out += '\\t';
    else if (byte < 0x20 || byte > 0x7e) out += `\\x${byte.toString(16).padStart(2, '0')}`;
    else out += char;
  }
  return `b${quote}${out}${quote}`;
}
