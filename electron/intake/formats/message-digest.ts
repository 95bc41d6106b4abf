import type { Digest } from '../../../shared/evidence.ts';
import { asText, type Shape } from '../shape.ts';

const algorithms: Record<string, string> = { SHA2_256: 'sha256', SHA2_384: 'sha384', SHA2_512: 'sha512' };

/** What a bundle of Sigstore says is the digest of the file (HashOutput); nobody signs it. Nothing where it says none. */
export function messageDigest(held: { [name: string]: Shape }): { stated?: Digest } {
  const algorithm = algorithms[asText(held['algorithm']) ?? ''];
  const digest = Buffer.from(asText(held['digest']) ?? '', 'base64').toString('hex');
  return algorithm === undefined || digest === '' ? {} : { stated: `${algorithm}:${digest}` };
}
