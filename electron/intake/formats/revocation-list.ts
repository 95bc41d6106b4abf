import { DerError } from '../../integrity/der.ts';
import { pemBlocks, pemBytes } from '../../integrity/public-key.ts';
import { type Revocations, readOcspResponse, readRevocationList } from '../../integrity/revocation.ts';
import { type FactSink, type Format, type OpenFile, Unreadable } from './format.ts';

const largest = 4 * 2 ** 20;
const mostLists = 32;
const title = 'Revoked certificates';

/** Lists of revoked certificates (`.crl`, PEM) and OCSP responses (`.ors`, `.ocsp`): what an authority said of certificates. */
export const revocationList: Format = {
  id: 'revocation-list',
  title,
  sieve: { endings: ['crl', 'ors', 'ocsp'], first: '-' },
  recognise: ({ name, bytes, head, latin1 }) =>
    bytes <= largest &&
    (/^\s*-----BEGIN X509 CRL-----/.test(latin1) || (/\.(crl|ors|ocsp)$/i.test(name) && head[0] === 0x30)),
  read(file, facts) {
    const bytes = file.whole(largest);
    const text = Buffer.from(bytes).toString('latin1');
    if (text.includes('-----BEGIN ')) addLists(file, facts, listsIn(text));
    else if (/\.crl$/i.test(file.name)) addLists(file, facts, [Buffer.from(bytes)]);
    else addOne(file, facts, Buffer.from(bytes), 'response');
  },
};

/** DER of the lists that stand in a PEM text. */
export const listsIn = (text: string): Buffer[] =>
  pemBlocks(text, 'X509 CRL').flatMap((block) => pemBytes(block, 'X509 CRL') ?? []);

/** Facts of lists, wherever they stood. @throws Unreadable */
export function addLists(file: OpenFile, facts: FactSink, lists: readonly Buffer[]): void {
  if (lists.length === 0) throw new Unreadable('A list in it is not base64.');
  if (lists.length > mostLists) throw new Unreadable(`It holds more than ${mostLists} lists.`);
  for (const der of lists) addOne(file, facts, der, 'list');
}

function addOne(file: OpenFile, facts: FactSink, der: Buffer, what: Revocations['what']): void {
  const place = { path: file.path };
  let read: Revocations;
  try {
    read = what === 'list' ? readRevocationList(der) : readOcspResponse(der);
  } catch (error) {
    if (error instanceof DerError) throw new Unreadable(error.message);
    throw error;
  }
  facts.add({ kind: 'revocation', place, what, der: der.toString('base64') });
  facts.add({
    kind: 'document',
    format: 'revocation-list',
    title: what === 'list' ? 'Revoked certificates (CRL)' : 'Answer about certificates (OCSP)',
    place,
    properties: [{ name: 'Made', value: read.madeAt.toISOString() }],
    defects: [],
  });
}
