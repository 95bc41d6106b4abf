import type { Defect } from '../../../shared/fact.ts';
import { visible } from '../containers/names.ts';
import type { FactSink, Format, OpenFile } from './format.ts';
import { hidesInName, hidesInText } from './hidden-text.ts';
import { modelThing } from './model-thing.ts';
import { externalData } from './onnx-external.ts';
import { type Domains, OnnxGraphs, type OnnxModel, Scope } from './onnx-graph.ts';
import { isStandardOperator } from './onnx-operators.ts';
import { isMachinery } from './plain-json.ts';
import { Broken, type Field, Wire } from './protobuf-wire.ts';

/** Domains whose operators the standard and its runtimes define; others need code from elsewhere. */
const standard = /^(|ai\.onnx|ai\.onnx\.ml|ai\.onnx\.training|ai\.onnx\.preview\.training|com\.microsoft(\.[a-z.]+)?)$/;

/** A name of a domain that the standard has under two. */
const plain = (domain: string): string => (domain === 'ai.onnx' ? '' : domain);

/** OperatorSetIdProto: domain 1, version 2. */
function readOperatorSet(wire: Wire, from: Field): { domain: string; version: bigint } {
  let domain = '';
  let version = 0n;
  for (const field of wire.fields(from)) {
    if (field.number === 1 && field.value === null) domain = plain(wire.text(field));
    if (field.number === 2 && field.value !== null) version = BigInt.asIntN(64, field.value);
  }
  return { domain, version };
}

/**
 * FunctionProto: name 1, input 4, output 5, node 7, domain 10, overload 13. Functions that call one another in a circle
 * never end. @returns the domains of the model's own functions, and each of them
 */
function readFunctions(
  wire: Wire,
  functions: readonly Field[],
  graphs: OnnxGraphs,
  model: OnnxModel,
  checkpoint: () => void,
): { domains: Set<string>; names: ReadonlySet<string> } {
  const domains = new Set<string>();
  const calls = new Map<string, string[]>();
  const variants = new Set<string>();
  for (const field of functions) {
    let name = '';
    let domain = '';
    let variant = '';
    const outputs: string[] = [];
    const known = new Scope(null);
    const nodes: Field[] = [];
    for (const inner of wire.fields(field)) {
      if (inner.value !== null) continue;
      if (inner.number === 1) name = wire.text(inner);
      if (inner.number === 4) known.hold(wire.text(inner));
      if (inner.number === 5) outputs.push(wire.text(inner));
      if (inner.number === 7) nodes.push(inner);
      if (inner.number === 10) domain = wire.text(inner);
      if (inner.number === 13) variant = wire.text(inner);
    }
    domains.add(domain);
    const shown = name.slice(0, 100);
    const fault = (why: string) => model.faults.push({ why, offset: field.start });
    if (variants.has(`${domain}\0${name}\0${variant}`))
      fault(`The function ${shown} stands twice: programs take one of them.`);
    variants.add(`${domain}\0${name}\0${variant}`);
    const id = `${domain}\0${name}`;
    calls.set(id, [...(calls.get(id) ?? []), ...graphs.nodes(nodes, known, 1, checkpoint)]);
    for (const output of outputs)
      if (!known.has(output)) fault(`The output ${output.slice(0, 100)} of the function ${shown} is made by no node.`);
  }
  const state = new Map<string, 'open' | 'closed'>();
  const visit = (name: string, depth: number): boolean => {
    if (state.get(name) === 'open' || depth > 1_000) return true;
    if (state.has(name) || !calls.has(name)) return false;
    state.set(name, 'open');
    const isCircle = (calls.get(name) ?? []).some((each) => visit(each, depth + 1));
    state.set(name, 'closed');
    return isCircle;
  };
  if ([...calls.keys()].some((name) => visit(name, 0)))
    model.faults.push({ why: 'A local function calls itself.', offset: functions[0]?.start ?? 0 });
  return { domains, names: new Set(calls.keys()) };
}

/** StringStringEntryProto: key 1, value 2. */
function readProperty(
  wire: Wire,
  from: Field,
  parts: Parts,
  model: OnnxModel,
  defect: (code: string, detail: string) => void,
): void {
  for (const inner of wire.fields(from)) {
    if (inner.value !== null) continue;
    const text = wire.text(inner);
    if (inner.number === 1) {
      parts.properties.set(text, (parts.properties.get(text) ?? 0) + 1);
      if (hidesInName(text)) model.hidden.push({ name: text, offset: inner.start });
      if (isMachinery(text)) defect('text-machinery', `The name ${text} reaches into the machinery of some programs.`);
    } else if (inner.number === 2 && hidesInText(text))
      defect('text-hidden', 'A property of the model holds characters that cannot be seen.');
  }
}

/** The parts of a model that are judged when all of it was met: what they refer to may stand after them. */
interface Parts {
  irVersion: bigint | null;
  irVersions: Set<bigint>;
  graphs: number;
  functions: Field[];
  training: Field[];
  operatorSets: Map<string, Set<bigint>>;
  properties: Map<string, number>;
}

/**
 * ModelProto: ir_version 1, producer 2 and 3, graph 7, opset_import 8, metadata_props 14, training_info 20, functions 25.
 */
function walk(file: OpenFile, model: OnnxModel, defects: Defect[], facts: FactSink): bigint | null {
  const wire = new Wire(file);
  const graphs = new OnnxGraphs(wire, model);
  const checkpoint = () => facts.checkpoint();
  const parts: Parts = {
    irVersion: null,
    irVersions: new Set(),
    graphs: 0,
    functions: [],
    training: [],
    operatorSets: new Map(),
    properties: new Map(),
  };
  for (const field of wire.fields({ start: 0, end: file.bytes })) {
    if (field.number === 1 && field.value !== null) {
      parts.irVersion = BigInt.asIntN(64, field.value);
      parts.irVersions.add(parts.irVersion);
    }
    if (field.value !== null) continue;
    if (field.number === 2) model.properties.push({ name: 'Producer', value: wire.text(field) });
    if (field.number === 3) model.properties.push({ name: 'Producer version', value: wire.text(field) });
    if (field.number === 7) {
      parts.graphs += 1;
      graphs.graph(field, 0, null, checkpoint);
    }
    if (field.number === 8) {
      const { domain, version } = readOperatorSet(wire, field);
      parts.operatorSets.set(domain, (parts.operatorSets.get(domain) ?? new Set()).add(version));
    }
    if (field.number === 14)
      readProperty(wire, field, parts, model, (code, detail) =>
        defects.push({ code, detail, place: { path: file.path, offset: field.start } }),
      );
    if (field.number === 20) parts.training.push(field);
    if (field.number === 25) parts.functions.push(field);
  }
  const used = graphs.domains;
  graphs.domains = new Map();
  // TrainingInfoProto: initialization 1, algorithm 2; their nodes may read what the graph of the model holds.
  for (const training of parts.training)
    for (const field of wire.fields(training))
      if ((field.number === 1 || field.number === 2) && field.value === null)
        graphs.graph(field, 1, new Scope(null, true), checkpoint);
  const own = readFunctions(wire, parts.functions, graphs, model, checkpoint);
  for (const each of departures(parts, used, new Map([...graphs.domains, ...used]), own, graphs.called))
    defects.push({ code: each.code, detail: each.why, place: { path: file.path, offset: each.offset ?? 0 } });
  // Since version 2 of the format an attribute names its type (onnx/checker.cc, "check_attribute").
  if (wire.notUtf8 !== null) model.faults.push({ why: 'A text of the model is not UTF-8.', offset: wire.notUtf8 });
  const { untyped } = graphs;
  if (untyped !== null && parts.irVersion !== null && parts.irVersion >= 2n)
    model.faults.push({
      why: `The attribute ${untyped.name} does not say of what type it is.`,
      offset: untyped.offset,
    });
  return parts.irVersion;
}

/** What a model as a whole is not as it must be (onnx/checker.cc, "check_model"). */
function* departures(
  { irVersion, irVersions, graphs, operatorSets, properties }: Parts,
  used: Domains,
  everywhere: Domains,
  own: { domains: ReadonlySet<string>; names: ReadonlySet<string> },
  operators: ReadonlyMap<string, number>,
): Generator<{ code: string; why: string; offset?: number }> {
  const invalid = (why: string, offset = 0) => ({ code: 'onnx-invalid', why, offset });
  if (irVersion === null || irVersion < 1n || irVersion > 1_000n)
    yield invalid(`The model names ${irVersion === null ? 'no IR version' : `the IR version ${irVersion}`}.`);
  if (irVersions.size > 1)
    yield { code: 'onnx-ambiguous', why: 'The model names two IR versions: programs differ about which counts.' };
  if (graphs === 0) yield invalid('The model holds no graph.');
  if (graphs > 1)
    yield {
      code: 'onnx-ambiguous',
      why: `The model holds ${graphs} graphs: some programs merge them, some take the last.`,
    };
  for (const [domain, versions] of operatorSets) {
    const name = domain === '' ? 'ai.onnx' : domain.slice(0, 100);
    if (versions.size > 1)
      yield {
        code: 'onnx-ambiguous',
        why: `The model imports ${versions.size} versions of the operators of ${name}: programs differ about which counts.`,
      };
    for (const version of versions)
      if (version < 1n) yield invalid(`The model imports the operators of ${name} in the version ${version}.`);
  }
  // Since version 3 of the format a model says which operators it means (onnx/docs/IR.md, "Operator Sets").
  const isDue = irVersion !== null && irVersion >= 3n;
  if (isDue && operatorSets.size === 0)
    yield invalid('The model imports no set of operators (opset_import): what its nodes mean is not said.');
  else if (isDue)
    for (const [domain, { operator, offset }] of used)
      if (!operatorSets.has(plain(domain)))
        yield invalid(
          `${operator} is of ${domain === '' ? 'ai.onnx' : domain}, whose operators the model does not import: what it means is not said.`,
          offset,
        );
  for (const [key, count] of properties)
    if (count > 1) yield invalid(`The property ${key.slice(0, 100)} of the model stands ${count} times.`);
  for (const [domain, { operator, offset }] of everywhere)
    if (!standard.test(domain) && !own.domains.has(domain))
      yield {
        code: 'onnx-foreign-operator',
        why: `${operator} of ${domain} is no operator of the standard: running this model needs code from elsewhere.`,
        offset,
      };
  for (const [call, offset] of operators) {
    const [domain = '', operator = ''] = call.split('\0');
    if (!isStandardOperator(plain(domain), operator) && !own.names.has(call))
      yield {
        code: 'onnx-foreign-operator',
        why: `${operator} is no operator that the standard defines: running this model needs code from elsewhere.`,
        offset,
      };
    if (!standard.test(domain) && own.domains.has(domain) && !own.names.has(call))
      yield {
        code: 'onnx-foreign-operator',
        why: `${operator} of ${domain} is no function of the model and no operator of the standard: running it needs code from elsewhere.`,
        offset,
      };
  }
}

/** ONNX ModelProto, walked on the wire: no tensor is loaded. */
export const onnx: Format = {
  id: 'onnx',
  title: 'Model (ONNX)',
  sieve: { endings: ['onnx'] },
  recognise: ({ name }) => /\.onnx$/i.test(name),
  read(file, facts) {
    const model: OnnxModel = {
      properties: [],
      operators: new Map(),
      initializers: 0,
      locations: [],
      ranges: [],
      checksums: new Map(),
      faults: [],
      hidden: [],
    };
    const defects: Defect[] = [];
    let irVersion: bigint | null = null;
    try {
      irVersion = walk(file, model, defects, facts);
    } catch (error) {
      if (!(error instanceof Broken)) throw error;
      defects.push({ code: 'onnx-invalid', detail: error.message, place: { path: file.path, offset: error.offset } });
    }
    for (const { why, offset } of model.faults)
      defects.push({ code: 'onnx-invalid', detail: why, place: { path: file.path, offset } });
    for (const { name, offset } of model.hidden)
      defects.push({
        code: 'text-hidden',
        detail: `The name ${visible(name)} holds characters that cannot be seen.`,
        place: { path: file.path, offset },
      });
    const external = externalData(file.path, model);
    defects.push(...external.defects);
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
        ...[...new Set(model.locations.map(({ location }) => location))]
          .slice(0, 100)
          .map((value) => ({ name: 'External data', value })),
      ],
      defects: defects.slice(0, 100),
    });
    for (const fact of external.facts) facts.add(fact);
    facts.add(modelThing(file, 'ONNX'));
  },
};
