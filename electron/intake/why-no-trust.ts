import { CertificateError } from '../integrity/certificate.ts';
import { readTimestamp, TimestampError } from '../integrity/timestamp-token.ts';

/** Whether these bytes are a token or a response of a timestamp authority (RFC 3161). */
function isTimestamp(bytes: Buffer): boolean {
  try {
    readTimestamp(bytes);
    return true;
  } catch (error) {
    if (error instanceof TimestampError) return false;
    throw error;
  }
}

/**
 * Why nobody is trusted through a file, for somebody who chose it: what it is, rather than where its reading ended.
 * @param error what reading it as a key or a certificate threw
 */
export function whyNoTrust(name: string, bytes: Buffer, error: Error): string {
  if (bytes[0] === 0x30 && isTimestamp(bytes))
    return `${name} is a timestamp: it proves when something was there, and vouches for nobody. It belongs beside the evidence; what is trusted is the certificate of whoever makes timestamps.`;
  if (bytes[0] === 0x30 && error instanceof CertificateError)
    return `${name} holds neither a public key nor a certificate that can be read.`;
  // Readers of bytes say where they ended, which is no sentence for whoever named the file.
  if (/, at byte \d+$/.test(error.message)) return `${name} holds a certificate or a key that cannot be read.`;
  return `${name} is not trusted: ${error.message}`;
}

/** Nobody at all is trusted through a folder, and no file of it says why. @param files of it @param hasFolders below it */
export const whyNobody = (path: string, files: number, hasFolders: boolean): string =>
  `Nobody is trusted through ${path}: ${
    files > 0
      ? 'it names nobody.'
      : hasFolders
        ? 'it holds folders alone, which are not looked into. Name the one that holds the keys.'
        : 'it is empty.'
  }`;
