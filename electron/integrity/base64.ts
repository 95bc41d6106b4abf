/** Standard base64 with padding, canonical (RFC 4648, 4 and 3.5); null for anything else. */
export function strictBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : null;
}

/**
 * Standard or URL-safe base64, one of the two, padded rightly or not at all, as DSSE allows (DSSE protocol, "Signature
 * Definition"); null otherwise.
 */
export function anyBase64(text: string): Buffer | null {
  if (/[-_]/.test(text) && /[+/]/.test(text)) return null;
  const bare = text.replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/, '');
  const padding = text.length - bare.length;
  if (padding > 2 || (padding > 0 && text.length % 4 !== 0)) return null;
  return strictBase64(bare.padEnd(Math.ceil(bare.length / 4) * 4, '='));
}
