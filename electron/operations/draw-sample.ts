import { setImmediate as nextTurn } from 'node:timers/promises';
import { Failure } from '../../shared/failure.ts';
import { type StrataRule, sampleAtMost } from '../../shared/sampling.ts';
import { SampleDraw } from '../integrity/sample.ts';
import { digestToSample, filesToSample } from '../store/sampling.ts';
import { type Context, present } from './context.ts';

const atOnce = 2_000;
const refused = (why: string, next: string) =>
  new Failure('invalid', { what: 'No sample was drawn.', why, notDone: 'No plan was kept.', next });
const strataPlural: Record<StrataRule, string> = { format: 'formats', state: 'states', folder: 'top folders' };

export interface Drawn {
  population: number;
  parts: { name: string; files: number }[];
  /** In order of their numbers, which is that of their paths. */
  picked: { id: number; path: string; stratum: string; digest: Uint8Array }[];
}

/**
 * Draws a sample of an import: page by page, so that a million files hold nobody up, and in memory that the size bounds.
 * @throws Failure invalid: nothing to draw from, or fewer files asked for than there are strata; cancelled
 */
export async function drawSample(
  context: Context,
  importId: number,
  { seed, size, strata }: { seed: string; size: number; strata: StrataRule },
  signal: AbortSignal | undefined,
): Promise<Drawn> {
  const draw = new SampleDraw<Omit<Drawn['picked'][number], 'digest'>>(seed, size);
  for (let after = 0; ; ) {
    const from = after;
    const page = context.store.read((db) => filesToSample(db, importId, strata, from, atOnce));
    for (const file of page) draw.offer(file.stratum, file.path, file);
    const last = page.at(-1);
    if (last === undefined) break;
    if (draw.strataSeen > sampleAtMost)
      throw refused(
        `It has more than ${sampleAtMost.toLocaleString('en')} ${strataPlural[strata]}, and a sample holds at least one file of each.`,
        'Divide it by something else.',
      );
    after = last.id;
    await nextTurn();
    if (signal?.aborted === true)
      throw new Failure('cancelled', { what: 'The drawing was cancelled.', notDone: 'No plan was kept.' });
  }
  if (draw.population === 0)
    throw refused('This import has no file whose bytes were read.', 'Import evidence that can be read.');
  if (draw.strataSeen > size)
    throw refused(
      `It has ${draw.strataSeen.toLocaleString('en')} ${strataPlural[strata]}, and a sample holds at least one file of each.`,
      `Ask for at least ${draw.strataSeen.toLocaleString('en')} files, or divide it by something else.`,
    );
  const drawn = draw.drawn();
  return {
    population: draw.population,
    parts: drawn.map(({ name, files }) => ({ name, files })),
    picked: drawn
      .flatMap(({ picked }) => picked)
      .sort((a, b) => a.id - b.id)
      .map((file) => ({
        ...file,
        digest: present(
          context.store.read((db) => digestToSample(db, importId, file.id)),
          'file',
        ),
      })),
  };
}
