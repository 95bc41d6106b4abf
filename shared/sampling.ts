import { z } from 'zod';
import { Digest } from './evidence.ts';

/** More than a person looks at by hand; a report holds every picked file. */
export const sampleAtMost = 2_000;

/** What divides the population: the format of a file, its state, or the folder at the top that it lies in. */
export const StrataRule = z.enum(['format', 'state', 'folder']);
export type StrataRule = z.infer<typeof StrataRule>;
export const strataWords: Record<StrataRule, string> = {
  format: 'by format',
  state: 'by state',
  folder: 'by top folder',
};
/** A stratum in words; files of no known format, and files in no folder, have an empty name. */
export const stratumWord = (strata: StrataRule, name: string): string =>
  name !== '' ? name : strata === 'folder' ? 'in no folder' : 'not recognised';

/** 128 bits, lower-case hex. */
export const Seed = z.string().regex(/^[0-9a-f]{32}$/);

/** A part of the population: how many files it has, how many of them were picked, how many of these were looked at. */
export const Stratum = z.object({
  name: z.string(),
  files: z.number().int(),
  sampled: z.number().int(),
  lookedAt: z.number().int(),
});
export type Stratum = z.infer<typeof Stratum>;

/** A file that was picked, with the digest that it had. */
const PickedFile = z.object({ path: z.string(), digest: Digest, stratum: z.string() });
export type PickedFile = z.infer<typeof PickedFile>;

const head = {
  /** Counts from 1 in its case. */
  number: z.number().int(),
  /** Number of the import that it was drawn from; where a later one has the very same bytes, of that one. */
  source: z.number().int(),
  seed: Seed,
  strata: StrataRule,
  /** How many were asked for; where the population is smaller, all of it was picked. */
  size: z.number().int().min(1).max(sampleAtMost),
  /** Files whose bytes were read. The others, missing or unread, are outside. */
  population: z.number().int(),
  outside: z.number().int(),
  /** How many files were picked. */
  sampled: z.number().int(),
  /** How many of them a person opened or marked reviewed. */
  lookedAt: z.number().int(),
  parts: z.array(Stratum),
  /** SHA-256 of the picked files: RFC 8785 bytes of their list of path, digest and stratum, in order of the paths. */
  list: Digest,
  madeAt: z.string(),
  madeBy: z.string(),
  /** A later import of its source has other bytes. */
  isStale: z.boolean(),
  /** Why some were not looked at, in the reviewer's words; null where she gave no reason. */
  explanation: z.string().nullable(),
};

/** A sampling plan as a report holds it. */
export const SampledCoverage = z.object({
  ...head,
  files: z.array(PickedFile.extend({ isLookedAt: z.boolean() })),
});
export type SampledCoverage = z.infer<typeof SampledCoverage>;

/** A sampling plan as a screen shows it; `importId` is the import that its files are in now. */
export const SamplingPlan = z.object({ id: z.number().int(), importId: z.number().int(), ...head });
export type SamplingPlan = z.infer<typeof SamplingPlan>;
