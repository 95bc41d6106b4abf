import { JournalPart, type Report } from '../../shared/report.ts';
import type { SampledCoverage } from '../../shared/sampling.ts';
import { JsonError, parseJson } from '../integrity/json.ts';
import { allocateSample, digestOfPicked, SampleDraw } from '../integrity/sample.ts';
import { evidenceFolders } from './evidence-names.ts';
import { packageFileAtMost, sumsOf } from './package-files.ts';
import type { ReportPackage } from './report-package.ts';

/**
 * The sampling plans of a report: their numbers agree with each other, their files are in the evidence, the journal
 * recorded them before anything was looked at by them, none is left out; and where the names in evidence.sha256 say
 * which stratum a file is of, the seed draws the same files again.
 */
export function checkSampling(pack: ReportPackage): void {
  const { report, read, say } = pack;
  if (report === null) return;
  const plans = report.coverage.sampling ?? [];
  const recorded = recordedPlans(read('journal/entries.json'));
  if (recorded !== null && recorded.length !== plans.length)
    say(
      'sampling',
      'report.json',
      'fail',
      'sample-left-out',
      `The journal of the case records ${recorded.length} sampling plans, the report states ${plans.length}.`,
    );
  const files = filesBySource(report, read('evidence.sha256'));
  for (const plan of plans) {
    const why =
      whyNotConsistent(plan) ||
      (recorded === null ? '' : whyNotRecorded(plan, recorded)) ||
      (plan.isStale ? '' : whyNotOfEvidence(plan, files.get(plan.source) ?? null));
    const isRedrawn = plan.strata === 'folder' && !plan.isStale;
    say(
      'sampling',
      `plan ${plan.number}`,
      why === '' ? 'pass' : 'fail',
      why === '' ? (isRedrawn ? 'sample-drawn-again' : 'sample-holds') : 'sample-differs',
      why === ''
        ? `${plan.sampled} of ${plan.population} files were drawn, and ${plan.lookedAt} of them looked at. ${isRedrawn ? 'Its seed draws the same files again.' : plan.isStale ? 'It is of an earlier import, whose files are not listed here.' : `Which file is of which ${plan.strata} is not in the package: to draw it again takes the evidence.`}`
        : `This sampling plan does not hold: ${why}.`,
    );
  }
}

/** Why the numbers of a plan contradict each other, or its list; '' where they do not. */
function whyNotConsistent(plan: SampledCoverage): string {
  const { parts, files, size, population, sampled, lookedAt, list } = plan;
  const counted = new Map(parts.map(({ name }) => [name, { sampled: 0, lookedAt: 0 }]));
  for (const file of files) {
    const part = counted.get(file.stratum);
    if (part === undefined) return `${file.path} is of a stratum that it does not have`;
    part.sampled += 1;
    if (file.isLookedAt) part.lookedAt += 1;
  }
  if (
    counted.size !== parts.length ||
    parts.some(({ files: count }) => count < 1) ||
    parts.reduce((sum, { files: count }) => sum + count, 0) !== population
  )
    return 'its strata are not its population';
  if (
    files.length !== sampled ||
    files.filter(({ isLookedAt }) => isLookedAt).length !== lookedAt ||
    parts.some((part) => counted.get(part.name)?.sampled !== part.sampled) ||
    parts.some((part) => counted.get(part.name)?.lookedAt !== part.lookedAt)
  )
    return 'its counts are not those of its files';
  if (digestOfPicked(files) !== list) return 'its files are not those that its digest is of';
  if (parts.length > size) return 'it has more strata than files were asked for';
  const shares = allocateSample(new Map(parts.map((part) => [part.name, part.files])), size);
  return parts.every((part) => shares.get(part.name) === part.sampled) ? '' : 'its strata do not have their shares';
}

/** Why a plan is not among those that the journal has; '' where it is. */
function whyNotRecorded({ seed, size, strata, list }: SampledCoverage, recorded: readonly Recorded[]): string {
  const isThere = recorded.some(
    (entry) => entry['list'] === list && entry['seed'] === seed && entry['size'] === size && entry['strata'] === strata,
  );
  return isThere ? '' : 'the journal of the case has no such plan';
}

/** Why a plan is not drawn from this evidence; '' where it is, or where its list cannot be read. */
function whyNotOfEvidence(plan: SampledCoverage, evidence: ReadonlyMap<string, string> | null): string {
  if (evidence === null) return 'the evidence that it was drawn from is not in the report';
  if (evidence.size !== plan.population)
    return `its population is ${plan.population} files, evidence.sha256 lists ${evidence.size}`;
  for (const { path, digest } of plan.files)
    if (`sha256:${evidence.get(path) ?? ''}` !== digest) return `${path} is not in evidence.sha256 with this digest`;
  if (plan.strata !== 'folder') return '';
  const draw = new SampleDraw<string>(plan.seed, plan.size);
  const folderOf = (path: string) => path.slice(0, Math.max(0, path.indexOf('/')));
  for (const path of evidence.keys()) draw.offer(folderOf(path), path, path);
  if (draw.strataSeen > plan.size) return 'it has more strata than files were asked for';
  const again = new Set(draw.drawn().flatMap(({ picked }) => picked));
  return plan.files.length === again.size && plan.files.every(({ path }) => again.has(path))
    ? ''
    : 'its seed draws other files from evidence.sha256';
}

/** The files of each source by their paths in it; a list that is malformed is said elsewhere, and has none. */
function filesBySource(report: Report, bytes: Uint8Array | null): Map<number, Map<string, string>> {
  const sums = bytes === null ? null : sumsOf(bytes);
  const sources = new Map<number, Map<string, string>>();
  if (sums === null) return sources;
  const folders = [...evidenceFolders(report)];
  for (const [number] of folders) sources.set(number, new Map());
  for (const [name, hex] of sums)
    for (const [number, folder] of folders)
      if (name.startsWith(folder)) sources.get(number)?.set(name.slice(folder.length), hex);
  return sources;
}

type Recorded = Record<string, unknown>;
/** What the journal says of each plan that was made; null where its entries cannot be read, which is said elsewhere. */
function recordedPlans(bytes: Uint8Array | null): Recorded[] | null {
  if (bytes === null) return null;
  try {
    const parsed = JournalPart.safeParse(parseJson(bytes, { size: packageFileAtMost }));
    if (!parsed.success) return null;
    return parsed.data.entries
      .filter(({ line }) => line.includes('"sampling.planned"'))
      .map(({ line }) => parseJson(Buffer.from(line)) as { action?: unknown; detail?: Recorded })
      .flatMap(({ action, detail }) => (action === 'sampling.planned' && detail !== undefined ? [detail] : []));
  } catch (error) {
    if (error instanceof JsonError) return null;
    throw error;
  }
}
