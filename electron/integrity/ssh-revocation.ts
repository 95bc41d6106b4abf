import { createHash } from 'node:crypto';
import { KeyError, opensshBlob } from './public-key.ts';
import type { SshCertificate } from './ssh-certificate.ts';
import { SshReader } from './ssh-key.ts';

/** What a revocation list of OpenSSH names (PROTOCOL.krl): keys, digests of keys, certificates of an authority. */
export interface SshRevocations {
  /** Keys whole and digests of keys, in hex: `key:`, `sha1:` and `sha256:` before them. */
  keys: Set<string>;
  /** By authority; null for any. */
  certificates: { authority: Buffer | null; serials: [from: bigint, to: bigint][]; ids: Set<string> }[];
}

const magic = 'SSHKRL\n\0';
const entriesAtMost = 100_000;

export const isRevocationList = (bytes: Uint8Array): boolean =>
  Buffer.from(bytes.subarray(0, magic.length)).toString('latin1') === magic;

/** @throws KeyError */
export function readRevocations(bytes: Uint8Array): SshRevocations {
  const reader = new SshReader(bytes);
  if (reader.raw(8).toString('latin1') !== magic || reader.uint32() !== 1)
    throw new KeyError('This is no revocation list of SSH keys.');
  reader.raw(24);
  reader.string();
  reader.string();
  const found: SshRevocations = { keys: new Set(), certificates: [] };
  const prefixes: Record<number, string> = { 2: 'key:', 3: 'sha1:', 5: 'sha256:' };
  while (reader.left > 0) {
    const section = reader.byte();
    const body = new SshReader(reader.string());
    const prefix = prefixes[section];
    if (section === 1) found.certificates.push(certificatesIn(body));
    else if (prefix !== undefined)
      while (body.left > 0 && found.keys.size < entriesAtMost)
        found.keys.add(`${prefix}${body.string().toString('hex')}`);
    // 4 is a signature over the list. What else is there may revoke in a way that is not known.
    else if (section !== 4) throw new KeyError(`The list revokes in a way that is not read here (${section}).`);
  }
  return found;
}

function certificatesIn(body: SshReader): SshRevocations['certificates'][number] {
  const authority = body.string();
  body.string();
  const serials: [bigint, bigint][] = [];
  const ids = new Set<string>();
  while (body.left > 0) {
    const kind = body.byte();
    const held = new SshReader(body.string());
    if (kind === 0x20)
      while (held.left > 0 && serials.length < entriesAtMost) {
        const serial = held.uint64();
        serials.push([serial, serial]);
      }
    else if (kind === 0x21) serials.push([held.uint64(), held.uint64()]);
    else if (kind === 0x22) serials.push(...bitmap(held));
    else if (kind === 0x23) while (held.left > 0 && ids.size < entriesAtMost) ids.add(held.string().toString('utf8'));
    else throw new KeyError(`The list revokes certificates in a way that is not read here (${kind}).`);
  }
  return { authority: authority.length === 0 ? null : authority, serials, ids };
}

/** Bit n of the number revokes the serial that is n above the first. */
function bitmap(held: SshReader): [bigint, bigint][] {
  const first = held.uint64();
  const bits = held.string();
  const found: [bigint, bigint][] = [];
  for (let at = 0; at < bits.length * 8 && found.length < entriesAtMost; at += 1)
    if (((bits[bits.length - 1 - (at >> 3)] ?? 0) >> (at & 7)) & 1)
      found.push([first + BigInt(at), first + BigInt(at)]);
  return found;
}

/** Whether a list names a key, given as its own wire form. */
export const isKeyRevoked = ({ keys }: SshRevocations, blob: Uint8Array): boolean =>
  ['sha1', 'sha256'].some((name) => keys.has(`${name}:${createHash(name).update(blob).digest('hex')}`)) ||
  keys.has(`key:${Buffer.from(blob).toString('hex')}`);

/** Whether a list names a certificate, the key in it, or its authority. */
export const isCertificateRevoked = (
  list: SshRevocations,
  { authority, serial, id, subject }: SshCertificate,
): boolean =>
  isKeyRevoked(list, opensshBlob(subject.key)) ||
  isKeyRevoked(list, authority.blob) ||
  list.certificates.some(
    (each) =>
      (each.authority === null || each.authority.equals(authority.blob)) &&
      (each.ids.has(id) || each.serials.some(([from, to]) => from <= serial && serial <= to)),
  );
