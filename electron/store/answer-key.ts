import type { Check } from '../../shared/check.ts';
import { sha256Hex } from '../integrity/digest.ts';

/**
 * By what an answer finds its check again in a later import: the check says the same, of the same bytes. Where it is
 * about no file of the source, of the same source as a whole. Other bytes, and the answer no longer counts.
 * @param digestAt digest of a file by its path; null where it has none, undefined where it is not of the source
 */
export function answerKeys(
  source: { digest: string },
  digestAt: (path: string) => string | null | undefined,
): (check: Check) => string {
  const bytesOf = ({ subject, location }: Check): string | null => {
    for (const path of [subject, location?.path ?? '']) {
      const digest = digestAt(path);
      if (digest !== undefined) return digest;
    }
    return source.digest;
  };
  return (check) =>
    sha256Hex(
      JSON.stringify([
        check.rule,
        check.code,
        check.subject,
        check.location?.line ?? check.location?.entry ?? check.location?.pointer ?? null,
        check.expected,
        check.actual,
        check.message,
        bytesOf(check),
      ]),
    );
}

/** One digest of all keys of checks that are no pass: two imports with the same one came to the same. */
export const openKeysDigest = (keys: Iterable<string>): string => sha256Hex([...new Set(keys)].sort().join('\n'));
