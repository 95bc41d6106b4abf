import type { EvidenceFile, SourceSummary, Unread } from '../../shared/evidence.ts';
import type { Fact } from '../../shared/fact.ts';
import type { LedgerColumns } from '../integrity/ledger-columns.ts';
import type { KeptDocuments } from './kept-documents.ts';

export interface IntakeProgress {
  doing: string;
  filesDone: number;
  filesTotal: number | null;
  bytesDone: number;
  bytesTotal: number | null;
  news: { path: string; text: string }[];
}

/** Where intake puts what does not fit in one reply. */
export interface IntakeSink {
  progress(progress: IntakeProgress): void;
  /** Documents to be kept in the store (each at most `limits.keptBytes`); whoever is given them may move them on. */
  keep(documents: KeptDocuments): void;
  /** Absent where nobody keeps them. */
  ledgerRows?: (ledgerId: string, rows: LedgerColumns) => void;
}

/** What bytes became. Digests beyond SHA-256, by path: those that listings and timestamps asked for. */
export interface Intake {
  source: SourceSummary;
  files: EvidenceFile[];
  facts: Fact[];
  unread: Unread[];
  /** path → `algorithm:hex`, and for ranges `path\0start\0end` → `algorithm:hex`. */
  moreDigests: Map<string, string[]>;
  /** By what it is known, unread, to be as it was. */
  signs: string;
}
