/** One measurement: baseline and product in turns, the answer held against what is true of the input. */
export interface Row {
  name: string;
  size: string;
  better: 'more' | 'less';
  /** Ratio of product to baseline: of rates where more is better, of times (or memory's seconds) where less is. */
  goal: number;
  /** What the baseline is, for the reader of the table. */
  against: string;
  /** Makes inputs and stores that are not there yet; not measured. */
  prepare(): Promise<void> | void;
  /** Seconds of each, once. */
  turn(): Promise<Turn>;
  /** Ends what was started. */
  close?(): Promise<void> | void;
}
export interface Turn {
  baseline: number;
  product: number;
  peakMiB: number;
  /** Null when the answer is right, else what is wrong with it. */
  wrong: string | null;
}
export interface Measured {
  work: string;
  size: string;
  against: string;
  product: number;
  baseline: number;
  ratio: number;
  better: 'more' | 'less';
  goal: number;
  /** Slowest over fastest baseline: past 1.5 the machine was too noisy to tell. */
  spread: number;
  peakMiB: number;
  wrong: string | null;
}

const turns = 3;
const noisy = 1.5;
const median = (all: readonly number[]) => all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)] ?? Number.NaN;
const round = (value: number) => Number(value.toPrecision(3));

async function once(row: Row): Promise<Measured> {
  const taken: Turn[] = [];
  for (let turn = 0; turn < turns; turn += 1) taken.push(await row.turn());
  const baselines = taken.map(({ baseline }) => baseline);
  const product = median(taken.map((turn) => turn.product));
  const baseline = median(baselines);
  return {
    work: row.name,
    size: row.size,
    against: row.against,
    product: round(product),
    baseline: round(baseline),
    ratio: round(row.better === 'more' ? baseline / product : product / baseline),
    better: row.better,
    goal: row.goal,
    spread: round(Math.max(...baselines) / Math.min(...baselines)),
    peakMiB: Math.round(Math.max(...taken.map(({ peakMiB }) => peakMiB))),
    wrong: taken.find(({ wrong }) => wrong !== null)?.wrong ?? null,
  };
}

/** Medians of three turns; measured once more where the machine was noisy. */
export async function measure(row: Row): Promise<Measured> {
  await row.prepare();
  try {
    const first = await once(row);
    return first.spread > noisy ? await once(row) : first;
  } finally {
    await row.close?.();
  }
}

/** Whether the goal is reached, with the right answer. */
export const isReached = ({ better, goal, ratio, wrong }: Measured): boolean =>
  wrong === null && (better === 'more' ? ratio >= goal : ratio <= goal);
export const isNoisy = ({ spread }: Measured): boolean => spread > noisy;
