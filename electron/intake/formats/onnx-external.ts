import type { Defect, Fact, FactOf } from '../../../shared/fact.ts';
import { visible } from '../containers/names.ts';
import { folderOf, resolveName } from '../shape.ts';
import type { OnnxTensors } from './onnx-tensor.ts';

/** A location that a loader would resolve outside the folder of the model (the CVE-2022-25882 class). */
const escapes = (location: string) =>
  location === '' ||
  location.startsWith('/') ||
  location.startsWith('~') ||
  location.includes('\\') ||
  location.includes('\0') ||
  /^[a-zA-Z]:/.test(location) ||
  /^[a-z][a-z0-9+.-]*:/i.test(location) ||
  location.split('/').includes('..');

type ExternalFile = FactOf<'external-data'>['files'][number];

/**
 * What a model says of data in other files (onnx/docs/ExternalData.md): per file the bytes that its tensors need, and
 * the digest that is stated of it. Places outside the folder of the model, and tensors that share some of their bytes,
 * are defects. No file is opened or asked for.
 */
export function externalData(path: string, tensors: OnnxTensors): { facts: Fact[]; defects: Defect[] } {
  const defects: Defect[] = [];
  for (const { location, offset } of tensors.locations)
    if (escapes(location))
      defects.push({
        code: 'external-data-escapes',
        detail: `Tensor data is said to lie at ${location === '' ? 'a place without a name' : visible(location)}, outside the folder of the model. It was not opened.`,
        place: { path, offset },
      });
  for (const { location, offset } of tensors.locations)
    if (location !== '' && /(^|\/)\.?$/.test(location) && !escapes(location))
      defects.push({
        code: 'onnx-invalid',
        detail: `Tensor data is said to lie at ${visible(location)}, which can be no file.`,
        place: { path, offset },
      });
  const base = folderOf(path);
  const pathOf = (location: string) => (escapes(location) ? null : resolveName(base, location));
  const files = new Map<string, ExternalFile>();
  const ranges = new Map<string, OnnxTensors['ranges']>();
  for (const range of tensors.ranges) {
    const where = pathOf(range.location);
    if (where === null) continue;
    const known = files.get(where) ?? { path: where, tensors: 0, end: 0, tensor: range.tensor, offset: range.offset };
    known.tensors += 1;
    // A tensor without a value reaches nowhere, wherever its writer put it.
    const end = range.end === range.start ? 0 : Number(range.end ?? range.start);
    if (end > known.end) Object.assign(known, { end, tensor: range.tensor, offset: range.offset });
    files.set(where, known);
    const list = ranges.get(where);
    if (list === undefined) ranges.set(where, [range]);
    else list.push(range);
  }
  for (const list of ranges.values()) {
    const shared = firstShared(list);
    if (shared !== null)
      defects.push({
        code: 'tensor-layout-invalid',
        detail: `The tensor ${shared.tensor} begins inside the bytes of ${shared.other}, in ${visible(shared.location)}.`,
        place: { path, offset: shared.offset },
      });
  }
  const own = ranges.get(path)?.[0];
  if (own !== undefined)
    defects.push({
      code: 'tensor-layout-invalid',
      detail: `The tensor ${own.tensor} is said to lie elsewhere, in the file of the model itself.`,
      place: { path, offset: own.offset },
    });
  const facts: Fact[] =
    files.size === 0 ? [] : [{ kind: 'external-data', place: { path }, files: [...files.values()] }];
  const items = [...tensors.checksums].flatMap(([location, { sha1, offset }]) => {
    const where = pathOf(location);
    return where === null
      ? []
      : [{ name: location, path: where, digests: [`sha1:${sha1}`], optional: true, place: { path, offset } }];
  });
  if (items.length > 0)
    facts.push({
      kind: 'listing',
      id: `${path}#external-data`,
      role: 'record',
      title: 'External data of the model',
      place: { path },
      base,
      closed: false,
      ignored: [],
      items,
      signature: null,
      root: null,
    });
  return { facts, defects };
}

/** Two tensors that share some of their bytes; those that share all are one tensor under two names, as tied weights are. */
function firstShared(list: OnnxTensors['ranges']): (OnnxTensors['ranges'][number] & { other: string }) | null {
  const filled = list.flatMap((range) => (range.end === null || range.end <= range.start ? [] : [range]));
  filled.sort((a, b) => Number(a.start - b.start) || Number((b.end ?? 0n) - (a.end ?? 0n)));
  let [before] = filled;
  for (const range of filled) {
    if (before === undefined || range === before) continue;
    if (range.start === before.start && range.end === before.end) continue;
    if (range.start < (before.end ?? 0n)) return { ...range, other: before.tensor };
    before = range;
  }
  return null;
}
