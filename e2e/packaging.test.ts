import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createPackage, extractFile, listPackage } from '@electron/asar';
import { FuseState, type FuseV1Config, FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import flip from '../resources/flip-fuses.mjs';

const root = resolve(import.meta.dirname, '..');
const isBuilt = existsSync(join(root, 'dist', 'main.js'));
const folder = mkdtempSync(join(tmpdir(), 'assay-pack-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The wire of the nine fuses as a fresh binary has it: sentinel, version 1, length 9, one character each. */
const wire = Buffer.from('dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX\x01\x09011001011', 'latin1');

/** A distribution that stands in for Electron's: every file that packing reads, none of the binary's code. */
async function standIn(name: string, fuses: Buffer): Promise<string> {
  const place = join(folder, name);
  mkdirSync(join(place, 'resources'), { recursive: true });
  mkdirSync(join(place, 'locales'));
  mkdirSync(join(folder, `${name}-app`));
  writeFileSync(join(folder, `${name}-app`, 'main.js'), '');
  await createPackage(join(folder, `${name}-app`), join(place, 'resources', 'default_app.asar'));
  writeFileSync(join(place, 'electron'), Buffer.concat([Buffer.from('#!/bin/sh\nexit 0\n'), fuses, Buffer.from('\n')]));
  chmodSync(join(place, 'electron'), 0o755);
  writeFileSync(join(place, 'version'), '45.4.1');
  writeFileSync(join(place, 'LICENSE'), 'stand-in');
  writeFileSync(join(place, 'LICENSES.chromium.html'), 'stand-in');
  writeFileSync(join(place, 'locales', 'en-US.pak'), '');
  return place;
}

function pack(dist: string, output: string) {
  const builder = join(root, 'node_modules', 'electron-builder', 'cli.js');
  return spawnSync(
    process.execPath,
    [builder, '--dir', '--linux', '--x64', `-c.electronDist=${dist}`, `-c.directories.output=${output}`],
    { cwd: root, encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '' }, timeout: 150_000 },
  );
}

describe.skipIf(!isBuilt || process.platform !== 'linux')(
  isBuilt ? 'a package for Linux' : 'a package: the application is not built here, so there is nothing to pack',
  () => {
    const output = join(folder, 'out');
    const unpacked = join(output, 'linux-unpacked');
    const archive = join(unpacked, 'resources', 'app.asar');
    beforeAll(async () => {
      const { status, stdout, stderr } = pack(await standIn('electron', wire), output);
      expect(status, `${stdout}${stderr}`).toBe(0);
    });

    it('has every fuse as the list says', async () => {
      const read = (await getCurrentFuseWire(join(unpacked, 'assay'))) as FuseV1Config<FuseState>;
      const state = (fuse: FuseV1Options) => read[fuse] === FuseState.ENABLE;
      expect({
        runAsNode: state(FuseV1Options.RunAsNode),
        cookieEncryption: state(FuseV1Options.EnableCookieEncryption),
        nodeOptions: state(FuseV1Options.EnableNodeOptionsEnvironmentVariable),
        inspect: state(FuseV1Options.EnableNodeCliInspectArguments),
        asarIntegrity: state(FuseV1Options.EnableEmbeddedAsarIntegrityValidation),
        onlyAsar: state(FuseV1Options.OnlyLoadAppFromAsar),
        ownSnapshot: state(FuseV1Options.LoadBrowserProcessSpecificV8Snapshot),
        filePrivileges: state(FuseV1Options.GrantFileProtocolExtraPrivileges),
        wasmTraps: state(FuseV1Options.WasmTrapHandlers),
      }).toEqual({
        runAsNode: false,
        cookieEncryption: true,
        nodeOptions: false,
        inspect: false,
        asarIntegrity: true,
        onlyAsar: true,
        ownSnapshot: false,
        filePrivileges: false,
        wasmTraps: true,
      });
    });

    it('holds the application and what it needs, and nothing else', () => {
      const listed = listPackage(archive, { isPack: false });
      for (const wanted of [
        '/dist/main.js',
        '/dist/host.js',
        '/dist/preload.cjs',
        '/dist/examination-worker.js',
        '/dist/renderer/index.html',
        '/node_modules/better-sqlite3/prebuilds/linux-x64.node',
        '/node_modules/pdfkit/package.json',
        '/resources/docs/first-steps.md',
      ])
        expect(listed, wanted).toContain(wanted);
      const unwanted =
        /node-linux|\.map$|\.d\.ts$|\.test\.|^\/(e2e|electron|shared|renderer)\/|^\/resources\/.*\.mjs$|\.[ch]$/;
      expect(listed.filter((each) => unwanted.test(each))).toEqual([]);
      expect(listed.filter((each) => each.endsWith('.node'))).toHaveLength(1);
      expect(JSON.parse(extractFile(archive, 'package.json').toString())).toMatchObject({ main: 'dist/main.js' });
      const beside = join(unpacked, 'resources', 'app.asar.unpacked');
      expect(existsSync(join(beside, 'resources', 'docs', 'first-steps.md'))).toBe(true);
      expect(existsSync(join(beside, 'node_modules/better-sqlite3/prebuilds/linux-x64.node'))).toBe(true);
    });

    it('is not made from a binary with a fuse that nobody decided about', async () => {
      const unknown = Buffer.from('dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX\x01\x0a0110010111', 'latin1');
      const appOutDir = await standIn('electron-of-tomorrow', unknown);
      const packager = { executableName: 'electron', appInfo: { productFilename: 'Assay' } };
      await expect(flip({ appOutDir, packager })).rejects.toThrow(/fuse/i);
      await expect(flip({ appOutDir: join(folder, 'nowhere'), packager })).rejects.toThrow(/No binary/);
    });
  },
);

describe('the version of Electron', () => {
  it('is pinned, with the digests of its binaries', () => {
    const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    expect(devDependencies.electron).toMatch(/^\d+\.\d+\.\d+$/);
    const sums = JSON.parse(readFileSync(join(root, 'node_modules/electron/checksums.json'), 'utf8'));
    expect(sums[`electron-v${devDependencies.electron}-linux-x64.zip`]).toMatch(/^[0-9a-f]{64}$/);
  });
});
