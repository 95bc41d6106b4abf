import type { EvidenceFile } from '../../shared/evidence.ts';

/** Files that are called as parts of one model: `model-00001-of-00003.safetensors`. */
export interface ShardSeries {
  folder: string;
  stem: string;
  ending: string;
  /** How many there are of them, as their names say. */
  count: number;
  parts: { path: string; number: number }[];
}

const partName = /^(.*)-([0-9]{5,6})-of-([0-9]{5,6})\.(safetensors|gguf|bin|pt|pth|ckpt|h5|msgpack)$/;

/** The series that file names of a source make, in the order of their first parts. */
export function shardSeries(files: readonly Pick<EvidenceFile, 'path'>[]): ShardSeries[] {
  const found = new Map<string, ShardSeries>();
  for (const { path } of files) {
    if (!path.includes('-of-')) continue;
    const slash = path.lastIndexOf('/');
    const [, stem, number, count, ending] = partName.exec(path.slice(slash + 1)) ?? [];
    if (stem === undefined || ending === undefined) continue;
    const folder = path.slice(0, Math.max(0, slash));
    const key = `${folder}\0${stem}\0${count}\0${ending}`;
    const known = found.get(key) ?? { folder, stem, ending, count: Number(count), parts: [] };
    known.parts.push({ path, number: Number(number) });
    found.set(key, known);
  }
  return [...found.values()];
}

/** Numbers of a series that no file has, counted from 1, or from 0 where one is called so; and files beyond its count. */
export function gapsIn({ count, parts }: ShardSeries): { missing: number; beyond: string[] } {
  const numbers = new Set(parts.map(({ number }) => number));
  const first = numbers.has(0) && !numbers.has(count) ? 0 : 1;
  const isOf = (number: number) => number >= first && number < first + count;
  return {
    missing: count - [...numbers].filter(isOf).length,
    beyond: parts.filter(({ number }) => !isOf(number)).map(({ path }) => path),
  };
}
