import { strictBase64 } from '../../integrity/base64.ts';
import { sha256Hex } from '../../integrity/digest.ts';
import { leafHash, verifyInclusion } from '../../integrity/merkle.ts';
import { type Checkpoint, type Note, NoteError, parseCheckpoint, parseNote } from '../../integrity/note.ts';
import { coveredFile } from './covered-file.ts';
import type { Format, OpenFile } from './format.ts';
import { noteSignature } from './note-signature.ts';

const largest = 65_536;
/** Largest entry whose hash is computed here. */
export const entryAtMost = 16_777_216;
const firstLine = 'c2sp.org/tlog-proof@v1';
/** A path in a tree of 2^63 leaves has no more hashes than this. */
const stepsAtMost = 63;

interface TlogProof {
  extra: Buffer | null;
  index: number;
  path: Buffer[];
  note: Note;
  checkpoint: Checkpoint;
}

/** Reads a proof (C2SP tlog-proof, "Format"): extra data, the index, hashes a line each, a blank line, the checkpoint. @throws NoteError */
export function parseTlogProof(input: Uint8Array): TlogProof {
  const bytes = Buffer.from(input.buffer, input.byteOffset, input.length);
  const split = bytes.indexOf('\n\n');
  if (split < 0) throw new NoteError('The proof holds no checkpoint.');
  const [first, ...lines] = bytes.toString('utf8', 0, split).split('\n');
  if (first !== firstLine) throw new NoteError('The proof is of a version that is not known.');
  const hasExtra = lines[0]?.startsWith('extra ') === true;
  const extra = hasExtra ? strictBase64((lines.shift() ?? '').slice('extra '.length)) : null;
  if (hasExtra && extra === null) throw new NoteError('The extra data of the proof is no base64.');
  const [, index] = /^index (0|[1-9][0-9]{0,15})$/.exec(lines.shift() ?? '') ?? [];
  if (index === undefined || !Number.isSafeInteger(Number(index))) throw new NoteError('The proof states no index.');
  if (lines.length > stepsAtMost) throw new NoteError(`The proof has more than ${stepsAtMost} hashes.`);
  const path = lines.map((line) => {
    const hash = strictBase64(line);
    if (hash?.length !== 32) throw new NoteError('A line of the proof is no hash.');
    return hash;
  });
  const note = parseNote(bytes.subarray(split + 2));
  return { extra, index: Number(index), path, note, checkpoint: parseCheckpoint(note.text) };
}

/** What may have been logged for a file: its bytes, or their digest. The one that leads to the root, else the first; null where no file is here. */
function leafOf(
  file: OpenFile,
  { index, path, checkpoint: { size, root } }: TlogProof,
  over: string | null,
): Buffer | null {
  const entry = over === null ? null : file.peek(over, entryAtMost);
  if (entry === null) return null;
  const digest = sha256Hex(entry);
  const leaves = [entry, Buffer.from(digest, 'hex'), Buffer.from(digest)].map(leafHash);
  return leaves.find((leaf) => verifyInclusion(leaf, index, size, path, root)) ?? leaves[0] ?? null;
}

/** Proofs that a file was logged, with the checkpoint that they lead to (C2SP tlog-proof). */
export const tlogProof: Format = {
  id: 'tlog-proof',
  title: 'Proof of a transparency log',
  sieve: { endings: ['tlog-proof'], first: 'c' },
  recognise: ({ name, bytes, latin1 }) =>
    bytes <= largest && (/\.tlog-proof$/i.test(name) || latin1.startsWith('c2sp.org/tlog-proof@')),
  read(file, facts) {
    const place = { path: file.path };
    const base = { kind: 'document', format: 'tlog-proof', title: 'Proof of a transparency log', place } as const;
    let proof: TlogProof;
    try {
      proof = parseTlogProof(file.whole(largest));
    } catch (error) {
      if (!(error instanceof NoteError)) throw error;
      facts.add({ ...base, properties: [], defects: [{ code: 'signature-unreadable', detail: error.message, place }] });
      return;
    }
    const { extra, index, path, note, checkpoint } = proof;
    const { origin, size, root, extensions } = checkpoint;
    const over = coveredFile(file);
    const leaf = leafOf(file, proof, over);
    const signature = noteSignature(file.path, note, 'checkpoint', 'Checkpoint');
    facts.add({
      ...base,
      properties: [
        { name: 'File', value: over ?? 'not here' },
        { name: 'Origin', value: origin },
        { name: 'Entry', value: `${index} of ${size}` },
        { name: 'Root', value: root.toString('base64') },
        ...(extra === null ? [] : [{ name: 'Extra data, which nobody signed', value: `${extra.length} bytes` }]),
        ...note.signatures.map(({ name, keyHash }) => ({ name: 'Signed by', value: `${name} (${keyHash})` })),
      ],
      defects: [],
    });
    facts.add(signature);
    facts.add({
      kind: 'checkpoint',
      id: file.path,
      place,
      origin,
      size,
      root: root.toString('base64'),
      extensions,
      signature: signature.id,
    });
    facts.add({
      kind: 'proof',
      id: `${file.path}#proof`,
      place,
      what: 'inclusion',
      leaf: leaf?.toString('hex') ?? null,
      ...(leaf === null ? { isLeafElsewhere: true } : {}),
      index,
      subtree: null,
      from: 0,
      size,
      fromRoot: null,
      root: root.toString('hex'),
      signature: signature.id,
      path: path.map((hash) => hash.toString('hex')),
    });
  },
};
