import { z } from 'zod';
import { CaseDetail, CaseRow, NewCase } from '../case.ts';
import { operation } from './refusals.ts';

const id = z.object({ caseId: z.number().int() });
export const cases = {
  list: operation.output(z.array(CaseRow)),
  create: operation.input(NewCase).output(CaseRow),
  /** Journals that the case was opened. */
  open: operation.input(id).output(CaseDetail),
  get: operation.input(id).output(CaseDetail),
  /** First run: makes two cases from the sample evidence that ships (good, and tampered), with its trust. */
  sample: operation.output(z.object({ caseIds: z.array(z.number().int()) })),
};
