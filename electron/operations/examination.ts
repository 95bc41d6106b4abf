import type { Check } from '../../shared/check.ts';
import type { Counts, JudgedFile, NotChecked, SourceSummary, Unread } from '../../shared/evidence.ts';
import type { Fact } from '../../shared/fact.ts';
import type { FailureCode, FailureParts } from '../../shared/failure.ts';
import type { Graph } from '../../shared/lineage.ts';
import type { PolicyInUse, PolicyName } from '../../shared/policy.ts';
import type { Trust } from '../../shared/trust.ts';
import type { Aspect, Aspects, Verdict } from '../../shared/verdict.ts';
import type { Intake, IntakeProgress } from '../intake/intake.ts';
import type { KeptDocuments } from '../intake/kept-documents.ts';
import type { Watched } from '../intake/reader-watch.ts';
import type { LedgerColumns } from '../integrity/ledger-columns.ts';
import type { ImportPart } from '../store/load-import.ts';
import type { FileNumbers } from './file-numbers.ts';

/** All that one look at a source found: what the store keeps of an import, and what `verify` prints. */
export interface Examination {
  source: SourceSummary;
  /** By what the source is known, unread, to be as it was. */
  signs: string;
  files: JudgedFile[];
  numbers: FileNumbers;
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
  policy: PolicyName;
}

/** What it came to, without its long lists; said before them. */
export type ExaminationSummary = Pick<
  Examination,
  'source' | 'signs' | 'counts' | 'passes' | 'unread' | 'notChecked' | 'aspects' | 'verdict' | 'policy'
> & {
  /** One digest of all checks that are no pass. */
  openKeys: string;
};

export interface ExaminationRequest {
  path: string;
  trust: Trust;
  /** What the reviewer accepts; the policy that ships where absent. */
  policy?: PolicyInUse;
  /** ISO 8601; the time that counts where nothing proves another. */
  asOf: string;
  /** Folder in which a private staging folder may be made. */
  staging: string;
  /** Digest of the same source as it was, where it was looked at before: what is the same is not stored again. */
  before?: string | null;
  /** Only what `verify` prints, the checks: no files, facts or graph cross from the thread. */
  verdictsOnly?: boolean;
}

/** What comes while it runs, and does not fit in one reply. */
export interface ExaminationHandlers {
  /** Every file has its verdict; what else there is to say is not put together yet. */
  judged?(files: readonly JudgedFile[], intake: Intake, numbers: FileNumbers): void;
  progress?(progress: IntakeProgress): void;
  keep?(documents: KeptDocuments): void;
  ledgerRows?: (ledgerId: string, rows: LedgerColumns) => void;
}

/** The same on the far side of the thread: who keeps says when it is kept, and the reader waits for who is behind. */
export interface ExaminationKeeper {
  progress?(progress: IntakeProgress): void;
  keep?(documents: KeptDocuments): Promise<void>;
  ledgerRows?(ledgerId: string, rows: LedgerColumns): Promise<void>;
  /** What it came to, before the parts that say so come. @returns false where nobody wants them */
  begin?(summary: ExaminationSummary): Promise<boolean>;
  part?(part: ImportPart): Promise<void>;
  /** It all begins again without a file whose reader was ended: rows that came are forgotten. */
  again?(): Promise<void>;
}

/** What the thread says. `cost` is what it waits for to be taken, where it says it. */
export type ThreadMessage = { cost?: number } & (
  | { kind: 'progress'; progress: IntakeProgress }
  | { kind: 'keep'; documents: KeptDocuments }
  | { kind: 'ledgerRows'; ledgerId: string; rows: LedgerColumns }
  | { kind: 'begin'; summary: ExaminationSummary }
  | { kind: 'part'; part: ImportPart }
  | { kind: 'done' }
  | { kind: 'failure'; code: FailureCode; parts: FailureParts }
  | { kind: 'lost'; slot: number; why: string }
  | { kind: 'bug'; text: string }
);
export interface ThreadData {
  request: ExaminationRequest;
  /** Three words: what was said and is not yet taken; whether to stop; whether nobody wants the parts. */
  flow: Int32Array;
  watched: Watched;
}
