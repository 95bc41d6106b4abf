import type { Made, Value } from './pickle-values.ts';
import { widthOf } from './torch-storages.ts';

/** Tensors by name, as a pickled state of torch holds them; `isSizeOpen` where their sizes are not all told. */
export interface TorchTensors {
  tensors: { name: string; bytes: number }[];
  isSizeOpen: boolean;
}

const makesTensor =
  /^(torch\._utils\._rebuild_\w+|torch\._tensor\._rebuild_from_type(_v2)?|torch\.nn\.parameter\.\w+)$/;

/** The tensors of a state: a dictionary of names, plain or in order (torch.nn.Module.state_dict). Null where it is none. */
export function tensorsOf(root: Value): TorchTensors | null {
  const items = root.t === 'dict' ? root.v : root.t === 'made' ? root.items : undefined;
  const found = [...(items ?? [])].flatMap(([name, value]) => (isTensor(value) ? [{ name, value }] : []));
  if (found.length === 0) return null;
  const storages = new Set<string>();
  let isSizeOpen = false;
  const tensors = found.map(({ name, value }) => {
    const told = sizeOf(value);
    // Tensors that share a storage are counted once by some writers, and by others not.
    if (told === null || storages.has(told.storage)) isSizeOpen = true;
    else storages.add(told.storage);
    return { name, bytes: told?.bytes ?? 0 };
  });
  return { tensors, isSizeOpen };
}

const isTensor = (value: Value): value is Made =>
  value.t === 'made' && makesTensor.test(`${value.by.module}.${value.by.name}`);

/** Bytes of a tensor by its shape, and the storage it lies in; null where the pickle does not tell. */
function sizeOf(value: Made): { storage: string; bytes: number } | null {
  const args = value.args.t === 'tuple' ? value.args.v : [];
  const [first, , shape] = args;
  if (/^_rebuild_parameter/.test(value.by.name)) return first?.t === 'made' && isTensor(first) ? sizeOf(first) : null;
  if (!/^_rebuild_tensor(_v2)?$/.test(value.by.name) || first?.t !== 'storage' || shape?.t !== 'tuple') return null;
  const width = widthOf(first.v);
  const bytes = shape.v.reduce(
    (product, size) => product * (size.t === 'int' ? size.v : Number.NaN),
    width ?? Number.NaN,
  );
  return Number.isSafeInteger(bytes) ? { storage: first.v.key, bytes } : null;
}
