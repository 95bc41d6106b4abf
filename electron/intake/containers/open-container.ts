import { createReadStream, createWriteStream, lstatSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import zlib from 'node:zlib';
import { Failure } from '../../../shared/failure.ts';
import { limits } from '../../../shared/limits.ts';
import type { Container } from './container.ts';
import { openFile, openFolder, openSingleFile } from './folder.ts';
import { archiveRefused, sourceUnreadable, systemWords } from './refusal.ts';
import { openTar } from './tar.ts';
import { openZip, stagingFailure } from './zip.ts';

export interface OpenOptions {
  /** Private folder for what must be unpacked; the caller removes it. */
  staging: string;
  signal: AbortSignal;
}

/**
 * Opens a source, told by its content: a folder, a zip, a tar, a tar.gz, else a single file.
 * @throws Failure unreadable, refused, disk-full, cancelled
 */
export async function openContainer(path: string, { staging, signal }: OpenOptions): Promise<Container> {
  let isFolder: boolean;
  let head: Buffer;
  let stamp = '';
  try {
    const stat = lstatSync(path);
    if (stat.isSymbolicLink()) throw Object.assign(new Error('link'), { code: 'ELOOP' });
    isFolder = stat.isDirectory();
    if (isFolder) head = Buffer.alloc(0);
    else {
      const file = openFile(path);
      head = Buffer.from(file.read(0, 512));
      stamp = file.identity();
      file.close();
    }
  } catch (error) {
    throw sourceUnreadable(path, `${systemWords(error).replace(/^./, (first) => first.toUpperCase())}.`);
  }
  if (isFolder) return openFolder(path);
  const magic = head.toString('latin1');
  // A zip that is a model (torch, npz, skops) is evidence itself, not a source of it.
  if (/^PK\x03\x04|^PK\x05\x06/.test(magic) && !/\.(pt|pth|npz|skops|docx|xlsx|jar|whl|bin|keras)$/i.test(path))
    return openZip(path, staging);
  if (/\.zip$/i.test(path)) throw archiveRefused(path, 'does not begin as a zip: it is damaged, or something else');
  if (isTar(head)) {
    const file = openFile(path);
    try {
      return openTar(path, file, path, 'tar');
    } catch (error) {
      file.close();
      throw error;
    }
  }
  if (/\.tar$/i.test(path)) throw archiveRefused(path, 'does not begin as a tar: it is damaged, or something else');
  if (head[0] === 0x1f && head[1] === 0x8b && /\.(tar\.gz|tgz|gz)$/i.test(path)) {
    const tar = join(staging, 'tar');
    const inflated = await gunzip(path, tar, signal, /\.(tar\.gz|tgz)$/i.test(path));
    if (inflated === 'gzip') throw archiveRefused(path, 'holds another gzip inside, which is not opened');
    if (inflated === 'tar') {
      const file = openFile(tar);
      try {
        // What was unpacked has times of its own: a source is known by those of the archive.
        return { ...openTar(path, file, tar, 'tar.gz'), stamp };
      } catch (error) {
        file.close();
        throw error;
      }
    }
    rmSync(tar, { force: true });
  } else if (/\.(tar\.gz|tgz)$/i.test(path))
    throw archiveRefused(path, 'does not begin as a gzip: it is damaged, or something else');
  const foreign = foreignCompression(head);
  // A model that was written through a compression is one file, which its reader undoes.
  const isModel = /\.(pkl|pickle|joblib|dill|sav)\.[a-z0-9]+$/i.test(path);
  if (foreign !== null && !isModel && /\.(t?xz|t?bz2?|t?zst|7z|rar|t?lz4?)$/i.test(path))
    throw new Failure('refused', {
      what: 'This archive was refused.',
      where: path,
      why: `It is compressed with ${foreign}, which is not read.`,
      notDone: 'Nothing was unpacked.',
      next: 'Unpack it and import the folder, or ask the producer for a zip, a tar or a tar.gz.',
    });
  return openSingleFile(path);
}

const foreignFirst: ReadonlySet<number> = new Set([0xfd, 0x42, 0x28, 0x37, 0x52, 0x4c, 0x04]);

/** Compressions that are recognised by their first bytes and not undone; null for anything else. */
export function foreignCompression(head: Uint8Array): string | null {
  // Most files begin otherwise, and are told by one byte.
  if (!foreignFirst.has(head[0] ?? 0)) return null;
  const start = Buffer.from(head.subarray(0, 8)).toString('hex');
  const [, name = null] =
    Object.entries({
      fd377a585a00: 'xz',
      '425a68': 'bzip2',
      '28b52ffd': 'zstd',
      '377abcaf271c': '7z',
      '526172211a07': 'rar',
      '4c5a4950': 'lzip',
      '04224d18': 'lz4',
    }).find(([magic]) => start.startsWith(magic)) ?? [];
  return name;
}

const isTar = (head: Buffer) =>
  head.length >= 512 && (head.subarray(257, 262).toString('latin1') === 'ustar' || looksLikeOldTar(head));
/** Tars of before POSIX have no magic: the checksum of the first header tells. */
function looksLikeOldTar(head: Buffer): boolean {
  let sum = 8 * 0x20;
  for (let i = 0; i < 512; i++) if (i < 148 || i >= 156) sum += head[i] ?? 0;
  const stated = head
    .subarray(148, 156)
    .toString('latin1')
    .replace(/^[ \0]+|[ \0]+$/g, '');
  return /^[0-7]{3,}$/.test(stated) && Number.parseInt(stated, 8) === sum && head[0] !== 0;
}

/** Unpacks a gzip into staging, bounded in size and ratio. Says what was inside. */
async function gunzip(
  path: string,
  place: string,
  signal: AbortSignal,
  mustBeTar: boolean,
): Promise<'tar' | 'gzip' | 'other'> {
  const packed = lstatSync(path).size;
  let bytes = 0;
  let first: Buffer = Buffer.alloc(0);
  const bound = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (first.length < 512) first = Buffer.concat([first, chunk.subarray(0, 512 - first.length)]);
      bytes += chunk.length;
      const tooLarge = bytes > limits.totalBytes;
      const tooDense = bytes > limits.ratioFromBytes && bytes > limits.ratio * packed;
      if (tooLarge) done(archiveRefused(path, `holds more than ${limits.totalBytes} bytes`));
      else if (tooDense) done(archiveRefused(path, `grows more than ${limits.ratio} times when unpacked`));
      else done(null, chunk);
    },
  });
  try {
    await pipeline(
      createReadStream(path, { highWaterMark: 1_048_576 }),
      zlib.createGunzip({ chunkSize: 1_048_576 }),
      bound,
      createWriteStream(place, { mode: 0o600, flags: 'wx' }),
      { signal },
    );
  } catch (error) {
    if (signal.aborted)
      throw new Failure('cancelled', { what: 'The import was cancelled.', notDone: 'The case is as it was.' });
    if (error instanceof Failure) throw error;
    throw (
      stagingFailure(path, error, bytes) ??
      archiveRefused(path, 'cannot be unpacked: its bytes are damaged, or it is truncated')
    );
  }
  if (isTar(first)) return 'tar';
  if (first[0] === 0x1f && first[1] === 0x8b) return 'gzip';
  if (mustBeTar) throw archiveRefused(path, 'holds no tar');
  return 'other';
}
