import { hidesInName } from './hidden-text.ts';
import { Broken, type Field, type Span, type Wire } from './protobuf-wire.ts';

/** Where one tensor says that its bytes lie, outside the model file. */
interface ExternalRange {
  tensor: string;
  location: string;
  start: bigint;
  /** Null where neither a length nor a size is known. */
  end: bigint | null;
  /** Of the tensor, in the model file. */
  offset: number;
}
/** What the tensors of a model come to. */
export interface OnnxTensors {
  /** Every place that is named, those that no program would use among them. */
  locations: { location: string; offset: number }[];
  ranges: ExternalRange[];
  /** What a place states of the file there: key `checksum` (onnx.proto, TensorProto, "external_data"). */
  checksums: Map<string, { sha1: string; offset: number }>;
  /** Deviations from the ONNX specification that the walk goes on after. */
  faults: { why: string; offset: number }[];
  /** Names that hold what cannot be seen. */
  hidden: { name: string; offset: number }[];
}
const rangesAtMost = 1_000_000;
/** More than any tensor has: the product of so many can still be taken. */
const dimensionsAtMost = 1_000;

/** Where values of a type stand that are not raw (onnx.proto, TensorProto): their field, and how many of it a value is. */
type Stored = 'floats' | 'ints' | 'texts' | 'longs' | 'doubles' | 'unsigned';
const fields: Record<number, { stored: Stored; counted: 'fixed32' | 'fixed64' | 'varint' | 'text' }> = {
  4: { stored: 'floats', counted: 'fixed32' },
  5: { stored: 'ints', counted: 'varint' },
  6: { stored: 'texts', counted: 'text' },
  7: { stored: 'longs', counted: 'varint' },
  10: { stored: 'doubles', counted: 'fixed64' },
  11: { stored: 'unsigned', counted: 'varint' },
};
/** TensorProto.DataType: bits of an element; texts have no size of their own. */
const types: Record<number, { bits: bigint; stored: Stored }> = {
  1: { bits: 32n, stored: 'floats' },
  2: { bits: 8n, stored: 'ints' },
  3: { bits: 8n, stored: 'ints' },
  4: { bits: 16n, stored: 'ints' },
  5: { bits: 16n, stored: 'ints' },
  6: { bits: 32n, stored: 'ints' },
  7: { bits: 64n, stored: 'longs' },
  8: { bits: 0n, stored: 'texts' },
  9: { bits: 8n, stored: 'ints' },
  10: { bits: 16n, stored: 'ints' },
  11: { bits: 64n, stored: 'doubles' },
  12: { bits: 32n, stored: 'unsigned' },
  13: { bits: 64n, stored: 'unsigned' },
  14: { bits: 64n, stored: 'floats' },
  15: { bits: 128n, stored: 'doubles' },
  16: { bits: 16n, stored: 'ints' },
  17: { bits: 8n, stored: 'ints' },
  18: { bits: 8n, stored: 'ints' },
  19: { bits: 8n, stored: 'ints' },
  20: { bits: 8n, stored: 'ints' },
  21: { bits: 4n, stored: 'ints' },
  22: { bits: 4n, stored: 'ints' },
  23: { bits: 4n, stored: 'ints' },
  24: { bits: 8n, stored: 'ints' },
  25: { bits: 2n, stored: 'ints' },
  26: { bits: 2n, stored: 'ints' },
  27: { bits: 6n, stored: 'ints' },
  28: { bits: 6n, stored: 'ints' },
};

/** Whether a number is a type of elements. */
export const isKnownType = (type: bigint): boolean => types[Number(type)] !== undefined;

/** How many values stand in a field for so many elements: complex numbers are two, those of 4 and 2 bits share one. */
function valuesFor(type: number, elements: bigint): bigint {
  const { bits = 0n, stored = 'texts' } = types[type] ?? {};
  if (type === 14 || type === 15) return elements * 2n;
  return stored === 'ints' && bits < 5n ? (elements * bits + 7n) / 8n : elements;
}

/** A name that is worth a look is kept, as far as somebody would look. */
export function lookAtName(name: string, offset: number, found: OnnxTensors): void {
  if (found.hidden.length < 20 && (hidesInName(name) || (name.includes('\ufffd') && name.length < 300)))
    found.hidden.push({ name, offset });
}

/** Measures a TensorProto and loads nothing of it. @returns its name */
export function readTensor(wire: Wire, from: Span, found: OnnxTensors): string {
  let name = '';
  let type = 0;
  let raw = 0;
  let isElsewhere = false;
  const dims: bigint[] = [];
  const held = new Map<Stored, bigint>();
  const entries: Field[] = [];
  const fault = (why: string, offset = from.start): void => {
    if (found.faults.length < 100) found.faults.push({ why, offset });
  };
  // dims 1, data_type 2, the fields of values, name 8, raw_data 9, external_data 13, data_location 14.
  for (const field of wire.fields(from)) {
    const values = fields[field.number];
    if (field.number === 1) {
      dims.push(...wire.numbers(field));
      if (dims.length > dimensionsAtMost)
        throw new Broken(`A tensor has more than ${dimensionsAtMost} dimensions.`, field.start);
    } else if (field.number === 2 && field.value !== null) type = Number(field.value & 0xffff_ffffn);
    else if (field.number === 8 && field.value === null) name = wire.text(field).slice(0, 300);
    else if (field.number === 9 && field.value === null) raw = field.end - field.start;
    else if (field.number === 13 && field.value === null) entries.push(field);
    else if (field.number === 14 && field.value !== null) isElsewhere = field.value === 1n;
    else if (values !== undefined)
      held.set(values.stored, (held.get(values.stored) ?? 0n) + wire.count(field, values.counted));
  }
  lookAtName(name, from.start, found);
  const shown = name === '' ? 'A tensor without a name' : `The tensor ${name}`;
  if (dims.some((dim) => dim < 0n)) {
    fault(`${shown} has a negative dimension.`);
    dims.length = 0;
  }
  const known = types[type];
  if (known === undefined)
    fault(
      type === 0
        ? `${shown} names no type of its elements.`
        : `${shown} is of the type ${type}, which ONNX does not know.`,
    );
  const elements = dims.reduce((product, dim) => product * dim, 1n);
  const size = known === undefined || known.stored === 'texts' ? null : (elements * known.bits + 7n) / 8n;
  const kinds = [...held].filter(([, count]) => count > 0n);
  const stored = kinds.length + (raw > 0 ? 1 : 0);
  if (entries.length > 0 && (isElsewhere || stored === 0)) {
    readPlace(wire, entries, { tensor: name, shown, size, offset: from.start }, found, fault);
    if (stored > 0) fault(`${shown} has data in the model and is said to lie elsewhere too.`);
    else if (!isElsewhere && elements > 0n)
      fault(`${shown} has no data and names a place for it, without the mark by which programs look there.`);
    return name;
  }
  if (entries.length > 0) {
    readPlace(wire, entries, { tensor: name, shown, size: null, offset: from.start }, { ...found, ranges: [] }, fault);
    fault(`${shown} has data in the model and names a place for it elsewhere too.`);
  }
  if (isElsewhere) fault(`${shown} is said to lie in another file, and no file is named.`);
  else if (known !== undefined) holdData(shown, type, elements, size, raw, kinds, stored, fault);
  return name;
}

/** One value field and no more, of the kind that the type asks for, and as long (onnx/checker.cc, "check_tensor"). */
function holdData(
  shown: string,
  type: number,
  elements: bigint,
  size: bigint | null,
  raw: number,
  kinds: [Stored, bigint][],
  stored: number,
  fault: (why: string) => void,
): void {
  const [[kind, count] = ['raw', 0n] as const] = kinds;
  if (stored > 1) fault(`${shown} has its data twice: programs take the one or the other.`);
  else if (stored === 0 && elements > 0n) fault(`${shown} has no data, and its shape asks for ${elements} values.`);
  else if (raw > 0 && size === null) fault(`${shown} holds texts as raw bytes.`);
  else if (raw > 0 && size !== BigInt(raw)) fault(`${shown} has ${raw} bytes, and its shape needs ${size}.`);
  else if (kind !== 'raw' && kind !== types[type]?.stored)
    fault(`${shown} has its values in a field that is not that of its type.`);
  else if (kind !== 'raw' && count !== valuesFor(type, elements))
    fault(`${shown} has ${count} values, and its shape needs ${valuesFor(type, elements)}.`);
}

/** StringStringEntryProto: key 1, value 2. The keys of a place are location, offset, length and checksum. */
function readPlace(
  wire: Wire,
  entries: readonly Field[],
  { tensor, shown, size, offset }: { tensor: string; shown: string; size: bigint | null; offset: number },
  found: OnnxTensors,
  fault: (why: string, offset?: number) => void,
): void {
  const stated = new Map<string, string>();
  for (const entry of entries) {
    let key = '';
    let text = '';
    for (const inner of wire.fields(entry)) {
      if (inner.number === 1 && inner.value === null) key = wire.text(inner);
      if (inner.number === 2 && inner.value === null) text = wire.text(inner);
    }
    if (key === 'location' && found.locations.length < 10_000)
      found.locations.push({ location: text, offset: entry.start });
    if (stated.has(key)) fault(`${shown} says ${key.slice(0, 40)} of its place twice: programs differ.`, entry.start);
    stated.set(key, text);
  }
  const number = (key: 'offset' | 'length'): bigint | null => {
    const text = stated.get(key);
    if (text === undefined) return null;
    if (/^[0-9]{1,18}$/.test(text)) return BigInt(text);
    fault(`External data has a ${key} of ${text.slice(0, 40)}.`);
    return null;
  };
  const start = number('offset') ?? 0n;
  const length = number('length');
  const location = stated.get('location');
  if (location === undefined) return fault(`${shown} is said to lie in another file, and no file is named.`);
  if (size !== null && length !== null && size !== length)
    fault(`${shown} is given ${length} bytes of ${location.slice(0, 100)}, and its shape needs ${size}.`);
  const bytes = length ?? size;
  if (found.ranges.length < rangesAtMost)
    found.ranges.push({ tensor, location, start, end: bytes === null ? null : start + bytes, offset });
  const checksum = stated.get('checksum');
  if (checksum !== undefined && /^[0-9a-f]{40}$/i.test(checksum))
    found.checksums.set(location, { sha1: checksum.toLowerCase(), offset });
}
