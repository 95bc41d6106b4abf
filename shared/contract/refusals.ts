import { oc } from '@orpc/contract';
import { type FailureCode, FailureParts, failureCodes } from '../failure.ts';

type Refusals = Record<FailureCode, { status: number; data: typeof FailureParts }>;

/** Start of every operation: the refusals that it may answer with, so that a screen can say them beside the button. */
export const operation = oc.errors(
  Object.fromEntries(failureCodes.map((code) => [code, { status: 422, data: FailureParts }])) as Refusals,
);
