import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

/** The house, executable: who may import whom (type imports included), what a room may hold, how long a file may be. */
const root = resolve(import.meta.dirname, '..');

interface Room {
  /** Rooms it may import, by name. */
  rooms: string[];
  /** Packages and node: modules it may hold. A trailing `*` is any ending. */
  holds: string[];
}
const every = [
  'shared',
  'integrity',
  'store',
  'intake',
  'verification',
  'lineage',
  'playbook',
  'review',
  'sign-off',
  'identity',
  'reporting',
];
const rooms: Record<string, Room> = {
  shared: { rooms: ['shared'], holds: ['zod', '@orpc/contract'] },
  integrity: {
    rooms: ['shared', 'integrity'],
    holds: ['node:crypto', '@noble/hashes*', 'canonicalize', 'node:buffer'],
  },
  store: { rooms: ['shared', 'integrity', 'store'], holds: ['better-sqlite3', 'node:fs', 'node:path', 'node:crypto'] },
  intake: {
    rooms: ['shared', 'integrity', 'intake'],
    holds: [
      'node:fs',
      'node:path',
      'node:stream*',
      'node:zlib',
      'node:os',
      'node:crypto',
      'node:worker_threads',
      'js-yaml',
    ],
  },
  verification: { rooms: ['shared', 'integrity', 'verification'], holds: ['node:crypto'] },
  'sign-off': { rooms: ['shared', 'integrity', 'sign-off'], holds: [] },
  lineage: { rooms: ['shared', 'lineage'], holds: [] },
  review: { rooms: ['shared', 'review'], holds: [] },
  playbook: { rooms: ['shared', 'playbook'], holds: [] },
  identity: { rooms: ['shared', 'integrity', 'identity'], holds: ['node:fs', 'node:crypto'] },
  reporting: {
    rooms: ['shared', 'integrity', 'reporting'],
    holds: ['pdfkit', 'node:fs', 'node:path', 'node:crypto', 'node:zlib'],
  },
  operations: { rooms: [...every, 'operations'], holds: ['@orpc/server', 'node:*'] },
  shell: {
    rooms: ['shared', 'integrity', 'shell', 'operations (types)'],
    holds: ['electron', 'ws', '@orpc/server*', '@orpc/client*', 'node:*'],
  },
  cli: { rooms: [...every, 'operations', 'shell', 'cli', 'doors'], holds: ['@orpc/server*', 'node:*'] },
  doors: {
    rooms: [...every, 'operations', 'shell', 'cli', 'doors', 'manifest'],
    holds: ['@orpc/server*', 'node:*', 'electron (main.ts)'],
  },
  'renderer/components': {
    rooms: ['shared', 'renderer/components'],
    holds: ['react', 'cytoscape', 'marked', 'lucide-react', '@tanstack/react-virtual', '@base-ui/react*'],
  },
  'renderer/state': { rooms: ['shared', 'renderer/state', 'renderer/backend'], holds: ['react', 'zustand'] },
  'renderer/screens': {
    rooms: [
      'shared',
      'renderer/components',
      'renderer/state',
      'renderer/screens',
      'renderer/backend',
      'renderer/routes',
    ],
    holds: ['react', 'lucide-react'],
  },
  'renderer/backend': { rooms: ['shared', 'renderer/backend'], holds: ['@orpc/client*', '@orpc/contract'] },
  'renderer/routes': { rooms: ['renderer/screens', 'renderer/routes'], holds: ['react', 'lucide-react'] },
  renderer: {
    rooms: [
      'shared',
      'renderer',
      'renderer/components',
      'renderer/state',
      'renderer/screens',
      'renderer/backend',
      'renderer/routes',
    ],
    holds: ['react', 'react-dom*', 'zod', '@base-ui/react*', '@fontsource-variable/*'],
  },
};

/** The room of a file, by its path from the top. */
function roomOf(path: string): string {
  const [top = '', second = '', third] = path.split('/');
  if (top === 'shared') return 'shared';
  if (top === 'electron') return third === undefined ? 'doors' : second;
  if (top === 'renderer' && third !== undefined) return `renderer/${second}`;
  if (top === 'renderer')
    return ['backend.ts', 'routes.ts'].includes(second) ? `renderer/${second.replace('.ts', '')}` : 'renderer';
  return path.endsWith('package.json') ? 'manifest' : top;
}

interface Import {
  from: string;
  isType: boolean;
}
const pattern =
  /(?:^|\n)\s*(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]/g;
const importsIn = (text: string): Import[] =>
  [...text.matchAll(pattern)].map(([, type, from, dynamic]) => ({
    from: from ?? dynamic ?? '',
    isType: type !== undefined,
  }));

const fits = (allowed: readonly string[], name: string) =>
  allowed.some((each) => (each.endsWith('*') ? name.startsWith(each.slice(0, -1)) : name === each));

/** What is wrong with one file; empty where nothing is. */
function faultsOf(path: string, text: string): string[] {
  const room = roomOf(path);
  const table = rooms[room];
  if (table === undefined) return [`${path} is in no room`];
  const faults: string[] = [];
  const isTest = /\.test\.tsx?$/.test(path);
  for (const { from, isType } of importsIn(text)) {
    if (from.endsWith('.css')) continue;
    if (from.startsWith('.')) {
      const other = roomOf(relative(root, resolve(root, dirname(path), from)));
      const may = table.rooms.includes(other) || (table.rooms.includes(`${other} (types)`) && isType);
      if (!may && !isTest) faults.push(`${path} (${room}) imports ${other}: ${from}`);
    } else if (!isTest && !fits(table.holds, from) && !(from === 'electron' && path === 'electron/main.ts'))
      faults.push(`${path} (${room}) holds ${from}`);
  }
  const lines = text.split('\n').length;
  if (lines > 400 && !isTest) faults.push(`${path} has ${lines} lines; past 400 it must be split`);
  const name = basename(path)
    .replace(/(\.test|\.spec)?\.[a-z]+$/, '')
    .replace(/\.d$/, '');
  if (!/^[0-9]*-?[a-z0-9]+(-[a-z0-9]+)*$/.test(name)) faults.push(`${path} is not named in kebab-case`);
  if (/^(utils?|helpers?|common|misc|types|constants|.*-manager|.*-service)$/.test(name))
    faults.push(`${path} is a room without a name`);
  if (
    room !== 'store' &&
    !isTest &&
    /\b(select\s+[\w*(), ]+\s+from|insert\s+(or \w+ )?into|delete\s+from|update\s+\w+\s+set)\s/i.test(
      text.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, ''),
    ) &&
    /\.(all|get|run|exec|prepare)\(/.test(text)
  )
    faults.push(`${path} speaks SQL outside the store`);
  if (
    /\b(eval|new Function)\s*\(/.test(text.replace(/\/\*[\s\S]*?\*\/|\/\/.*|'[^'\n]*'|`[^`]*`/g, '')) &&
    !/pickle|page-layout/.test(path)
  )
    faults.push(`${path} evaluates code`);
  if (
    !['intake', 'integrity'].includes(room) &&
    !isTest &&
    /\bnew X509Certificate\(|\byaml\.load\(|\bnew DOMParser\(/.test(text)
  )
    faults.push(`${path} parses what only intake and integrity may`);
  return faults;
}

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((each) =>
    each.isDirectory()
      ? sources(`${folder}/${each.name}`)
      : /\.tsx?$/.test(each.name)
        ? [`${folder}/${each.name}`]
        : [],
  );
}

describe('the house', () => {
  const files = ['shared', 'electron', 'renderer'].flatMap(sources);
  it('has rooms to look at', () => expect(files.length).toBeGreaterThan(150));
  it.each(files)('%s keeps its room', (path) =>
    expect(faultsOf(path, readFileSync(join(root, path), 'utf8'))).toEqual([]),
  );
});

describe('the shells', () => {
  const shipped = ['shared', 'electron', 'renderer'].flatMap(sources).filter((path) => !/\.test\.tsx?$/.test(path));
  const holding = (pattern: RegExp) => shipped.filter((path) => pattern.test(readFileSync(join(root, path), 'utf8')));
  it('make a window in one place', () => expect(holding(/new BrowserWindow\(/)).toEqual(['electron/shell/window.ts']));
  it('hear a window in one place', () =>
    expect(holding(/\bipc(Main)?\.(on|handle|once)\(/)).toEqual(['electron/shell/window-messages.ts']));
  it('have no way out: nothing reports, updates, calls home, opens links or debugs from afar', () =>
    expect(
      holding(
        /crashReporter|autoUpdater|\bopenExternal\(|remote-debugging|@electron\/remote|safeStorage|\bnet\.(request|fetch)\(|sendBeacon|XMLHttpRequest|node:https|node:dgram/,
      ),
    ).toEqual([]));
  it('are asked for one thing by fetch, and it is theirs', () => expect(holding(/\bfetch\((?!'\/drop')/)).toEqual([]));
});

describe('the table has teeth', () => {
  it.each([
    ['electron/lineage/x.ts', "import { y } from '../store/store.ts';"],
    ['electron/lineage/x.ts', "import type { y } from '../intake/intake.ts';"],
    ['electron/verification/x.ts', "import { readFileSync } from 'node:fs';"],
    ['electron/shell/x.ts', "import { router } from '../operations/index.ts';"],
    ['electron/intake/x.ts', "export { y } from '../verification/verify.ts';"],
    ['electron/intake/x.ts', "const y = await import('../store/store.ts');"],
    ['renderer/components/x.tsx', "import { backend } from '../backend.ts';"],
    ['renderer/screens/cases/x.tsx', "import { y } from '../../../electron/version.ts';"],
    ['shared/x.ts', "import { hash } from 'node:crypto';"],
    ['electron/operations/x.ts', 'db.all("select a from file where b = 1");'],
    ['electron/operations/utils.ts', ''],
    ['electron/operations/BadName.ts', ''],
    ['electron/operations/x.ts', `${'//\n'.repeat(401)}`],
    ['electron/operations/x.ts', 'const cert = new X509Certificate(bytes);'],
  ])('%s with %s is refused', (path, text) => expect(faultsOf(path, text)).not.toEqual([]));
  it('lets the shell name a type of the operations', () =>
    expect(faultsOf('electron/shell/x.ts', "import type { Host } from '../operations/host.ts';")).toEqual([]));
});
