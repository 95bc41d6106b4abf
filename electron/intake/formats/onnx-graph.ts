import { attributeFault } from './onnx-attribute.ts';
import { isKnownType, lookAtName, type OnnxTensors, readTensor } from './onnx-tensor.ts';
import { Broken, type Field, type Span, type Wire } from './protobuf-wire.ts';

/** What a walk over a model finds: for the viewer, and for the checks. */
export interface OnnxModel extends OnnxTensors {
  properties: { name: string; value: string }[];
  operators: Map<string, number>;
  initializers: number;
}
/** Domain of operators → one of them, and where it stands. */
export type Domains = Map<string, { operator: string; offset: number }>;

const namesAtMost = 2_000_000;

/** Values that a node may read: those of its graph, and of the graphs around it. */
export class Scope {
  private readonly own = new Set<string>();
  private readonly outer: Scope | null;
  /** Whether values that are not known here may come from elsewhere. */
  private readonly isOpen: boolean;
  constructor(outer: Scope | null, isOpen = false) {
    this.outer = outer;
    this.isOpen = isOpen;
  }
  has(name: string): boolean {
    return this.isOpen || this.own.has(name) || (this.outer?.has(name) ?? false);
  }
  hold(name: string): void {
    this.own.add(name);
  }
}

/** Walks graphs as onnx.proto lays them out. Tensors are measured and never loaded. */
export class OnnxGraphs {
  private readonly wire: Wire;
  private readonly model: OnnxModel;
  private names = 0;
  /** Domains of the operators met since this was emptied. */
  domains: Domains = new Map();
  /** Operators by domain and name, and where one of each stands. */
  readonly called = new Map<string, number>();
  /** The first attribute that does not say of what type it is. */
  untyped: { name: string; offset: number } | null = null;
  constructor(wire: Wire, model: OnnxModel) {
    this.wire = wire;
    this.model = model;
  }

  private fault(why: string, offset: number): void {
    if (this.model.faults.length < 100) this.model.faults.push({ why, offset });
  }

  private hold(scope: Scope, name: string, at: Span): void {
    if (++this.names > namesAtMost) throw new Broken(`The model has more than ${namesAtMost} names.`, at.start);
    scope.hold(name);
  }

  /** A name that may stand once in its list. */
  private once(names: Set<string>, name: string, what: string, at: Span): void {
    if (names.has(name)) this.fault(`${what} ${name.slice(0, 100)} stands twice: programs take one of them.`, at.start);
    names.add(name);
  }

  /** SparseTensorProto: values 1, indices 2. Its name is that of its values. */
  private sparse(from: Span): string {
    let name = '';
    for (const field of this.wire.fields(from)) {
      if (field.value !== null) continue;
      if (field.number === 1) name = readTensor(this.wire, field, this.model);
      if (field.number === 2) readTensor(this.wire, field, this.model);
    }
    return name;
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
          if (shape.number === 1 && shape.value !== null && shape.value !== 0n && !isKnownType(shape.value))
            this.fault(`${name.slice(0, 100)} is of the type ${shape.value}, which ONNX does not know.`, shape.start);
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
   * @returns the values that it knows, for what is said beside it
   */
  graph(from: Span, depth: number, outer: Scope | null, checkpoint: () => void): Scope {
    if (depth > 64) throw new Broken('Graphs are nested deeper than 64.', from.start);
    const known = new Scope(outer);
    const [initializers, inputs] = [new Set<string>(), new Set<string>()];
    const nodes: Field[] = [];
    const outputs: { name: string; at: Span }[] = [];
    let isNamed = false;
    for (const field of this.wire.fields(from)) {
      if (field.value !== null) continue;
      if (field.number === 1) nodes.push(field);
      if (field.number === 2) isNamed = field.end > field.start;
      if (field.number === 2 && depth === 0)
        this.model.properties.push({ name: 'Graph', value: this.wire.text(field) });
      if (field.number === 5 || field.number === 15) {
        this.model.initializers += 1;
        const name = field.number === 5 ? readTensor(this.wire, field, this.model) : this.sparse(field);
        this.once(initializers, name, 'The initializer', field);
        this.hold(known, name, field);
      }
      if (field.number === 11) {
        const name = this.valueInfo(field);
        lookAtName(name, field.start, this.model);
        this.once(inputs, name, 'The input', field);
        this.hold(known, name, field);
      }
      if (field.number === 12) outputs.push({ name: this.valueInfo(field), at: field });
      checkpoint();
    }
    // onnx/checker.cc, "check_graph": a graph has a name, be it the innermost.
    if (!isNamed) this.fault('A graph has no name.', from.start);
    this.nodes(nodes, known, depth, checkpoint, [initializers, inputs]);
    for (const { name, at } of outputs)
      if (!known.has(name)) this.fault(`The output ${name.slice(0, 100)} is made by no node.`, at.start);
    return known;
  }

  /** Nodes of a graph or a function, in order, over the values that are known before them. */
  nodes(
    nodes: readonly Span[],
    known: Scope,
    depth: number,
    checkpoint: () => void,
    given: readonly ReadonlySet<string>[] = [],
  ): string[] {
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
      if (operator === '') this.fault('A node names no operator.', node.start);
      const named = new Set<string>();
      for (const attribute of attributes) {
        const name = this.attribute(attribute, depth, known, checkpoint);
        this.once(named, name, `The attribute of ${operator.slice(0, 100)}`, attribute);
      }
      for (const output of outputs) {
        if (output === '') continue;
        if (made.has(output)) this.fault(`${output.slice(0, 100)} is made by two nodes.`, node.start);
        else if (given.some((names) => names.has(output)))
          this.fault(`${output.slice(0, 100)} is given to the graph, and a node makes it again.`, node.start);
        made.add(output);
        lookAtName(output, node.start, this.model);
        this.hold(known, output, node);
      }
      const { operators } = this.model;
      if (operators.size < 1_000 || operators.has(operator))
        operators.set(operator, (operators.get(operator) ?? 0) + 1);
      if (this.domains.size < 100 && !this.domains.has(domain))
        this.domains.set(domain, { operator, offset: node.start });
      if (called.length < 10_000) called.push(`${domain}\0${operator}`);
      if (this.called.size < 10_000) this.called.set(`${domain}\0${operator}`, node.start);
      checkpoint();
    }
    return called;
  }

  /** AttributeProto: name 1, t 5, g 6, tensors 10, graphs 11, type 20, ref_attr_name 21, sparse_tensor 22 and 23. Its name. */
  private attribute(from: Span, depth: number, known: Scope, checkpoint: () => void): string {
    let name = '';
    let type: bigint | null = null;
    let isReference = false;
    const held = new Map<number, number>();
    for (const field of this.wire.fields(from)) {
      held.set(field.number, (held.get(field.number) ?? 0) + 1);
      if (field.number === 20 && field.value !== null) type = field.value;
      if (field.value !== null) continue;
      if (field.number === 1) name = this.wire.text(field);
      if (field.number === 5 || field.number === 10) readTensor(this.wire, field, this.model);
      if (field.number === 6 || field.number === 11) this.graph(field, depth + 1, known, checkpoint);
      if (field.number === 21) isReference = field.end > field.start;
      if (field.number === 22 || field.number === 23) this.sparse(field);
    }
    const why = attributeFault({ name, type, held, isReference });
    if (why !== null) this.fault(why, from.start);
    if (type === null || type === 0n) this.untyped ??= { name: name.slice(0, 100), offset: from.start };
    return name;
  }
}
