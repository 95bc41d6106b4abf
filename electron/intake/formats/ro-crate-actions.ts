import type { Defect } from '../../../shared/fact.ts';
import { asList, asObject, asText, type Shape } from '../shape.ts';

type Entity = { [name: string]: Shape };
const listOf = (value: Shape): Shape[] => (Array.isArray(value) ? asList(value) : value === undefined ? [] : [value]);
const refsOf = (value: Shape): string[] => listOf(value).flatMap((each) => asText(asObject(each)['@id']) ?? []);
const typesOf = (value: Shape): string[] => listOf(value).flatMap((each) => asText(each) ?? []);
const hasScheme = (id: string) => /^[a-z][a-z0-9+.-]*:/i.test(id);
const bare = (id: string) => id.replace(/^\.\//, '');

/**
 * What the actions of a crate say that cannot be: parts that no entity is, an end before the beginning, a result of what
 * failed, and, in a run crate, nothing that did it (Process Run Crate 0.5, "Requirements").
 */
export function actionDefects(path: string, graph: readonly Entity[]): Defect[] {
  const defects: Defect[] = [];
  const known = new Set(graph.map((each) => bare(asText(each['@id']) ?? '')));
  const isRun = graph.some((each) =>
    refsOf(each['conformsTo']).some((id) =>
      /^https?:\/\/w3id\.org\/ro\/wfrun\/(process|workflow|provenance)\//.test(id),
    ),
  );
  graph.forEach((entity, index) => {
    const pointer = `/@graph/${index}`;
    const id = asText(entity['@id']) ?? '';
    const say = (code: string, detail: string) => defects.push({ code, detail, place: { path, pointer } });
    const isAction = typesOf(entity['@type']).some((each) =>
      /^(Create|Update|Activate|Organize|Control)?Action$/.test(each),
    );
    for (const name of ['hasPart', ...(isAction ? ['object', 'result', 'instrument', 'agent'] : [])])
      for (const ref of refsOf(entity[name]))
        if (!hasScheme(ref) && !known.has(bare(ref)))
          say('reference-dangling', `${name} of ${id} names ${ref}, and no entity of the crate is that.`);
    if (!isAction) return;
    const create = typesOf(entity['@type']).includes('CreateAction');
    if (isRun && create && listOf(entity['instrument']).length === 0)
      say('document-invalid', `The action ${id} names no instrument, which a run crate demands.`);
    const [start, end] = [entity['startTime'], entity['endTime']].map((each) => Date.parse(asText(each) ?? ''));
    if (start !== undefined && end !== undefined && end < start)
      say('crate-time', `The action ${id} ends before it begins.`);
    const status = [...refsOf(entity['actionStatus']), asText(entity['actionStatus']) ?? ''];
    if (status.some((each) => /FailedActionStatus$/.test(each)) && listOf(entity['result']).length > 0)
      say('crate-failed-result', `The action ${id} is said to have failed, and has a result.`);
  });
  return defects;
}
