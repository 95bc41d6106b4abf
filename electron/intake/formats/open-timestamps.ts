import type { Attestation } from '../../../shared/signature-parts.ts';
import { CommitmentError, isCommitment, readCommitment } from '../../integrity/open-timestamps.ts';
import { coveredFile } from './covered-file.ts';
import type { Format } from './format.ts';

const largest = 1_048_576;
const title = 'Timestamp (OpenTimestamps)';
const mostListed = 20;

const words = ({ what, height, calendar }: Attestation): string =>
  what === 'pending'
    ? `promised by ${calendar === null || calendar === '' ? 'a calendar' : calendar}`
    : what === 'unknown'
      ? 'by a notary of an unknown kind'
      : `${what === 'bitcoin' ? 'Bitcoin' : 'Litecoin'} block ${height ?? '?'}`;

/** OpenTimestamps proofs: what a file's digest leads to, step by step. Nobody is asked whether it is there. */
export const openTimestamps: Format = {
  id: 'open-timestamps',
  title,
  sieve: { endings: ['ots'], first: '\0' },
  recognise: ({ name, head, bytes }) =>
    bytes <= largest && (/\.ots$/i.test(name) || (head[0] === 0 && isCommitment(head))),
  read(file, facts) {
    const place = { path: file.path };
    const document = { kind: 'document', format: 'open-timestamps', title, place } as const;
    try {
      const { algorithm, digest, attestations } = readCommitment(file.whole(largest));
      const over = coveredFile(file);
      facts.add({
        ...document,
        properties: [
          { name: 'Over', value: over ?? 'whatever has this digest' },
          { name: 'Digest', value: `${algorithm}:${digest}` },
          ...attestations.slice(0, mostListed).map((each) => ({ name: 'Leads to', value: words(each) })),
        ],
        defects: [],
      });
      facts.add({ kind: 'commitment', id: file.path, place, over, algorithm, digest, attestations });
    } catch (error) {
      if (!(error instanceof CommitmentError)) throw error;
      facts.add({
        ...document,
        properties: [],
        defects: [{ code: 'timestamp-invalid', detail: `The proof cannot be read. ${error.message}`, place }],
      });
    }
  },
};
