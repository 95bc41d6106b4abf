import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import zlib from 'node:zlib';
import { examine } from '../../electron/operations/examine.ts';
import { tar, zip } from './make-archive.ts';

export type Files = Record<string, string | Uint8Array>;
export type SayVerdict = (files: Files, as?: 'folder' | 'zip' | 'tar' | 'tar.gz') => Promise<string[]>;

/**
 * Says of files, in folders of theirs or in an archive, the verdict and the codes of what does not pass.
 * @param scratch a folder of the test's own
 */
export function sayVerdict(scratch: string): SayVerdict {
  let count = 0;
  return async (files, as = 'folder') => {
    const path = join(scratch, `${++count}${as === 'folder' ? '' : `.${as}`}`);
    const entries = Object.entries(files).map(([name, body]) => ({ name, body: Buffer.from(body as string) }));
    if (as === 'zip') writeFileSync(path, zip(entries));
    else if (as !== 'folder') writeFileSync(path, as === 'tar' ? tar(entries) : zlib.gzipSync(tar(entries)));
    else
      for (const { name, body } of entries) {
        mkdirSync(dirname(join(path, name)), { recursive: true });
        writeFileSync(join(path, name), body);
      }
    const { verdict, checks } = await examine(
      { path, trust: { entries: [] }, asOf: '2026-11-21T00:00:00Z', staging: scratch },
      {},
      new AbortController().signal,
    );
    return [verdict, ...new Set(checks.filter((each) => each.verdict !== 'pass').map(({ code }) => code))];
  };
}
