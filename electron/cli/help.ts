import type { Command } from './command.ts';
import { commands } from './index.ts';

const width = 96;
/** Words in lines, each begun by blanks. */
function lines(text: string, indent: number): string {
  const found: string[] = [];
  let line = '';
  for (const word of text.split(' '))
    if (line !== '' && indent + line.length + 1 + word.length > width) {
      found.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  return [...found, line].map((each) => `${' '.repeat(indent)}${each}\n`).join('');
}

const statuses = `Exit status:
  0   everything that was checked passed, perhaps with warnings, and something was checked
  1   something failed, or your policy does not accept it
  2   nothing failed, but what was asked could not be decided from what is here
  3   the input was refused or could not be read, the store could not be opened, or it was stopped
  64  the command was wrong
  70  a fault of Assay itself
`;

/** What one command takes and does. */
export const helpOf = ({ usage, does, more }: Command): string =>
  `usage: ${usage}\n\n${lines(does, 0)}\n${more.map(([name, what]) => `  ${name}\n${lines(what, 6)}`).join('')}`;

/** The usage of some commands, each with what it does. */
export const usageOf = (some: readonly Command[]): string =>
  `usage:\n${some.map(({ usage, does }) => `  ${usage}\n${lines(does, 6)}`).join('')}`;

/** The usage of all, with what the answers mean. */
export const wholeHelp = (): string =>
  `${usageOf(commands)}\n${statuses}\nassay help COMMAND says what a command takes; assay --version which version this is.\nIn a checkout the window opens the same store with: npm start -- --store FILE\n`;
