import { counted } from '../../shared/counted.ts';
import { Failure } from '../../shared/failure.ts';
import type { Context } from '../operations/context.ts';
import { allCases, type CaseData } from '../store/cases.ts';
import { Usage } from './command.ts';
import { commandLine } from './next.ts';

/** How a case was named: `--number` says by its number, where its name is the number of another. */
export interface Named {
  number?: boolean | undefined;
  store?: string | undefined;
}

const refused = (given: string, what: string, why: string, next: string) =>
  new Failure('invalid', { what, where: given, why, notDone: 'Nothing was done.', next });

/** Of several that a word may mean, none is chosen. */
const ambiguous = (given: string, why: string, next: string) =>
  refused(given, 'This may mean one case or another.', why, next);

const numbers = (cases: readonly CaseData[]): string => cases.map(({ id }) => `${id} --number`).join(' or ');

/** A case by its name, or by its number where none or several have the name. @throws Failure not-found, invalid; Usage */
export function findCase(context: Context, given: string, { number, store }: Named): CaseData {
  const all = context.store.read(allCases);
  const numbered = all.find(({ id }) => String(id) === given);
  const named = number === true ? [] : all.filter(({ name }) => name === given);
  const [found = numbered] = named;
  if (number === true && !/^\d+$/.test(given)) throw new Usage(`--number takes a case by its number, and not ${given}`);
  if (named.length > 1)
    throw refused(
      given,
      'Several cases have this name.',
      `They are the cases ${named.map(({ id }) => id).join(', ')}.`,
      `Name it by its number: ${numbers(named)}.`,
    );
  if (found === undefined)
    throw new Failure('not-found', {
      what: 'There is no such case.',
      where: given,
      why: `The store ${context.store.file} has ${counted(all.length, 'case')}, and none of this ${number === true ? '' : 'name or '}number.`,
      notDone: 'Nothing was done.',
      next: `List them with: ${commandLine(store, 'cases')}`,
    });
  if (numbered !== undefined && numbered.id !== found.id)
    throw ambiguous(
      given,
      `It is the number of case ${numbered.id}, ${numbered.name}, and the name of case ${found.id}.`,
      `Name the one that is meant by its number: ${numbers([numbered, found])}.`,
    );
  return found;
}

/** The case that evidence is imported into; nothing where one of this name is to be made. @throws Failure not-found, invalid; Usage */
export function findOrMake(context: Context, given: string, how: Named): CaseData | undefined {
  const all = context.store.read(allCases);
  const named = all.find(({ name }) => name === given);
  const numbered = all.find(({ id }) => String(id) === given);
  if (how.number === true || (named !== undefined && numbered !== undefined && named.id !== numbered.id))
    return findCase(context, given, how);
  if (named === undefined && numbered !== undefined)
    throw ambiguous(
      given,
      `It is the number of case ${numbered.id}, ${numbered.name}, and no case has it for a name.`,
      'Add --number to import into that case, or give the new one another name.',
    );
  return named;
}
