import { randomUUID } from 'node:crypto';
import { Failure } from '../../shared/failure.ts';
import { version } from '../version.ts';
import { type Command, exit, type Io, Usage } from './command.ts';
import { helpOf, usageOf, wholeHelp } from './help.ts';
import { commands } from './index.ts';
import { meant } from './meant.ts';
import { visibleText } from './print.ts';

const commandOf = (args: readonly string[]): Command | undefined =>
  commands.find(({ name }) => name === args.slice(0, name.split(' ').length).join(' '));

/** A word that is no command, or the first of two that are one only together. */
function unknown(word: string, next?: string): Usage {
  const seconds = commands.flatMap(({ name }) => (name.startsWith(`${word} `) ? [name.slice(word.length + 1)] : []));
  if (seconds.length > 0)
    return new Usage(
      next === undefined ? `${word} what: ${seconds.join(' or ')}` : `there is no command ${word} ${next}`,
    );
  if (word.startsWith('-')) return new Usage(`the command comes first, and not ${word}`);
  const guess = meant(word, [...new Set(commands.map(({ name }) => name.split(' ')[0] ?? ''))]);
  return new Usage(`there is no command ${word}${guess === '' ? '' : `; ${guess} is one`}`);
}

/** Runs what was typed, says on standard error why it was refused, and answers with the exit status. Never throws. */
export async function runCommand(args: string[], io: Io): Promise<number> {
  const command = commandOf(args);
  try {
    const options = args.includes('--') ? args.slice(0, args.indexOf('--')) : args;
    if (args[0] === 'help' || options.includes('--help') || options.includes('-h')) {
      const about = args.filter((each) => !['help', '--help', '-h'].includes(each));
      const asked = commandOf(about);
      const some = commands.filter(({ name }) => name.startsWith(`${about[0] ?? ''} `));
      if (asked !== undefined) io.out(helpOf(asked));
      else if (some.length > 0) io.out(usageOf(some));
      else if (args[0] === 'help' && about[0] !== undefined) throw unknown(about[0]);
      else io.out(wholeHelp());
      return exit.passed;
    }
    if (['--version', '-v', 'version'].includes(args[0] ?? '')) {
      io.out(`assay ${version}\n`);
      return exit.passed;
    }
    if (args.length === 0) {
      io.err(wholeHelp());
      return exit.usage;
    }
    if (command === undefined) throw unknown(args[0] ?? '', args[1]);
    return await command.run(args.slice(command.name.split(' ').length), io);
  } catch (error) {
    if (error instanceof Usage) {
      const some = commands.filter(({ name }) => name.startsWith(`${args[0] ?? ''} `));
      const all = ['usage:', ...commands.map(({ usage: line }) => `  ${line}`), ''].join('\n');
      const usage = command !== undefined ? `usage: ${command.usage}\n` : some.length > 0 ? usageOf(some) : all;
      io.err(
        `assay: ${visibleText(error.message)}\n${usage}assay help${command === undefined ? '' : ` ${command.name}`} says more.\n`,
      );
      return exit.usage;
    }
    if (error instanceof Failure) {
      const { what, where, why, notDone, next } = error.parts;
      const parts = [what, where, why, notDone, next].filter((part) => part !== '');
      io.err(`${parts.map(visibleText).join('\n')}\n`);
      return exit.refused;
    }
    const id = randomUUID();
    io.err(
      `A fault of Assay itself, ${id}. Report it with this text:\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    return exit.bug;
  }
}
