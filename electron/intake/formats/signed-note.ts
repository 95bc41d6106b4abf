import { NoteError, parseNote } from '../../integrity/note.ts';
import { folderOf } from '../shape.ts';
import type { Format, OpenFile } from './format.ts';
import { noteSignature } from './note-signature.ts';
import { plainText } from './plain-text.ts';

const largest = 1_000_000;
const signatureLine = /\n\n\u2014 \S+ [A-Za-z0-9+/]{20,}=*\n/;

/**
 * Most texts that are called a note are no signed ones: what has no signature is one that lost it where a key to check it
 * by lies beside. A file that is called `note` and nothing else is taken for one.
 */
const hasKeyBeside = (file: OpenFile): boolean =>
  file
    .list(folderOf(file.path))
    .some((path) => /vkey|verifier|note.*key|key.*note/i.test(path.slice(path.lastIndexOf('/') + 1)));

/** Signed notes that are no checkpoints (c2sp.org/signed-note): any text, and lines that sign it. */
export const signedNote: Format = {
  id: 'signed-note',
  title: 'Signed note',
  recognise: (candidate) =>
    candidate.bytes <= largest &&
    ((/^(.*[._-])?note(\.txt)?$/.test(candidate.name) && candidate.holds('\n')) ||
      (candidate.isSignedNote && signatureLine.test(candidate.utf8))),
  read(file, facts) {
    const isSigned = Buffer.from(file.whole(largest)).includes('\n\u2014 ');
    if (!isSigned && !/^note(\.txt)?$|\.note$/.test(file.name) && !hasKeyBeside(file))
      return plainText.read(file, facts);
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
