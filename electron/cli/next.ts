import type { Context } from '../operations/context.ts';
import { allCases } from '../store/cases.ts';
import { visibleText } from './print.ts';

/** A word as it is typed into a shell: quoted where it would be taken for more than one, or for something else. */
function asTyped(word: string): string {
  if (/^[\w./:@%+,-]+$/.test(word)) return word;
  if (visibleText(word) === word) return `'${word.replaceAll("'", `'\\''`)}'`;
  // What is not seen, or would end the line, stands as the escape that $'…' takes.
  return `$'${visibleText(word.replace(/[\\']/g, '\\$&'))}'`;
}

/** The store as it was named, to be named again; '' where it was not. One that begins with - is no option. */
const storeNamed = (store: string | undefined): string =>
  store === undefined ? '' : `--store${store.startsWith('-') ? '=' : ' '}${asTyped(store)}`;

/** Words of a command, those that are empty left out, with the store that the one before was given. */
export const commandLine = (store: string | undefined, ...words: string[]): string =>
  ['assay', ...words, storeNamed(store)].filter((word) => word !== '').join(' ');

/** A command that a person may type next, about the case of a number: names may hold what no shell takes. @param more what stands behind the case */
export function nextCommand(
  context: Context,
  command: string,
  caseId: number,
  more: string,
  store: string | undefined,
): string {
  const isName =
    !more.includes('--number') &&
    context.store.read(allCases).some(({ id, name }) => id !== caseId && name === String(caseId));
  return commandLine(store, command, String(caseId), isName ? '--number' : '', more);
}
