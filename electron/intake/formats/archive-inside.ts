import { foreignCompression } from '../containers/open-container.ts';
import type { Format } from './format.ts';

const isTar = (head: Uint8Array): boolean =>
  head[257] === 0x75 && Buffer.from(head.subarray(257, 262)).toString('latin1') === 'ustar';

/** What an archive inside a source is called; null for anything else. */
function archiveName(head: Uint8Array): string | null {
  const [a, b, c, d] = head;
  if (a === 0x50 && b === 0x4b && ((c === 3 && d === 4) || (c === 5 && d === 6))) return 'zip';
  if (a === 0x1f && b === 0x8b && c === 8) return 'gzip';
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
