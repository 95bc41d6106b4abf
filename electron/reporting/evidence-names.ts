import type { Report } from '../../shared/report.ts';

/**
 * What stands before the names of a source's files in evidence.sha256, by the number of its import: nothing where a
 * report has one source, else a folder for each in the folder that holds them all.
 */
export function evidenceFolders({ sources }: Pick<Report, 'sources'>): Map<number, string> {
  const folders = new Map<number, string>();
  for (const { number, path } of sources)
    folders.set(number, path === '' || [...folders.values()].includes(path) ? `${number}-${path}` : path);
  return new Map([...folders].map(([number, folder]) => [number, sources.length === 1 ? '' : `${folder}/`]));
}
