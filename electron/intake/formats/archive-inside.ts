import { foreignCompression } from '../containers/open-container.ts';
import type { Format } from './format.ts';

const isTar = (head: Uint8Array): boolean =>
  head[257] === 0x75 && Buffer.from(head.subarray(257, 262)).toString('latin1') === 'ustar';

/** How a cabinet begins: its mark, and four bytes that are always 0 (MS-CAB 2.1). */
const cabinet = Buffer.from('MSCF\0\0\0\0', 'latin1');

/** What an archive inside a source is called; null for anything else. */
function archiveName(head: Uint8Array): string | null {
  const [a, b, c, d] = head;
  if (a === 0x50 && b === 0x4b && ((c === 3 && d === 4) || (c === 5 && d === 6))) return 'zip';
  if (a === 0x1f && b === 0x8b && c === 8) return 'gzip';
  if (a === 0x4d && Buffer.from(head.subarray(0, 8)).equals(cabinet)) return 'cabinet';
  if (a === 0x21 && Buffer.from(head.subarray(0, 21)).toString('latin1') === '!<arch>\ndebian-binary')
    return 'Debian package';
  return isTar(head) ? 'tar' : foreignCompression(head);
}

/**
 * Archives inside a source, last of all: digested like any file and not opened, for what lies in them in turn has no
 * end. That they were not looked into is said.
 */
export const archiveInside: Format = {
  id: 'archive-inside',
  title: 'Archive, not opened',
  recognise: ({ head }) => archiveName(head) !== null,
  read(file, facts) {
    const kind = archiveName(file.head) ?? '';
    const place = { path: file.path };
    facts.add({
      kind: 'document',
      format: 'archive-inside',
      title: 'Archive, not opened',
      place,
      properties: [{ name: 'Kind', value: kind }],
      defects: [
        {
          code: 'archive-inside',
          detail: `This ${kind} archive was digested and not opened: what lies in it was not looked at.`,
          place,
        },
      ],
    });
  },
};
