import { NoteError, parseNote } from '../../integrity/note.ts';
import type { Format } from './format.ts';
import { noteSignature } from './note-signature.ts';

const largest = 1_000_000;
const signatureLine = /\n\n\u2014 \S+ [A-Za-z0-9+/]{20,}=*\n/;

/** Signed notes that are no checkpoints (c2sp.org/signed-note): any text, and lines that sign it. */
export const signedNote: Format = {
  id: 'signed-note',
  title: 'Signed note',
  recognise: (candidate) =>
    candidate.bytes <= largest &&
    ((/^(.*[._-])?note(\.txt)?$/i.test(candidate.name) && candidate.holds('\n')) ||
      (candidate.isSignedNote && signatureLine.test(candidate.utf8))),
  read(file, facts) {
    const place = { path: file.path };
    const base = { kind: 'document', format: 'signed-note', title: 'Signed note', place } as const;
    try {
      const note = parseNote(file.whole(largest));
      facts.add({
        ...base,
        properties: note.signatures
          .slice(0, 20)
          .map(({ name, keyHash }) => ({ name: 'Signed by', value: `${name} (${keyHash})` })),
        defects: [],
      });
      facts.add(noteSignature(file.path, note, 'document', 'Signed note'));
    } catch (error) {
      if (!(error instanceof NoteError)) throw error;
      facts.add({ ...base, properties: [], defects: [{ code: 'signature-unreadable', detail: error.message, place }] });
    }
  },
};
