import { child, type Der, DerError, oidOf, readDer, tags } from './der.ts';

/** A name that a certificate is for (RFC 5280, 4.2.1.6). Texts are as they stand; what is not IA5 shows as it is. */
export type GeneralName =
  | { kind: 'dns' | 'email' | 'uri'; value: string }
  | { kind: 'ip'; bytes: Buffer }
  | { kind: 'directory'; parts: string[] }
  | { kind: 'other'; tag: number };

const textKinds: Record<number, 'email' | 'dns' | 'uri'> = { 129: 'email', 130: 'dns', 134: 'uri' };

/** @throws DerError for what is no GeneralName */
export function readGeneralName(node: Der): GeneralName {
  const kind = textKinds[node.tag];
  if (kind !== undefined) return { kind, value: Buffer.from(node.content).toString('latin1') };
  if (node.tag === 0x87) return { kind: 'ip', bytes: Buffer.from(node.content) };
  if (node.tag === 0xa4) return { kind: 'directory', parts: namePartsOf(child(node, 0, tags.sequence)) };
  if ([0xa0, 0xa3, 0xa5, 0x88].includes(node.tag)) return { kind: 'other', tag: node.tag };
  throw new DerError('A name of a certificate is of no kind that there is', 0);
}

/** The relative names of a distinguished name, normalised for comparison: letter case and runs of spaces are as one (RFC 5280, 7.1). */
export const namePartsOf = (name: Der): string[] =>
  name.children.map((set) =>
    set.children
      .map((pair) => {
        const value = child(pair, 1);
        const isText = [0x0c, 0x13, 0x14, 0x16, 0x1e].includes(value.tag);
        const text = isText
          ? Buffer.from(value.content).toString('utf8').trim().replace(/\s+/g, ' ').toLowerCase()
          : Buffer.from(value.raw).toString('hex');
        return `${oidOf(child(pair, 0))}=${text}`;
      })
      .sort()
      .join('+'),
  );

/** Values of one attribute of a distinguished name. */
export const attributesOf = (name: Der, oid: string): string[] =>
  name.children.flatMap((set) =>
    set.children.flatMap((pair) =>
      oidOf(child(pair, 0)) === oid ? [Buffer.from(child(pair, 1).content).toString('utf8')] : [],
    ),
  );

/** What the names below an authority must be within, and must not be (RFC 5280, 4.2.1.10). */
export interface NameConstraints {
  permitted: GeneralName[];
  excluded: GeneralName[];
  /** What of it cannot be applied, in words; '' where all can. */
  unusable: string;
}

/** Reads the extension's value. @throws DerError */
export function readNameConstraints(value: Uint8Array): NameConstraints {
  const found: NameConstraints = { permitted: [], excluded: [], unusable: '' };
  const root = readDer(value);
  for (const list of root.children) {
    if (list.tag !== 0xa0 && list.tag !== 0xa1)
      throw new DerError('Name constraints hold neither what is permitted nor what is excluded', 0);
    for (const subtree of list.children) {
      // "minimum" is always 0 and "maximum" absent (RFC 5280, 4.2.1.10): the default is not written.
      if (subtree.children.length !== 1) found.unusable = 'they are limited in depth';
      const name = readGeneralName(child(subtree, 0));
      if (name.kind === 'ip' && !isRange(name.bytes)) found.unusable = 'a range of addresses in them is none';
      if (name.kind === 'dns' && name.value.startsWith('.'))
        found.unusable = 'a name of hosts in them begins with a dot';
      (list.tag === 0xa0 ? found.permitted : found.excluded).push(name);
    }
  }
  return found;
}

/** Address and mask of the same length, the mask a run of ones (RFC 4632, 3.1). */
function isRange(bytes: Buffer): boolean {
  if (bytes.length !== 8 && bytes.length !== 32) return false;
  const mask = [...bytes.subarray(bytes.length / 2)].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return /^1*0*$/.test(mask);
}

const label = '[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?';
const host = new RegExp(`^${label}(\\.${label})*$`, 'i');
const isAddress = (text: string) => /^[0-9]+(\.[0-9]+){3}$/.test(text);
/** In the preferred syntax, the first label perhaps an asterisk (RFC 5280, 4.2.1.6; RFC 1034, 3.5; RFC 9525, 6.3). */
export const isHostName = (text: string): boolean =>
  text.length <= 253 && host.test(text.replace(/^\*\./, '')) && !isAddress(text);
/** `local@host`. */
export const isMailbox = (text: string): boolean => {
  const at = text.lastIndexOf('@');
  return at > 0 && !/[\s<>]/.test(text) && !text.slice(0, at).includes('@') && isHostName(text.slice(at + 1));
};

const isBelow = (name: string, parent: string) =>
  parent === '' ||
  name.toLowerCase() === parent.toLowerCase() ||
  name.toLowerCase().endsWith(`.${parent.toLowerCase()}`);

/** Host constraints of mailboxes and addresses: `.domain` is what is below it, `host` is that host alone. */
const isAtHost = (at: string, constraint: string) =>
  constraint.startsWith('.')
    ? at.toLowerCase().endsWith(constraint.toLowerCase())
    : at.toLowerCase() === constraint.toLowerCase();

/** Host of a URI; null where it names none that a constraint could hold (RFC 5280, 4.2.1.10). */
const hostOf = (uri: string): string | null => {
  const [, authority] = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(uri) ?? [];
  const name = authority?.replace(/^.*@/, '').replace(/:[0-9]*$/, '');
  return name === undefined || !isHostName(name) ? null : name;
};

/**
 * Whether a name is within a subtree. @param maybe for exclusion: a wildcard is within as soon as any name that it
 * stands for could be, and what cannot be judged is
 */
export function isWithin(name: GeneralName, subtree: GeneralName, maybe: boolean): boolean {
  if (name.kind === 'dns' && subtree.kind === 'dns') {
    if (!name.value.startsWith('*.')) return isHostName(name.value) ? isBelow(name.value, subtree.value) : maybe;
    const parent = name.value.slice(2);
    return isBelow(parent, subtree.value) || (maybe && isBelow(subtree.value, parent));
  }
  if (name.kind === 'email' && subtree.kind === 'email') {
    if (!isMailbox(name.value)) return maybe;
    const at = name.value.lastIndexOf('@');
    const part = name.value.slice(at + 1);
    const split = subtree.value.lastIndexOf('@');
    // The local part is told by its case, the host is not.
    return split < 0
      ? isAtHost(part, subtree.value)
      : name.value.slice(0, at) === subtree.value.slice(0, split) && isAtHost(part, subtree.value.slice(split + 1));
  }
  if (name.kind === 'uri' && subtree.kind === 'uri') {
    const at = hostOf(name.value);
    return at === null ? maybe : isAtHost(at, subtree.value);
  }
  if (name.kind === 'ip' && subtree.kind === 'ip') {
    const { length } = name.bytes;
    if (subtree.bytes.length !== 2 * length) return false;
    return [...name.bytes].every(
      (byte, i) => ((byte ^ (subtree.bytes[i] ?? 0)) & (subtree.bytes[length + i] ?? 0)) === 0,
    );
  }
  if (name.kind === 'directory' && subtree.kind === 'directory')
    return subtree.parts.every((part, i) => name.parts[i] === part);
  // Of the other kinds nothing says what is below what.
  return name.kind === 'other' && subtree.kind === 'other' && name.tag === subtree.tag && maybe;
}
