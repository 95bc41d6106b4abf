import type { Defect } from '../../../shared/fact.ts';
import { digestOf } from '../../integrity/digest.ts';
import { asList, asObject, asText, type Shape } from '../shape.ts';

/**
 * The verification code of a package against the SHA-1 of its files: SHA-1 over their sorted hexadecimal digits, those
 * excluded left out (SPDX 2.3, 7.9). Where the document does not say which files are whose, nothing is compared.
 */
export function verificationCodeDefects(path: string, document: { [name: string]: Shape }): Defect[] {
  const files = new Map<string, { name: string; sha1: string | null }>();
  for (const raw of asList(document['files'])) {
    const each = asObject(raw);
    const sums = asList(each['checksums']).map(asObject);
    const sha1 = sums.find(({ algorithm }) => asText(algorithm) === 'SHA1')?.['checksumValue'];
    files.set(asText(each['SPDXID']) ?? '', {
      name: asText(each['fileName']) ?? '',
      sha1: asText(sha1)?.toLowerCase() ?? null,
    });
  }
  const contained = new Map<string, Set<string>>();
  const contain = (owner: string, id: string) => {
    const known = contained.get(owner);
    if (known === undefined) contained.set(owner, new Set([id]));
    else known.add(id);
  };
  for (const raw of asList(document['relationships'])) {
    const { spdxElementId, relatedSpdxElement, relationshipType } = asObject(raw);
    const [from, to] = [asText(spdxElementId) ?? '', asText(relatedSpdxElement) ?? ''];
    if (asText(relationshipType) === 'CONTAINS' && files.has(to)) contain(from, to);
    if (asText(relationshipType) === 'CONTAINED_BY' && files.has(from)) contain(to, from);
  }
  const packages = asList(document['packages']).map(asObject);
  return packages.flatMap((each, index): Defect[] => {
    const id = asText(each['SPDXID']) ?? '';
    for (const file of asList(each['hasFiles'])) contain(id, asText(file) ?? '');
    const code = asObject(each['packageVerificationCode']);
    const stated = asText(code['packageVerificationCodeValue'])?.toLowerCase();
    const own = packages.length === 1 && !contained.has(id) ? new Set(files.keys()) : contained.get(id);
    if (stated === undefined || own === undefined) return [];
    const excluded = new Set(asList(code['packageVerificationCodeExcludedFiles']).map((name) => asText(name)));
    const held = [...own].flatMap((file) => files.get(file) ?? []).filter(({ name }) => !excluded.has(name));
    if (held.length === 0 || held.some(({ sha1 }) => sha1 === null)) return [];
    const sums = held.map(({ sha1 }) => sha1 ?? '').sort();
    const actual = digestOf('sha1', Buffer.from(sums.join(''))).slice(5);
    return actual === stated
      ? []
      : [
          {
            code: 'spdx-verification-code',
            detail: `The verification code of package ${asText(each['name']) ?? id} is not that of its ${held.length} files.`,
            place: { path, pointer: `/packages/${index}/packageVerificationCode` },
            expected: stated,
            actual,
          },
        ];
  });
}
