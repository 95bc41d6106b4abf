import { randomUUID } from 'node:crypto';
import { Failure } from '../shared/failure.ts';
import { exit, type Io, Usage } from './cli/command.ts';
import { commands } from './cli/index.ts';
import { visibleText } from './cli/print.ts';

/** The third door: one command, one exit status. */
async function main(args: string[]): Promise<number> {
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  process.once('SIGTERM', () => stop.abort());
  const io: Io = {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    isErrTerminal: process.stderr.isTTY === true,
    hasColour: process.stdout.isTTY === true && (process.env['NO_COLOR'] ?? '') === '',
    cwd: process.env['INIT_CWD'] ?? process.cwd(),
    env: process.env,
    signal: stop.signal,
  };
  const usage = ['usage:', ...commands.map(({ usage: line }) => `  ${line}`), ''].join('\n');
  const command = commands.find(({ name }) => name === args.slice(0, name.split(' ').length).join(' '));
  try {
    if (args.length === 0 || args[0] === '--help' || args[0] === 'help') {
      io.out(usage);
      return args.length === 0 ? exit.usage : exit.passed;
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
      io.err(`${visibleText([what, where, why, notDone, next].filter((part) => part !== '').join('\n'))}\n`);
      return exit.refused;
    }
    const id = randomUUID();
    io.err(
      `A fault of Assay itself, ${id}. Report it with this text:\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    return exit.bug;
  }
}

process.exitCode = await main(process.argv.slice(2));
