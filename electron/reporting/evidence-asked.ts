import { Report } from '../../shared/report.ts';
import { JsonError, parseJson } from '../integrity/json.ts';
import { evidenceFolders } from './evidence-names.ts';
import { packageFileAtMost, sumsOf } from './package-files.ts';

/** What has to be read of the evidence to hold it against a package. */
export interface EvidenceAsked {
  /** Names in evidence.sha256. */
  names: ReadonlySet<string>;
  /** Of a report with several sources, those that were one file: an archive mostly, which may lie in a folder unopened. */
  archives: ReadonlySet<string>;
}

/** What a package says that its evidence is; null where it has no list that can be read, which the check says. */
export function evidenceAsked(read: (name: string) => Uint8Array | null): EvidenceAsked | null {
  const list = read('evidence.sha256');
  const sums = list === null ? null : sumsOf(list);
  return sums === null ? null : { names: new Set(sums.keys()), archives: archivesOf(read('report.json')) };
}

function archivesOf(bytes: Uint8Array | null): Set<string> {
  try {
    const parsed = Report.safeParse(bytes === null ? null : parseJson(bytes, { size: packageFileAtMost }));
    if (!parsed.success) return new Set();
    const folders = evidenceFolders(parsed.data);
    return new Set(
      parsed.data.sources
        .filter(({ kind }) => kind !== 'folder')
        .map(({ number }) => folders.get(number)?.replace(/\/$/, '') ?? '')
        .filter((name) => name !== ''),
    );
  } catch (error) {
    if (error instanceof JsonError) return new Set();
    throw error;
  }
}
