import type { Defect } from '../../../shared/fact.ts';
import { limits } from '../../../shared/limits.ts';
import { type JsonNode, type JsonValue, member, parseJsonTree, valueOf as plainOf } from '../../integrity/json.ts';
import { visible } from '../containers/names.ts';
import { type Format, type OpenFile, Unreadable } from './format.ts';
import { hidesInName, hidesInText } from './hidden-text.ts';
import { modelThing } from './model-thing.ts';
import { isMachinery } from './plain-json.ts';

/** Bits per element (safetensors 0.8 `Dtype`). */
const bits: Record<string, number> = {
  BOOL: 8,
  U8: 8,
  I8: 8,
  F8_E5M2: 8,
  F8_E4M3: 8,
  F8_E8M0: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  C64: 64,
  F64: 64,
  I64: 64,
  U64: 64,
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
};

/** Members of a tensor in the header (safetensors format description, "Format"). */
const tensorKeys: ReadonlySet<string> = new Set(['dtype', 'shape', 'data_offsets']);

export interface Tensor {
  name: string;
  dtype: string;
  shape: number[];
  start: number;
  end: number;
}

const isObject = (value: JsonValue | undefined): value is { [name: string]: JsonValue } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isCount = (value: JsonValue | undefined): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

/**
 * Header of a safetensors file: u64 LE length N (at most 100,000,000), N bytes of JSON, then the buffer that the
 * tensors cover exactly, without gap or overlap (safetensors format description; `SafeTensors::deserialize`).
 * Departures come back as defects; a file without a readable header has no tensors.
 */
export function readSafetensors(file: OpenFile): {
  tensors: Tensor[];
  metadata: [string, string][];
  defects: Defect[];
} {
  const defects: Defect[] = [];
  const defect = (code: string, detail: string, offset: number, expected?: string, actual?: string) =>
    defects.push({
      code,
      detail,
      place: { path: file.path, offset },
      ...(expected === undefined ? {} : { expected }),
      ...(actual === undefined ? {} : { actual }),
    });
  const none = { tensors: [], metadata: [] as [string, string][], defects };
  if (file.bytes < 8) {
    defect('tensor-header-invalid', `The file has ${file.bytes} bytes; a header begins with 8.`, 0);
    return none;
  }
  const claimed = Buffer.from(file.read(0, 8)).readBigUInt64LE();
  const length = Number(claimed);
  if (length > limits.tensorHeaderBytes) {
    defect(
      'tensor-header-invalid',
      `The header claims ${claimed} bytes; at most ${limits.tensorHeaderBytes} are read.`,
      0,
    );
    return none;
  }
  if (8 + length > file.bytes) {
    defect(
      'tensor-header-invalid',
      `The header claims ${length} bytes; ${file.bytes - 8} follow.`,
      0,
      `${length}`,
      `${file.bytes - 8}`,
    );
    return none;
  }
  let header: JsonValue;
  try {
    const bytes = file.read(8, length);
    const root = parseJsonTree(bytes, { depth: 8 });
    header = plainOf(root);
    if (bytes[0] !== 0x7b)
      defect('tensor-header-loose', 'The header does not begin with a brace, as the format asks.', 8);
    if (hasLooseNumber(root))
      defect('tensor-header-invalid', 'A shape or an offset is not written as a whole number.', 8);
  } catch (error) {
    defect(
      'tensor-header-invalid',
      `The header is not strict JSON: ${error instanceof Error ? error.message : 'unreadable'}`,
      8,
    );
    return none;
  }
  if (!isObject(header)) {
    defect('tensor-header-invalid', 'The header is not a JSON object.', 8);
    return none;
  }
  const data = file.bytes - 8 - length;
  const metadata: [string, string][] = [];
  const tensors: Tensor[] = [];
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') {
      // The reference takes null for none (safetensors, tensor.rs, "HashMetadata").
      if (value === null) defect('tensor-header-loose', '__metadata__ is null, and not an object of texts.', 8);
      else if (!isObject(value)) defect('tensor-header-invalid', '__metadata__ is not an object of texts.', 8);
      else
        for (const [key, text] of Object.entries(value)) {
          if (isMachinery(key))
            defect('text-machinery', `The name ${key} reaches into the machinery of some programs.`, 8);
          if (hidesInName(key) || (typeof text === 'string' && hidesInText(text)))
            defect('text-hidden', `__metadata__ ${visible(key)} holds characters that cannot be seen.`, 8);
          if (typeof text === 'string') metadata.push([key, text]);
          else defect('tensor-header-invalid', `__metadata__ ${key} is not a text.`, 8);
        }
      continue;
    }
    if (isMachinery(name)) defect('text-machinery', `The name ${name} reaches into the machinery of some programs.`, 8);
    if (hidesInName(name))
      defect('text-hidden', `The name of the tensor ${visible(name)} holds characters that cannot be seen.`, 8);
    const unknown = isObject(value) ? Object.keys(value).filter((key) => !tensorKeys.has(key)) : [];
    if (unknown.length > 0)
      defect(
        'tensor-header-loose',
        `Tensor ${visible(name)} has a member ${visible(unknown.slice(0, 5).join(', ')).slice(0, 200)}, which the format does not know: loaders pass over it.`,
        8,
      );
    const tensor = readTensor(name, value);
    if (typeof tensor === 'string') defect('tensor-header-invalid', tensor, 8);
    else tensors.push(tensor);
  }
  tensors.sort((a, b) => a.start - b.start || a.end - b.end);
  let at = 0;
  for (const tensor of tensors) {
    if (tensor.start !== at) {
      const what = tensor.start > at ? 'leaves a gap before' : 'overlaps';
      defect(
        'tensor-layout-invalid',
        `Tensor ${tensor.name} ${what} offset ${at}.`,
        8 + length + tensor.start,
        `${at}`,
        `${tensor.start}`,
      );
    }
    at = Math.max(at, tensor.end);
  }
  if (at > data)
    defect(
      'tensor-data-short',
      `The tensors need ${at} bytes; ${data} are here.`,
      8 + length + data,
      `${at}`,
      `${data}`,
    );
  if (at < data)
    defect(
      'tensor-trailing-bytes',
      `The header does not account for all bytes of the file: ${data - at} follow the last tensor.`,
      8 + length + at,
      `${8 + length + at} bytes`,
      `${file.bytes} bytes`,
    );
  return { tensors, metadata, defects };
}

/** `2.0` is a number of JSON and no size. */
const hasLooseNumber = (root: JsonNode): boolean =>
  root.kind === 'object' &&
  root.members.some(({ value }) =>
    ['shape', 'data_offsets'].some((name) => {
      const list = member(value, name);
      return (
        list?.kind === 'array' && list.items.some((item) => item.kind === 'number' && !/^[0-9]+$/.test(item.source))
      );
    }),
  );

function readTensor(name: string, value: JsonValue | undefined): Tensor | string {
  if (!isObject(value)) return `Tensor ${name} is not described by an object.`;
  const { dtype, shape, data_offsets: offsets } = value;
  const width = typeof dtype === 'string' ? bits[dtype] : undefined;
  if (typeof dtype !== 'string' || width === undefined) return `Tensor ${name} has an unknown dtype.`;
  if (!Array.isArray(shape) || shape.length > 64 || !shape.every(isCount)) return `Tensor ${name} has no valid shape.`;
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount))
    return `Tensor ${name} has no valid data_offsets.`;
  const [start = 0, end = 0] = offsets as number[];
  if (start > end) return `Tensor ${name} ends before it begins.`;
  // BigInt: a product of sizes overflows a double long before it overflows a hostile header.
  const size = (shape as number[]).reduce((product, next) => product * BigInt(next), BigInt(width));
  if (size % 8n !== 0n || size / 8n !== BigInt(end - start))
    return `Tensor ${name} of ${dtype} [${shape.join(', ')}] needs ${size / 8n} bytes and is given ${end - start}.`;
  return { name, dtype, shape: shape as number[], start, end };
}

/** safetensors weights (github.com/huggingface/safetensors, format of 0.4 and later). */
export const safetensors: Format = {
  id: 'safetensors',
  title: 'Tensors (safetensors)',
  sieve: { endings: ['safetensors'] },
  recognise: ({ name }) => /\.safetensors$/i.test(name),
  read(file, facts) {
    if (new TextDecoder().decode(file.head.subarray(0, 24)) === 'version https://git-lfs.')
      throw new Unreadable('A git-lfs pointer stands where the tensors should be.');
    const { tensors, metadata, defects } = readSafetensors(file);
    const elements = tensors.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
    facts.add({
      kind: 'document',
      format: 'safetensors',
      title: 'Tensors (safetensors)',
      place: { path: file.path },
      properties: [
        { name: 'Tensors', value: String(tensors.length) },
        { name: 'Elements', value: String(elements) },
        ...metadata.slice(0, 50).map(([name, value]) => ({ name, value: value.slice(0, 1_000) })),
        ...tensors.slice(0, 500).map(({ name, dtype, shape }) => ({ name, value: `${dtype} [${shape.join(', ')}]` })),
      ],
      defects: defects.slice(0, 100),
    });
    facts.add({
      kind: 'tensors',
      place: { path: file.path },
      tensors: tensors.map(({ name, start, end }) => ({ name, bytes: end - start })),
    });
    facts.add(modelThing(file, 'safetensors'));
  },
};
