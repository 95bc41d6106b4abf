import { describe, expect, it } from 'vitest';
import { referenceDefects } from './cyclonedx-references.ts';

type Bom = Parameters<typeof referenceDefects>[0];
const model = { type: 'machine-learning-model', 'bom-ref': 'model', name: 'm' };
const bom: Bom = {
  bomFormat: 'CycloneDX',
  metadata: {
    component: {
      ...model,
      modelCard: { modelParameters: { approach: { type: 'supervised' }, datasets: [{ ref: 'data' }] } },
    },
  },
  components: [
    { type: 'data', 'bom-ref': 'data', name: 'd' },
    { type: 'library', 'bom-ref': 'a', name: 'a' },
    { type: 'library', 'bom-ref': 'b', name: 'b' },
  ],
  dependencies: [
    { ref: 'model', dependsOn: ['a', 'data', 'urn:cdx:f08a6ccd-4dce-4759-bd84-c626675d60a7/1#other'] },
    { ref: 'a', dependsOn: ['b'] },
    { ref: 'b', dependsOn: ['a'] },
  ],
};
const found = (changed: Bom) => referenceDefects({ ...bom, ...changed }, 'bom.json').map(({ code }) => code);

describe('references of a bill of materials', () => {
  it('meet, into other documents too, and libraries may need each other', () => {
    expect(found({})).toEqual([]);
  });

  it('are named where nothing is called so', () => {
    expect(found({ dependencies: [{ ref: 'model', dependsOn: ['gone'] }] })).toEqual(['reference-dangling']);
    expect(found({ dependencies: [{ ref: 'gone' }] })).toEqual(['reference-dangling']);
    const card = { modelCard: { modelParameters: { datasets: [{ ref: 'gone' }] } } };
    expect(found({ components: [{ type: 'library', 'bom-ref': 'c', ...card }], dependencies: [] })).toContain(
      'reference-dangling',
    );
  });

  it('are named where two elements have one, wherever they stand', () => {
    expect(found({ services: [{ 'bom-ref': 'a', name: 's' }] })).toEqual(['document-invalid']);
  });

  it('are named where a model comes to depend on itself', () => {
    expect(
      found({
        dependencies: [
          { ref: 'model', dependsOn: ['a'] },
          { ref: 'a', dependsOn: ['model'] },
        ],
      }),
    ).toEqual(['record-contradicts']);
  });

  it('are read of anything that stands in their place', () => {
    for (const odd of [null, 1, 'x', [], {}, [null], [{ ref: 1, dependsOn: 'x' }], [[[]]]])
      for (const name of ['dependencies', 'components', 'metadata'])
        expect(found({ [name]: odd as Bom[string] })).toBeInstanceOf(Array);
  });
});
