import type { Check } from '../../shared/check.ts';
import type { Counts, JudgedFile, NotChecked, SourceSummary, Unread } from '../../shared/evidence.ts';
import type { Fact } from '../../shared/fact.ts';
import type { Graph } from '../../shared/lineage.ts';
import type { Trust } from '../../shared/trust.ts';
import type { Aspect, Aspects, Verdict } from '../../shared/verdict.ts';
import type { LedgerRowColumns } from '../intake/formats/format.ts';
import type { IntakeProgress } from '../intake/intake.ts';

/** All that one look at a source found: what the store keeps of an import, and what `verify` prints. */
export interface Examination {
  source: SourceSummary;
  files: JudgedFile[];
  facts: Fact[];
  checks: Check[];
  /** Passes of single things, counted and not listed. */
  passes: { rule: string; aspect: Aspect; count: number }[];
  /** By signature fact: what it came to, for whoever shows who vouches. */
  outcomes: { id: string; verdict: Verdict; by: string }[];
  moreDigests: [string, string[]][];
  graph: Graph;
  counts: Counts;
  unread: Unread[];
  notChecked: NotChecked[];
  aspects: Aspects;
  verdict: Verdict;
}

export interface ExaminationRequest {
  path: string;
  trust: Trust;
  /** ISO 8601; the time that counts where nothing proves another. */
  asOf: string;
  /** Folder in which a private staging folder may be made. */
  staging: string;
}

/** What comes while it runs, and does not fit in one reply. */
export interface ExaminationHandlers {
  progress?(progress: IntakeProgress): void;
  keep?(path: string, digest: string, bytes: Uint8Array): void;
  ledgerRows?(ledgerId: string, rows: LedgerRowColumns): void;
}
