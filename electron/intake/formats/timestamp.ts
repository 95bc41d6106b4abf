import type { Defect } from '../../../shared/fact.ts';
import { strictBase64 } from '../../integrity/base64.ts';
import { answersOther, readTimestamp, TimestampError, type TimestampInfo } from '../../integrity/timestamp-token.ts';
import { folderOf } from '../shape.ts';
import { coveredFile } from './covered-file.ts';
import type { Format, OpenFile } from './format.ts';

const largest = 1_048_576;

/** OID of TSTInfo (RFC 3161, 2.4.2): in a token it stands within the first bytes. */
const timestampInfo = Buffer.from('060b2a864886f70d0109100104', 'hex');
const holdsToken = (head: Uint8Array): boolean => Buffer.from(head.subarray(0, 120)).includes(timestampInfo);

/** A sequence of DER, or the same in base64. */
const isDerOrText = (head: Uint8Array): boolean =>
  head[0] === 0x30 || /^M[A-P]/.test(Buffer.from(head.subarray(0, 2)).toString());

/** The bytes of a token that stands in a text, in base64 or in PEM; those that are no such text as they are. */
function derOf(bytes: Uint8Array): Uint8Array {
  if (bytes[0] === 0x30) return bytes;
  const text = Buffer.from(bytes).toString('latin1');
  return strictBase64(text.replace(/-----(BEGIN|END) [A-Z0-9 -]+-----/g, '').replace(/\s+/g, '')) ?? bytes;
}

/** What is wrong with the token as an answer to the request that lies beside it under its name, or under the usual ones. */
function unanswered(file: OpenFile, info: TimestampInfo): Defect[] {
  const folder = folderOf(file.path);
  const own = [`${file.name.replace(/\.[^.]+$/, '')}.tsq`, `${file.name}.tsq`];
  // Beside several tokens a request that bears the name of none is of one of them, and it is not said of which.
  const isOnly = file.list(folder).filter((path) => /\.(tsr|tst)$/i.test(path)).length <= 1;
  const names = isOnly ? [...own, 'request.tsq', 'query.tsq'] : own;
  const path = names.map((name) => (folder === '' ? name : `${folder}/${name}`)).find((each) => file.has(each));
  const bytes = path === undefined ? null : file.peek(path, 65_536);
  if (path === undefined || bytes === null) return [];
  const say = (why: string): Defect[] => [{ code: 'timestamp-invalid', detail: why, place: { path: file.path } }];
  try {
    const why = answersOther(info, bytes);
    return why === '' ? [] : say(`The token does not answer the request ${path}: ${why}.`);
  } catch (error) {
    if (error instanceof TimestampError) return say(`The token has a request beside it, ${path}. ${error.message}`);
    throw error;
  }
}

/** RFC 3161 responses and tokens, DER. What is stamped is the file of the same name without the ending. */
export const timestamp: Format = {
  id: 'timestamp',
  title: 'Timestamp (RFC 3161)',
  sieve: { endings: ['tsr', 'tst'], first: '0' },
  recognise: ({ name, head, bytes }) =>
    bytes <= largest &&
    (/\.tsr$/i.test(name) || (/\.tst$/i.test(name) && isDerOrText(head)) || (head[0] === 0x30 && holdsToken(head))),
  read(file, facts) {
    const bytes = derOf(file.whole(largest));
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
      defects: unanswered(file, info),
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
