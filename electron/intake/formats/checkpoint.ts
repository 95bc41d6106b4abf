import { NoteError, parseCheckpoint, parseNote } from '../../integrity/note.ts';
import { type Format, Unreadable } from './format.ts';

/** C2SP checkpoints: what a log says of itself, signed (c2sp.org/tlog-checkpoint). */
export const checkpoint: Format = {
  id: 'checkpoint',
  title: 'Checkpoint (signed note)',
  recognise: ({ bytes, head }) =>
    bytes <= 65_536 &&
    /\n\n\u2014 \S+ [A-Za-z0-9+/]+=*\n/.test(Buffer.from(head).toString('utf8')) &&
    /^[^\n]+\n[0-9]+\n[A-Za-z0-9+/]{43}=\n/.test(Buffer.from(head).toString('utf8')),
  read(file, facts) {
    try {
      const note = parseNote(file.whole(65_536));
      const { origin, size, root, extensions } = parseCheckpoint(note.text);
      const place = { path: file.path };
      const signature = `${file.path}#signature`;
      facts.add({
        kind: 'document',
        format: 'checkpoint',
        title: 'Checkpoint (signed note)',
        place,
        properties: [
          { name: 'Origin', value: origin },
          { name: 'Size', value: String(size) },
          { name: 'Root', value: root.toString('base64') },
          ...extensions.map((value) => ({ name: 'Extension', value })),
          ...note.signatures.map(({ name, keyHash }) => ({ name: 'Signed by', value: `${name} (${keyHash})` })),
        ],
        defects: [],
      });
      facts.add({
        kind: 'signature',
        id: signature,
        scheme: 'note',
        use: 'checkpoint',
        title: 'Checkpoint',
        place,
        signed: Buffer.from(note.text).toString('base64'),
        signatures: note.signatures.map(({ name, keyHash, value }) => ({
          keyId: null,
          name,
          value: value.toString('base64'),
          keyHash,
          certificates: [],
        })),
        predicateType: null,
      });
      facts.add({
        kind: 'checkpoint',
        id: file.path,
        place,
        origin,
        size,
        root: root.toString('base64'),
        extensions,
        signature,
      });
    } catch (error) {
      if (error instanceof NoteError) throw new Unreadable(error.message);
      throw error;
    }
  },
};
