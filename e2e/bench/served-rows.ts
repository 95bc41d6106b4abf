import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FileFilter } from '../../shared/contract/evidence.ts';
import type { Row } from './row.ts';
import { baseline, made, madeStore, peakOf, processorOf, root, scratch } from './scratch.ts';
import { importInto, type Served, serve } from './served.ts';

/** A store with one case and one import of an input. */
const storeOf = (
  name: string,
  folder: string,
  more: (served: Served, caseId: number, importId: number) => Promise<void>,
) =>
  madeStore(name, folder, async (storeFile) => {
    const served = await serve(storeFile);
    try {
      const { id } = await served.client.cases.create({ name: 'bench' });
      await more(served, id, await importInto(served, id, folder));
    } finally {
      await served.close();
    }
  });
async function opened(served: Served): Promise<{ caseId: number; importId: number }> {
  const [first] = await served.client.cases.list();
  const detail = await served.client.cases.open({ caseId: first?.id ?? 0 });
  return { caseId: detail.id, importId: detail.imports[0]?.id ?? 0 };
}
const filter = FileFilter.parse({});

/** From the start of the program to the first page of files, against the second that a person waits without noticing. */
const openAgain = (files: number, store: () => Promise<string>): Row => ({
  name: 'open-again',
  size: `${files} files`,
  against: 'one second',
  better: 'less',
  goal: 1,
  prepare: async () => void (await store()),
  async turn() {
    const storeFile = await store();
    const from = performance.now();
    const served = await serve(storeFile);
    try {
      const { importId } = await opened(served);
      const page = await served.client.evidence.files({ importId, filter, limit: 200 });
      const product = (performance.now() - from) / 1000;
      const wrong = page.rows.length === 200 && page.total >= files ? null : `${page.total} files were found`;
      return { baseline: 1, product, peakMiB: peakOf(served.process.pid), wrong };
    } finally {
      await served.close();
    }
  },
});

/** The slowest but five of a hundred clicks (a page, a folder, a sorted page, a file), against a tenth of a second. */
const click = (files: number, store: () => Promise<string>): Row => ({
  name: 'click',
  size: `${files} files`,
  against: 'a tenth of a second',
  better: 'less',
  goal: 1,
  prepare: async () => void (await store()),
  async turn() {
    const served = await serve(await store());
    try {
      const { client } = served;
      const { importId } = await opened(served);
      const folders = await client.evidence.folders({ importId, parent: null });
      let { rows, cursor } = await client.evidence.files({ importId, filter });
      let answers = 0;
      const clicks = [
        async () => {
          ({ rows, cursor } = await client.evidence.files({ importId, filter, after: cursor }));
          answers += rows.length > 0 ? 1 : 0;
        },
        async (turn: number) => {
          const folder = folders[turn % Math.max(1, folders.length)]?.id ?? null;
          answers += (await client.evidence.files({ importId, filter: { ...filter, folder } })).rows.length > 0 ? 1 : 0;
        },
        async () => {
          const sorted = await client.evidence.files({ importId, filter, sort: 'bytes', descending: true });
          answers += (sorted.rows[0]?.bytes ?? 0) >= (sorted.rows[1]?.bytes ?? 0) ? 1 : 0;
        },
        async (turn: number) => {
          const row = rows[turn % Math.max(1, rows.length)];
          answers +=
            row !== undefined && (await client.evidence.file({ importId, fileId: row.id })).path === row.path ? 1 : 0;
        },
      ];
      const took: number[] = [];
      for (let turn = 0; turn < 100; turn += 1) {
        const from = performance.now();
        await clicks[turn % clicks.length]?.(turn);
        took.push((performance.now() - from) / 1000);
      }
      const product = took.toSorted((a, b) => a - b)[94] ?? Number.NaN;
      const wrong = answers === 100 ? null : `${100 - answers} of 100 clicks had no right answer`;
      return { baseline: 0.1, product, peakMiB: peakOf(served.process.pid), wrong };
    } finally {
      await served.close();
    }
  },
});

const acts = 500;
/** Notes that a person writes, each answered when it is durable, against as many bare commits of SQLite. */
const decision: Row = {
  name: 'journal',
  size: `${acts} acts`,
  against: 'bare commits of SQLite',
  better: 'less',
  goal: 1.5,
  prepare: () => undefined,
  async turn() {
    const folder = mkdtempSync(join(scratch, 'journal-'));
    const base = baseline(['--sqlite', root], ['sqlite.single_commits']) * (acts / 500);
    const served = await serve(join(folder, 'store', 'store.db'));
    try {
      const { client } = served;
      const { id: caseId } = await client.cases.create({ name: 'bench' });
      const evidence = join(folder, 'evidence');
      mkdirSync(evidence);
      writeFileSync(join(evidence, 'model.txt'), 'model');
      const importId = await importInto(served, caseId, evidence);
      const anchor = { kind: 'case' as const, importId, place: { path: '' }, digest: null };
      const from = performance.now();
      // A few at a time, so that it is the store that is waited for and not the way to it.
      for (let done = 0; done < acts; done += 50)
        await Promise.all(
          Array.from({ length: 50 }, (_, each) =>
            client.review.annotate({ caseId, anchor, text: `Note ${done + each}` }),
          ),
        );
      const product = (performance.now() - from) / 1000;
      const notes = await client.review.annotations({ caseId });
      const wrong = notes.length === acts ? null : `${notes.length} notes of ${acts} were kept`;
      return { baseline: base, product, peakMiB: peakOf(served.process.pid), wrong };
    } finally {
      await served.close();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

const findings = 1_000;
/** The report of a thousand findings, drawn anew: seconds of processor against six, the memory beside it. */
const report: Row = {
  name: 'pdf',
  size: `${findings} findings`,
  against: 'six seconds of processor',
  better: 'less',
  goal: 1,
  prepare: async () => void (await reportStore()),
  async turn() {
    const served = await serve(await reportStore());
    try {
      const { caseId } = await opened(served);
      const before = processorOf(served.process.pid);
      const { pdf, pages } = await served.client.signOff.preview({ caseId });
      const product = processorOf(served.process.pid) - before;
      const isPdf = Buffer.from(pdf, 'base64').subarray(0, 5).toString() === '%PDF-';
      const wrong = isPdf && pages > 50 ? null : `${pages} pages for ${findings} findings`;
      return { baseline: 6, product, peakMiB: peakOf(served.process.pid), wrong };
    } finally {
      await served.close();
    }
  },
};
const reportStore = () =>
  storeOf(
    `report-${findings}`,
    made('make-findings.mjs', ['--findings', String(findings)]),
    async (served, caseId, importId) => {
      const { client } = served;
      let raised = 0;
      let after: number | null = null;
      const unanswered = { verdict: null, aspect: null, rule: null, folder: null, path: null, unanswered: true };
      for (let more = true; more && raised < findings; ) {
        const page: Awaited<ReturnType<typeof client.checks.page>> = await client.checks.page({
          importId,
          filter: unanswered,
          after,
          limit: 200,
        });
        for (const { id, verdict } of page.rows.filter((row) => row.verdict !== 'pass').slice(0, findings - raised)) {
          const draft = await client.review.draft({ checkId: id });
          const rationale = `${draft.rationale || verdict} Compared by hand with the delivery note; the producer was asked.`;
          await client.review.raise({ caseId, finding: { ...draft, rationale } });
          raised += 1;
        }
        after = page.rows.at(-1)?.id ?? null;
        more = page.more && after !== null;
      }
      if (raised < findings) throw new Error(`Only ${raised} findings could be raised.`);
    },
  );

/** Rows that need the program running: they go through its server, as its window does. */
export function servedRows(files: number): Row[] {
  const folder = () =>
    made('make-files.mjs', ['--files', String(files), '--mismatch', '30', '--missing', '10', '--extra', '10']);
  const store = () => storeOf(`files-${files}`, folder(), async () => undefined);
  return [openAgain(files, store), click(files, store), decision, report];
}
