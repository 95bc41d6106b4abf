import { KeyError } from './public-key.ts';
import { type SshKey, SshReader } from './ssh-key.ts';

const integer = (bytes: Buffer): Buffer => {
  const bare = bytes.subarray(
    Math.max(
      0,
      bytes.findIndex((byte) => byte !== 0),
    ),
  );
  const body = (bare[0] ?? 0) >= 0x80 ? Buffer.concat([Uint8Array.of(0), bare]) : bare;
  return Buffer.concat([Uint8Array.of(2, body.length), body]);
};
/** r and s as DER (SEQUENCE of two INTEGER); they are short enough for lengths of one or two bytes. */
function derOf(r: Buffer, s: Buffer): Buffer {
  if (r.length > 67 || s.length > 67) throw new KeyError('The signature is larger than its curve.');
  const body = Buffer.concat([integer(r), integer(s)]);
  return Buffer.concat([
    body.length < 128 ? Uint8Array.of(0x30, body.length) : Uint8Array.of(0x30, 0x81, body.length),
    body,
  ]);
}

/**
 * A signature as keys of SSH make it, by its type and in the form that node's verify takes (RFC 4253, 6.6; RFC 5656,
 * 3.1.2; RFC 8332). @throws KeyError where it is not by a key of that type
 */
export function readSshValue(
  signer: SshKey,
  signed: SshReader,
  isWhole: boolean,
): { type: string; value: Buffer; digest: string | null } {
  const type = signed.text();
  const raw = signed.string();
  if (isWhole) signed.end();
  const isRsa = signer.type === 'ssh-rsa';
  if (isRsa ? !/^rsa-sha2-(256|512)$/.test(type) : type.replace(/^webauthn-/, '') !== signer.type)
    throw new KeyError(`A signature of the type ${type.slice(0, 60)} is not by a key of the type ${signer.type}.`);
  const pair = /ecdsa/.test(type) ? new SshReader(raw) : null;
  const value = pair === null ? raw : derOf(pair.string(), pair.string());
  pair?.end();
  return { type, value, digest: isRsa ? (type === 'rsa-sha2-256' ? 'sha256' : 'sha512') : null };
}
