import type { Place } from '../../../shared/evidence.ts';
import type { Defect, ListingItem } from '../../../shared/fact.ts';
import { limits } from '../../../shared/limits.ts';
import { sha256 } from '../../integrity/digest.ts';
import { type Envelope, pae } from '../../integrity/dsse.ts';
import { parseJson } from '../../integrity/json.ts';
import { asList, asObject, asText, folderOf, resolveName, type Shape } from '../shape.ts';
import type { Carried } from './dsse.ts';
import { type FactSink, type Format, type OpenFile, Unreadable } from './format.ts';
import { whyNotStatement } from './statement.ts';

const gitPaths = ['.git', '.gitattributes', '.github', '.gitignore'];
const hashNames: Record<string, string> = { sha256: 'sha256', blake2: 'blake2b', blake2b: 'blake2b', blake3: 'blake3' };

const bundleType = 'application/vnd.dev.sigstore.bundle.v0.3+json';
const currentType = 'https://model_signing/signature/v1.0';
const legacyType = 'https://model_signing/Digests/v0.1';
/** Types of the statements that list a model. */
export const modelTypes: readonly string[] = [currentType, legacyType];

/** A resource, and the name of its file within the model. */
type Resource = ListingItem & { file: string };
const nameOf = ({ file }: Resource) => file;

/** The digest of a resource, also written `sha256-sharded-500`, and `file-sha256` by old releases. */
const hashOf = (algorithm: string): string | undefined =>
  algorithm
    .replace(/-sharded-.*$/, '')
    .split('-')
    .flatMap((word) => hashNames[word] ?? [])[0];

/** Resources in listed order, and the digest over their raw digests (model_signing 1.x, `Manifest`). */
function resources(predicate: { [name: string]: Shape }, path: string): { items: Resource[]; computed: string } {
  const raw: Buffer[] = [];
  const hashType = asText(asObject(predicate['serialization'])['hash_type']) ?? 'sha256';
  const items = asList(predicate['resources']).map((each, index): Resource => {
    const { name, algorithm, digest } = asObject(each);
    const written = asText(name);
    const hex = asText(digest);
    const stated = asText(algorithm) ?? hashType;
    const hash = hashOf(stated);
    if (written === null || hex === null || !/^([0-9a-f]{2})+$/i.test(hex) || hash === undefined)
      throw new Unreadable(`Resource ${index + 1} of the signature has no name, digest or known algorithm.`);
    raw.push(Buffer.from(hex, 'hex'));
    const [, shardPath, start, end] = /-sharded-/.test(stated)
      ? (/^(.*):([0-9]{1,15}):([0-9]{1,15})$/.exec(written) ?? [])
      : [];
    return {
      name: written,
      file: shardPath ?? written,
      path: null,
      digests: [`${hash}:${hex.toLowerCase()}`],
      place: { path, pointer: `/predicate/resources/${index}` },
      ...(start !== undefined && end !== undefined ? { range: { start: Number(start), end: Number(end) } } : {}),
    };
  });
  return { items, computed: sha256(Buffer.concat(raw)) };
}

/** Before 1.0 the files were the subjects. */
const legacyResources = (subjects: readonly Shape[], path: string): { items: Resource[]; computed: null } => ({
  computed: null,
  items: subjects.flatMap((each, index): Resource[] => {
    const { name, digest } = asObject(each);
    const hex = asText(asObject(digest)['sha256']);
    const written = asText(name);
    if (written === null || hex === null || !/^[0-9a-f]{64}$/i.test(hex))
      throw new Unreadable(`Subject ${index + 1} of the signature has no name or SHA-256 digest.`);
    return [
      {
        name: written,
        file: written,
        path: null,
        digests: [`sha256:${hex.toLowerCase()}`],
        place: { path, pointer: `/subject/${index}` },
      },
    ];
  }),
});

interface Model {
  /** Folder that the names are relative to. */
  base: string;
  /** The one file of which the model consists (its resource is named `.`); null where it is a folder. */
  single: string | null;
}

/** How an envelope says that its payload is a statement (in-toto attestation, v1, envelope). */
const statementType = 'application/vnd.in-toto+json';

/**
 * Where the signed model lies: the folder of the signature, one beside it, or a single file. Names decide, not what
 * the signature calls the model: that name is informative (formats of model-transparency).
 */
function findModel(file: OpenFile, names: readonly string[], called: string): Model {
  const folder = folderOf(file.path);
  if (names.length > 0 && names.every((name) => name === '.')) {
    const others = file.list(folder).filter((path) => path !== file.path);
    const wanted = [file.path.replace(/\.sig$/i, ''), resolveName(folder, called)];
    const single = wanted.find((path) => path !== null && path !== file.path && file.has(path));
    return { base: folder, single: single ?? (others.length === 1 ? (others[0] ?? null) : null) };
  }
  const beside = [...file.folders(folder)].sort(
    (a, b) => +b.endsWith(`/${called}`) - +a.endsWith(`/${called}`) || (a < b ? -1 : 1),
  );
  let best = folder;
  let most = 0;
  for (const base of [folder, ...beside.slice(0, foldersAtMost)]) {
    const found = names.slice(0, namesAtMost).filter((name) => file.has(resolveName(base, name) ?? '')).length;
    if (found > most) {
      most = found;
      best = base;
    }
  }
  return { base: best, single: null };
}
const foldersAtMost = 100;
const namesAtMost = 200;

/** The manifest of a model as it is before it is signed: an in-toto Statement of the same form, bare. */
export const modelManifest: Format = {
  id: 'model-manifest',
  title: 'Model manifest (OMS), not signed',
  sieve: { endings: ['json'] },
  recognise: (candidate) =>
    /\.json$/i.test(candidate.name) &&
    candidate.opensJson &&
    candidate.holds('model_signing/signature/v1.0') &&
    /"predicateType"\s*:\s*"https:\/\/model_signing\/signature\/v1\.0"/.test(candidate.latin1),
  read(file, facts) {
    const payload = Buffer.from(file.whole(limits.jsonBytes));
    addModel(
      file,
      facts,
      null,
      { payloadType: '', payload, signatures: [] },
      { certificates: [], logged: false, timestamps: [] },
    );
  },
};

/** What a signed manifest of a model says. @param bundle what it came in, its type null for none; null where nobody signed it */
export function addModel(
  file: OpenFile,
  facts: FactSink,
  bundle: { mediaType: string | null; hint: string | null; defects: Defect[] } | null,
  envelope: Envelope,
  carried: Carried,
): void {
  const statement = asObject(parseJson(envelope.payload));
  const predicate = asObject(statement['predicate']);
  const predicateType = asText(statement['predicateType']);
  const isLegacy = predicateType === legacyType;
  const hint = bundle?.hint ?? null;
  const place = { path: file.path };
  const signature = `${file.path}#signature`;
  const legacyPae = Buffer.concat([
    Buffer.from(
      `DSSEV1 ${Buffer.byteLength(envelope.payloadType)} ${envelope.payloadType} ${envelope.payload.length} `,
    ),
    Buffer.from(pythonRepr(envelope.payload)),
  ]);
  // A statement that nobody signed yet lists the model all the same.
  const isSigned = bundle !== null;
  if (isSigned)
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
        certificates: carried.certificates,
        ...(carried.logged ? { logged: true } : {}),
        ...(carried.timestamps.length > 0 ? { timestamps: carried.timestamps } : {}),
        ...(hint === null ? {} : { pemHint: hint }),
      })),
      predicateType,
      ...(envelope.payloadType === statementType
        ? {}
        : { contradiction: 'what is signed is not said to be a statement (payloadType).' }),
      ...(carried.sigstore === undefined ? {} : { sigstore: carried.sigstore }),
    });
  const subjects = asList(statement['subject']);
  const called = asText(asObject(subjects[0])['name']) ?? '';
  const stated = asText(asObject(asObject(subjects[0])['digest'])['sha256']);
  const serialization = asObject(predicate['serialization']);
  const ignored = asList(serialization['ignore_paths']).flatMap((each) => asText(each) ?? []);
  const { items: listed, computed } = isLegacy ? legacyResources(subjects, file.path) : resources(predicate, file.path);
  const { base, single } = findModel(file, listed.map(nameOf), called);
  const items = listed.map(({ file: named, ...item }) => ({
    ...item,
    path: named === '.' ? single : resolveName(base, named),
  }));
  const paths = new Set(items.map(({ path }) => path));
  facts.add({
    kind: 'listing',
    id: `${file.path}#resources`,
    role: 'model-signature',
    title: 'Model signature',
    place,
    base,
    // What lies beside a model of one file is no part of it.
    closed: single === null,
    ...(asText(serialization['method']) === 'shards' ? { passesOverEmpty: true } : {}),
    // The signature itself cannot be in it; git's files are passed over where they are not listed.
    ignored: [...[...ignored, ...gitPaths].filter((each) => !paths.has(resolveName(base, each))), file.name],
    items,
    ...(serialization['allow_symlinks'] === true ? { allowsLinks: true } : {}),
    signature: isSigned ? signature : null,
    root: computed === null || stated === null ? null : { stated: `sha256:${stated.toLowerCase()}`, computed },
  });
  items.forEach((item, index) => {
    if (item.range === undefined && item.path !== null)
      facts.add({
        kind: 'thing',
        key: `${file.path}#resource${index}`,
        type: /\.(safetensors|onnx|gguf|pkl|joblib|pt|bin)$/i.test(item.path) ? 'model' : 'document',
        name: item.name === '.' ? (item.path.split('/').at(-1) ?? called) : item.name,
        digests: item.digests,
        path: file.has(item.path) ? item.path : null,
        place: item.place,
        at: null,
        properties: [],
        signature: isSigned ? signature : null,
      });
  });
  facts.add({
    kind: 'document',
    format: 'model-signature',
    title: `Model signature (OMS${isLegacy ? ', legacy form' : ''})`,
    place,
    properties: [
      { name: 'Model', value: called },
      { name: 'Resources', value: String(items.length) },
      { name: 'Method', value: asText(serialization['method']) ?? 'files' },
      {
        name: 'Signed by',
        value: !isSigned
          ? 'nobody'
          : carried.certificates.length > 0
            ? 'certificate'
            : `key${hint === null ? '' : `, hint ${hint}`}`,
      },
      ...ignored.map((value) => ({
        name: 'Left out by the signer',
        value,
        pointer: '/predicate/serialization/ignore_paths',
      })),
    ],
    defects: [
      ...(bundle?.defects ?? []),
      ...(bundle === null || bundle.mediaType === null || bundle.mediaType === bundleType
        ? []
        : [
            {
              code: 'signature-unreadable',
              detail: `A model signature is a Sigstore bundle of version 0.3; this one says ${bundle.mediaType}.`,
              place: { ...place, pointer: '/mediaType' },
            },
          ]),
      ...(isLegacy
        ? []
        : [
            ...whyNotStatement(statement, place),
            ...whyNotModel(statement, listed, place),
            ...whyNotSerialized(predicate, place),
          ]),
      ...namedTwice(listed, place),
      ...(isLegacy || (subjects.length === 1 && stated !== null)
        ? []
        : [
            {
              code: 'root-mismatch',
              detail: 'The statement does not have exactly one subject with a SHA-256 digest over its resources.',
              place,
            },
          ]),
    ],
  });
}

/** A model is signed as a statement of version 1, and its resources are named from its folder on (model_signing 1.x). */
function whyNotModel(statement: { [name: string]: Shape }, listed: readonly Resource[], place: Place): Defect[] {
  const wrong = (detail: string, pointer: string): Defect[] => [
    { code: 'statement-invalid', detail, place: { ...place, pointer } },
  ];
  const type = asText(statement['_type']);
  const out = listed.find(({ file }) => file.split('/').includes('..'));
  return [
    ...(type === oldStatement
      ? wrong('A model is signed as a statement of version 1; this one is of 0.1.', '/_type')
      : []),
    ...(out === undefined
      ? []
      : wrong(`A resource is named by a way out of the model: ${out.name.slice(0, 200)}.`, out.place.pointer ?? '')),
  ];
}
const oldStatement = 'https://in-toto.io/Statement/v0.1';

/**
 * How the model was walked and hashed is said, in words that a verifier knows, and each resource is so: whoever makes the
 * list again goes by what is said (model_signing 1.x, `Manifest`).
 */
function whyNotSerialized(predicate: { [name: string]: Shape }, place: Place): Defect[] {
  const serialization = asObject(predicate['serialization']);
  const [method, hash] = [asText(serialization['method']), asText(serialization['hash_type'])];
  const wrong = (detail: string, pointer: string): Defect => ({
    code: 'statement-invalid',
    detail: `${detail}: the list cannot be made again.`,
    place: { ...place, pointer: `/predicate/${pointer}` },
  });
  const said = (what: string, word: string | null, pointer: string): Defect =>
    wrong(
      `${what} is ${word === null ? 'not said' : `said to be ${word.slice(0, 100)}, which is not known`}`,
      `serialization/${pointer}`,
    );
  const isKnown = method === 'files' || method === 'shards';
  const unsaid = [
    ...(isKnown ? [] : [said('The way the model was read', method, 'method')]),
    ...(hash !== null && hashNames[hash] !== undefined ? [] : [said('The digest', hash, 'hash_type')]),
  ];
  if (unsaid.length > 0) return unsaid;
  const size = serialization['shard_size'];
  const isSo = (each: Shape) => {
    const algorithm = asText(asObject(each)['algorithm']) ?? '';
    const [, shard] = /-sharded-([0-9]{1,15})/.exec(algorithm) ?? [];
    // A single digest is said by its name alone, or not at all.
    const isHash = algorithm === '' || hashOf(algorithm) === hashNames[hash ?? ''];
    return isHash && (shard === undefined ? method === 'files' : method === 'shards' && Number(shard) === size);
  };
  const other = asList(predicate['resources']).findIndex((each) => !isSo(each));
  return other < 0
    ? []
    : [wrong(`Resource ${other + 1} was hashed in another way than is said of all`, `resources/${other}/algorithm`)];
}

/** One name stands for one file: which of two digests counts would depend on who reads (model_signing 1.x, `Manifest`). */
function namedTwice(listed: readonly Resource[], place: Place): Defect[] {
  const seen = new Set<string>();
  const keyOf = ({ file, range }: Resource) =>
    `${resolveName('', file) ?? file}\0${range?.start ?? ''}\0${range?.end ?? ''}`;
  const twice = listed.find((each) => seen.size === seen.add(keyOf(each)).size);
  if (twice === undefined) return [];
  const detail = `The signed list names ${twice.name} twice: which of the two counts depends on the program that reads it.`;
  return [{ code: 'listed-twice', detail, place: { ...place, ...twice.place } }];
}

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
