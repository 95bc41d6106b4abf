import type { Defect } from '../../../shared/fact.ts';
import type { Format } from './format.ts';

/** A git-lfs pointer: a small text that stands where the file should be, keys with their values (git-lfs, docs/spec.md). */
export const gitLfsPointer: Format = {
  id: 'git-lfs-pointer',
  title: 'Pointer (git-lfs)',
  sieve: { first: 'v' },
  recognise: ({ bytes, latin1 }) =>
    bytes < 1_024 && /^version https:\/\/(git-lfs\.github\.com|hawser\.github\.com)\/spec\/v1\r?\n/.test(latin1),
  read(file, facts) {
    const lines = file
      .text(1_024)
      .replace(/\r?\n$/, '')
      .split(/\r?\n/);
    const place = { path: file.path };
    const defects: Defect[] = [];
    const held = new Map<string, string>();
    for (const [index, line] of lines.entries()) {
      const [, key, value] = /^([a-z0-9.-]+) (\S.*)$/.exec(line) ?? [];
      const why =
        key === undefined || value === undefined
          ? 'is no key with its value'
          : held.has(key)
            ? 'gives a key again'
            : null;
      if (key !== undefined && value !== undefined && !held.has(key)) held.set(key, value);
      if (why !== null && defects.length < 10)
        defects.push({
          code: 'pointer-invalid',
          detail: `Line ${index + 1} of the pointer ${why}: what it points to depends on who reads it.`,
          place: { ...place, line: index + 1 },
        });
    }
    const hex = /^sha256:([0-9a-f]{64})$/.exec(held.get('oid') ?? '')?.[1];
    const size = /^([0-9]{1,15})$/.exec(held.get('size') ?? '')?.[1];
    const isWhole = hex !== undefined && size !== undefined;
    if (!isWhole) defects.push({ code: 'pointer-invalid', detail: 'The pointer names no digest or no size.', place });
    facts.add({
      kind: 'document',
      format: 'git-lfs-pointer',
      title: 'Pointer (git-lfs)',
      place,
      properties: isWhole
        ? [
            { name: 'Digest', value: `sha256:${hex}` },
            { name: 'Bytes', value: size },
          ]
        : [],
      defects,
    });
    if (isWhole) facts.add({ kind: 'pointer', place, digest: `sha256:${hex}`, bytes: Number(size) });
  },
};
