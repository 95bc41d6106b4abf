import { readTimestamp, TimestampError } from '../../integrity/timestamp-token.ts';
import { type Format, Unreadable } from './format.ts';

/** RFC 3161 responses and tokens, DER. What is stamped is the file of the same name without the ending. */
export const timestamp: Format = {
  id: 'timestamp',
  title: 'Timestamp (RFC 3161)',
  recognise: ({ name, head, bytes }) => /\.(tsr|tst|tsq\.tsr)$/i.test(name) && head[0] === 0x30 && bytes <= 1_048_576,
  read(file, facts) {
    const bytes = file.whole(1_048_576);
    try {
      const info = readTimestamp(bytes);
      const over = file.path.replace(/\.(tsr|tst)$/i, '');
      facts.add({
        kind: 'document',
        format: 'timestamp',
        title: 'Timestamp (RFC 3161)',
        place: { path: file.path },
        properties: [
          { name: 'Time', value: info.at.toISOString() },
          { name: 'Imprint', value: `${info.algorithm}:${info.imprint}` },
          { name: 'Serial number', value: info.serial },
          { name: 'Over', value: file.has(over) ? over : 'nothing that is here' },
        ],
        defects: [],
      });
      facts.add({
        kind: 'timestamp',
        id: file.path,
        place: { path: file.path },
        token: Buffer.from(bytes).toString('base64'),
        over: file.has(over) ? over : null,
        algorithm: info.algorithm,
      });
    } catch (error) {
      if (error instanceof TimestampError) throw new Unreadable(error.message);
      throw error;
    }
  },
};
