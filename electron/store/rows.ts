import { type Verdict, verdicts } from '../../shared/verdict.ts';

/** Verdicts are kept by rank, worst first, so that "the worst" is a minimum. */
export const rankOf = (verdict: Verdict | null): number | null => (verdict === null ? null : verdicts.indexOf(verdict));
export const verdictOf = (rank: number | null): Verdict | null => (rank === null ? null : (verdicts[rank] ?? null));
export const digestOf = (blob: Uint8Array | null): string | null =>
  blob === null ? null : `sha256:${Buffer.from(blob).toString('hex')}`;
/** JSON that we wrote ourselves; evidence's JSON never comes this way. */
export const held = <T>(text: string): T => JSON.parse(text) as T;
