import { ground } from './0001-ground.ts';
import { filesByNumber } from './0002-files-by-number.ts';
import { checksByRule } from './0003-checks-by-rule.ts';
import { samplingPlans } from './0004-sampling-plans.ts';
import { wordsToCome } from './0005-words-to-come.ts';

export interface Migration {
  name: string;
  sql: string;
}
/** Every migration in order: the version a store reaches is its place in this list, from 1. */
export const migrations: readonly Migration[] = [
  { name: '0001-ground', sql: ground },
  { name: '0002-files-by-number', sql: filesByNumber },
  { name: '0003-checks-by-rule', sql: checksByRule },
  { name: '0004-sampling-plans', sql: samplingPlans },
  { name: '0005-words-to-come', sql: wordsToCome },
];
