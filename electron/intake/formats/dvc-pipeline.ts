import type { Defect } from '../../../shared/fact.ts';
import { asList, asObject, asText, type Shape } from '../shape.ts';
import { type PlainValue, parseYaml, YamlError } from '../yaml.ts';

type Document = { [name: string]: PlainValue };

/** The object in a small YAML beside the lock; null where there is none, or it cannot be read. */
export function yamlBeside(bytes: Uint8Array | null): Document | null {
  if (bytes === null) return null;
  try {
    return asObject(parseYaml(Buffer.from(bytes).toString('utf8')));
  } catch (error) {
    if (error instanceof YamlError) return null;
    throw error;
  }
}

const commandOf = (value: Shape): string =>
  asText(value) ??
  asList(value)
    .map((each) => asText(each) ?? '')
    .join('\n');
const inOrder = (value: PlainValue | undefined): unknown =>
  Array.isArray(value)
    ? value.map(inOrder)
    : typeof value === 'object' && value !== null
      ? Object.entries(value)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([name, each]) => [name, inOrder(each)])
      : value;
const same = (a: PlainValue | undefined, b: PlainValue | undefined) =>
  JSON.stringify(inOrder(a)) === JSON.stringify(inOrder(b));
const shown = (value: PlainValue | undefined) =>
  (value === undefined ? 'nothing' : JSON.stringify(value)).slice(0, 200);

/** A parameter by its name with dots; undefined where there is none. */
function parameter(file: Document, name: string): PlainValue | undefined {
  if (Object.hasOwn(file, name)) return file[name];
  let found: PlainValue | undefined = file;
  for (const part of name.split('.').slice(0, 64)) {
    const within: Document = asObject(found);
    if (!Object.hasOwn(within, part)) return undefined;
    found = within[part];
  }
  return found;
}

/**
 * What a lock recorded against what stands beside it now: the command of a stage (`dvc.yaml`) and the values of its
 * parameters (`params.yaml`), by type and value (dvc.org, `dvc status`). Commands with variables are not compared.
 */
export function lockDepartures(
  path: string,
  stages: readonly [string, PlainValue][],
  pipeline: Document | null,
  parameters: Document | null,
  root = '/stages',
): Defect[] {
  const defects: Defect[] = [];
  const say = (code: string, detail: string, pointer: string, expected: string, actual: string) => {
    if (defects.length < 100)
      defects.push({
        code,
        detail,
        place: { path, pointer },
        expected: expected.slice(0, 500),
        actual: actual.slice(0, 500),
      });
  };
  for (const [stage, raw] of stages) {
    const { cmd, params } = asObject(raw);
    const pointer = `${root}/${stage.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    const written = asObject(asObject(pipeline?.['stages'])[stage])['cmd'];
    const [locked, now] = [commandOf(cmd), commandOf(written)];
    if (written !== undefined && cmd !== undefined && !now.includes('${') && locked !== now)
      say(
        'pipeline-command',
        `The command of stage ${stage} in dvc.yaml is not the one that was run.`,
        `${pointer}/cmd`,
        locked,
        now,
      );
    if (parameters === null) continue;
    for (const [name, value] of Object.entries(asObject(asObject(params)['params.yaml']))) {
      const actual = parameter(parameters, name);
      if (!same(value, actual))
        say(
          'pipeline-parameter',
          `The parameter ${name} of stage ${stage} was ${shown(value)} when it was run, and is ${shown(actual)} in params.yaml.`,
          `${pointer}/params`,
          shown(value),
          shown(actual),
        );
    }
  }
  return defects;
}
