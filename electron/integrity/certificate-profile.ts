import type { Certificate } from './certificate.ts';
import { child, type Der, DerError, integerHex, oidOf, readDer, tags } from './der.ts';
import { isHostName, isMailbox, readGeneralName } from './general-names.ts';

interface Extension {
  isCritical: boolean;
  value: Uint8Array;
}

function extensionsOf(tbs: Der): Map<string, Extension> {
  const list = tbs.children.find(({ tag }) => tag === 0xa3)?.children[0]?.children ?? [];
  return new Map(
    list.map((each) => {
      const [id, second] = each.children;
      const isCritical = second?.tag === tags.boolean && second.content[0] !== 0;
      return [
        id === undefined ? '' : oidOf(id),
        { isCritical, value: each.children.at(-1)?.content ?? new Uint8Array() },
      ];
    }),
  );
}

const ids = {
  subjectKeyId: '2.5.29.14',
  authorityKeyId: '2.5.29.35',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  policyConstraints: '2.5.29.36',
  alternativeName: '2.5.29.17',
  authorityAccess: '1.3.6.1.5.5.7.1.1',
} as const;

/**
 * Where a certificate departs from the profile of RFC 5280, 4, in what is a MUST and can be told from it alone. Software
 * differs in what it forgives of these; a path may hold all the same, and whoever asks about a certificate is told.
 */
export function departuresOf(root: Der, certificate: Certificate): string[] {
  const tbs = child(root, 0, tags.sequence);
  const found: string[] = [];
  const must = (isKept: boolean, what: string) => void (isKept ? undefined : found.push(what));
  const extensions = extensionsOf(tbs);
  const [first] = tbs.children;
  const version = first?.tag === 0xa0 ? Number.parseInt(integerHex(child(first, 0, tags.integer)), 16) + 1 : 1;
  must(extensions.size === 0 || version === 3, `has extensions and is of version ${version} (4.1.2.1)`);
  const serial = child(tbs, first?.tag === 0xa0 ? 1 : 0, tags.integer).content;
  must(
    (serial[0] ?? 0x80) < 0x80 && serial.some((byte) => byte !== 0),
    'has a serial number that is not positive (4.1.2.2)',
  );
  must(serial.length <= 20, 'has a serial number of more than 20 bytes (4.1.2.2)');
  keyIds(certificate, extensions, must);
  const { isAuthority, keyUsage } = certificate;
  const maySignCertificates = keyUsage === null || (keyUsage & 0x04) !== 0;
  must(
    !isAuthority || extensions.get(ids.basicConstraints)?.isCritical === true,
    'is of an authority and does not say so critically (4.2.1.9)',
  );
  must(
    !isAuthority || maySignCertificates || (keyUsage & 0x02) !== 0,
    'is of an authority that may sign neither certificates nor lists (4.2.1.3)',
  );
  must(
    isAuthority || keyUsage === null || !maySignCertificates,
    'may sign certificates and is of no authority (4.2.1.3)',
  );
  must(
    extensions.get(ids.policyConstraints)?.isCritical !== false,
    'constrains policies, and not critically (4.2.1.11)',
  );
  const constraints = extensions.get(ids.nameConstraints);
  must(constraints?.isCritical !== false, 'constrains names, and not critically (4.2.1.10)');
  must(constraints === undefined || isAuthority, 'constrains names and is of no authority (4.2.1.10)');
  const bits = certificate.key.asymmetricKeyDetails?.modulusLength ?? 0;
  must(bits % 8 === 0, `has an RSA key of ${bits} bits, which are no whole bytes (CA/Browser Forum, 6.1.6)`);
  const access = extensions.get(ids.authorityAccess);
  must(
    access === undefined || (!access.isCritical && isAccess(access.value)),
    'says in a malformed or critical way where its issuer is found (4.2.2.1)',
  );
  names(certificate, must);
  return found;
}

/** What the baseline requirements of the CA/Browser Forum forbid in certificates of servers and of what is above them. */
export function serverDeparturesOf(
  root: Der,
  { issuerDer, subjectDer, isAuthority, extendedKeyUsage, subjectNames, key }: Certificate,
): string[] {
  const extensions = extensionsOf(child(root, 0, tags.sequence));
  const isRoot = isAuthority && Buffer.compare(issuerDer, subjectDer) === 0;
  const issuer = extensions.get(ids.authorityKeyId);
  const found: string[] = [];
  // Good for documents, and no browser verifies by them.
  if (key.asymmetricKeyType === 'ed448' || key.asymmetricKeyDetails?.namedCurve?.startsWith('brainpool') === true)
    found.push('has a key of a kind that certificates of servers may not have (6.1.5)');
  if (isRoot && extendedKeyUsage !== null) found.push('is of a root and names purposes (7.1.2.1.2)');
  if (
    isRoot &&
    (issuer === undefined ? [] : (partsOf(issuer.value) ?? [])).some(({ tag }) => tag === 0xa1 || tag === 0x82)
  )
    found.push('is of a root and writes its issuer out (7.1.2.1.3)');
  if (subjectNames.some(({ kind }) => kind === 'directory') && extensions.get(ids.alternativeName)?.isCritical === true)
    found.push('has a subject, and other names that are critical beside it (7.1.2.7.12)');
  return found;
}

type Must = (isKept: boolean, what: string) => void;

function keyIds(certificate: Certificate, extensions: Map<string, Extension>, must: Must): void {
  const isSelfIssued = Buffer.compare(certificate.issuerDer, certificate.subjectDer) === 0;
  const own = extensions.get(ids.subjectKeyId);
  const issuer = extensions.get(ids.authorityKeyId);
  certificate.subjectKeyId = own === undefined ? null : keyIdOf(own.value);
  must(!certificate.isAuthority || own !== undefined, 'is of an authority and does not identify its key (4.2.1.2)');
  must(own?.isCritical !== true && issuer?.isCritical !== true, 'identifies keys critically (4.2.1.1, 4.2.1.2)');
  if (issuer !== undefined) {
    const parts = partsOf(issuer.value);
    certificate.authorityKeyId = parts?.find(({ tag }) => tag === 0x80)?.content.length
      ? Buffer.from(parts.find(({ tag }) => tag === 0x80)?.content ?? []).toString('hex')
      : null;
    const has = (tag: number) => parts?.some((each) => each.tag === tag) === true;
    must(parts !== null && has(0xa1) === has(0x82), "names its issuer's certificate by half (4.2.1.1)");
  }
  // What an authority calls its key is what stands in the certificates that it issues, its own among them.
  must(
    !isSelfIssued ||
      !isOwn(certificate) ||
      certificate.authorityKeyId === null ||
      certificate.subjectKeyId === null ||
      certificate.authorityKeyId === certificate.subjectKeyId,
    'is its own issuer and identifies another key as that of its issuer (4.2.1.2)',
  );
}

/** Signed by its own key, and not by an earlier one of the same authority. */
function isOwn({ node, key }: Certificate): boolean {
  try {
    return node.verify(key);
  } catch {
    return false;
  }
}

function keyIdOf(value: Uint8Array): string | null {
  try {
    const node = readDer(value);
    return node.tag === tags.octets ? Buffer.from(node.content).toString('hex') : null;
  } catch (error) {
    if (error instanceof DerError) return null;
    throw error;
  }
}
function partsOf(value: Uint8Array): Der[] | null {
  try {
    return readDer(value).children;
  } catch (error) {
    if (error instanceof DerError) return null;
    throw error;
  }
}

/** SEQUENCE SIZE (1..MAX) OF { method, place }. */
function isAccess(value: Uint8Array): boolean {
  try {
    const { tag, children } = readDer(value);
    return (
      tag === tags.sequence &&
      children.length > 0 &&
      children.every((each) => {
        oidOf(child(each, 0));
        readGeneralName(child(each, 1));
        return each.children.length === 2;
      })
    );
  } catch (error) {
    if (error instanceof DerError) return false;
    throw error;
  }
}

function names({ names: held }: Certificate, must: Must): void {
  for (const name of held) {
    if (name.kind === 'dns') must(isHostName(name.value), 'bears a name of a host that is none (4.2.1.6)');
    if (name.kind === 'email') must(isMailbox(name.value), 'bears a mailbox that is none (4.2.1.6)');
    if (name.kind === 'ip')
      must(name.bytes.length === 4 || name.bytes.length === 16, 'bears an address that is none (4.2.1.6)');
  }
}
