import type { Defect } from '../../../shared/fact.ts';
import type { Format, OpenFile } from './format.ts';

class Broken extends Error {
  readonly offset: number;
  constructor(why: string, offset: number) {
    super(why);
    this.offset = offset;
  }
}

/** One field of a protobuf message: a number (varint, fixed) or a span of the file (length-delimited). */
interface Field {
  number: number;
  value: bigint | null;
  start: number;
  end: number;
}

/** Wire format of Protocol Buffers (protobuf.dev, Encoding), bounded by the message that holds it. */
function* fields(file: OpenFile, from: number, to: number): Generator<Field> {
  let at = from;
  let block: Uint8Array = new Uint8Array();
  let blockAt = 0;
  const byte = (): number => {
    if (at >= to) throw new Broken('A field ends outside its message.', at);
    if (at < blockAt || at >= blockAt + block.length) {
      blockAt = at;
      block = file.read(at, 65_536);
      if (block.length === 0) throw new Broken('The file ends in the middle of a field.', at);
    }
    return block[at++ - blockAt] ?? 0;
  };
  const varint = (): bigint => {
    let result = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const next = byte();
      result |= BigInt(next & 0x7f) << shift;
      if (next < 0x80) return BigInt.asUintN(64, result);
    }
    throw new Broken('A number is longer than ten bytes.', at);
  };
  while (at < to) {
    const start = at;
    const tag = varint();
    const number = Number(tag >> 3n);
    if (number === 0 || number > 536_870_911) throw new Broken('A field has a number that no field may have.', start);
    const wire = Number(tag & 7n);
    if (wire === 0) yield { number, value: varint(), start, end: at };
    else if (wire === 1 || wire === 5) {
      const width = wire === 1 ? 8 : 4;
      if (at + width > to) throw new Broken('A field ends outside its message.', at);
      at += width;
      yield { number, value: 0n, start: at - width, end: at };
    } else if (wire === 2) {
      const length = varint();
      if (length > BigInt(to - at))
        throw new Broken(`A field of ${length} bytes is announced and ${to - at} are left.`, start);
      const begin = at;
      at += Number(length);
      yield { number, value: null, start: begin, end: at };
    } else throw new Broken(`Wire type ${wire} is not used.`, start);
  }
}

const text = (file: OpenFile, field: Field) =>
  Buffer.from(file.read(field.start, Math.min(field.end - field.start, 4_096))).toString('utf8');

interface Model {
  properties: { name: string; value: string }[];
  external: { location: string; offset: number }[];
  operators: Map<string, number>;
  initializers: number;
}

/** TensorProto (onnx.proto): external_data 13 holds key/value pairs, data_location 14. */
function tensor(file: OpenFile, from: Field, model: Model): void {
  for (const field of fields(file, from.start, from.end)) {
    if (field.number !== 13 || field.value !== null) continue;
    let key = '';
    let held = '';
    for (const inner of fields(file, field.start, field.end)) {
      if (inner.number === 1) key = text(file, inner);
      if (inner.number === 2) held = text(file, inner);
    }
    if (key === 'location' && model.external.length < 10_000)
      model.external.push({ location: held, offset: field.start });
  }
}

/** GraphProto: node 1, initializer 5, sparse_initializer 15; attributes of nodes may hold tensors and graphs. */
function graph(file: OpenFile, from: Field, model: Model, depth: number): void {
  if (depth > 64) throw new Broken('Graphs are nested deeper than 64.', from.start);
  for (const field of fields(file, from.start, from.end)) {
    if (field.number === 2 && depth === 0) model.properties.push({ name: 'Graph', value: text(file, field) });
    if (field.number === 5 && field.value === null) {
      model.initializers += 1;
      tensor(file, field, model);
    }
    if (field.number === 1 && field.value === null) {
      for (const inner of fields(file, field.start, field.end)) {
        if (inner.number === 4 && inner.value === null) {
          const operator = text(file, inner).slice(0, 200);
          if (model.operators.size < 1_000 || model.operators.has(operator))
            model.operators.set(operator, (model.operators.get(operator) ?? 0) + 1);
        }
        if (inner.number !== 5 || inner.value !== null) continue;
        for (const attribute of fields(file, inner.start, inner.end)) {
          if (attribute.value !== null) continue;
          if (attribute.number === 5 || attribute.number === 10) tensor(file, attribute, model);
          if (attribute.number === 6 || attribute.number === 11) graph(file, attribute, model, depth + 1);
        }
      }
    }
  }
}

/** A location that a loader would resolve outside the folder of the model (the CVE-2022-25882 class). */
const escapes = (location: string) =>
  location.startsWith('/') ||
  location.includes('\\') ||
  /^[a-zA-Z]:/.test(location) ||
  location.split('/').includes('..');

/** ONNX ModelProto, walked on the wire: no tensor is loaded. */
export const onnx: Format = {
  id: 'onnx',
  title: 'Model (ONNX)',
  recognise: ({ name }) => /\.onnx$/i.test(name),
  read(file, facts) {
    const model: Model = { properties: [], external: [], operators: new Map(), initializers: 0 };
    const defects: Defect[] = [];
    let irVersion: bigint | null = null;
    let hasGraph = false;
    try {
      for (const field of fields(file, 0, file.bytes)) {
        if (field.number === 1 && field.value !== null) irVersion = field.value;
        if (field.number === 2 && field.value === null)
          model.properties.push({ name: 'Producer', value: text(file, field) });
        if (field.number === 3 && field.value === null)
          model.properties.push({ name: 'Producer version', value: text(file, field) });
        if (field.number === 7 && field.value === null) {
          hasGraph = true;
          graph(file, field, model, 0);
        }
        facts.checkpoint();
      }
      if (irVersion === null || irVersion === 0n)
        defects.push({
          code: 'onnx-invalid',
          detail: 'The model names no IR version.',
          place: { path: file.path, offset: 0 },
        });
      if (!hasGraph)
        defects.push({
          code: 'onnx-invalid',
          detail: 'The model holds no graph.',
          place: { path: file.path, offset: 0 },
        });
    } catch (error) {
      if (!(error instanceof Broken)) throw error;
      defects.push({ code: 'onnx-invalid', detail: error.message, place: { path: file.path, offset: error.offset } });
    }
    const folder = file.path.includes('/') ? file.path.slice(0, file.path.lastIndexOf('/') + 1) : '';
    for (const { location, offset } of model.external) {
      const place = { path: file.path, offset };
      if (escapes(location))
        defects.push({
          code: 'external-data-escapes',
          detail: `Tensor data is said to lie at ${location}, outside the folder of the model. It was not opened.`,
          place,
        });
      else if (!file.has(folder + location.replace(/^(\.\/)+/, '')))
        defects.push({
          code: 'external-data-missing',
          detail: `Tensor data is said to lie in ${location}, which is not here.`,
          place,
        });
    }
    facts.add({
      kind: 'document',
      format: 'onnx',
      title: 'Model (ONNX)',
      place: { path: file.path },
      properties: [
        ...(irVersion === null ? [] : [{ name: 'IR version', value: String(irVersion) }]),
        ...model.properties.slice(0, 20),
        { name: 'Initializers', value: String(model.initializers) },
        ...[...model.operators]
          .slice(0, 200)
          .map(([name, count]) => ({ name: `Operator ${name}`, value: String(count) })),
        ...[...new Set(model.external.map(({ location }) => location))]
          .slice(0, 100)
          .map((value) => ({ name: 'External data', value })),
      ],
      defects: defects.slice(0, 100),
    });
    facts.add({
      kind: 'thing',
      key: `${file.path}#model`,
      type: 'model',
      name: file.name,
      digests: [file.digest],
      path: file.path,
      place: { path: file.path },
      at: null,
      properties: [{ name: 'Format', value: 'ONNX' }],
      signature: null,
    });
  },
};
