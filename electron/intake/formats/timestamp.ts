import { readTimestamp, TimestampError, type TimestampInfo } from '../../integrity/timestamp-token.ts';
import { coveredFile } from './covered-file.ts';
import type { Format } from './format.ts';

const largest = 1_048_576;

/** RFC 3161 responses and tokens, DER. What is stamped is the file of the same name without the ending. */
export const timestamp: Format = {
  id: 'timestamp',
  title: 'Timestamp (RFC 3161)',
  sieve: { endings: ['tsr', 'tst'] },
  recognise: ({ name, head, bytes }) => /\.(tsr|tst)$/i.test(name) && head[0] === 0x30 && bytes <= largest,
  read(file, facts) {
    const bytes = file.whole(largest);
    const place = { path: file.path };
    const document = { kind: 'document', format: 'timestamp', title: 'Timestamp (RFC 3161)', place } as const;
    let info: TimestampInfo;
    try {
      info = readTimestamp(bytes);
    } catch (error) {
      if (!(error instanceof TimestampError)) throw error;
      facts.add({
        ...document,
        properties: [],
        defects: [{ code: 'timestamp-invalid', detail: error.message, place }],
      });
      return;
    }
    const over = coveredFile(file);
    facts.add({
      ...document,
      properties: [
        { name: 'Time', value: info.at.toISOString() },
        { name: 'Imprint', value: `${info.algorithm}:${info.imprint}` },
        { name: 'Serial number', value: info.serial },
        { name: 'Over', value: over ?? 'whatever has this imprint' },
      ],
      defects: [],
    });
    facts.add({
      kind: 'timestamp',
      id: file.path,
      place,
      token: Buffer.from(bytes).toString('base64'),
      over,
      algorithm: info.algorithm,
    });
  },
};
