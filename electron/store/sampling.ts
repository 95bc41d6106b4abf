import type { SampledRow } from '../../shared/contract/sampling.ts';
import { fileStates } from '../../shared/evidence.ts';
import type { StrataRule, Stratum } from '../../shared/sampling.ts';
import { canonicalJson } from '../integrity/canonical-json.ts';
import { sha256Hex } from '../integrity/digest.ts';
import { digestOfPicked } from '../integrity/sample.ts';
import { digestOf, held } from './rows.ts';
import type { Read, Write } from './store.ts';

/** A plan as it was made. `parts` says of each stratum how many files it had; `evidence` is the digest of its import. */
interface PlanData {
  number: number;
  importId: number;
  seed: string;
  strata: StrataRule;
  size: number;
  population: number;
  outside: number;
  parts: Pick<Stratum, 'name' | 'files'>[];
  evidence: string;
}
/** With what became of it. */
export interface PlanRow extends PlanData {
  id: number;
  caseId: number;
  /** Number in the case of its import, and of the one that stands for its source now. */
  source: number;
  sourceNow: number;
  madeAt: string;
  madeBy: string;
  explanation: string | null;
  /** The import that stands for its source now, and that one's digest. */
  importNow: number;
  evidenceNow: string;
}

/** Files of an import whose bytes are here, in order of their numbers from after one on. */
export const filesToSample = (
  db: Read,
  importId: number,
  strata: StrataRule,
  after: number,
  limit: number,
): { id: number; path: string; stratum: string }[] =>
  db
    .all<{ id: number; path: string; format: string; state: number }>(
      // Without the digest, which costs more to hand over than all the rest: it is asked for of those that are picked.
      'select id, path, format, state from file where import_id = ? and id > ? and digest is not null order by id limit ?',
      importId,
      after,
      limit,
    )
    .map(({ id, path, format, state }) => ({
      id,
      path,
      stratum:
        strata === 'format'
          ? format
          : strata === 'state'
            ? (fileStates[state] ?? 'unread')
            : path.slice(0, Math.max(0, path.indexOf('/'))),
    }));

export const digestToSample = (db: Read, importId: number, id: number): Uint8Array | undefined =>
  db.get<{ digest: Uint8Array }>(
    'select digest from file where import_id = ? and id = ? and digest is not null',
    importId,
    id,
  )?.digest;
/** SHA-256 over all that a plan is, so that rows that were rewritten past Assay no longer agree with the journal. */
export const stateOfPlan = (plan: PlanData, list: string): string => {
  const { number, importId, seed, strata, size, population, outside, parts, evidence } = plan;
  return sha256Hex(canonicalJson({ number, importId, seed, strata, size, population, outside, parts, evidence, list }));
};

export const nextPlanNumber = (db: Read, caseId: number): number =>
  db.get<{ n: number }>('select coalesce(max(number), 0) + 1 as n from sampling_plan where case_id = ?', caseId)?.n ??
  1;
export function insertPlan(
  db: Write,
  caseId: number,
  plan: PlanData,
  files: readonly { id: number; stratum: string; digest: Uint8Array }[],
  made: { at: string; by: string; journal: number },
): number {
  const id = db.run(
    'insert into sampling_plan (case_id, number, import_id, seed, strata, size, population, outside, parts, evidence, made_at, made_by, journal) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
    caseId,
    plan.number,
    plan.importId,
    plan.seed,
    plan.strata,
    plan.size,
    plan.population,
    plan.outside,
    JSON.stringify(plan.parts),
    plan.evidence,
    made.at,
    made.by,
    made.journal,
  );
  for (const { id: file, stratum, digest } of files)
    db.run('insert into sampled_file (plan_id, file, stratum, digest) values (?, ?, ?, ?)', id, file, stratum, digest);
  return id;
}
export const setExplanation = (db: Write, planId: number, explanation: string, journal: number): void =>
  void db.run('update sampling_plan set explanation = ?, explained = ? where id = ?', explanation, journal, planId);

type Row = Omit<PlanRow, 'parts'> & { parts: string };
const planRows = `select plan.id, plan.case_id as caseId, plan.number, plan.import_id as importId, origin.number as source, now.number as sourceNow, seed, strata, size, population, outside,
  parts, evidence, made_at as madeAt, made_by as madeBy, explanation, now.id as importNow, now.summary ->> '$.source.digest' as evidenceNow
  from sampling_plan plan join import origin on origin.id = plan.import_id
  join import now on now.case_id = origin.case_id and now.source_path = origin.source_path and now.status = 'complete' and now.number =
    (select max(number) from import last where last.case_id = origin.case_id and last.source_path = origin.source_path and last.status = 'complete')`;
const planOf = (row: Row): PlanRow => ({ ...row, parts: held<PlanRow['parts']>(row.parts) });
export const plansOf = (db: Read, caseId: number): PlanRow[] =>
  db.all<Row>(`${planRows} where plan.case_id = ? order by plan.number`, caseId).map(planOf);
export const planById = (db: Read, id: number): PlanRow | undefined => {
  const row = db.get<Row>(`${planRows} where plan.id = ?`, id);
  return row === undefined ? undefined : planOf(row);
};

/** The picked files of a plan in order of their paths, as they were and as they are now. */
export const sampledFiles = (db: Read, { id, caseId, importNow }: PlanRow): SampledRow[] =>
  db
    .all<{
      position: number;
      fileId: number | null;
      path: string;
      digest: Uint8Array;
      stratum: string;
      state: number | null;
      opened: number;
      reviewed: number;
      same: number | null;
    }>(
      `select sampled.file as position, now.id as fileId, origin.path as path, sampled.digest as digest, stratum, now.state as state, now.digest = sampled.digest as same,
        exists (select 1 from view_mark mark where mark.case_id = plan.case_id and mark.path = origin.path and mark.digest = lower(hex(sampled.digest))) as opened,
        exists (select 1 from review_mark mark where mark.case_id = plan.case_id and mark.path = origin.path and mark.digest = lower(hex(sampled.digest))) as reviewed
        from sampled_file sampled join sampling_plan plan on plan.id = sampled.plan_id
        join file origin on origin.import_id = plan.import_id and origin.id = sampled.file
        left join file now on now.import_id = ? and now.path = origin.path
        where plan.id = ? and plan.case_id = ? order by sampled.file`,
      importNow,
      id,
      caseId,
    )
    .map(({ position, fileId, path, digest, stratum, state, opened, reviewed, same }) => ({
      position,
      fileId,
      path,
      digest: digestOf(digest) ?? '',
      stratum,
      state: state === null ? null : (fileStates[state] ?? 'unread'),
      isOpened: opened === 1,
      isReviewed: reviewed === 1,
      isChanged: same !== 1,
    }));

/**
 * Numbers of the files of an import that a plan of its case picked, where their bytes are still those: a condition on
 * `file.id`, which asks for the import twice. In this order, from the few that were picked to their files.
 */
export const isSampled = `id in (select here.id from sampling_plan plan cross join sampled_file sampled on sampled.plan_id = plan.id
  cross join file origin on origin.import_id = plan.import_id and origin.id = sampled.file
  cross join file here indexed by file_by_path on here.import_id = ? and here.path = origin.path and here.digest = sampled.digest
  where plan.case_id = (select case_id from import where import.id = ?))`;
export const sampledIn = (db: Read, importId: number): number =>
  db.get<{ n: number }>(
    `select count(*) as n from file where import_id = ? and ${isSampled}`,
    importId,
    importId,
    importId,
  )?.n ?? 0;

/** Sampling plans held against the journal: '' where each is as it was recorded, else what is not. */
export function whyNotAsPlanned(db: Read): string {
  // A store that stands at an earlier version has none; whether its tables are those of its version is asked elsewhere.
  if (db.get("select 1 as one from sqlite_master where type = 'table' and name = 'sampling_plan'") === undefined)
    return '';
  const plans = db.all<
    Row & { state: string | null; said: string | null; last: number | null; explained: number | null }
  >(
    `select whole.*, plan.explained, json_extract(made.line, '$.detail.state') as state, json_extract(why.line, '$.detail.explanation') as said,
      (select max(seq) from journal act where act.action = 'sampling.explained' and json_extract(act.line, '$.detail.plan') = plan.id) as last
      from (${planRows}) whole join sampling_plan plan on plan.id = whole.id
      left join journal made on made.seq = plan.journal and made.action = 'sampling.planned'
      left join journal why on why.seq = plan.explained and why.action = 'sampling.explained'`,
  );
  for (const { state, said, last, explained, ...row } of plans) {
    const plan = planOf(row);
    if (state !== stateOfPlan(plan, digestOfPicked(sampledFiles(db, plan))))
      return `sampling plan ${plan.number} is not as the journal has it`;
    if (last !== explained || said !== plan.explanation)
      return `the explanation of sampling plan ${plan.number} is not as the journal has it`;
  }
  const made = db.get<{ n: number }>("select count(*) as n from journal where action = 'sampling.planned'")?.n ?? 0;
  return made === plans.length ? '' : 'a sampling plan is missing, or was added';
}
