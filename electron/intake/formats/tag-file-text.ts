import { Unreadable } from './format.ts';

/** Encodings in which tag files of bags occur, besides UTF-8. */
const known: Record<string, (bytes: Uint8Array, isStrict: boolean) => string> = {
  'iso-8859-1': (bytes) => Buffer.from(bytes).toString('latin1'),
  'us-ascii': (bytes) => Buffer.from(bytes).toString('latin1'),
  'utf-16': (bytes, strict) => utf16(bytes, bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-16be', strict),
  'utf-16le': (bytes, strict) => utf16(bytes, 'utf-16le', strict),
  'utf-16be': (bytes, strict) => utf16(bytes, 'utf-16be', strict),
};

const utf16 = (bytes: Uint8Array, order: 'utf-16le' | 'utf-16be', isStrict: boolean): string => {
  try {
    return new TextDecoder(order, { fatal: isStrict }).decode(bytes);
  } catch {
    throw new Unreadable('It is not the UTF-16 that it is said to be.');
  }
};

/** Encoding that `bagit.txt` declares for the other tag files, lower case; '' for UTF-8 (RFC 8493, 2.1.1). */
export function encodingOfBag(declaration: Uint8Array): string {
  const [, found = 'utf-8'] =
    /^Tag-File-Character-Encoding\s*:\s*(\S+)\s*$/im.exec(Buffer.from(declaration).toString('utf8')) ?? [];
  const encoding = found.toLowerCase();
  return encoding === 'utf-8' || encoding === 'utf8' ? '' : encoding;
}

/** Text of a tag file in the encoding that its bag declares. @param isStrict false for a head, which may be cut @throws Unreadable */
export function decodeTagFile(bytes: Uint8Array, encoding: string, isStrict = true): string {
  const decode = known[encoding];
  if (decode !== undefined) return decode(bytes, isStrict);
  try {
    return new TextDecoder(encoding, { fatal: isStrict }).decode(bytes);
  } catch (error) {
    throw new Unreadable(
      error instanceof RangeError
        ? `Its bag declares the encoding ${encoding.slice(0, 40)}, which is not read.`
        : `It is not the ${encoding} that its bag declares.`,
    );
  }
}
