import { createWriteStream, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const dropAtMost = 2 * 2 ** 30;

/** A name of ours for a file that was dropped: its own, without what could be more than a name. */
export function stagedName(header: string | null | undefined): string {
  let name = header ?? '';
  try {
    name = decodeURIComponent(name);
  } catch {
    // A name that is not encoded as agreed is taken as it stands; what is odd in it is replaced below.
  }
  return (
    name
      .replace(/[^\p{L}\p{N}._ -]/gu, '_')
      .slice(-120)
      .replace(/^\.+/, '') || 'file'
  );
}

/** Private folder for what is dropped into a window: each in a folder of its own, none past the bound, gone at the end. */
export class DropStaging {
  private readonly folder = mkdtempSync(join(tmpdir(), 'assay-drop-'));
  private dropped = 0;
  private readonly atMost: number;
  constructor(atMost: number = dropAtMost) {
    this.atMost = atMost;
  }

  /** @returns place of the staged copy. @throws RangeError past the bound; nothing is left of it then */
  async take(name: string, bytes: Readable): Promise<string> {
    this.dropped += 1;
    const own = join(this.folder, String(this.dropped));
    mkdirSync(own, { mode: 0o700 });
    const place = join(own, name);
    const { atMost } = this;
    try {
      await pipeline(
        bytes,
        async function* bounded(source: AsyncIterable<Uint8Array>) {
          let taken = 0;
          for await (const chunk of source) {
            taken += chunk.length;
            if (taken > atMost) throw new RangeError('The file is too large to be dropped.');
            yield chunk;
          }
        },
        createWriteStream(place, { flags: 'wx', mode: 0o600 }),
      );
    } catch (error) {
      rmSync(own, { recursive: true, force: true });
      throw error;
    }
    return place;
  }
  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
