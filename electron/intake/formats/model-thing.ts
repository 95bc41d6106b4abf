import type { ThingFact } from '../../../shared/fact.ts';
import type { OpenFile } from './format.ts';

/** The model that a file is, for the lineage. @param format as people call it: `ONNX`, `safetensors` */
export const modelThing = ({ path, name, digest }: OpenFile, format: string): ThingFact => ({
  kind: 'thing',
  key: `${path}#model`,
  type: 'model',
  name,
  digests: [digest],
  path,
  place: { path },
  at: null,
  properties: [{ name: 'Format', value: format }],
  signature: null,
});
