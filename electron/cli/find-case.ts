import { counted } from '../../shared/counted.ts';
import { Failure } from '../../shared/failure.ts';
import type { Context } from '../operations/context.ts';
import { allCases, type CaseData } from '../store/cases.ts';

/** A case by its name, or by its number where several have the name. @throws Failure not-found, invalid */
export function findCase(context: Context, given: string): CaseData {
  const all = context.store.read(allCases);
  const named = all.filter(({ name }) => name === given);
  const [found] = named.length > 0 ? named : all.filter(({ id }) => String(id) === given);
  if (named.length > 1)
    throw new Failure('invalid', {
      what: 'Several cases have this name.',
      where: given,
      notDone: 'Nothing was done.',
      next: `Name it by its number: ${named.map(({ id }) => id).join(', ')}.`,
    });
  if (found === undefined)
    throw new Failure('not-found', {
      what: 'There is no such case.',
      where: given,
      why: `The store ${context.store.file} has ${counted(all.length, 'case')}, and none of this name or number.`,
      notDone: 'Nothing was done.',
      next: 'List them with: assay cases',
    });
  return found;
}
