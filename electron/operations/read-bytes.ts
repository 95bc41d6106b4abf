import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../../shared/failure.ts';
import { openContainer } from '../intake/containers/open-container.ts';
import { digestOf } from '../integrity/digest.ts';
import { isKept, keptBytes } from '../store/evidence.ts';
import type { Context } from './context.ts';

/** Where the bytes of a file can still be had. */
export function bytesFrom(
  context: Context,
  digest: string | null,
  sourceIsThere: boolean,
): 'store' | 'source' | 'nowhere' {
  if (digest !== null && context.store.read((db) => isKept(db, digest))) return 'store';
  return sourceIsThere && digest !== null ? 'source' : 'nowhere';
}

/**
 * A part of a file of an import: from the store where it is kept, else from the source. A whole small file read from
 * the source is held against the digest of the import, so that nobody is shown other bytes than were judged.
 * @throws Failure unreadable, conflict
 */
export async function readBytes(
  context: Context,
  source: string,
  path: string,
  digest: string | null,
  offset: number,
  length: number,
): Promise<{ bytes: Uint8Array; total: number }> {
  const kept = digest === null ? undefined : context.store.read((db) => keptBytes(db, digest));
  if (kept !== undefined) return { bytes: kept.subarray(offset, offset + length), total: kept.length };
  const staging = mkdtempSync(join(context.staging, 'assay-view-'));
  try {
    const container = await openContainer(source, { staging, signal: AbortSignal.timeout(30_000) });
    try {
      const entry = container.entries.find((each) => each.path === path);
      if (entry === undefined)
        throw new Failure('unreadable', {
          what: 'The bytes of this file cannot be shown.',
          where: path,
          why: 'They are not kept in the store, and the file is no longer in the source.',
          next: 'Bring back the medium it was imported from.',
        });
      const access = await container.open(entry);
      try {
        const bytes = Uint8Array.from(access.read(offset, length));
        if (offset === 0 && bytes.length === access.bytes && digest !== null && digestOf('sha256', bytes) !== digest)
          throw new Failure('conflict', {
            what: 'These are no longer the bytes that were imported.',
            where: path,
            why: 'The file in the source changed since.',
            notDone: 'It is not shown.',
            next: 'Verify again to import what is there now.',
          });
        return { bytes, total: access.bytes };
      } finally {
        access.close();
      }
    } finally {
      await container.close();
    }
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}
