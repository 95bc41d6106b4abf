import { limits } from '../../../shared/limits.ts';
import type { LogEntry } from '../../../shared/signature-parts.ts';
import { anyBase64 } from '../../integrity/base64.ts';
import { JsonError, parseJson } from '../../integrity/json.ts';
import { pemBlocks, pemBytes } from '../../integrity/public-key.ts';
import { asObject, asText, type Shape } from '../shape.ts';
import { coveredFile } from './covered-file.ts';
import { addUnreadable } from './dsse.ts';
import { type Format, Unreadable } from './format.ts';

const title = 'Signature (cosign)';

/** The form of `cosign sign-blob --bundle` before Sigstore bundles: a signature, perhaps its certificate and log entry. */
export const cosignBundle: Format = {
  id: 'cosign-bundle',
  title,
  sieve: { first: '{' },
  recognise: ({ latin1 }) =>
    /^\s*\{\s*"(base64Signature|cert|rekorBundle)"\s*:/.test(latin1) && /"base64Signature"\s*:/.test(latin1),
  read(file, facts) {
    const place = { path: file.path };
    try {
      const bundle = asObject(parseJson(file.whole(limits.keptBytes)));
      const value = anyBase64(asText(bundle['base64Signature']) ?? '');
      if (value === null || value.length === 0) throw new Unreadable('Its signature is not base64.');
      const certificates = certificatesIn(asText(bundle['cert']));
      const entries = bundle['rekorBundle'] == null ? [] : [entryOf(asObject(bundle['rekorBundle']))];
      const over = coveredFile(file);
      facts.add({
        kind: 'document',
        format: 'cosign-bundle',
        title,
        place,
        properties: [
          { name: 'File', value: over ?? 'not here' },
          { name: 'Signed by', value: certificates.length > 0 ? 'certificate' : 'key' },
          { name: 'Log entries', value: String(entries.length) },
        ],
        defects: [],
      });
      facts.add({
        kind: 'signature',
        id: `${file.path}#signature`,
        scheme: 'sigstore',
        use: 'document',
        title,
        place,
        signed: '',
        signatures: [
          {
            keyId: null,
            name: null,
            value: value.toString('base64'),
            certificates,
            ...(entries.length > 0 ? { logged: true } : {}),
          },
        ],
        predicateType: null,
        detached: { over, digest: null },
        sigstore: { entries, needsProof: false },
      });
    } catch (error) {
      if (!(error instanceof JsonError || error instanceof Unreadable)) throw error;
      addUnreadable(file, facts, 'cosign-bundle', title, error.message);
    }
  },
};

/** PEM, or PEM in base64: DER in base64, leaf first. A bare public key there vouches for nothing. */
function certificatesIn(text: string | null): string[] {
  if (text === null || text === '') return [];
  const pem = text.includes('-----BEGIN ') ? text : (anyBase64(text)?.toString('latin1') ?? '');
  if (!pem.includes('-----BEGIN ')) throw new Unreadable('Its certificate is neither PEM nor PEM in base64.');
  return pemBlocks(pem, 'CERTIFICATE').flatMap((block) => pemBytes(block, 'CERTIFICATE')?.toString('base64') ?? []);
}

/** `SignedEntryTimestamp` and `Payload`, as Rekor 1 gave them out. @throws Unreadable */
function entryOf({ SignedEntryTimestamp: promise, Payload: payload }: { [name: string]: Shape }): LogEntry {
  const { body, integratedTime, logIndex, logID: id } = asObject(payload);
  const hex = asText(id) ?? '';
  const isCount = (value: Shape): value is number =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
  if (!isCount(integratedTime) || !isCount(logIndex) || !/^([0-9a-f]{2}){1,64}$/.test(hex))
    throw new Unreadable('Its log entry has no index, time or log.');
  return {
    logIndex,
    logId: Buffer.from(hex, 'hex').toString('base64'),
    integratedTime,
    body: asText(body) ?? '',
    promise: asText(promise),
    proof: null,
  };
}
