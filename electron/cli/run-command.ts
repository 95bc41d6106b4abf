import { randomUUID } from 'node:crypto';
import { Failure } from '../../shared/failure.ts';
import { version } from '../version.ts';
import { exit, type Io, Usage } from './command.ts';
import { commands } from './index.ts';
import { visibleText } from './print.ts';

/** Runs what was typed, says on standard error why it was refused, and answers with the exit status. Never throws. */
export async function runCommand(args: string[], io: Io): Promise<number> {
  const usage = ['usage:', ...commands.map(({ usage: line }) => `  ${line}`), ''].join('\n');
  const command = commands.find(({ name }) => name === args.slice(0, name.split(' ').length).join(' '));
  try {
    const options = args.includes('--') ? args.slice(0, args.indexOf('--')) : args;
    if (args[0] === 'help' || options.includes('--help') || options.includes('-h')) {
      io.out(command === undefined ? usage : `usage: ${command.usage}\n`);
      return exit.passed;
    }
    if (args[0] === '--version') {
      io.out(`assay ${version}\n`);
      return exit.passed;
    }
    if (args.length === 0) {
      io.err(usage);
      return exit.usage;
    }
    if (command === undefined) throw new Usage(`there is no command ${args[0] ?? ''}`);
    return await command.run(args.slice(command.name.split(' ').length), io);
  } catch (error) {
    if (error instanceof Usage) {
      io.err(`assay: ${error.message}\n${command === undefined ? usage : `usage: ${command.usage}\n`}`);
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
