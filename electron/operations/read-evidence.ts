import { mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../../shared/failure.ts';
import type { Container, Entry } from '../intake/containers/container.ts';
import { type OpenOptions, openContainer } from '../intake/containers/open-container.ts';
import { systemWords } from '../intake/containers/refusal.ts';
import { DigestingAccess } from '../intake/digesting-access.ts';
import { changed } from '../intake/read-file.ts';
import { ElsewhereSearch } from '../reporting/elsewhere.ts';
import type { EvidenceAsked } from '../reporting/evidence-asked.ts';
import type { EvidenceAtHand } from '../reporting/report-package.ts';

/**
 * Digests what lies where the evidence is said to be, opened as it is opened to be verified: a folder, a zip, a tar, a
 * tar.gz or a file. Where it is a folder, the archives of a report with several sources are opened in it.
 * @throws Failure refused, unreadable, disk-full
 */
export async function readEvidence(
  path: string,
  { names: wanted, archives }: EvidenceAsked,
  { staging, signal }: OpenOptions,
): Promise<EvidenceAtHand> {
  const digests = new Map<string, string>();
  const unread = new Map<string, string>();
  const extra = { count: 0, first: '' };
  const search = new ElsewhereSearch(wanted);
  const beside = (name: string) => {
    extra.count += 1;
    search.add(name);
    if (extra.first === '' || name < extra.first) extra.first = name;
  };
  const take = async (container: Container, before: string): Promise<void> => {
    for (const { path: name, why } of container.unread)
      if (wanted.has(before + name)) unread.set(before + name, why);
      else beside(before + name);
    for (const entry of container.entries) {
      const name = before + entry.path;
      const location = before === '' && archives.has(entry.path) ? container.locate(entry) : null;
      if (wanted.has(name)) {
        const digest = await digestOf(container, entry);
        if (digest.hex === null) unread.set(name, digest.why);
        else digests.set(name, digest.hex);
      } else if (container.kind === 'folder' && typeof location?.file === 'string')
        await open(location.file, `${entry.path}/`);
      else beside(name);
    }
  };
  let opened = 0;
  let isArchive = false;
  const open = async (place: string, before: string): Promise<void> => {
    opened += 1;
    const own = join(staging, `evidence-${opened}`);
    mkdirSync(own, { mode: 0o700 });
    const container = await openContainer(place, { staging: own, signal });
    if (before === '') isArchive = container.kind !== 'folder' && container.kind !== 'file';
    try {
      await take(container, before);
    } finally {
      await container.close();
    }
  };
  await open(realpathSync(path), '');
  return { digests, unread, extra, elsewhere: search.found(digests.size + unread.size, isArchive) };
}

async function digestOf(container: Container, entry: Entry): Promise<{ hex: string | null; why: string }> {
  try {
    const access = await container.open(entry);
    try {
      const digest = new DigestingAccess(access, () => {}).digest();
      if (digest === null || access.isUnchanged?.() === false) return { hex: null, why: changed };
      return { hex: digest.slice('sha256:'.length), why: '' };
    } finally {
      access.close();
    }
  } catch (error) {
    if (error instanceof Failure) throw error;
    return { hex: null, why: systemWords(error) };
  }
}
