import { createVerify, type KeyObject } from 'node:crypto';
import { streamedEd448 } from './ed448.ts';
import { streamedEd25519, streamedEd25519ph } from './ed25519.ts';
import { fingerprint, keyDigest, saltOf } from './public-key.ts';
import { maskedKey, type Pss } from './rsa-pss.ts';

/** One way in which a signature may hold over bytes that come in parts: by a key, a digest and a padding or encoding. */
export interface Trial {
  /** Fingerprint of the key. */
  by: string;
  update(part: Uint8Array): void;
  /** Once, after the last part. */
  holds(): boolean;
}

/**
 * The ways in which a signature may hold by a key: those of `verifySignature`, for a message that is never whole in
 * memory. Ways that the length or form of the value rules out are left out. @param isBare nothing says how it was made
 * @param pss where its form says that it is RSASSA-PSS, and how
 */
export function trialsOf(
  key: KeyObject,
  value: Uint8Array,
  digest: string | undefined,
  isBare: boolean,
  pss: Pss | null = null,
): Trial[] {
  const by = fingerprint(key);
  if (key.asymmetricKeyType === 'ed25519')
    return value.length !== 64
      ? []
      : [{ by, ...streamedEd25519(key, value) }, ...(isBare ? [{ by, ...streamedEd25519ph(key, value) }] : [])];
  if (key.asymmetricKeyType === 'ed448') return value.length === 114 ? [{ by, ...streamedEd448(key, value) }] : [];
  const name = keyDigest(key, digest);
  if (key.asymmetricKeyType === 'ec') {
    const width = Math.ceil(Number(/\d{3}/.exec(key.asymmetricKeyDetails?.namedCurve ?? '')?.[0] ?? 0) / 8);
    const encodings = [
      ...(value[0] === 0x30 ? ['der' as const] : []),
      ...(value.length === 2 * width ? ['ieee-p1363' as const] : []),
    ];
    return encodings.map((dsaEncoding) => ({ by, ...trial(name, { key, dsaEncoding }, value) }));
  }
  if (value.length !== Math.ceil((key.asymmetricKeyDetails?.modulusLength ?? 0) / 8)) return [];
  // 1: RSA_PKCS1_PADDING, 6: RSA_PKCS1_PSS_PADDING, as in `verifySignature`.
  if (pss !== null && pss.digest !== name) return [];
  const masked = pss === null || pss.mask === name ? key : maskedKey(key, pss);
  return [
    ...(pss === null && key.asymmetricKeyType === 'rsa' ? [{ by, ...trial(name, { key, padding: 1 }, value) }] : []),
    { by, ...trial(name, { key: masked, padding: 6, saltLength: pss?.saltLength ?? saltOf(key) }, value) },
  ];
}

function trial(
  name: string,
  how: Parameters<ReturnType<typeof createVerify>['verify']>[0],
  value: Uint8Array,
): Omit<Trial, 'by'> {
  const state = createVerify(name);
  return {
    update: (part) => void state.update(part),
    holds() {
      try {
        return state.verify(how, value);
      } catch {
        return false;
      }
    },
  };
}

/** The same trial, with bytes before and after what comes in, and each part turned into what is signed of it. */
export function framed(inner: Trial, before: Uint8Array, convert: PartConverter | null, after: Uint8Array): Trial {
  inner.update(before);
  return {
    by: inner.by,
    update: (part) => inner.update(convert === null ? part : convert.part(part)),
    holds() {
      if (convert !== null) inner.update(convert.end());
      inner.update(after);
      return inner.holds();
    },
  };
}

export interface PartConverter {
  part(bytes: Uint8Array): Uint8Array;
  end(): Uint8Array;
}

/** Base64url without padding, three bytes at a time. */
export function toBase64url(): PartConverter {
  let rest: Uint8Array = new Uint8Array();
  const text = (bytes: Uint8Array) => Buffer.from(Buffer.from(bytes).toString('base64url'), 'latin1');
  return {
    part(bytes) {
      const all = Buffer.concat([rest, bytes]);
      const whole = all.length - (all.length % 3);
      rest = Buffer.from(all.subarray(whole));
      return text(all.subarray(0, whole));
    },
    end: () => text(rest),
  };
}

/** Lines that end in CR LF, as OpenPGP signs text (RFC 9580, 5.2.1.2). */
export function toCrlf(): PartConverter {
  let last = 0;
  return {
    part(bytes) {
      const out = Buffer.allocUnsafe(bytes.length * 2);
      let at = 0;
      for (const byte of bytes) {
        if (byte === 0x0a && last !== 0x0d) out[at++] = 0x0d;
        out[at++] = byte;
        last = byte;
      }
      return out.subarray(0, at);
    },
    end: () => new Uint8Array(),
  };
}
