import { KeyError, verifySignature } from './public-key.ts';
import { keyFields, readSshKey, type SshKey, SshReader } from './ssh-key.ts';
import { readSshValue } from './ssh-value.ts';

/** A certificate of OpenSSH (PROTOCOL.certkeys): a key, for whom and when it counts, and the authority that says so. */
export interface SshCertificate {
  /** The key that it certifies, as a key alone. */
  subject: SshKey;
  serial: bigint;
  isForUsers: boolean;
  /** What the authority calls it in its own records. */
  id: string;
  principals: string[];
  validAfter: Date;
  /** Null where it never ends. */
  validBefore: Date | null;
  /** Names of the conditions that whoever accepts it must know. */
  critical: string[];
  authority: SshKey & { blob: Buffer };
  /** Whether the authority's signature over it holds. */
  holds: boolean;
}

const certificateType = /^(.+)-cert-v01@openssh\.com$/;
export const isSshCertificate = (blob: Buffer): boolean => certificateType.test(new SshReader(blob).text());

const listAtMost = 1_000;
function textsIn(bytes: Buffer): string[] {
  const reader = new SshReader(bytes);
  const found: string[] = [];
  while (reader.left > 0) {
    if (found.length >= listAtMost) throw new KeyError('The SSH certificate names too many.');
    found.push(reader.string().toString('utf8'));
  }
  return found;
}

/** @throws KeyError where it is none, or its key or that of its authority is not accepted */
export function readSshCertificate(blob: Buffer): SshCertificate {
  const reader = new SshReader(blob);
  const [, plain] = certificateType.exec(reader.text()) ?? [];
  if (plain === undefined) throw new KeyError('This is no SSH certificate.');
  const type = plain.startsWith('sk-') ? `${plain}@openssh.com` : plain;
  reader.string();
  const subject = keyFields(type, reader);
  const serial = reader.uint64();
  const use = reader.uint32();
  const id = reader.string().toString('utf8');
  const principals = textsIn(reader.string());
  const [from, to] = [reader.uint64(), reader.uint64()];
  // Name and value by turns.
  const critical = textsIn(reader.string()).filter((_, index) => index % 2 === 0);
  reader.string();
  reader.string();
  const authorityBlob = reader.string();
  const signed = blob.subarray(0, blob.length - reader.left);
  const signature = reader.string();
  reader.end();
  if (isSshCertificate(authorityBlob))
    throw new KeyError('The authority of an SSH certificate is a certificate itself.');
  const authority = readSshKey(authorityBlob);
  if (authority.application !== null) throw new KeyError('The authority is a security key, which is not read here.');
  const { value, digest } = readSshValue(authority, new SshReader(signature), true);
  const dateOf = (seconds: bigint) => new Date(Number(seconds < latest ? seconds : latest) * 1_000);
  return {
    subject,
    serial,
    isForUsers: use === 1,
    id,
    principals,
    validAfter: dateOf(from),
    validBefore: to === 0xffff_ffff_ffff_ffffn ? null : dateOf(to),
    critical,
    authority: { ...authority, blob: authorityBlob },
    holds: verifySignature(authority.key, signed, value, digest ?? undefined),
  };
}
/** The last second that a date can hold. */
const latest = 8_640_000_000_000n;
