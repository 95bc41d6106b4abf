import type { Rule } from './rule.ts';

/** Data that a model keeps in files beside it is here, and reaches as far as its tensors do. */
export const externalData: Rule = {
  id: 'external-data',
  title: 'Data beside a model is as long as the model needs',
  verify(evidence, checks) {
    const facts = evidence.facts('external-data');
    if (facts.length === 0) return;
    const pointers = new Map(evidence.facts('pointer').map(({ place, bytes }) => [place.path, bytes]));
    // A file that holds where a link would lead stands for what lies there.
    const links = new Map(evidence.facts('written-link').map(({ place, target }) => [place.path, target]));
    for (const { place, files } of facts)
      for (const { path, tensors, end, tensor, offset } of files) {
        const file = evidence.file(links.get(path) ?? path);
        const base = {
          rule: 'external-data',
          subject: place.path,
          location: { ...place, offset },
          vouched: 'nobody',
        } as const;
        // Of a pointer the size is known that the file would have; that it is not here is said of the pointer.
        const bytes = pointers.get(path) ?? file?.bytes;
        if (bytes === undefined)
          checks.add({
            ...base,
            aspect: 'completeness',
            verdict: 'undecided',
            code: 'external-data-missing',
            expected: path,
            actual: null,
            message: `Data of ${tensors === 1 ? 'a tensor' : `${tensors} tensors`} of this model is said to lie in ${path}, which is not here.`,
            settledBy: 'The data that it names.',
          });
        else if (bytes < end)
          checks.add({
            ...base,
            aspect: 'content',
            verdict: 'fail',
            code: 'tensor-data-short',
            expected: `at least ${end} bytes`,
            actual: `${bytes} bytes`,
            message: `The tensor ${tensor} is said to end at byte ${end} of ${path}, which has ${bytes} bytes.`,
          });
        else checks.pass('external-data', 'content');
      }
  },
};
