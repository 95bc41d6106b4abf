import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readTrust } from '../../electron/intake/trust-folder.ts';
import { examine } from '../../electron/operations/examine.ts';
import type { Check } from '../../shared/check.ts';

type Files = Record<string, string | Uint8Array>;
let count = 0;

/** What a folder of these files comes to for a reviewer who trusts those. @param scratch a folder of the test's own */
export async function examineFiles(
  scratch: string,
  files: Files,
  trust: Files = {},
  asOf = new Date(),
): Promise<{ verdict: string; checks: Check[]; codes: string[] }> {
  count += 1;
  const places = ['evidence', 'trust'].map((name) => join(scratch, `${name}-${process.pid}-${count}`));
  const [folder = '', own = ''] = places;
  for (const [place, held] of [
    [folder, files],
    [own, trust],
  ] as const) {
    mkdirSync(place, { recursive: true });
    for (const [name, bytes] of Object.entries(held)) {
      mkdirSync(dirname(join(place, name)), { recursive: true });
      writeFileSync(join(place, name), bytes);
    }
  }
  const request = {
    path: folder,
    trust: { entries: readTrust(own).entries },
    asOf: asOf.toISOString(),
    staging: scratch,
  };
  const { verdict, checks } = await examine(request, {}, new AbortController().signal);
  return { verdict, checks, codes: checks.map(({ code }) => code) };
}
