import { closeSync, mkdirSync, openSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../../shared/failure.ts';
import type { Container, Entry } from '../intake/containers/container.ts';
import { type OpenOptions, openContainer } from '../intake/containers/open-container.ts';
import { stagingFailure } from '../intake/containers/zip.ts';
import { filesAtMost, packageFileAtMost, readBounded } from '../reporting/package-files.ts';
import type { UnpackedPackage } from '../reporting/report-package.ts';

/** More than a package of the largest report takes. */
const packageAtMost = 2 ** 30;
const block = 2 ** 20;

/**
 * The files of a package that is a zip, a tar or a tar.gz, by the rules and limits of every archive, each staged under
 * a number. Null where the path is none of these. @throws Failure refused, unreadable, disk-full, invalid
 */
export async function unpackPackage(path: string, { staging, signal }: OpenOptions): Promise<UnpackedPackage | null> {
  if (!statSync(path).isFile()) return null;
  const held = join(staging, 'archive');
  const files = join(staging, 'package');
  for (const folder of [held, files]) mkdirSync(folder, { mode: 0o700 });
  const container = await openContainer(realpathSync(path), { staging: held, signal });
  try {
    if (container.kind === 'file') return null;
    const root = rootOf(path, container.entries);
    const total = container.entries.reduce((sum, { bytes }) => sum + bytes, 0);
    if (container.entries.length >= filesAtMost || total > packageAtMost)
      throw noPackage(
        path,
        `It holds ${container.entries.length} files of ${total} bytes in all; a package has less than ${filesAtMost} files, and at most ${packageAtMost} bytes.`,
        'Name the archive that was made of an exported package.',
      );
    const places = new Map<string, string>();
    const beside: string[] = [];
    for (const entry of container.entries)
      if (entry.path.startsWith(root)) {
        const place = join(files, String(places.size));
        if (entry.bytes <= packageFileAtMost) await stage(path, container, entry, place);
        places.set(entry.path.slice(root.length), place);
      } else beside.push(entry.path);
    return {
      names: [...places.keys()].sort(),
      beside: beside.sort(),
      read(name) {
        const place = places.get(name);
        return place === undefined ? null : readBounded(place);
      },
    };
  } finally {
    await container.close();
  }
}

const noPackage = (path: string, why: string, next: string): Failure =>
  new Failure('invalid', {
    what: 'This archive is no package.',
    where: path,
    why,
    notDone: 'Nothing was checked.',
    next,
  });

/** What stands before the names of a package: nothing, or the one folder that was packed. */
function rootOf(path: string, entries: readonly Entry[]): string {
  const folders = new Set(
    entries.flatMap(({ path: name }) => /^((?:[^/]+\/)?)(?:SHA256SUMS|report\.json)$/.exec(name)?.[1] ?? []),
  );
  const [first] = folders;
  if (folders.has('')) return '';
  if (first === undefined)
    throw noPackage(
      path,
      'Neither it nor a folder in it holds report.json or SHA256SUMS.',
      'Name the archive of an exported package; to verify evidence, use: assay verify',
    );
  if (folders.size > 1)
    throw noPackage(
      path,
      `It holds ${folders.size} packages: ${[...folders].sort().slice(0, 5).join(', ')}.`,
      'Unpack it, and check each by the name of its folder.',
    );
  return first;
}

async function stage(path: string, container: Container, entry: Entry, place: string): Promise<void> {
  const access = await container.open(entry);
  try {
    const fd = openSync(place, 'wx', 0o600);
    try {
      for (let at = 0; at < access.bytes; at += block) writeFileSync(fd, access.read(at, block));
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    throw stagingFailure(path, error, entry.bytes) ?? error;
  } finally {
    access.close();
  }
}
