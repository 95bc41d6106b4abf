import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Makes a folder of given files each time it is called. @param scratch a folder of the test's own */
export function scratchFolders(scratch: string): (files: Record<string, string | Uint8Array>) => string {
  let count = 0;
  return (files) => {
    const folder = join(scratch, `case-${++count}`);
    mkdirSync(folder);
    for (const [name, held] of Object.entries(files)) writeFileSync(join(folder, name), held);
    return folder;
  };
}
