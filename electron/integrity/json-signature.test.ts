import { createPublicKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parseJsonTree } from './json.ts';
import { readJsonSignatures } from './json-signature.ts';
import vectors from './json-signature.vectors.json' with { type: 'json' };
import { jwsHolds } from './jws.ts';
import { KeyError } from './public-key.ts';

const read = (document: object) => {
  const node = parseJsonTree(Buffer.from(JSON.stringify(document)));
  if (node.kind !== 'object') throw new TypeError('No object.');
  return readJsonSignatures(node);
};
const hold = (document: object) =>
  read(document).map(({ key, signed, value, algorithm }) =>
    jwsHolds(createPublicKey({ key: key ?? Buffer.alloc(0), format: 'der', type: 'spki' }), signed, value, algorithm),
  );

describe("the vectors of the format's author", () => {
  it.each(Object.entries(vectors.cases))('hold, also where members are left out: %s', (_name, document) => {
    expect(new Set(hold(document))).toEqual(new Set([true]));
    const [first = ''] = Object.keys(document);
    expect(hold({ ...document, [first]: 'else' })).not.toContain(true);
  });
  it('name what was left out, which anybody may change', () => {
    for (const document of [vectors.cases.excl, vectors.cases.chaiexcl]) {
      expect(new Set(hold({ ...document, myUnsignedData: 'else' }))).toEqual(new Set([true]));
      for (const { excluded } of read(document)) expect(excluded).toEqual(['myUnsignedData']);
    }
  });
  it('are refused with members beside the signers that are not understood', () => {
    const { chai } = vectors.cases;
    const { signature } = chai;
    for (const more of [{ extensions: ['x'] }, { signers: signature.chain }, { excludes: 'now' }, { excludes: [1] }])
      expect(() => read({ ...chai, signature: { ...signature, ...more } }), JSON.stringify(more)).toThrow(KeyError);
  });
});
