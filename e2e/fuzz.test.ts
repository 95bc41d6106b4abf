import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { examine } from '../electron/operations/examine.ts';
import { Failure } from '../shared/failure.ts';
import { mutate, randomFrom } from './fuzz/mutate.ts';
import { seedsIn } from './fuzz/seeds.ts';

const place = mkdtempSync(join(tmpdir(), 'assay-spoiled-'));
const staging = join(place, 'staging');
mkdirSync(staging);
afterAll(() => rmSync(place, { recursive: true, force: true }));

/** Examines a source; a refusal in words is an answer, anything else thrown is a bug. */
async function answered(path: string): Promise<string> {
  const request = { path, trust: { entries: [] }, asOf: '2026-11-21T00:00:00Z', staging };
  try {
    const { verdict, checks, files } = await examine(request, {}, new AbortController().signal);
    return JSON.stringify([verdict, checks, files]);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return JSON.stringify([error.code, error.parts]);
  }
}

describe('spoiled evidence', () => {
  const seeds = seedsIn(['../shared/corpora', '../shared/hostile']);
  it.skipIf(seeds.length === 0)(
    'gets an answer and the same again, and leaves nothing behind (skipped where the corpora are not there)',
    async () => {
      const random = randomFrom(20_261_121);
      const pick = () => seeds[Math.floor(random() * seeds.length)];
      for (let turn = 0; turn < 80; turn += 1) {
        const folder = join(place, `turn-${turn}`);
        mkdirSync(folder);
        for (let at = 0; at < 10; at += 1) {
          const [seed, other] = [pick(), pick()];
          if (seed === undefined || other === undefined) continue;
          mkdirSync(join(folder, String(at)));
          const bytes = mutate(readFileSync(seed.path), readFileSync(other.path), random);
          writeFileSync(join(folder, String(at), basename(seed.path)), bytes);
        }
        expect(await answered(folder)).toBe(await answered(folder));
        expect(readdirSync(staging)).toEqual([]);
      }
    },
  );

  it('is answered whatever document of JSON it is, under any name that readers know', async () => {
    const names = [
      'a.json',
      'dvc.lock',
      'model.sig',
      'events.jsonl',
      'manifest-sha256.txt',
      'README.md',
      'bom.json',
      'MLmodel',
    ];
    const folder = join(place, 'json');
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...names), fc.json({ maxDepth: 6 }), fc.nat(40), async (name, text, cut) => {
        rmSync(folder, { recursive: true, force: true });
        mkdirSync(folder);
        writeFileSync(join(folder, name), text.slice(0, Math.max(1, text.length - (cut > 30 ? cut : 0))));
        await answered(folder);
      }),
      { seed: 7, numRuns: 80 },
    );
    expect(readdirSync(staging)).toEqual([]);
  });
});
