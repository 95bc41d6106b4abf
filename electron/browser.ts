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
    storeFile,
    host: browserHost(version, tokens),
    resources: join(home, 'resources'),
  });
  const running = await startServer({
    assets: loadAssets(built),
    port: Number(values.port ?? 0),
    serve: socketServer(router, { ...context }),
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
  process.on('SIGINT', () => end(0));
  process.on('SIGTERM', () => end(0));
  if (!context.store.health.mayWrite) console.log(context.store.health.message);
  const browser = findBrowser(process.env);
  if (values['no-window'] === true || browser === null || !hasDisplay(process.env)) {
    const why =
      values['no-window'] === true
        ? ''
        : browser === null
          ? 'No Chromium, Chrome or Edge is here. '
          : 'There is no display. ';
    console.log(`${why}Open this address once, on this machine; Ctrl+C ends Assay:\n${running.address}`);
    return;
  }
  launchBrowser(browser, running.address, join(dirname(storeFile), 'window')).on('exit', () => end(0));
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
