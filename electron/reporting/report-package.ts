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

/** A package while it is checked: what is there, what was read of it, and where what is found is said. */
export interface ReportPackage {
  present: readonly string[];
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
