import { cases } from './case.ts';
import { checks } from './check.ts';
import { evidence } from './evidence.ts';
import { host } from './host.ts';
import { identity } from './identity.ts';
import { journal } from './journal.ts';
import { ledgers } from './ledger.ts';
import { lineage } from './lineage.ts';
import { policy } from './policy.ts';
import { reports } from './report.ts';
import { review } from './review.ts';
import { sampling } from './sampling.ts';
import { search } from './search.ts';
import { settings } from './settings.ts';
import { signOff } from './sign-off.ts';
import { sources } from './source.ts';
import { trust } from './trust.ts';

/** Every operation that a window or another door may ask for. electron/operations implements it. */
export const contract = {
  cases,
  checks,
  evidence,
  host,
  identity,
  journal,
  ledgers,
  lineage,
  policy,
  reports,
  review,
  sampling,
  search,
  settings,
  signOff,
  sources,
  trust,
};
export type Contract = typeof contract;
