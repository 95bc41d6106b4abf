import type { Defect } from '../../../shared/fact.ts';
import type { JsonValue } from '../../integrity/json.ts';
import { asList, asObject, asText, type Shape } from '../shape.ts';

type Bom = { [name: string]: JsonValue };
const most = 100;
/** For each of so many models all dependencies are walked. */
const modelsAtMost = 20;
/** How a model learned (CycloneDX 1.5 to 1.7, `modelParameters.approach.type`). */
const approaches = ['supervised', 'unsupervised', 'reinforcement-learning', 'semi-supervised', 'self-supervised'];

/**
 * What the schema of CycloneDX cannot see: two elements of one `bom-ref`, which is to be unique (1.4 to 1.7), references
 * to none, and models that depend on themselves. Libraries may: package managers allow it.
 */
export function referenceDefects(bom: Bom, path: string): Defect[] {
  const defects: Defect[] = [];
  const say = (code: string, detail: string, pointer: string) => {
    if (defects.length < most) defects.push({ code, detail, place: { path, pointer } });
  };
  const models = new Set<string>();
  const refs = new Map<string, string>();
  const visit = (value: JsonValue, pointer: string): void => {
    if (Array.isArray(value)) return value.forEach((item, index) => void visit(item, `${pointer}/${index}`));
    if (typeof value !== 'object' || value === null) return;
    const ref = asText(value['bom-ref']);
    if (ref !== null && refs.has(ref))
      say(
        'document-invalid',
        `The reference ${ref} is given twice, at ${refs.get(ref)} too: what names it is ambiguous.`,
        pointer,
      );
    if (ref !== null && !refs.has(ref)) refs.set(ref, pointer);
    if (ref !== null && value['type'] === 'machine-learning-model' && models.size < modelsAtMost) models.add(ref);
    for (const [name, item] of Object.entries(value)) visit(item, `${pointer}/${name}`);
  };
  visit(bom, '');
  const known = (ref: Shape, what: string, pointer: string): void => {
    const text = asText(ref);
    // A BOM-Link leads into another document.
    if (text !== null && !refs.has(text) && !text.startsWith('urn:cdx:'))
      say(
        'reference-dangling',
        `${what} ${text === '' ? 'nothing' : text}, which nothing in this bill of materials is called.`,
        pointer,
      );
  };
  const needs = new Map<string, string[]>();
  asList(bom['dependencies']).forEach((each, index) => {
    const { ref, dependsOn } = asObject(each);
    const pointer = `/dependencies/${index}`;
    known(ref, 'A dependency is stated of', pointer);
    for (const target of asList(dependsOn)) known(target, `${asText(ref) ?? 'It'} is said to depend on`, pointer);
    needs.set(
      asText(ref) ?? '',
      asList(dependsOn).flatMap((target) => asText(target) ?? []),
    );
  });
  for (const model of models)
    if (reaches(model, needs))
      say('record-contradicts', `The model ${model} is said to depend on itself.`, refs.get(model) ?? '');
  cards(bom, '', (card, pointer) => {
    const parameters = asObject(card['modelParameters']);
    asList(parameters['datasets']).forEach((data, index) =>
      known(asObject(data)['ref'], 'The model card names a data set', `${pointer}/modelParameters/datasets/${index}`),
    );
    const approach = asText(asObject(parameters['approach'])['type']);
    if (approach !== null && !approaches.includes(approach))
      say(
        'document-invalid',
        `CycloneDX knows no way of learning that is called ${approach}.`,
        `${pointer}/modelParameters/approach/type`,
      );
  });
  return defects;
}

function cards(
  value: Shape,
  pointer: string,
  each: (card: ReturnType<typeof asObject>, pointer: string) => void,
): void {
  if (Array.isArray(value)) return value.forEach((item, index) => void cards(item, `${pointer}/${index}`, each));
  for (const [name, item] of Object.entries(asObject(value))) {
    if (name === 'modelCard') each(asObject(item), `${pointer}/modelCard`);
    cards(item, `${pointer}/${name}`, each);
  }
}

/** Whether what something needs, and what that needs, comes back to it. */
function reaches(start: string, needs: ReadonlyMap<string, readonly string[]>): boolean {
  const seen = new Set<string>();
  const next = [...(needs.get(start) ?? [])];
  for (let at = next.pop(); at !== undefined; at = next.pop()) {
    if (at === start) return true;
    if (seen.has(at)) continue;
    seen.add(at);
    for (const target of needs.get(at) ?? []) next.push(target);
  }
  return false;
}
