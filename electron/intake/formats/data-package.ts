import type { Defect } from '../../../shared/fact.ts';
import { asList, asObject, asText } from '../shape.ts';
import { addDescribed, algorithmNamed, type Described, statedDigest } from './described-files.ts';
import { jsonDocument } from './document-invalid.ts';
import type { Format } from './format.ts';

const title = 'Data package (Frictionless)';

/**
 * Data packages, as far as files go: `resources` with `path`, `bytes` and `hash`, which is MD5 where no algorithm is
 * named before a colon (Data Package, "Data Resource", `hash`).
 */
export const dataPackage: Format = {
  id: 'data-package',
  title,
  sieve: { endings: ['json'] },
  recognise: ({ name }) => name === 'datapackage.json',
  read(file, facts) {
    const held = jsonDocument(file, facts, { format: 'data-package', title });
    if (held === null) return;
    const defects: Defect[] = [];
    const described: Described[] = [];
    asList(held['resources']).forEach((raw, index) => {
      const resource = asObject(raw);
      const pointer = `/resources/${index}`;
      const { path, bytes, hash } = resource;
      const names = (Array.isArray(path) ? path : [path]).flatMap((each) => asText(each) ?? []);
      const text = asText(hash);
      const [, prefix = 'md5', value = ''] = /^(?:([A-Za-z0-9_-]+):)?(.*)$/s.exec(text ?? '') ?? [];
      const algorithm = algorithmNamed(prefix);
      const digest = algorithm === null ? null : statedDigest(algorithm, value);
      // Of a resource in several files no digest says which of them it is of.
      const isOne = names.length === 1;
      if (text !== null && (digest === null || !isOne))
        defects.push({
          code: 'digest-placeholder',
          detail: isOne
            ? `What stands as the hash of ${names[0] ?? ''} is no digest that is known here: it was not compared.`
            : `Resource ${index + 1} has one hash and ${names.length} files: it was not compared.`,
          place: { path: file.path, pointer: `${pointer}/hash` },
        });
      const leading = names.find((name) => name.startsWith('/') || name.split(/[/\\]/).includes('..'));
      if (leading !== undefined)
        defects.push({
          code: 'document-invalid',
          detail: `Resource ${index + 1} names ${leading.slice(0, 200)}: a path that is absolute or leads upwards is forbidden in a data package. It was not opened.`,
          place: { path: file.path, pointer: `${pointer}/path` },
        });
      for (const name of names)
        described.push({
          name,
          digests: isOne && digest !== null ? [digest] : [],
          pointer,
          ...(isOne && typeof bytes === 'number' && Number.isSafeInteger(bytes) ? { bytes } : {}),
        });
    });
    addDescribed(file, facts, { format: 'data-package', title, role: 'package', defects }, described);
  },
};
