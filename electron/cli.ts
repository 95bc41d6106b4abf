/** The third door: one command, one exit status. */
const stop = new AbortController();
// Whoever reads what is said may stop reading (`assay verify … | head`): the status is the same.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
// One Ctrl+C comes more than once: from the terminal, from npm and from what npm ran. Later ones end it as it stands.
let stoppedAt: number | null = null;
const stopped = () => {
  stoppedAt ??= performance.now();
  stop.abort();
  if (performance.now() - stoppedAt < 2_000) return;
  process.stderr.write('The command was ended where it stood. What it had not finished was not done.\n');
  process.exit(3);
};
process.on('SIGINT', stopped);
process.on('SIGTERM', stopped);
// Loaded only now: from the first moment on, whoever stops it is answered.
const { runCommand } = await import('./cli/run-command.ts');
process.exitCode = await runCommand(process.argv.slice(2), {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  isErrTerminal: process.stderr.isTTY === true,
  hasColour: process.stdout.isTTY === true && (process.env['NO_COLOR'] ?? '') === '',
  cwd: process.env['INIT_CWD'] ?? process.cwd(),
  env: process.env,
  signal: stop.signal,
});
