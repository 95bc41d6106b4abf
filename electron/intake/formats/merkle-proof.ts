import type { ProofFact } from '../../../shared/fact.ts';
import { JsonError, parseJson } from '../../integrity/json.ts';
import { leafHash, nodeHash } from '../../integrity/merkle.ts';
import { asList, asObject, asText, folderOf, type Shape } from '../shape.ts';
import { type Format, type OpenFile, Unreadable } from './format.ts';

type Proof = Omit<ProofFact, 'kind' | 'id' | 'place'>;
const largest = 1_048_576;
const longest = 1_000;

/** A number as written, or in a text (ProtoJSON): one below zero or beyond what is exact proves nothing, and a rule says so. */
const whole = (value: Shape | undefined): number | null =>
  typeof value === 'number' ? value : typeof value === 'string' && /^[0-9]{1,15}$/.test(value) ? Number(value) : null;
/** A hash as it is written: hex of 64 digits, else base64. Kept as hex whatever its length: a rule says what holds. */
function hash(value: Shape): string | null {
  const text = asText(value);
  if (text === null || text.length > 1_000) return null;
  if (/^[0-9a-fA-F]{64}$/.test(text)) return text.toLowerCase();
  return /^[A-Za-z0-9+/_-]*={0,2}$/.test(text) ? Buffer.from(text, 'base64').toString('hex') : null;
}
function hashes(value: Shape): string[] | null {
  if (value === null) return [];
  if (!Array.isArray(value) || value.length > longest) return null;
  const found = asList(value).map(hash);
  return found.every((each) => each !== null) ? found : null;
}

type Held = ReturnType<typeof asObject>;
/** The first member that is there, of those under which writers put one thing. */
const one = (held: Held, names: readonly string[]): Shape | undefined =>
  names.map((name) => held[name]).find((each) => each !== undefined);
const earlierSizes = ['size1', 'old', 'first', 'first_size', 'first_tree_size', 'firstTreeSize', 'old_size', 'oldSize'];
const laterSizes = [
  'size2',
  'new',
  'second',
  'second_size',
  'second_tree_size',
  'secondTreeSize',
  'new_size',
  'newSize',
];
const earlierRoots = ['root1', 'oldRoot', 'old_root', 'first_root', 'firstRoot', 'first_root_hash', 'firstRootHash'];
const laterRoots = ['root2', 'newRoot', 'new_root', 'second_root', 'secondRoot', 'second_root_hash', 'secondRootHash'];

const none = { leaf: null, index: 0, subtree: null, from: 0, fromRoot: null, root: null };

/**
 * The forms in which proofs are written: of test vectors and libraries after RFC 6962 and 9162 (leafIdx, treeSize, root,
 * proof; size1, size2, root1, root2), of logs (index, tree_size, leaf, hashes; old, new, hashes), of pymerkle (metadata,
 * rule, path: counted from 1, the leaf first). Null where it is none of them.
 */
function proofOf(document: Shape, file: OpenFile): Proof | null {
  const held = asObject(document);
  const { metadata, proof, path, hashes: listed } = held;
  const meta = asObject(metadata);
  if (Array.isArray(path) && whole(meta['size']) !== null && whole(meta['index']) !== null) {
    const [leaf, ...steps] = hashes(path) ?? [];
    if (leaf === undefined) return null;
    const entry = beside(file, /^(entry|leaf)(\.[a-z]+)?$/);
    const own = entry === null ? leaf : leafHash(entry).toString('hex');
    const root = Buffer.from(beside(file, /^root(\.[a-z0-9]+)?$/) ?? [])
      .toString('utf8')
      .trim();
    return {
      ...none,
      what: 'inclusion',
      leaf: own === leaf ? leaf : own,
      index: (whole(meta['index']) ?? 0) - 1,
      size: whole(meta['size']) ?? 0,
      root: root === '' ? null : hash(root),
      path: steps,
    };
  }
  if (Array.isArray(path) && whole(meta['size']) !== null && whole(meta['prior_size']) !== null)
    return grown(file, held, whole(meta['prior_size']) ?? 0, whole(meta['size']) ?? 0, hashes(path) ?? []);
  const [first] = asList(path);
  if (asText(asObject(first)['side']) !== null || (Array.isArray(path) && path.length === 0 && held['seq'] === 0))
    return sided(held);
  const written = [proof, listed, held['audit_path'], held['auditPath'], held['consistency']].find(
    (each) => each !== undefined,
  );
  const steps = written === undefined ? null : hashes(written);
  if (steps === null) return null;
  const size = whole(one(held, ['treeSize', 'tree_size', 'size2', 'size', ...laterSizes]));
  const index = whole(held['leafIdx'] ?? held['leafIndex'] ?? held['leaf_index'] ?? held['logIndex'] ?? held['index']);
  const from = whole(one(held, earlierSizes));
  const [start, end] = [whole(held['start']), whole(held['end'])];
  const subtree = start !== null && end !== null ? { start, end } : null;
  if (index !== null && (size !== null || subtree !== null)) {
    const leaf = hash(held['leafHash'] ?? held['leaf_hash']);
    const text = asText(held['leaf']);
    return {
      ...none,
      what: 'inclusion',
      leaf: leaf ?? (text === null ? null : leafHash(text).toString('hex')),
      index,
      subtree,
      size: size ?? end ?? 0,
      root: hash(held['root'] ?? held['rootHash'] ?? held['root_hash']),
      path: steps,
    };
  }
  if (size === null || (from === null && subtree === null)) return null;
  return {
    ...none,
    what: 'consistency',
    subtree,
    from: from ?? 0,
    size,
    fromRoot: hash(one(held, earlierRoots) ?? null),
    root: hash(one(held, laterRoots) ?? null),
    path: steps,
  };
}

/**
 * auditchain: the hash of a record, and for each step the side on which it stands, which must be that of its place in the
 * tree. A step on another side leads nowhere, as a hash without bytes does.
 */
function sided(held: Held): Proof | null {
  const [index, size, leaf] = [whole(held['seq']), whole(held['size']), hash(held['leaf'] ?? null)];
  if (index === null || size === null || leaf === null) return null;
  const steps = asList(held['path']).slice(0, longest).map(asObject);
  let [fn, sn] = [index, size - 1];
  const path = steps.map((step) => {
    const isLeft = fn % 2 === 1 || fn === sn;
    while (isLeft && fn % 2 === 0 && fn !== 0) [fn, sn] = [fn / 2, Math.floor(sn / 2)];
    [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
    return asText(step['side']) === (isLeft ? 'left' : 'right') ? (hash(step['hash'] ?? null) ?? '') : '';
  });
  const own = leafHash(Buffer.from(leaf, 'hex')).toString('hex');
  return { ...none, what: 'inclusion', leaf: own, index, size, root: hash(held['root'] ?? null), path };
}

/**
 * pymerkle lists first what lies right of the earlier tree's last subtree, in parts, then that subtree (the first of
 * `subset`), then the rest. RFC 9162 lists that subtree first, but where it is the whole earlier tree, then the parts as
 * one. The roots stand in files beside it.
 */
function grown(file: OpenFile, held: Held, from: number, size: number, path: string[]): Proof {
  const first = asList(held['subset']).indexOf(1);
  const rule = asList(held['rule']);
  const parts = path.slice(0, Math.max(0, first)).map((hex) => Buffer.from(hex, 'hex'));
  const right = parts.every(({ length }) => length === 32)
    ? parts.reduce<Buffer | null>(
        (sum, part, i) => (sum === null ? part : rule[i - 1] === 1 ? nodeHash(part, sum) : nodeHash(sum, part)),
        null,
      )
    : null;
  const isFull = from > 0 && Number.isInteger(Math.log2(from));
  const rootIn = (name: RegExp) => {
    const text = Buffer.from(beside(file, name) ?? [])
      .toString('utf8')
      .trim();
    return text === '' ? null : hash(text);
  };
  const later = /^(root|state)[-_.]?(2|new|later)?(\.[a-z0-9]+)?$|^(new|later)[-_.]?(root|state)?(\.[a-z0-9]+)?$/i;
  const earlier =
    /^(root|state)[-_.]?(1|old|prior|earlier)(\.[a-z0-9]+)?$|^(old|prior|earlier)[-_.]?(root|state)?(\.[a-z0-9]+)?$/i;
  return {
    ...none,
    what: 'consistency',
    from,
    size,
    fromRoot: rootIn(earlier),
    root: rootIn(later),
    path:
      from === size
        ? []
        : [
            ...(isFull ? [] : path.slice(first, first + 1)),
            ...(right === null ? [] : [right.toString('hex')]),
            ...path.slice(first + 1),
          ],
  };
}

/** Bytes of the one neighbour whose name fits; null where there is none, or it is large. */
function beside(file: OpenFile, name: RegExp): Uint8Array | null {
  const folder = folderOf(file.path);
  const path = file.list(folder).find((each) => name.test(each.slice(folder === '' ? 0 : folder.length + 1)));
  return path === undefined ? null : file.peek(path, 65_536);
}

const members = /"(proof|hashes|path|audit_?path|consistency)"\s*:/i;
const sizes =
  /"(treeSize|tree_size|(second|new)_?((tree_)?size)?|(second|new)(Tree)?Size|size2?|end|leafIdx|leaf_index)"\s*:/;

/** Proofs that an entry is in a tree, or that a tree is the beginning of another. */
export const merkleProof: Format = {
  id: 'merkle-proof',
  title: 'Merkle proof',
  sieve: { endings: ['json'] },
  recognise({ name, bytes, head, latin1: text }) {
    if (!/\.json$/i.test(name) || bytes > largest || head[0] !== 0x7b) return false;
    return (
      members.test(text) && sizes.test(text) && !/"(payload|mediaType|_type|spdxVersion|bomFormat)"\s*:/.test(text)
    );
  },
  read(file, facts) {
    let document: Shape;
    try {
      document = parseJson(file.whole(largest)) as Shape;
    } catch (error) {
      if (error instanceof JsonError) throw new Unreadable(error.message);
      throw error;
    }
    const place = { path: file.path };
    const proof = proofOf(document, file);
    if (proof === null) return;
    facts.add({
      kind: 'document',
      format: 'merkle-proof',
      title: 'Merkle proof',
      place,
      properties: [
        { name: 'Proves', value: proof.what },
        { name: 'Tree', value: `${proof.size} leaves` },
        { name: 'Hashes', value: String(proof.path.length) },
      ],
      defects: [],
    });
    facts.add({ kind: 'proof', id: file.path, place, ...proof });
  },
};
