import { limits } from '../../../shared/limits.ts';

/**
 * Why a name from an archive cannot be used, in words; null where it can. Names are data: this decides whether the
 * archive as a whole is refused, never where anything is written.
 */
export function whyNameRefused(name: string): string | null {
  if (name === '') return 'has no name';
  if (name.startsWith('/')) return 'is an absolute path';
  if (/^[a-zA-Z]:/.test(name)) return 'names a drive';
  if (name.includes('\\')) return 'holds a backslash, which some systems read as a separator';
  if (/[\u0000-\u001f\u007f]/.test(name)) return 'holds a control character';
  if (/[\u202a-\u202e\u2066-\u2069\u200e\u200f]/.test(name))
    return 'holds a character that turns the direction of text';
  const parts = name.split('/');
  if (parts.includes('..')) return 'points outside it';
  if (Buffer.byteLength(name) > limits.pathBytes) return `has a path longer than ${limits.pathBytes} bytes`;
  if (parts.some((part) => Buffer.byteLength(part) > limits.nameBytes))
    return `has a name longer than ${limits.nameBytes} bytes`;
  if (parts.length > limits.depth) return `is deeper than ${limits.depth} folders`;
  return null;
}

/** Removes `./` and doubled separators: two entries of one name are then seen as such. */
export const normalName = (name: string): string =>
  name
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');

/** Control and direction characters as visible escapes, for a sentence. */
export const visible = (name: string): string =>
  name.replace(
    /[\u0000-\u001f\u007f\u202a-\u202e\u2066-\u2069\u200e\u200f\ufeff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** Two names that one file system or another folds into one: case, and composed or decomposed letters. */
export const foldedName = (name: string): string => name.normalize('NFC').toLowerCase();
