import { statSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Failure } from '../../shared/failure.ts';
import type { Context } from '../operations/context.ts';
import type { Host } from '../operations/host.ts';
import { version } from '../version.ts';
import { anchorFolder, openWorkstation, storePlace } from '../workstation.ts';
import type { Io } from './command.ts';
import { visibleText } from './print.ts';

/** On the command line a path is its own token: the person who types it has chosen it. */
const typed = (cwd: string): Host => {
  const path = (token: string): string => resolve(cwd, token);
  const chosen = (token: string) => {
    try {
      return {
        token: path(token),
        name: basename(path(token)),
        kind: statSync(path(token)).isDirectory() ? ('folder' as const) : ('file' as const),
      };
    } catch {
      throw new Failure('unreadable', {
        what: 'Nothing that can be read is at this path.',
        where: path(token),
        notDone: 'Nothing was done.',
        next: 'Check the path.',
      });
    }
  };
  return {
    about: () => ({ shell: 'browser', version, hasNativeDialogs: false, platform: process.platform }),
    choose: async () => null,
    browse: async (at) => ({ here: chosen(at ?? '.'), parent: null, entries: [], truncated: false }),
    locate: async (given) => chosen(given),
    path,
  };
};

/** What ships with the application: beside the bundle's folder, and beside the source's. */
const resources = (): string =>
  resolve(
    dirname(fileURLToPath(import.meta.url)),
    import.meta.url.endsWith('.ts') ? '../../resources' : '../resources',
  );

type Work<T> = (context: Context) => T | Promise<T>;
/**
 * Runs a command on the store that `--store` or ASSAY_STORE names, else the person's own, and closes it again.
 * @throws Failure not-found where there is none, locked, read-only, newer-store, foreign-store, damaged-store
 */
export const withStore = <T>(store: string | undefined, io: Io, work: Work<T>): Promise<T> =>
  onStore(store, io, work, false);
/** The same for a command that makes the store where there is none. */
export const withStoreOrNew = <T>(store: string | undefined, io: Io, work: Work<T>): Promise<T> =>
  onStore(store, io, work, true);

async function onStore<T>(store: string | undefined, io: Io, work: Work<T>, mayMake: boolean): Promise<T> {
  const storeFile = store === undefined ? storePlace(io.env) : resolve(io.cwd, store);
  const { context, close } = openWorkstation({
    storeFile,
    anchors: anchorFolder(io.env, storeFile),
    host: typed(io.cwd),
    resources: resources(),
    log: (text) => io.err(`${text}\n`),
    mayMake,
  });
  try {
    const { mayWrite, message } = context.store.health;
    if (!mayWrite) io.err(`${visibleText(message)}\n`);
    return await work(context);
  } finally {
    close();
  }
}
