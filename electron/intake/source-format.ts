import type { EvidenceFile } from '../../shared/evidence.ts';
import type { Fact } from '../../shared/fact.ts';

/** What a source is as a whole, in one word: a bag, a model directory, a single document, or a folder of evidence. */
export function sourceFormat(facts: readonly Fact[], files: readonly EvidenceFile[]): string {
  if (facts.some((fact) => fact.kind === 'bag')) return 'bag';
  const [only] = files;
  if (files.length === 1 && only !== undefined) return only.format ?? 'file';
  const atTop = files.filter(({ path }) => !path.includes('/'));
  if (
    atTop.some(
      ({ format }) =>
        format === 'safetensors' || format === 'onnx' || format === 'gguf' || format === 'model-signature',
    )
  )
    return 'model-directory';
  return facts.length > 0 ? 'evidence' : 'files';
}
