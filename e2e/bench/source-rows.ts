import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Verification } from '../../shared/verification.ts';
import { assay } from './command-line-rows.ts';
import { makeZip } from './make-zip.ts';
import type { Row, Turn } from './row.ts';
import { made, peakOf, scratch } from './scratch.ts';
import { importInto, type Served, serve } from './served.ts';

/** An archive of a folder, made once. */
function packed(folder: string, ending: string, make: (place: string) => void): string {
  const place = `${folder}${ending}`;
  if (!existsSync(`${place}.made`)) {
    rmSync(place, { force: true });
    make(place);
    writeFileSync(`${place}.made`, '');
  }
  return place;
}

/** A zip of many files, against the product's own way with the folder that it holds. */
const zip = (files: number): Row => {
  const folder = () => made('make-files.mjs', ['--files', String(files), '--mismatch', '30']);
  const place = () => packed(folder(), '.zip', (to) => makeZip(folder(), to));
  const mismatches = (found: Verification) => found.checks.filter(({ code }) => code === 'digest-mismatch').length;
  return {
    name: 'zip',
    size: `${files} entries`,
    against: 'the same as a folder',
    better: 'less',
    goal: 3,
    prepare: () => void place(),
    async turn() {
      const base = await assay<Verification>(['verify', folder()]);
      const { answer, ...measured } = await assay<Verification>(['verify', place()]);
      const found = mismatches(answer);
      const wrong = found === 30 ? null : `${found} mismatches, where 30 should be`;
      return { baseline: base.product, ...measured, wrong };
    },
  };
};

/** A compressed tar, against unpacking and hashing what comes out in two programs at once. */
const tarGz = (mib: number): Row => {
  const folder = () => made('make-model-dir.mjs', ['--shards', '4', '--mib', String(mib), '--flip', '3']);
  const place = () =>
    packed(folder(), '.tar.gz', (to) => void execFileSync('tar', ['-I', 'gzip -1', '-cf', to, '-C', folder(), '.']));
  return {
    name: 'tar-gz',
    size: `4 × ${mib} MiB`,
    against: 'gunzip, openssl',
    better: 'less',
    goal: 1.2,
    prepare: () => void place(),
    async turn() {
      const from = performance.now();
      execFileSync('sh', ['-c', 'gunzip -c "$1" | openssl dgst -sha256', 'sh', place()]);
      const base = (performance.now() - from) / 1000;
      const { answer, ...measured } = await assay<Verification>(['verify', place()]);
      const found = answer.checks.filter(({ code }) => code === 'digest-mismatch').length;
      return { baseline: base, ...measured, wrong: found === 1 ? null : 'the flipped shard was not the one found' };
    },
  };
};

/** A store of its own for one turn, gone after it. */
async function served<T>(work: (served: Served, caseId: number) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(scratch, 'sources-'));
  const each = await serve(join(folder, 'store', 'store.db'));
  try {
    const { id } = await each.client.cases.create({ name: 'bench' });
    return await work(each, id);
  } finally {
    await each.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Whether a source changed, seen without reading it, against verifying all of it again. */
const again = (mib: number): Row => {
  const folder = () => made('make-model-dir.mjs', ['--shards', '4', '--mib', String(mib), '--flip', '3']);
  return {
    name: 'again',
    size: `4 × ${mib} MiB`,
    against: 'reading all of it again',
    better: 'more',
    goal: 50,
    prepare: () => void folder(),
    turn: () =>
      served(async (one, caseId): Promise<Turn> => {
        const importId = await importInto(one, caseId, folder());
        const from = performance.now();
        let same = false;
        for await (const event of await one.client.sources.verifyAgain({ caseId, importId }))
          if (event.done !== undefined) same = !event.done.changed;
        const read = performance.now();
        const { state } = await one.client.sources.glance({ importId });
        const product = (performance.now() - read) / 1000;
        const wrong = same && state === 'unchanged' ? null : `it is said to be ${state}`;
        return { baseline: (read - from) / 1000, product, peakMiB: peakOf(one.process.pid), wrong };
      }),
  };
};

/** One file of many gigabytes, mostly holes: what its header says, and a cancel, are waited for. */
const sparse = (gib: number): Row[] => {
  const folder = () =>
    made('make-model-dir.mjs', ['--shards', '1', '--mib', String(gib * 1_024), '--sparse', '--no-sums']);
  const watched = () =>
    served(async (one, caseId) => {
      const { token } = await one.client.host.locate({ path: folder() });
      const stop = new AbortController();
      const from = performance.now();
      let header = 0;
      let asked = 0;
      let peakMiB = 0;
      try {
        const stream = await one.client.sources.import({ caseId, token }, { signal: stop.signal });
        for await (const { progress } of stream) {
          const now = performance.now();
          if (header === 0 && progress?.news.some(({ text }) => /tensors/i.test(text))) header = (now - from) / 1000;
          peakMiB = Math.max(peakMiB, peakOf(one.process.pid));
          if (now - from < 5_000 || asked > 0) continue;
          asked = performance.now();
          stop.abort();
        }
      } catch (error) {
        if (!stop.signal.aborted) throw error;
      }
      // Cancelled is what the store says too: nothing of it is there, and the next act goes through.
      const detail = await one.client.cases.get({ caseId });
      const cancelled = (performance.now() - asked) / 1000;
      const wrong = detail.imports.length > 0 ? 'a cancelled import is in the case' : asked === 0 ? 'it ended' : null;
      return { header, cancelled, peakMiB, wrong };
    });
  const row = (
    name: string,
    against: string,
    most: number,
    of: (seen: Awaited<ReturnType<typeof watched>>) => number,
  ): Row => ({
    name,
    size: `${gib} GiB with holes`,
    against,
    better: 'less',
    goal: 1,
    prepare: () => void folder(),
    async turn() {
      const seen = await watched();
      return { baseline: most, product: of(seen), peakMiB: seen.peakMiB, wrong: seen.wrong };
    },
  });
  return [
    row('sparse-header', 'one second', 1, ({ header }) => (header === 0 ? Number.POSITIVE_INFINITY : header)),
    row('sparse-cancel', 'a fifth of a second', 0.2, ({ cancelled }) => cancelled),
    row('sparse-memory', '150 MiB', 150, ({ peakMiB }) => peakMiB),
  ];
};

/** Rows of single sources: archives, one huge file, one that did not change. */
export const sourceRows = (size: { mib: number; files: number; gib: number }): Row[] => [
  zip(size.files),
  tarGz(size.mib),
  again(size.mib),
  ...sparse(size.gib),
];
