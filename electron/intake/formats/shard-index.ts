import type { Defect } from '../../../shared/fact.ts';
import { limits } from '../../../shared/limits.ts';
import type { ShardIndexFact } from '../../../shared/model-facts.ts';
import { JsonError, parseJson } from '../../integrity/json.ts';
import { asObject, folderOf, resolveName } from '../shape.ts';
import type { Format } from './format.ts';

/** Names that a part may have: a file beside the index or below it, never one elsewhere. */
const partOf = (base: string, name: string): string | null => {
  const path = resolveName(base, name);
  return path !== null && (base === '' || path.startsWith(`${base}/`)) ? path : null;
};

/**
 * The index of a model in several files: `weight_map` names the file of each tensor, `metadata.total_size` the bytes of
 * all tensors (huggingface_hub, "serialize_*_state_dict"; transformers, sharded checkpoints).
 */
export const shardIndex: Format = {
  id: 'shard-index',
  title: 'Index of a model in parts',
  sieve: { endings: ['json'] },
  recognise: ({ name, bytes }) =>
    /\.(safetensors|bin|pt|pth|h5|msgpack)\.index(\.[a-z0-9]+)?\.json$/i.test(name) && bytes <= limits.jsonBytes,
  read(file, facts) {
    const place = { path: file.path };
    const defects: Defect[] = [];
    const invalid = (detail: string, pointer: string) => {
      if (defects.length < 100) defects.push({ code: 'shard-index-invalid', detail, place: { ...place, pointer } });
    };
    let index: ReturnType<typeof asObject> = {};
    try {
      index = asObject(parseJson(file.whole(limits.jsonBytes)));
    } catch (error) {
      if (!(error instanceof JsonError)) throw error;
      invalid(`The index is not strict JSON, and programs would differ about it: ${error.message}.`, '');
    }
    const parts = new Map<string, ShardIndexFact['shards'][number]>();
    const map = Object.entries(asObject(index['weight_map']));
    if (map.length === 0 && defects.length === 0) invalid('It has no weight_map that names a tensor.', '/weight_map');
    for (const [tensor, name] of map) {
      if (typeof name !== 'string') {
        invalid(`The file of tensor ${tensor} is not named by a text.`, '/weight_map');
        continue;
      }
      const known = parts.get(name);
      if (known !== undefined) {
        known.tensors.push(tensor);
        continue;
      }
      const path = partOf(folderOf(file.path), name);
      if (path === null) invalid(`${name} points outside the folder of the index. It was not opened.`, '/weight_map');
      parts.set(name, { name, path, tensors: [tensor] });
    }
    const stated = asObject(index['metadata'])['total_size'];
    const isSize = typeof stated === 'number' && Number.isSafeInteger(stated) && stated >= 0;
    if (stated !== undefined && !isSize) invalid('total_size is not a whole number of bytes.', '/metadata/total_size');
    facts.add({
      kind: 'document',
      format: 'shard-index',
      title: 'Index of a model in parts',
      place,
      properties: [
        { name: 'Parts', value: String(parts.size) },
        { name: 'Tensors', value: String(map.length) },
        ...(isSize ? [{ name: 'Bytes of tensors', value: String(stated), pointer: '/metadata/total_size' }] : []),
      ],
      defects,
    });
    facts.add({ kind: 'shard-index', place, shards: [...parts.values()], totalBytes: isSize ? stated : null });
  },
};
