/**
 * Sampling plans: what was drawn, from what, by which seed; and the picked files by number, with the digest that each
 * had. A plan is never changed: only the explanation of what was not looked at comes later.
 */
export const samplingPlans = `
create table sampling_plan (id integer primary key, case_id integer not null references review_case(id), number integer not null,
  import_id integer not null references import(id), seed text not null check (length(seed) = 32), strata text not null check (strata in ('format', 'state', 'folder')),
  size integer not null, population integer not null, outside integer not null, parts text not null, evidence text not null,
  made_at text not null, made_by text not null, journal integer not null, explanation text, explained integer) strict;
create unique index sampling_plan_by_case on sampling_plan(case_id, number);
create table sampled_file (plan_id integer not null references sampling_plan(id), file integer not null, stratum text not null,
  digest blob not null check (length(digest) = 32), primary key (plan_id, file)) strict, without rowid;
`;
