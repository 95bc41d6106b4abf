import type { TrustEntry } from '../../shared/trust.ts';
import type { Certificate } from '../integrity/certificate.ts';
import { isHostName, isMailbox } from '../integrity/general-names.ts';

const isDotted = (text: string) => /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/.test(text);
const isColoned = (text: string) =>
  /^[0-9a-f:.]{2,45}$/i.test(text) && text.includes(':') && URL.canParse(`http://[${text}]/`);
const isAddress = (text: string) => isDotted(text) || isColoned(text);

/** Bytes of an address as certificates hold it; null for what is none. */
function addressBytes(text: string): Buffer | null {
  if (isDotted(text)) return Buffer.from(text.split('.').map(Number));
  if (!isColoned(text)) return null;
  // The URL parser writes an address in its one form: groups of hex, the longest run of zeros as two colons.
  const [head = '', tail] = new URL(`http://[${text}]/`).hostname.slice(1, -1).split('::');
  const groups = (part: string | undefined) => (part === undefined || part === '' ? [] : part.split(':'));
  const zeros = tail === undefined ? 0 : 8 - groups(head).length - groups(tail).length;
  const all = [...groups(head), ...new Array<string>(zeros).fill('0'), ...groups(tail)];
  return Buffer.from(all.map((group) => group.padStart(4, '0')).join(''), 'hex');
}

/**
 * A name of a host as a certificate bears it against one that was asked for (RFC 9525, 6.3): letters as they are but
 * for their case, and an asterisk that is a whole first label stands for one label. One below the top of the tree
 * would be for everybody, and stands for none.
 */
function isSameHost(borne: string, asked: string): boolean {
  const [presented, wanted] = [borne.toLowerCase(), asked.toLowerCase()];
  if (!isHostName(presented)) return false;
  if (!presented.startsWith('*.')) return presented === wanted;
  const rest = presented.slice(1);
  return (
    rest.indexOf('.', 1) > 0 &&
    wanted.endsWith(rest) &&
    !wanted.slice(0, -rest.length).includes('.') &&
    wanted.length > rest.length
  );
}

/** Whether a name that was asked for is that of a server: a host or an address. */
export const isServer = (identity: string): boolean =>
  isAddress(identity) || (identity.includes('.') && isHostName(identity));

/** Whether a certificate is for a name: a host, an address, a mailbox, a URI, or else whom its subject names. */
export function isCertifiedFor({ names, subject, subjectNames }: Certificate, identity: string): boolean {
  const address = addressBytes(identity);
  if (address !== null) return names.some((each) => each.kind === 'ip' && each.bytes.equals(address));
  if (/^[a-z][a-z0-9+.-]*:/i.test(identity))
    return names.some((each) => each.kind === 'uri' && each.value === identity);
  // A mailbox in the subject counts where the certificate bears none among its names (RFC 8550, 3).
  if (identity.includes('@'))
    return [...names, ...subjectNames].some((each) => each.kind === 'email' && isSameMailbox(each.value, identity));
  if (isServer(identity)) return names.some((each) => each.kind === 'dns' && isSameHost(each.value, identity));
  return subject === identity || subject.split(', ')[0] === identity;
}

const isSameMailbox = (a: string, b: string): boolean => {
  const split = (text: string) => [
    text.slice(0, text.lastIndexOf('@')),
    text.slice(text.lastIndexOf('@') + 1).toLowerCase(),
  ];
  return isMailbox(a) && split(a).join('@') === split(b).join('@');
};

/**
 * The common name of a certificate for servers, where it spells one of the names that count in another way, or is an
 * encoded name that is none of them: whoever reads it takes the one, and software the others (RFC 9525, 2). Null else.
 */
export function strayCommonName({ names, node }: Certificate): string | null {
  const borne = names.flatMap((each) =>
    each.kind === 'ip' ? [addressText(each.bytes)] : each.kind === 'dns' ? [each.value] : [],
  );
  const common = (node.subject ?? '').split('\n').flatMap((line) => (line.startsWith('CN=') ? [line.slice(3)] : []));
  return (
    common.find(
      (name) =>
        !borne.includes(name) &&
        (borne.some((each) => oneForm(each) === oneForm(name)) || (borne.length > 0 && /(^|\.)xn--/i.test(name))),
    ) ?? null
  );
}

/** The form in which a browser writes a host, whatever way it was spelled; the text itself where it is none. */
function oneForm(text: string): string {
  const asked = text.includes(':') ? `http://[${text}]/` : `http://${text}/`;
  return URL.canParse(asked) ? new URL(asked).hostname : text;
}

function addressText(bytes: Buffer): string {
  if (bytes.length === 4) return [...bytes].join('.');
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(2 * i).toString(16)).join(':');
  return new URL(`http://[${groups}]/`).hostname.slice(1, -1);
}

/** Names under an authority that the reviewer named with it; none where the authority may speak for anybody. */
export const identitiesUnder = (entries: readonly TrustEntry[], root: Certificate | undefined): string[] =>
  entries
    .filter(({ kind, fingerprint }) => kind === 'authority' && fingerprint === root?.fingerprint)
    .flatMap(({ identities }) => identities.map(({ identity }) => identity));
