import type { Report, ReportCheck, ReportVerification } from '../../shared/report.ts';
import type { Trust } from '../../shared/trust.ts';
import type { PdfResult } from './check-pdf.ts';

export type Say = (
  about: string,
  subject: string,
  verdict: ReportCheck['verdict'],
  code: string,
  message: string,
) => void;

/** The files of a package that came as an archive, opened by the rules for archives. */
export interface UnpackedPackage {
  /** Relative to the folder of the package, sorted. */
  names: readonly string[];
  /** What the archive holds beside that folder. */
  beside: readonly string[];
  /** Null where it is not there, or larger than `packageFileAtMost`. */
  read(name: string): Buffer | null;
}

/** What lies where the evidence is said to be, read as it is read to be verified. */
export interface EvidenceAtHand {
  /** SHA-256 in hex of what evidence.sha256 lists, by its name there. */
  digests: ReadonlyMap<string, string>;
  /** Of what is there and could not be read, why, by name. */
  unread: ReadonlyMap<string, string>;
  /** What is there and in no list: how many files, and the first by name. */
  extra: { count: number; first: string };
  /** Where most of what is not there would be, had another folder been named; null where there is no such one. */
  elsewhere: Elsewhere | null;
}
/** Another folder than the one that was named: one in it, or one that holds it. */
export interface Elsewhere {
  /** In it, the folder below which the files lie; else the folder of the list whose files these are. */
  folder: string;
  lies: 'in a folder' | 'in an archive' | 'around';
  /** How many of the list. */
  files: number;
}

/** A package while it is checked: what is there, what was read of it, and where what is found is said. */
export interface ReportPackage {
  present: readonly string[];
  /** In an archive, what lies beside the folder of the package. */
  beside: readonly string[];
  /** Bytes of a file of the package; null where it is not there or too large. */
  read(name: string): Buffer | null;
  json: Buffer | null;
  report: Report | null;
  pdf: PdfResult | null;
  trust: Trust;
  say: Say;
  result: ReportVerification;
}

/** A message of a parser as a sentence. */
export const sentence = ({ message }: Error): string => (message.endsWith('.') ? message : `${message}.`);
