import type { FactOf } from '../../../shared/fact.ts';
import { fingerprint, readWeakKey } from '../../integrity/public-key.ts';
import { applyRules } from '../artifact-rules.ts';
import type { CheckSink, EvidenceView, Rule } from './rule.ts';

type Layout = FactOf<'layout'>;
type Link = FactOf<'link'>;
const settledBy = 'The links of the step, signed by as many of its functionaries as the layout demands.';

/**
 * An in-toto layout that holds is followed: each step done by as many of its functionaries as it demands, with the
 * same result, and artifact rules applied in order (in-toto specification 1.0, 5.3). Inspections are never run.
 */
export const layouts: Rule = {
  id: 'layouts',
  title: 'Every step was done as the layout demands',
  verify(evidence, checks) {
    const all = evidence.facts('layout');
    const links = evidence.facts('link');
    const [first] = links;
    if (all.length === 0 && first !== undefined)
      checks.add({
        rule: 'layouts',
        aspect: 'completeness',
        verdict: 'undecided',
        code: 'layout-missing',
        subject: first.place.path,
        location: first.place,
        expected: null,
        actual: null,
        vouched: 'nobody',
        message: `${links.length} records of steps are here, and no layout that says who may do them and in what order.`,
        settledBy: 'The layout, and the key of its owner.',
      });
    for (const { place, steps } of all)
      for (const { name, fault } of steps)
        if (fault !== undefined)
          checks.add({
            rule: 'layouts',
            aspect: 'claim',
            verdict: 'fail',
            code: 'layout-step',
            subject: place.path,
            location: place,
            expected: null,
            actual: null,
            vouched: 'nobody',
            message: `Step ${name} of the layout ${fault}.`,
          });
    // A layout that stands for a step is followed where that step is.
    for (const layout of all) if (stepOf(layout.place.path) === null) follow(layout, evidence, checks);
  },
};

/**
 * The summary of a layout that holds: what its first step read and its last one made, by whom it is signed; null where
 * it does not hold.
 */
function follow(layout: Layout, evidence: EvidenceView, checks: CheckSink): Link | null {
  const outcome = evidence.outcomes.get(layout.signature);
  // Whom a layout that is not accepted names is of no weight: its signature has its own check.
  if (outcome?.verdict !== 'pass') return null;
  const { vouched } = outcome;
  const below = evidence.facts('layout').filter((each) => isStepOf(each, layout));
  const links = [
    ...evidence.facts('link').filter(({ place }) => isOf(place.path, layout)),
    ...below.flatMap((each) => follow(each, evidence, checks) ?? []),
  ];
  const base = {
    rule: 'layouts',
    subject: layout.place.path,
    location: layout.place,
    expected: null,
    actual: null,
    vouched,
  } as const;
  let isHeld = layout.steps.every(({ fault }) => fault === undefined);
  const expires = layout.expires === null ? Number.NaN : Date.parse(layout.expires);
  if (!(expires >= evidence.asOf.getTime())) {
    isHeld = false;
    checks.add({
      ...base,
      aspect: 'origin',
      verdict: 'policy',
      code: 'layout-expired',
      message: `The layout ${Number.isNaN(expires) ? 'does not say when it expires' : `expired on ${layout.expires}`}.`,
    });
  }
  if (layout.steps.length === 0) {
    isHeld = false;
    checks.add({
      ...base,
      aspect: 'completeness',
      verdict: 'undecided',
      code: 'layout-step',
      message: 'The layout names no step: whatever was done, it asks for nothing.',
      settledBy: 'A layout that names the steps.',
    });
  }
  const twice = layout.steps.find(({ name }, index) => layout.steps.findIndex((each) => each.name === name) < index);
  if (twice !== undefined) {
    isHeld = false;
    checks.add({
      ...base,
      aspect: 'claim',
      verdict: 'fail',
      code: 'layout-step',
      message: `The layout names step ${twice.name} twice, which no layout may: which of the two counts depends on who reads it.`,
    });
  }
  const free = layout.steps.find(({ asksForNobody }) => asksForNobody === true);
  if (free !== undefined)
    checks.add({
      ...base,
      aspect: 'claim',
      verdict: 'warn',
      code: 'layout-step',
      message: `The layout asks for no functionary of step ${free.name}: other programs let through what nobody recorded. One was asked for here.`,
    });
  const counted = new Map<string, Link>();
  for (const step of layout.steps) {
    const { done, by: keys } = doneBy(step, layout, links, evidence);
    const [one] = done;
    if (one !== undefined) counted.set(step.name, one);
    if (keys < step.threshold || one === undefined) {
      isHeld = false;
      checks.add({
        ...base,
        aspect: links.some((link) => link.step === step.name) ? 'origin' : 'completeness',
        verdict: 'fail',
        code: 'layout-step',
        expected: String(step.threshold),
        actual: String(keys),
        message: `Step ${step.name} was to be recorded by ${step.threshold} of the functionaries that the layout names; it is by ${keys}. ${settledBy}`,
      });
    } else if (done.some((link) => !isAlike(link, one))) {
      isHeld = false;
      checks.add({
        ...base,
        aspect: 'content',
        verdict: 'fail',
        code: 'layout-rule',
        message: `The functionaries of step ${step.name} recorded different artifacts.`,
      });
    }
  }
  for (const step of layout.steps) {
    const link = counted.get(step.name);
    if (link === undefined) continue;
    for (const side of ['materials', 'products'] as const)
      for (const broken of applyRules(step[side], side, link, counted).slice(0, 20)) {
        isHeld = false;
        checks.add({
          ...base,
          aspect: 'content',
          verdict: 'fail',
          code: 'layout-rule',
          subject: link.place.path,
          location: link.place,
          message: `The ${side} of step ${step.name} break the layout: ${broken}.`,
        });
      }
  }
  if (layout.inspections > 0)
    checks.add({
      ...base,
      aspect: 'completeness',
      verdict: 'undecided',
      code: 'layout-inspection',
      message: `The layout demands ${layout.inspections} inspections, which are commands to be run. Nothing of the evidence is run here.`,
      settledBy: 'in-toto-verify, run by whoever trusts the commands.',
    });
  if (isHeld)
    checks.add({
      ...base,
      aspect: 'chain',
      verdict: 'pass',
      code: 'layout-holds',
      message: `${layout.steps.length === 1 ? 'Its one step was' : `All ${layout.steps.length} steps were`} recorded by functionaries that the layout names, and what was made follows its rules.`,
    });
  const [first, last] = [layout.steps.at(0), layout.steps.at(-1)].map((step) => counted.get(step?.name ?? ''));
  const step = stepOf(layout.place.path);
  if (!isHeld || first === undefined || last === undefined || step === null) return null;
  const { id, place, signature } = layout;
  return { kind: 'link', id, place, signature, step, materials: first.materials, products: last.products };
}

const folderOf = (path: string) => path.slice(0, path.lastIndexOf('/') + 1);
/** The step that a file with a layout stands for, by its name: `step.keyid.link` (in-toto specification 1.0, 4.5). */
export const stepOf = (path: string): string | null =>
  /(?:^|\/)([^/]+)\.[0-9a-f]{8,64}\.link$/i.exec(path)?.[1] ?? null;
/** Where the records of the steps of a layout lie: beside it, and of one that stands for a step in a folder of its name. */
const placeOf = ({ place: { path } }: Layout): string =>
  stepOf(path) === null ? folderOf(path) : `${path.replace(/\.link$/i, '')}/`;
/** Whether a layout stands for a step of another. */
const isStepOf = (each: Layout, layout: Layout): boolean =>
  each !== layout &&
  folderOf(each.place.path) === placeOf(layout) &&
  layout.steps.some(({ name }) => name === stepOf(each.place.path));
/** Whether a record may be one of a step of a layout: those of a layout that stands for a step lie in its folder. */
const isOf = (path: string, layout: Layout): boolean =>
  stepOf(layout.place.path) === null
    ? !/(^|\/)[^/]+\.[0-9a-f]{8}\//i.test(path.slice(folderOf(layout.place.path).length))
    : folderOf(path) === placeOf(layout);

/**
 * Links of a step whose signatures hold by keys that the layout names for it and that have not expired, and how many
 * functionaries they are by: subkeys sign for their main key, and all of them count as one.
 */
function doneBy(
  step: Layout['steps'][number],
  layout: Layout,
  links: readonly Link[],
  evidence: EvidenceView,
): { done: Link[]; by: number } {
  const printOf = (material: string): string => fingerprint(readWeakKey(material));
  const mains = new Map(layout.keys.filter(({ of }) => of === undefined).map((key) => [key.id, printOf(key.material)]));
  const allowed = new Map(
    layout.keys
      .filter(({ id, of = id }) => step.keyIds.includes(id) || step.keyIds.includes(of))
      .filter(({ expires }) => expires === undefined || Date.parse(expires) > evidence.asOf.getTime())
      .map(({ id, of = id, material }) => [printOf(material), mains.get(of) ?? of]),
  );
  const keyOf = ({ signature }: Link) => {
    const { holds = false, key } = evidence.outcomes.get(signature) ?? {};
    return holds && key !== undefined ? allowed.get(key) : undefined;
  };
  const done = links.filter((link) => link.step === step.name && keyOf(link) !== undefined);
  return { done, by: new Set(done.map(keyOf)).size };
}

const digestsOf = (link: Link) =>
  JSON.stringify(
    [link.materials, link.products].map((side) => side.map(({ name, digests }) => [name, ...digests].sort()).sort()),
  );
const isAlike = (a: Link, b: Link) => digestsOf(a) === digestsOf(b);
