import { Broken, type Field, type Span, type Wire } from './protobuf-wire.ts';

/** What a walk over a model finds: for the viewer, and for the checks. */
export interface OnnxModel {
  properties: { name: string; value: string }[];
  external: { location: string; offset: number }[];
  operators: Map<string, number>;
  /** Domains of operators that are not of the standard: domain and operator. */
  domains: Map<string, { operator: string; offset: number }>;
  initializers: number;
  /** Deviations from the ONNX specification that the walk goes on after. */
  faults: { why: string; offset: number }[];
}

/** Bytes of an element by TensorProto.DataType (onnx.proto); types that are packed otherwise are not measured. */
const widths: Record<number, bigint> = {
  1: 4n,
  2: 1n,
  3: 1n,
  4: 2n,
  5: 2n,
  6: 4n,
  7: 8n,
  9: 1n,
  10: 2n,
  11: 8n,
  12: 4n,
  13: 8n,
  14: 8n,
  15: 16n,
  16: 2n,
};
const namesAtMost = 2_000_000;

/** Walks graphs as onnx.proto lays them out. Tensors are measured and never loaded. */
export class OnnxGraphs {
  private readonly wire: Wire;
  private readonly model: OnnxModel;
  private names = 0;
  constructor(wire: Wire, model: OnnxModel) {
    this.wire = wire;
    this.model = model;
  }

  private fault(why: string, offset: number): void {
    if (this.model.faults.length < 100) this.model.faults.push({ why, offset });
  }

  private hold(names: Set<string>, name: string, at: Span): void {
    if (++this.names > namesAtMost) throw new Broken(`The model has more than ${namesAtMost} names.`, at.start);
    names.add(name);
  }

  /** TensorProto: dims 1, data_type 2, name 8, raw_data 9, external_data 13, data_location 14. Its name. */
  tensor(from: Span): string {
    let name = '';
    let dims: bigint[] = [];
    let type = 0;
    let raw: number | null = null;
    for (const field of this.wire.fields(from)) {
      if (field.number === 1) dims = dims.concat(this.wire.numbers(field));
      if (field.number === 2 && field.value !== null) type = Number(field.value & 0xffffn);
      if (field.number === 8 && field.value === null) name = this.wire.text(field);
      if (field.number === 9 && field.value === null) raw = field.end - field.start;
      if (field.number === 13 && field.value === null) this.external(field);
    }
    if (dims.some((dim) => dim < 0n)) this.fault(`The tensor ${name} has a negative dimension.`, from.start);
    const width = widths[type];
    const size = dims.reduce((product, dim) => product * dim, width ?? 0n);
    if (raw !== null && width !== undefined && size >= 0n && size !== BigInt(raw))
      this.fault(`The tensor ${name} has ${raw} bytes, and its shape needs ${size}.`, from.start);
    return name;
  }

  /** One key of external_data; a location begins a new entry, offset and length belong to the last. */
  private external(field: Span): void {
    let key = '';
    let held = '';
    for (const inner of this.wire.fields(field)) {
      if (inner.number === 1 && inner.value === null) key = this.wire.text(inner);
      if (inner.number === 2 && inner.value === null) held = this.wire.text(inner);
    }
    const { external } = this.model;
    if (key === 'location' && external.length < 10_000) external.push({ location: held, offset: field.start });
    if (key !== 'offset' && key !== 'length') return;
    if (!/^[0-9]{1,18}$/.test(held)) this.fault(`External data has a ${key} of ${held.slice(0, 40)}.`, field.start);
  }

  /** ValueInfoProto: name 1, type 2; a dimension of its shape may not be negative. */
  private valueInfo(from: Span): string {
    let name = '';
    for (const field of this.wire.fields(from)) {
      if (field.number === 1 && field.value === null) name = this.wire.text(field);
      if (field.number !== 2 || field.value !== null) continue;
      for (const type of this.wire.fields(field)) {
        if (type.number !== 1 || type.value !== null) continue;
        for (const shape of this.wire.fields(type)) {
          if (shape.number !== 2 || shape.value !== null) continue;
          for (const dim of this.wire.fields(shape))
            if (dim.number === 1 && dim.value === null)
              for (const { number, value, start } of this.wire.fields(dim))
                if (number === 1 && value !== null && BigInt.asIntN(64, value) < 0n)
                  this.fault(`${name} has a negative dimension.`, start);
        }
      }
    }
    return name;
  }

  /**
   * GraphProto: node 1, name 2, initializer 5, input 11, output 12, sparse_initializer 15. Nodes stand in topological
   * order and no value is made twice (onnx/docs/IR.md, "Graphs", "Names Within a Graph").
   */
  graph(from: Span, depth: number, outer: ReadonlySet<string>, checkpoint: () => void): void {
    if (depth > 64) throw new Broken('Graphs are nested deeper than 64.', from.start);
    const known = new Set<string>(outer);
    const nodes: Field[] = [];
    for (const field of this.wire.fields(from)) {
      if (field.value !== null) continue;
      if (field.number === 1) nodes.push(field);
      if (field.number === 2 && depth === 0)
        this.model.properties.push({ name: 'Graph', value: this.wire.text(field) });
      if (field.number === 5) {
        this.model.initializers += 1;
        this.hold(known, this.tensor(field), field);
      }
      if (field.number === 11) this.hold(known, this.valueInfo(field), field);
      if (field.number === 12) this.valueInfo(field);
      if (field.number === 15)
        for (const sparse of this.wire.fields(field))
          if (sparse.number === 1 && sparse.value === null) this.hold(known, this.tensor(sparse), sparse);
      checkpoint();
    }
    this.nodes(nodes, known, depth, checkpoint);
  }

  /** Nodes of a graph or a function, in order, over the values that are known before them. */
  nodes(nodes: readonly Span[], known: Set<string>, depth: number, checkpoint: () => void): string[] {
    const called: string[] = [];
    const made = new Set<string>();
    for (const node of nodes) {
      let operator = '';
      let domain = '';
      const outputs: string[] = [];
      const attributes: Span[] = [];
      for (const field of this.wire.fields(node)) {
        if (field.value !== null) continue;
        if (field.number === 1) {
          const input = this.wire.text(field);
          if (input !== '' && !known.has(input))
            this.fault(`A node reads ${input.slice(0, 100)}, which nothing before it makes.`, field.start);
        } else if (field.number === 2) outputs.push(this.wire.text(field));
        else if (field.number === 4) operator = this.wire.text(field).slice(0, 200);
        else if (field.number === 5) attributes.push(field);
        else if (field.number === 7) domain = this.wire.text(field).slice(0, 200);
      }
      for (const attribute of attributes) this.attribute(attribute, depth, known, checkpoint);
      for (const output of outputs) {
        if (output === '') continue;
        if (made.has(output)) this.fault(`${output.slice(0, 100)} is made by two nodes.`, node.start);
        made.add(output);
        this.hold(known, output, node);
      }
      const { operators, domains } = this.model;
      if (operators.size < 1_000 || operators.has(operator))
        operators.set(operator, (operators.get(operator) ?? 0) + 1);
      if (domains.size < 100 && !domains.has(domain)) domains.set(domain, { operator, offset: node.start });
      if (called.length < 10_000) called.push(`${domain}\0${operator}`);
      checkpoint();
    }
    return called;
  }

  /** AttributeProto: t 5, g 6, tensors 10, graphs 11. */
  private attribute(from: Span, depth: number, known: ReadonlySet<string>, checkpoint: () => void): void {
    for (const field of this.wire.fields(from)) {
      if (field.value !== null) continue;
      if (field.number === 5 || field.number === 10) this.tensor(field);
      if (field.number === 6 || field.number === 11) this.graph(field, depth + 1, known, checkpoint);
    }
  }
}
