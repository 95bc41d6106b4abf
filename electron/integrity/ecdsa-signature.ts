import { child, DerError, integer, readDer, sequence, tags } from './der.ts';

/**
 * Whether a signature is in the one form that signers write: SEQUENCE of two minimal INTEGERs (RFC 3279, 2.2.3).
 * Verifiers take looser spellings of the same numbers; a sealed report has no reason to hold one.
 */
export function isStrictEcdsa(signature: Uint8Array): boolean {
  try {
    const root = readDer(signature);
    if (root.tag !== tags.sequence || root.children.length !== 2) return false;
    const [r, s] = [child(root, 0, tags.integer), child(root, 1, tags.integer)];
    if ([r, s].some(({ content }) => content.length === 0 || (content[0] ?? 0x80) >= 0x80)) return false;
    return Buffer.compare(sequence(integer(r.content), integer(s.content)), signature) === 0;
  } catch (error) {
    if (error instanceof DerError) return false;
    throw error;
  }
}
