import { mkdirSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { Settings } from '../shared/contract/settings.ts';
import { UnlockedKeys } from './identity/unlocked-keys.ts';
import { checkStoreLater } from './operations/check-store-later.ts';
import { actorOf, type Context } from './operations/context.ts';
import type { Host } from './operations/host.ts';
import { router } from './operations/index.ts';
import { WordsLater } from './operations/words-later.ts';
import { tidyExport } from './reporting/export-package.ts';
import { identityById, settingOf } from './store/people.ts';
import { Store } from './store/store.ts';
import { version } from './version.ts';

export interface WorkstationOptions {
  storeFile: string;
  host: Host;
  resources: string;
  clock?: () => Date;
  log?: (text: string) => void;
  /** Folder outside the store's own for the anchor of its journal. */
  anchors?: string;
  /** Whether a window waits: a large store is then verified, and words are indexed, while it is already open. */
  hasWindow?: boolean;
  /** From how many acts on the journal is verified behind the open window; that of the store where nothing else is said. */
  manyActs?: number;
  /** False for who only asks what a store holds: where there is none, none is made. */
  mayMake?: boolean;
}
export interface Workstation {
  router: typeof router;
  context: Context;
  close(): void;
}

/** Where a person's store lies: ASSAY_STORE, else the place of the platform for data that stays. */
export function storePlace(env: Record<string, string | undefined>): string {
  if (env['ASSAY_STORE'] !== undefined && env['ASSAY_STORE'] !== '') return resolve(env['ASSAY_STORE']);
  const home = homedir();
  const data =
    process.platform === 'win32'
      ? (env['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local'))
      : process.platform === 'darwin'
        ? join(home, 'Library', 'Application Support')
        : (env['XDG_DATA_HOME'] ?? join(home, '.local', 'share'));
  return join(data, 'assay', 'store.db');
}
/** The second place: another folder of the person's, where the heads of her stores are anchored. */
export function anchorFolder(env: Record<string, string | undefined>, storeFile: string): string {
  if (env['ASSAY_ANCHORS'] !== undefined && env['ASSAY_ANCHORS'] !== '') return resolve(env['ASSAY_ANCHORS']);
  // By the place of the store, never by how it was named: the same store must find the same anchor.
  if (storeFile !== storePlace({ ...env, ASSAY_STORE: undefined }) || process.platform === 'win32')
    return join(dirname(dirname(storeFile)), `${dirname(storeFile).split(/[/\\]/).at(-1) ?? 'store'}-anchors`);
  return join(env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state'), 'assay', 'anchors');
}

/** Opens the store and serves the contract: a plain Node program that knows neither Electron nor HTTP. */
export function openWorkstation({
  storeFile,
  host,
  resources,
  clock = () => new Date(),
  log = (text) => void process.stderr.write(`${text}\n`),
  anchors,
  hasWindow = false,
  manyActs,
  mayMake = true,
}: WorkstationOptions): Workstation {
  process.umask(0o077);
  // While it opens, the store cannot yet say who is chosen: its first acts are by the account.
  const opened: { store: Store | null } = { store: null };
  const open = new Store(storeFile, {
    anchors: anchors ?? anchorFolder(process.env, storeFile),
    clock,
    actor: () => actorOf(opened.store),
    mayCheckLater: hasWindow,
    mayMake,
    ...(manyActs === undefined ? {} : { manyActs }),
  });
  opened.store = open;
  if (open.copyBefore !== null)
    log(
      `The store was of an earlier version of Assay and was brought to this one. As it was, it lies at ${open.copyBefore}`,
    );
  const endCheck = checkStoreLater(open, log);
  const minutes = Settings.parse(JSON.parse(open.read((db) => settingOf(db, 'window')) ?? '{}')).lockAfterMinutes;
  const keys = new UnlockedKeys(clock, minutes, (id) => {
    const identity = open.read((db) => identityById(db, id));
    if (open.health.mayWrite && identity !== undefined)
      open.commit({ action: 'identity.locked', caseId: null, subject: identity.name }, () => undefined);
  });
  // Beside the store and under its lock, so that what a killed process left there is nobody's and goes.
  const staging = `${open.file}.staging`;
  const left = tidyExport(staging);
  if (left !== null) log(`An export was ended before it was whole; what it left was taken away: ${left}`);
  rmSync(staging, { recursive: true, force: true });
  mkdirSync(staging, { mode: 0o700 });
  const words = new WordsLater(open, log);
  // A command ends when it has said what it found: whoever opens the window next has the words.
  const indexWords = () => (hasWindow ? words.begin() : undefined);
  const graphs: Context['graphs'] = new Map();
  const statements: Context['statements'] = new Map();
  const context: Context = {
    ...{ store: open, host, clock, staging, resources, version, log, keys, graphs, statements, indexWords },
  };
  indexWords();
  return {
    router,
    context,
    close() {
      endCheck();
      words.end();
      keys.lockAll();
      rmSync(staging, { recursive: true, force: true });
      open.close();
    },
  };
}
