import { createPublicKey, type KeyObject } from 'node:crypto';
import { KeyError } from './public-key.ts';

/** Fields of the SSH wire format, each held against what is left (RFC 4251, 5). */
export class SshReader {
  private at = 0;
  private readonly bytes: Buffer;
  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.from(bytes);
  }
  get left(): number {
    return this.bytes.length - this.at;
  }
  raw(length: number): Buffer {
    if (length < 0 || length > this.left) throw new KeyError('The SSH data ends early.');
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }
  byte = (): number => this.raw(1)[0] ?? 0;
  uint32 = (): number => this.raw(4).readUInt32BE();
  uint64 = (): bigint => this.raw(8).readBigUInt64BE();
  string = (): Buffer => this.raw(this.uint32());
  text = (): string => this.string().toString('latin1');
  end(): void {
    if (this.left > 0) throw new KeyError('Bytes follow the SSH data.');
  }
}
export const sshString = (bytes: Uint8Array | string): Buffer => {
  const body = Buffer.from(bytes as Uint8Array);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  return Buffer.concat([length, body]);
};

export interface SshKey {
  type: string;
  key: KeyObject;
  /** What a security key signs for; null for other keys. */
  application: string | null;
}
const curves: Record<string, [crv: string, width: number]> = {
  nistp256: ['P-256', 32],
  nistp384: ['P-384', 48],
  nistp521: ['P-521', 66],
};
const url = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');

/** A public key as SSH writes it (RFC 4253, 6.6; RFC 5656; RFC 8709; PROTOCOL.u2f of OpenSSH). @throws KeyError */
export function readSshKey(blob: Uint8Array): SshKey {
  const reader = new SshReader(blob);
  const key = keyFields(reader.text(), reader);
  reader.end();
  return key;
}

/** What follows the type of a key, in a key and in a certificate alike. @throws KeyError */
export function keyFields(type: string, reader: SshReader): SshKey {
  const plain = type
    .replace(/^sk-/, '')
    .replace(/@openssh\.com$/, '')
    .replace(/^webauthn-sk-/, '');
  const isSecurityKey = type.startsWith('sk-');
  let jwk: Record<string, string>;
  if (plain === 'ssh-ed25519') jwk = { kty: 'OKP', crv: 'Ed25519', x: url(reader.string()) };
  else if (/^ecdsa-sha2-nistp(256|384|521)$/.test(plain)) {
    const [crv, width] = curves[reader.text()] ?? ['', 0];
    const point = reader.string();
    if (crv === '' || !plain.endsWith(crv.slice(2)) || point[0] !== 4 || point.length !== 1 + 2 * width)
      throw new KeyError('The SSH key is no point of its curve.');
    jwk = { kty: 'EC', crv, x: url(point.subarray(1, 1 + width)), y: url(point.subarray(1 + width)) };
  } else if (plain === 'ssh-rsa') {
    const [e, n] = [reader.string(), reader.string()];
    const bare = (bytes: Buffer) => (bytes[0] === 0 ? bytes.subarray(1) : bytes);
    jwk = { kty: 'RSA', e: url(bare(e)), n: url(bare(n)) };
  } else throw new KeyError(`SSH keys of the type ${type.slice(0, 60)} are not accepted.`);
  const application = isSecurityKey ? reader.string().toString('utf8') : null;
  try {
    return { type, key: createPublicKey({ key: jwk, format: 'jwk' }), application };
  } catch {
    throw new KeyError('The SSH key cannot be read.');
  }
}

/** A line of allowed_signers (ssh-keygen(1), ALLOWED SIGNERS), or of a public key file, which has no principals. */
export interface SshSigner extends SshKey {
  blob: Buffer;
  principals: string[];
  /** What the key may sign for; null: for anything. */
  namespaces: string[] | null;
  /** ISO 8601; null where unbounded. */
  validAfter: string | null;
  validBefore: string | null;
  isAuthority: boolean;
}

const keyType = /^(ssh-(ed25519|rsa)|ecdsa-sha2-nistp(256|384|521)|sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com)$/;

/** Null for a comment, an empty line, or what is no such line. @throws KeyError where its key cannot be used */
export function readSignerLine(line: string): SshSigner | null {
  if (line.startsWith('#') || line.length > 20_000) return null;
  const words = line.trim().match(/(?:[^\s"]+|"[^"]*")+/g) ?? [];
  const at = words.findIndex((word) => keyType.test(word));
  const blobText = words[at + 1];
  if (at < 0 || at > 2 || blobText === undefined || !/^[A-Za-z0-9+/]+={0,2}$/.test(blobText)) return null;
  const options = new Map<string, string>();
  if (at === 2)
    for (const option of (words[1] ?? '').match(/(?:[^,"]+|"[^"]*")+/g) ?? []) {
      const [name = '', value = ''] = option.split(/=(.*)/s);
      options.set(name.toLowerCase(), value.replace(/^"|"$/g, ''));
    }
  const blob = Buffer.from(blobText, 'base64');
  const wrong = whyNotOptions(options);
  if (wrong !== '')
    throw new KeyError(`${wrong} A line that is not understood names nobody (ssh-keygen(1), ALLOWED SIGNERS).`);
  return {
    ...readSshKey(blob),
    blob,
    principals: at === 0 ? [] : (words[0] ?? '').split(','),
    namespaces: options.has('namespaces') ? (options.get('namespaces') ?? '').split(',') : null,
    validAfter: timeOf(options.get('valid-after')),
    validBefore: timeOf(options.get('valid-before')),
    // An authority vouches for others by certificates, and signs nothing itself.
    isAuthority: options.has('cert-authority'),
  };
}

const optionNames = new Set(['cert-authority', 'namespaces', 'valid-after', 'valid-before']);
/** A limit that cannot be read is not to be passed over as if it were none. */
function whyNotOptions(options: ReadonlyMap<string, string>): string {
  for (const [name, value] of options) {
    if (!optionNames.has(name)) return `The option ${name.slice(0, 40)} of a signer is not known.`;
    if (name.startsWith('valid-') && timeOf(value) === null)
      return `The time ${value.slice(0, 40)} of a signer is none (YYYYMMDD[HHMM[SS]][Z]).`;
  }
  return '';
}

/** `YYYYMMDD[HHMM[SS]][Z]`, taken as UTC. */
function timeOf(text: string | undefined): string | null {
  const [, year, month, day, hour = '00', minute = '00', second = '00'] =
    /^(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2})?)?Z?$/.exec(text ?? '') ?? [];
  return year === undefined ? null : `${year}-${month}-${day}T${hour}:${minute}:${second}Z`;
}
