import { strictBase64 } from '../../integrity/base64.ts';
import { coveredFile } from './covered-file.ts';
import { addUnreadable } from './dsse.ts';
import type { Format } from './format.ts';

const largest = 2_048;
/** An ECDSA signature in DER whose numbers are both short by some bytes. */
const least = 56;

/**
 * A bare signature beside what it signs, as `openssl dgst -sign` writes it: nothing in it says by whom or by which
 * algorithm. Last of the signatures, by name and by bytes that are no text but base64.
 */
export const rawSignature: Format = {
  id: 'raw-signature',
  title: 'Signature (bare)',
  sieve: { endings: ['', 'sig', 'signature', 'sign'] },
  recognise: ({ name, bytes, head }) => {
    if (bytes > largest || !/^sig(nature)?$|\.(sig|signature|sign)$/i.test(name)) return false;
    const held = head.subarray(0, bytes);
    return bytes === 0 || held.some((byte) => byte === 0 || byte >= 0x80) || inText(held) !== null;
  },
  read(file, facts) {
    const place = { path: file.path };
    const over = coveredFile(file);
    const whole = file.whole(largest);
    if (whole.length < least) {
      const why = `It has ${whole.length} bytes, which are fewer than any signature has.`;
      addUnreadable(file, facts, 'raw-signature', 'Signature (bare)', why);
      return;
    }
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

/** The same in base64, in one line as `cosign sign-blob` writes it or in several, or in hex; null where it is none of these. */
function inText(bytes: Uint8Array): Buffer | null {
  const text = Buffer.from(bytes).toString('latin1').replace(/\s+/g, '');
  const found = /^([0-9a-f]{2})+$|^([0-9A-F]{2})+$/.test(text) ? Buffer.from(text, 'hex') : strictBase64(text);
  return found !== null && found.length >= 64 ? found : null;
}
