import { runCommand } from './cli/run-command.ts';

/** The third door: one command, one exit status. */
const stop = new AbortController();
// Whoever reads what is said may stop reading (`assay verify … | head`): the status is the same.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
process.once('SIGINT', () => stop.abort());
process.once('SIGTERM', () => stop.abort());
process.exitCode = await runCommand(process.argv.slice(2), {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  isErrTerminal: process.stderr.isTTY === true,
  hasColour: process.stdout.isTTY === true && (process.env['NO_COLOR'] ?? '') === '',
  cwd: process.env['INIT_CWD'] ?? process.cwd(),
  env: process.env,
  signal: stop.signal,
});
