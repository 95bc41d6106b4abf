/** Model files by hand, right or wrong, as the formats lay them out: ONNX on the wire, safetensors, GGUF, torch, NumPy. */
type Piece = Uint8Array | string;
const bytesOf = (piece: Piece): Buffer => Buffer.from(piece as string);

function varint(value: number | bigint): Buffer {
  const out: number[] = [];
  for (let left = BigInt.asUintN(64, BigInt(value)); ; left >>= 7n) {
    if (left < 0x80n) return Buffer.from([...out, Number(left)]);
    out.push(Number(left & 0x7fn) | 0x80);
  }
}

/** A field of a protobuf message: a number, or bytes with their length. */
export const field = (number: number, held: number | bigint | Piece): Buffer =>
  typeof held === 'number' || typeof held === 'bigint'
    ? Buffer.concat([varint(number << 3), varint(held)])
    : Buffer.concat([varint((number << 3) | 2), varint(bytesOf(held).length), bytesOf(held)]);

/** TensorProto with what is given of it; `external` are the keys and values of external_data. */
export function onnxTensor({
  name = 'w',
  dims = [2],
  type = 1,
  raw,
  external,
  more = [],
}: {
  name?: string;
  dims?: number[];
  type?: number;
  raw?: Uint8Array;
  external?: Record<string, string | number>;
  more?: Buffer[];
}): Buffer {
  const places = Object.entries(external ?? {}).map(([key, value]) =>
    field(13, Buffer.concat([field(1, key), field(2, String(value))])),
  );
  return Buffer.concat([
    ...dims.map((dim) => field(1, dim)),
    ...(type === 0 ? [] : [field(2, type)]),
    field(8, name),
    ...(raw === undefined ? [] : [field(9, raw)]),
    ...places,
    ...(places.length === 0 ? [] : [field(14, 1)]),
    ...more,
  ]);
}

/** NodeProto. */
export const onnxNode = (operator: string, inputs: string[], outputs: string[], domain = ''): Buffer =>
  Buffer.concat([
    ...inputs.map((name) => field(1, name)),
    ...outputs.map((name) => field(2, name)),
    field(4, operator),
    ...(domain === '' ? [] : [field(7, domain)]),
  ]);

/** ModelProto of one graph, x to y. `sets` are the operator sets that it imports. */
export function onnxModel({
  tensors = [],
  nodes = [onnxNode('Add', ['x', 'w'], ['y'])],
  outputs = ['y'],
  name = 'g',
  sets = { '': 17 },
  more = [],
}: {
  tensors?: Buffer[];
  nodes?: Buffer[];
  outputs?: string[];
  name?: string;
  sets?: Record<string, number>;
  more?: Buffer[];
}): Buffer {
  const graph = Buffer.concat([
    ...nodes.map((node) => field(1, node)),
    ...(name === '' ? [] : [field(2, name)]),
    ...tensors.map((tensor) => field(5, tensor)),
    field(11, field(1, 'x')),
    ...outputs.map((name) => field(12, field(1, name))),
  ]);
  const imported = Object.entries(sets).map(([domain, version]) =>
    field(8, Buffer.concat([...(domain === '' ? [] : [field(1, domain)]), field(2, version)])),
  );
  return Buffer.concat([field(1, 8), field(7, graph), ...imported, ...more]);
}

/** A safetensors file: length, header, data. */
export function safetensorsFile(header: object | string, data: Uint8Array): Buffer {
  const text = typeof header === 'string' ? header : JSON.stringify(header);
  const padded = text.padEnd(Math.ceil(text.length / 8) * 8);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(Buffer.byteLength(padded)));
  return Buffer.concat([length, Buffer.from(padded), data]);
}

const u32 = (value: number): Buffer => {
  const out = Buffer.alloc(4);
  out.writeUInt32LE(value);
  return out;
};
const u64 = (value: number): Buffer => {
  const out = Buffer.alloc(8);
  out.writeBigUInt64LE(BigInt(value));
  return out;
};
const text = (value: string): Buffer => Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)]);

/** GGUF 3; a value of `keys` is a text or a number of 32 bits. @param data bytes after the padded table */
export function ggufFile(
  keys: [string, string | number][],
  tensors: { name?: string; shape: number[]; type: number; at?: number }[],
  data: number,
): Buffer {
  const head = Buffer.concat([
    Buffer.from('GGUF'),
    u32(3),
    u64(tensors.length),
    u64(keys.length),
    ...keys.map(([key, value]) =>
      Buffer.concat([text(key), ...(typeof value === 'string' ? [u32(8), text(value)] : [u32(4), u32(value)])]),
    ),
    ...tensors.map(({ name = 'w', shape, type, at = 0 }) =>
      Buffer.concat([text(name), u32(shape.length), ...shape.map(u64), u32(type), u64(at)]),
    ),
  ]);
  return Buffer.concat([head, Buffer.alloc((32 - (head.length % 32)) % 32), Buffer.alloc(data)]);
}

/** A text that names something, and numbers, as opcodes of a pickle. */
const opText = (value: string): Buffer => Buffer.concat([Buffer.from('X'), u32(value.length), Buffer.from(value)]);
const opNumber = (value: number): Buffer => Buffer.concat([Buffer.from('J'), u32(value)]);

/** A pickle of a dictionary of torch's tensors, each of a storage by its key, class and count. */
export function torchPickle(storages: { key: string; type?: string; elements: number }[]): Buffer {
  const tensors = storages.flatMap(({ key, type = 'FloatStorage', elements }) => [
    opText(`w${key}`),
    Buffer.from('ctorch._utils\n_rebuild_tensor_v2\n(('),
    opText('storage'),
    Buffer.from(`ctorch\n${type}\n`),
    opText(key),
    opText('cpu'),
    opNumber(elements),
    Buffer.from('tQ'),
    opNumber(0),
    Buffer.from('('),
    opNumber(elements),
    Buffer.from('t('),
    opNumber(1),
    Buffer.from('t\x89ccollections\nOrderedDict\n)RtR', 'latin1'),
  ]);
  return Buffer.concat([Buffer.from('\x80\x02}(', 'latin1'), ...tensors, Buffer.from('u.')]);
}

/** What torch wrote before 1.6: a magic number, a protocol, a system, the object, its keys, and raw storages. */
export function legacyTorchFile(object: Buffer, storages: { count: number; data: Uint8Array }[]): Buffer {
  const before = Buffer.from('\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.\x80\x02}.', 'latin1');
  const keys = Buffer.from('\x80\x02].', 'latin1');
  return Buffer.concat([
    before,
    object,
    keys,
    ...storages.flatMap(({ count, data }) => [u64(count), Buffer.from(data)]),
  ]);
}

/** An array file of 1.0. */
export function arrayFile(descr: string, shape: number[], data: Uint8Array): Buffer {
  const header = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape.map((size) => `${size},`).join('')}), }`;
  const padded = `${header.padEnd(Math.ceil((header.length + 11) / 64) * 64 - 11)}\n`;
  const length = Buffer.alloc(2);
  length.writeUInt16LE(padded.length);
  return Buffer.concat([Buffer.from('\x93NUMPY\x01\x00', 'latin1'), length, Buffer.from(padded), data]);
}
