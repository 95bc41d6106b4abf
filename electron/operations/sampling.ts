import { randomBytes } from 'node:crypto';
import type { SampledRow } from '../../shared/contract/sampling.ts';
import type { SampledCoverage, SamplingPlan, StrataRule } from '../../shared/sampling.ts';
import { digestOfPicked } from '../integrity/sample.ts';
import { touchCase } from '../store/cases.ts';
import {
  insertPlan,
  nextPlanNumber,
  type PlanRow,
  planById,
  plansOf,
  sampledFiles,
  setExplanation,
  stateOfPlan,
} from '../store/sampling.ts';
import { actorOf, type Context, commit, present, theCase, theImport } from './context.ts';
import { drawSample } from './draw-sample.ts';
import { os } from './implementer.ts';

const isLookedAt = ({ isOpened, isReviewed }: SampledRow): boolean => isOpened || isReviewed;

/** A plan with how far it got, from the marks that stand in the case now. */
function withProgress(context: Context, plan: PlanRow): { plan: SamplingPlan; files: SampledRow[] } {
  const files = context.store.read((db) => sampledFiles(db, plan));
  const parts = new Map(plan.parts.map((part) => [part.name, { ...part, sampled: 0, lookedAt: 0 }]));
  for (const file of files) {
    const part = parts.get(file.stratum);
    if (part === undefined) continue;
    part.sampled += 1;
    if (isLookedAt(file)) part.lookedAt += 1;
  }
  const isStale = plan.evidence !== plan.evidenceNow;
  const { id, number, seed, strata, size, population, outside, madeAt, madeBy, explanation } = plan;
  return {
    files,
    plan: {
      ...{ id, number, seed, strata, size, population, outside, madeAt, madeBy, explanation },
      importId: plan.importNow,
      sampled: files.length,
      lookedAt: files.filter(isLookedAt).length,
      parts: [...parts.values()],
      list: digestOfPicked(files),
      source: isStale ? plan.source : plan.sourceNow,
      isStale,
    },
  };
}
const planNow = (context: Context, id: number): PlanRow =>
  present(
    context.store.read((db) => planById(db, id)),
    'sampling plan',
  );

/** Every sampling plan of a case as the coverage statement holds it: with the picked files, and which were looked at. */
export const sampledCoverageOf = (context: Context, caseId: number): SampledCoverage[] =>
  context.store
    .read((db) => plansOf(db, caseId))
    .map((row) => {
      const { plan, files } = withProgress(context, row);
      const { id: _id, importId: _importId, ...rest } = plan;
      return {
        ...rest,
        files: files.map((file) => ({
          path: file.path,
          digest: file.digest,
          stratum: file.stratum,
          isLookedAt: isLookedAt(file),
        })),
      };
    });

/** Draws a sample and keeps it. @throws Failure not-found, invalid, cancelled */
async function makePlan(
  context: Context,
  { importId, size, strata, seed }: { importId: number; size: number; strata: StrataRule; seed: string | null },
  signal: AbortSignal | undefined,
): Promise<SamplingPlan> {
  const { caseId, source, counts } = theImport(context, importId);
  const chosen = seed ?? randomBytes(16).toString('hex');
  const { population, parts, picked } = await drawSample(context, importId, { seed: chosen, size, strata }, signal);
  const plan = {
    number: context.store.read((db) => nextPlanNumber(db, caseId)),
    ...{ importId, seed: chosen, strata, size, population, parts },
    outside: Object.values(counts.states).reduce((sum, files) => sum + files, 0) - population,
    evidence: source.digest,
  };
  const list = digestOfPicked(
    picked.map(({ path, digest, stratum }) => ({
      path,
      digest: `sha256:${Buffer.from(digest).toString('hex')}`,
      stratum,
    })),
  );
  const by = actorOf(context.store);
  const id = commit(
    context,
    {
      action: 'sampling.planned',
      caseId,
      subject: `Sampling plan ${plan.number}`,
      detail: {
        ...{ import: importId, seed: chosen, strata, size, population, picked: picked.length, list },
        isSeedTyped: seed !== null,
        state: stateOfPlan(plan, list),
      },
    },
    (db, { time, seq }) => {
      touchCase(db, caseId, time);
      return insertPlan(db, caseId, plan, picked, { at: time, by, journal: seq });
    },
  );
  return withProgress(context, planNow(context, id)).plan;
}

export const sampling = {
  plans: os.sampling.plans.handler(({ input, context }) =>
    context.store
      .read((db) => plansOf(db, theCase(context, input.caseId).id))
      .map((row) => withProgress(context, row).plan),
  ),
  files: os.sampling.files.handler(({ input, context }) => withProgress(context, planNow(context, input.planId)).files),
  make: os.sampling.make.handler(({ input, context, signal }) => makePlan(context, input, signal)),
  explain: os.sampling.explain.handler(({ input, context }) => {
    const { id, caseId, number } = planNow(context, input.planId);
    commit(
      context,
      {
        action: 'sampling.explained',
        caseId,
        subject: `Sampling plan ${number}`,
        detail: { plan: id, explanation: input.explanation },
      },
      (db, { time, seq }) => {
        setExplanation(db, id, input.explanation, seq);
        touchCase(db, caseId, time);
      },
    );
    return withProgress(context, planNow(context, id)).plan;
  }),
};
