import { visibleText } from './print.ts';

/** A word as it is typed into a shell: quoted where it would be taken for more than one, or for something else. */
const asTyped = (word: string): string =>
  /^[\w./:@%+,-]+$/.test(word) && !word.startsWith('-') ? word : `'${visibleText(word).replaceAll("'", `'\\''`)}'`;

/** A command that a person may type next, about the same case of the same store. @param more what stands behind the case */
export const nextCommand = (command: string, name: string, more: string, store: string | undefined): string =>
  [`assay ${command} ${asTyped(name)}`, more, store === undefined ? '' : `--store ${asTyped(store)}`]
    .filter((part) => part !== '')
    .join(' ');
