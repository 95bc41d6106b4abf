import { cases } from './cases.ts';
import { checks } from './checks.ts';
import { evidence } from './evidence.ts';
import { host } from './host-operations.ts';
import { identity } from './identity.ts';
import { os } from './implementer.ts';
import { journal } from './journal.ts';
import { ledgers } from './ledgers.ts';
import { lineage } from './lineage.ts';
import { policy } from './policy.ts';
import { reports } from './reports.ts';
import { review } from './review.ts';
import { sampling } from './sampling.ts';
import { search, settings } from './settings.ts';
import { signOff } from './sign-off.ts';
import { sources } from './sources.ts';
import { trust } from './trust.ts';

/** The contract, implemented: an operation that is left out, or of a wrong shape, does not compile. */
export const router = os.router({
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
});
export type Router = typeof router;
