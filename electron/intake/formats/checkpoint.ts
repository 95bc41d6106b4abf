import { type Checkpoint, type Note, NoteError, parseCheckpoint, parseNote } from '../../integrity/note.ts';
import type { Format } from './format.ts';
import { noteSignature, statedKeys } from './note-signature.ts';

const largest = 65_536;
const called = /^(.*[._-])?checkpoint(\.txt)?$/i;

/** C2SP checkpoints: what a log says of itself, signed (c2sp.org/tlog-checkpoint). */
export const checkpoint: Format = {
  id: 'checkpoint',
  title: 'Checkpoint (signed note)',
  recognise: (candidate) =>
    candidate.bytes <= largest &&
    ((candidate.isSignedNote &&
      /\n\n\u2014 \S+ [A-Za-z0-9+/]+=*\n/.test(candidate.utf8) &&
      // What is called a checkpoint and signed as one is one, however its size and its root are spelled.
      (called.test(candidate.name) || /^[^\n]+\n-?[0-9]+\n[A-Za-z0-9+/]{16,}={0,2}\n/.test(candidate.utf8))) ||
      // By its name and its three lines it is one that lost its signatures, or its line feeds.
      (called.test(candidate.name) && /^[^\n]+\n[0-9]+\r?\n[A-Za-z0-9+/]{43}=\r?(\n|$)/.test(candidate.utf8))),
  read(file, facts) {
    const place = { path: file.path };
    const base = { kind: 'document', format: 'checkpoint', title: 'Checkpoint (signed note)', place } as const;
    let note: Note;
    let stated: Checkpoint;
    try {
      note = parseNote(file.whole(largest));
      stated = parseCheckpoint(note.text);
    } catch (error) {
      if (!(error instanceof NoteError)) throw error;
      facts.add({ ...base, properties: [], defects: [{ code: 'signature-unreadable', detail: error.message, place }] });
      return;
    }
    const { origin, size, root, extensions } = stated;
    const signature = noteSignature(file.path, note, 'checkpoint', 'Checkpoint', statedKeys(file));
    facts.add({
      ...base,
      properties: [
        { name: 'Origin', value: origin },
        { name: 'Size', value: String(size) },
        { name: 'Root', value: root.toString('base64') },
        ...extensions.map((value) => ({ name: 'Extension', value })),
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
  },
};
