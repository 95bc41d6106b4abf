import { readSignerLine, type SshSigner } from './ssh-key.ts';
import { readRevocations, type SshRevocations } from './ssh-revocation.ts';

/** An authority for SSH certificates, and what revokes certificates of its own. */
export interface SshAuthority {
  line: SshSigner;
  revocations: SshRevocations[];
}

/** What is kept of one: its line of allowed_signers, and each revocation list in a line of base64 after it. */
export const sshAuthorityText = (line: string, lists: readonly Uint8Array[]): string =>
  [line.trim(), ...lists.map((list) => Buffer.from(list).toString('base64'))].join('\n');

/** Null for what is none. @throws KeyError */
export function readSshAuthority(text: string): SshAuthority | null {
  const [first = '', ...lists] = text.split('\n');
  const line = readSignerLine(first);
  if (line === null || !line.isAuthority) return null;
  return { line, revocations: lists.map((list) => readRevocations(Buffer.from(list, 'base64'))) };
}
