/** Standard base64 with padding, canonical (RFC 4648, 4 and 3.5); null for anything else. */
export function strictBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : null;
}

/** Standard or URL-safe base64, padded or not, as DSSE allows (DSSE protocol, "Signature Definition"); null otherwise. */
export function anyBase64(text: string): Buffer | null {
  const standard = text.replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/, '');
  if (/[^A-Za-z0-9+/]/.test(standard) || standard.length % 4 === 1) return null;
  const bytes = Buffer.from(standard, 'base64');
  return bytes.toString('base64').replace(/=+$/, '') === standard ? bytes : null;
}
