import type { Format } from './format.ts';

/** A git-lfs pointer: a small text that stands where the file should be (git-lfs specification). */
export const gitLfsPointer: Format = {
  id: 'git-lfs-pointer',
  title: 'Pointer (git-lfs)',
  sieve: { first: 'v' },
  recognise: ({ bytes, latin1 }) =>
    bytes < 1_024 && /^version https:\/\/(git-lfs\.github\.com|hawser\.github\.com)\/spec\/v1\r?\n/.test(latin1),
  read(file, facts) {
    const text = file.text(1_024);
    const hex = /^oid sha256:([0-9a-f]{64})\r?$/m.exec(text)?.[1];
    const size = /^size ([0-9]+)\r?$/m.exec(text)?.[1];
    const place = { path: file.path };
    const isWhole = hex !== undefined && size !== undefined;
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
      defects: isWhole ? [] : [{ code: 'pointer-invalid', detail: 'The pointer names no digest or no size.', place }],
    });
    if (isWhole) facts.add({ kind: 'pointer', place, digest: `sha256:${hex}`, bytes: Number(size) });
  },
};
