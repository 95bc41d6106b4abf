import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Failure } from '../shared/failure.ts';
import { loadAssets } from './shell/assets.ts';
import { browserHost, Tokens } from './shell/browser-host.ts';
import { startServer } from './shell/http-server.ts';
import { findBrowser, hasDisplay, launchBrowser } from './shell/launch-browser.ts';
import { socketServer } from './shell/serve-socket.ts';
import { version } from './version.ts';
import { openWorkstation, storePlace } from './workstation.ts';

/** The browser shell: the workstation in this process, the window in the machine's own browser. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { store: { type: 'string' }, port: { type: 'string' }, 'no-window': { type: 'boolean' } },
  });
  const port = Number(values.port ?? 0);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Failure('invalid', {
      what: '--port takes a number up to 65535.',
      next: 'Leave it out for any free port.',
    });
  const home = resolve(import.meta.dirname, '..');
  const storeFile =
    values.store === undefined
      ? storePlace(process.env)
      : resolve(process.env['INIT_CWD'] ?? process.cwd(), values.store);
  const built = join(home, 'dist', 'renderer');
  if (!existsSync(join(built, 'index.html')))
    throw new Failure('not-found', {
      what: 'The window is not built.',
      where: built,
      next: 'Run npm start, which builds it.',
    });
  const tokens = new Tokens();
  const { router, context, close } = openWorkstation({
    hasWindow: true,
    storeFile,
    host: browserHost(version, tokens),
    resources: join(home, 'resources'),
  });
  const serve = socketServer(router, { ...context });
  let hadWindow = false;
  const running = await startServer({
    assets: loadAssets(built),
    port,
    serve(socket) {
      hadWindow = true;
      serve(socket);
    },
    give: (path) => tokens.give(path),
  });
  let isOver = false;
  const end = (status: number) => {
    if (isOver) return;
    isOver = true;
    running.close();
    close();
    process.exit(status);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => end(0));
  if (!context.store.health.mayWrite) console.log(context.store.health.message);
  const tell = (why: string) =>
    console.log(`${why}Open this address once, on this machine; Ctrl+C ends Assay:\n${running.address}`);
  const browser = findBrowser(process.env);
  if (values['no-window'] === true) return tell('');
  if (browser === null) return tell('No Chromium, Chrome or Edge is here. ');
  if (!hasDisplay(process.env)) return tell('There is no display. ');
  // A window that was closed ends Assay; one that never opened does not.
  const over = (why: string) => (hadWindow ? end(0) : tell(`${browser} opened no window (${why}). `));
  launchBrowser(browser, running.address, join(dirname(storeFile), 'window'))
    .on('error', (error) => over(error.message))
    .on('exit', (status, signal) => over(status === null ? String(signal) : `status ${status}`));
}

main().catch((error: unknown) => {
  if (error instanceof Failure)
    console.error(
      Object.values(error.parts)
        .filter((part) => part !== '')
        .join('\n'),
    );
  else console.error(error);
  process.exitCode = error instanceof Failure ? 3 : 70;
});
