import type { Defect } from '../../../shared/fact.ts';
import type { FactSink, Format, OpenFile } from './format.ts';
import { OnnxGraphs, type OnnxModel } from './onnx-graph.ts';
import { Broken, type Field, Wire } from './protobuf-wire.ts';

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

/** Domains whose operators the standard and its runtimes define; others need code from elsewhere. */
const standard = /^(|ai\.onnx|ai\.onnx\.ml|ai\.onnx\.training|ai\.onnx\.preview\.training|com\.microsoft(\.[a-z.]+)?)$/;

/** FunctionProto: name 1, input 4, node 7, domain 10. Functions that call one another in a circle never end. */
function readFunctions(wire: Wire, functions: readonly Field[], graphs: OnnxGraphs, model: OnnxModel): Set<string> {
  const domains = new Set<string>();
  const calls = new Map<string, string[]>();
  for (const field of functions) {
    let name = '';
    let domain = '';
    const known = new Set<string>();
    const nodes: Field[] = [];
    for (const inner of wire.fields(field)) {
      if (inner.value !== null) continue;
      if (inner.number === 1) name = wire.text(inner);
      if (inner.number === 4) known.add(wire.text(inner));
      if (inner.number === 7) nodes.push(inner);
      if (inner.number === 10) domain = wire.text(inner);
    }
    domains.add(domain);
    calls.set(
      `${domain}\0${name}`,
      graphs.nodes(nodes, known, 1, () => undefined),
    );
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
  return domains;
}

/** ModelProto: ir_version 1, producer 2 and 3, graph 7, opset_import 8, functions 25. */
function walk(file: OpenFile, model: OnnxModel, defects: Defect[], facts: FactSink): bigint | null {
  const wire = new Wire(file);
  const graphs = new OnnxGraphs(wire, model);
  let irVersion: bigint | null = null;
  let graphsFound = 0;
  const functions: Field[] = [];
  const defect = (code: string, detail: string, offset: number) =>
    defects.push({ code, detail, place: { path: file.path, offset } });
  for (const field of wire.fields({ start: 0, end: file.bytes })) {
    if (field.number === 1 && field.value !== null) irVersion = BigInt.asIntN(64, field.value);
    if (field.value !== null) continue;
    if (field.number === 2) model.properties.push({ name: 'Producer', value: wire.text(field) });
    if (field.number === 3) model.properties.push({ name: 'Producer version', value: wire.text(field) });
    if (field.number === 7) {
      graphsFound += 1;
      graphs.graph(field, 0, new Set(), () => facts.checkpoint());
    }
    if (field.number === 25) functions.push(field);
  }
  const own = readFunctions(wire, functions, graphs, model);
  if (irVersion === null || irVersion < 1n || irVersion > 1_000n)
    defect(
      'onnx-invalid',
      `The model names ${irVersion === null ? 'no IR version' : `the IR version ${irVersion}`}.`,
      0,
    );
  if (graphsFound === 0) defect('onnx-invalid', 'The model holds no graph.', 0);
  if (graphsFound > 1)
    defect('onnx-ambiguous', `The model holds ${graphsFound} graphs: some programs merge them, some take the last.`, 0);
  for (const [domain, { operator, offset }] of model.domains)
    if (!standard.test(domain) && !own.has(domain))
      defect(
        'onnx-foreign-operator',
        `${operator} of ${domain} is no operator of the standard: running this model needs code from elsewhere.`,
        offset,
      );
  return irVersion;
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
      external: [],
      operators: new Map(),
      domains: new Map(),
      initializers: 0,
      faults: [],
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
    const folder = file.path.includes('/') ? file.path.slice(0, file.path.lastIndexOf('/') + 1) : '';
    for (const { location, offset } of model.external) {
      const place = { path: file.path, offset };
      if (escapes(location))
        defects.push({
          code: 'external-data-escapes',
          detail: `Tensor data is said to lie at ${location === '' ? 'a place without a name' : location}, outside the folder of the model. It was not opened.`,
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
