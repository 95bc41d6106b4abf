import type { PlainValue } from './yaml.ts';

/** Narrowing of parsed values: what is not of the shape asked for is simply not there. */
export type Shape = PlainValue | undefined;
export const asObject = (value: Shape): { [name: string]: PlainValue } =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
export const asList = (value: Shape): PlainValue[] => (Array.isArray(value) ? value : []);
export const asText = (value: Shape): string | null => (typeof value === 'string' ? value : null);
/** A text, or a number or boolean as it prints. */
export const asWord = (value: Shape): string | null =>
  typeof value === 'string' ? value : typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;

const hexLengths: Record<number, string> = { 32: 'md5', 40: 'sha1', 64: 'sha256', 96: 'sha384', 128: 'sha512' };
/** `algorithm:hex` from a hex text alone, or from `sha256:…`; null where it is no digest. */
export function digestOfText(text: string | null, algorithm?: string): string | null {
  if (text === null) return null;
  const [, named, hex] = /^(?:([a-z0-9-]+):)?([0-9a-fA-F]+)$/.exec(text) ?? [];
  if (hex === undefined) return null;
  const name = algorithm ?? named ?? hexLengths[hex.length];
  return name === undefined || hex.length < 32 || hex.length % 2 !== 0 ? null : `${name}:${hex.toLowerCase()}`;
}

/** Folder of a path, without the slash; '' for the root. */
export const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));
/** Parts that a path does not have: empty, or dots alone. */
const indirect = /(^|\/)\.{0,2}(\/|$)/;
/**
 * A relative name below a folder as a path of the source; null where the name is absolute or climbs out.
 * Text arithmetic alone: no file system is asked.
 */
export function resolveName(base: string, name: string): string | null {
  if (name.startsWith('/') || /^[a-zA-Z]:/.test(name) || name.includes('\0')) return null;
  if (base === '' && !indirect.test(name)) return name;
  const parts = base === '' ? [] : base.split('/');
  for (const part of name.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return null;
  }
  return parts.join('/');
}

/** The folder, from the document's own upwards, below which most of the names exist; the document's own if none do. */
export function findBase(file: { path: string; has(path: string): boolean }, names: readonly string[]): string {
  let best = folderOf(file.path);
  let most = 0;
  for (let base = folderOf(file.path); ; base = folderOf(base)) {
    const found = names.slice(0, 200).filter((name) => file.has(resolveName(base, name) ?? '')).length;
    if (found > most) {
      most = found;
      best = base;
    }
    if (base === '') return best;
  }
}
