import { anyBase64 } from './base64.ts';
import { type JsonValue, parseJson } from './json.ts';

export interface Envelope {
  payloadType: string;
  payload: Buffer;
  signatures: {
    keyId: string | null;
    value: Buffer;
    certificates: string[];
    /** Hashed head of an OpenPGP signature whose numbers these are, hex (securesystemslib, by GnuPG). */
    pgpHead?: string;
  }[];
}

export class EnvelopeError extends Error {}

/** Pre-authentication encoding (DSSE protocol, v1.0.2): lengths are of bytes. */
export const pae = (payloadType: string, payload: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from(`DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${payload.length} `), payload]);

const isObject = (value: JsonValue | undefined): value is { [name: string]: JsonValue } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether a parsed value has the members of an envelope. */
export const isEnvelope = (value: JsonValue): boolean =>
  isObject(value) &&
  typeof value['payload'] === 'string' &&
  typeof value['payloadType'] === 'string' &&
  Array.isArray(value['signatures']);

/** Reads a parsed envelope; base64 standard or URL-safe. @throws EnvelopeError */
export function readEnvelope(value: JsonValue): Envelope {
  if (!isObject(value)) throw new EnvelopeError('The envelope is not an object.');
  const { payload, payloadType, signatures } = value;
  const bytes = typeof payload === 'string' ? anyBase64(payload) : null;
  if (bytes === null) throw new EnvelopeError('The payload is not base64.');
  if (typeof payloadType !== 'string' || payloadType === '') throw new EnvelopeError('The payload has no type.');
  if (!Array.isArray(signatures) || signatures.length === 0)
    throw new EnvelopeError('The envelope holds no signature.');
  if (signatures.length > 100) throw new EnvelopeError('The envelope holds more than 100 signatures.');
  return {
    payloadType,
    payload: bytes,
    signatures: signatures.map((each) => {
      const { sig, keyid, cert, other_headers: head } = isObject(each) ? each : {};
      const raw = typeof sig === 'string' ? anyBase64(sig) : null;
      if (raw === null || raw.length === 0) throw new EnvelopeError('A signature is not base64.');
      return {
        keyId: typeof keyid === 'string' && keyid !== '' ? keyid : null,
        value: raw,
        certificates: typeof cert === 'string' ? [cert] : [],
        ...(typeof head === 'string' ? { pgpHead: head } : {}),
      };
    }),
  };
}

/** Reads an envelope from bytes. @throws EnvelopeError, JsonError */
export const parseEnvelope = (bytes: Uint8Array): Envelope => readEnvelope(parseJson(bytes));
