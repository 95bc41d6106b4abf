import { strictBase64 } from '../../integrity/base64.ts';
import { coveredFile } from './covered-file.ts';
import type { Format } from './format.ts';

/**
 * A bare signature beside what it signs, as `openssl dgst -sign` writes it: nothing in it says by whom or by which
 * algorithm. Last of the signatures, by name and by bytes that are no text but base64.
 */
export const rawSignature: Format = {
  id: 'raw-signature',
  title: 'Signature (bare)',
  sieve: { endings: ['', 'sig', 'signature', 'sign'] },
  recognise: ({ name, bytes, head }) =>
    bytes >= 56 &&
    bytes <= 1_024 &&
    /^sig(nature)?$|\.(sig|signature|sign)$/i.test(name) &&
    (head.subarray(0, bytes).some((byte) => byte === 0 || byte >= 0x80) || inText(head.subarray(0, bytes)) !== null),
  read(file, facts) {
    const place = { path: file.path };
    const over = coveredFile(file);
    const whole = file.whole(1_024);
    facts.add({
      kind: 'document',
      format: 'raw-signature',
      title: 'Signature (bare)',
      place,
      properties: [{ name: 'File', value: over ?? 'not here' }],
      defects: [],
    });
    facts.add({
      kind: 'signature',
      id: `${file.path}#signature`,
      scheme: 'raw',
      use: 'document',
      title: 'Signature (bare)',
      place,
      signed: '',
      signatures: [
        {
          keyId: null,
          name: null,
          value: Buffer.from(inText(whole) ?? whole).toString('base64'),
          certificates: [],
        },
      ],
      predicateType: null,
      detached: { over, digest: null },
    });
  },
};

/** The same as one line of base64, as `cosign sign-blob` writes it; null where it is none, or shorter than any signature. */
function inText(bytes: Uint8Array): Buffer | null {
  const found = strictBase64(Buffer.from(bytes).toString('latin1').trim());
  return found !== null && found.length >= 64 ? found : null;
}
