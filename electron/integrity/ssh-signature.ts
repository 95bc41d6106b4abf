import { createHash } from 'node:crypto';
import { KeyError } from './public-key.ts';
import { isSshCertificate, readSshCertificate, type SshCertificate } from './ssh-certificate.ts';
import { readSshKey, type SshKey, SshReader, sshString } from './ssh-key.ts';
import { readSshValue } from './ssh-value.ts';

/** A detached signature of OpenSSH (PROTOCOL.sshsig). */
export interface SshSignature {
  blob: Buffer;
  /** The key that signed; of a certificate the one that it certifies. */
  signer: SshKey;
  certificate: SshCertificate | null;
  namespace: string;
  /** Hash over the message. */
  hash: 'sha256' | 'sha512';
  /** As node's verify takes it. */
  value: Buffer;
  /** Digest that an RSA signature is by; null for other keys. */
  digest: string | null;
  /** Bytes before the digest of the message. */
  before: Buffer;
  /** What a security key adds. */
  security: { flags: number; counter: number; webauthn: { clientData: Buffer; extensions: Buffer } | null } | null;
}

/** Reads the armored form. @throws KeyError */
export function readSshSignature(text: string): SshSignature {
  const [, body] = /-----BEGIN SSH SIGNATURE-----([A-Za-z0-9+/=\s]+)-----END SSH SIGNATURE-----/.exec(text) ?? [];
  if (body === undefined) throw new KeyError('This is no armored SSH signature.');
  const reader = new SshReader(Buffer.from(body.replace(/\s/g, ''), 'base64'));
  if (reader.raw(6).toString('latin1') !== 'SSHSIG' || reader.uint32() !== 1)
    throw new KeyError('The SSH signature is of another version.');
  const blob = reader.string();
  const namespace = reader.string();
  const reserved = reader.string();
  const hash = reader.text();
  const signed = new SshReader(reader.string());
  reader.end();
  if (hash !== 'sha256' && hash !== 'sha512') throw new KeyError(`The hash ${hash.slice(0, 20)} is not used here.`);
  if (namespace.length === 0) throw new KeyError('The SSH signature has no namespace.');
  const certificate = isSshCertificate(blob) ? readSshCertificate(blob) : null;
  const signer = certificate?.subject ?? readSshKey(blob);
  const { type, value, digest } = readSshValue(signer, signed, false);
  let security: SshSignature['security'] = null;
  if (signer.application !== null) {
    const flags = signed.byte();
    const counter = signed.uint32();
    const isWeb = type.startsWith('webauthn-');
    if (isWeb) signed.string();
    security = {
      flags,
      counter,
      webauthn: isWeb ? { clientData: signed.string(), extensions: signed.string() } : null,
    };
  }
  signed.end();
  return {
    blob,
    signer,
    certificate,
    namespace: namespace.toString('utf8'),
    hash,
    value,
    digest,
    before: Buffer.concat([Buffer.from('SSHSIG'), sshString(namespace), sshString(reserved), sshString(hash)]),
    security,
  };
}

/** The bytes that were signed, given the digest of the message; null where the browser's part is about other bytes. */
export function sshSigned({ before, signer, security }: SshSignature, digest: Uint8Array): Buffer | null {
  const message = Buffer.concat([before, sshString(digest)]);
  if (security === null) return message;
  const sha256 = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest();
  const counter = Buffer.alloc(5);
  counter.writeUInt8(security.flags);
  counter.writeUInt32BE(security.counter, 1);
  const head = [sha256(signer.application ?? ''), counter];
  const { webauthn } = security;
  if (webauthn === null) return Buffer.concat([...head, sha256(message)]);
  // PROTOCOL.u2f: the challenge is the message, unpadded, and stands first after the type.
  const expected = `{"type":"webauthn.get","challenge":"${message.toString('base64url')}",`;
  if (!webauthn.clientData.toString('latin1').startsWith(expected)) return null;
  return Buffer.concat([...head, webauthn.extensions, sha256(webauthn.clientData)]);
}
