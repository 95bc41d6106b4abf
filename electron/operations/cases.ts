import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { CaseDetail, CaseRow, NewCase } from '../../shared/case.ts';
import { Failure } from '../../shared/failure.ts';
import { worst } from '../../shared/verdict.ts';
import { readTrust } from '../intake/trust-folder.ts';
import { allCases, type CaseData, findingsOf, insertCase, nextCaseId, touchCase } from '../store/cases.ts';
import { unansweredIn } from '../store/checks.ts';
import { progressOf } from '../store/evidence.ts';
import { importsOf } from '../store/imports.ts';
import { insertTrust, trustEntries } from '../store/people.ts';
import { actorOf, type Context, commit, now, theCase } from './context.ts';
import { os } from './implementer.ts';
import { importSource } from './import-source.ts';
import { signOffState } from './sign-off-state.ts';
import { whyVerifyAgain } from './why-verify-again.ts';

/** A case with its imports, as its head shows it: the latest import of each source counts. */
export function caseDetail(context: Context, data: CaseData): CaseDetail {
  return context.store.read((db) => {
    const imports = importsOf(db, data.id);
    const latest = imports.filter(({ isLatest }) => isLatest);
    const [head] = latest;
    const progress = latest
      .map(({ id }) => progressOf(db, id))
      .reduce((sum, each) => ({ reviewed: sum.reviewed + each.reviewed, total: sum.total + each.total }), {
        reviewed: 0,
        total: 0,
      });
    const row: CaseRow = {
      name: data.name,
      model: data.model,
      purpose: data.purpose,
      riskTier: data.riskTier,
      playbook: data.playbook,
      id: data.id,
      verdict: worst(latest.map(({ verdict }) => verdict)),
      aspects: head?.aspects ?? null,
      files: latest.reduce((sum, { source }) => sum + source.files, 0),
      progress,
      openFindings: findingsOf(db, data.id).filter(({ status }) => status === 'open').length,
      blockers: latest.reduce((sum, { id }) => sum + unansweredIn(db, id), 0),
      signOff: signOffState(context, data.id),
      touchedAt: data.touchedAt,
    };
    return { ...row, imports };
  });
}

/** A case as its screens show it: also which of its imports are to be verified again, and why. */
const openDetail = (context: Context, data: CaseData): CaseDetail => ({
  ...caseDetail(context, data),
  verifyAgain: whyVerifyAgain(context, data.id),
});

/** Makes a case; the entry that says so is the first of the case's own. Returns its number. */
export function createCase(context: Context, given: NewCase): number {
  const id = context.store.read(nextCaseId);
  return commit(context, { action: 'case.created', caseId: id, subject: given.name }, (db) =>
    insertCase(db, id, given, now(context)),
  );
}

export const cases = {
  list: os.cases.list.handler(({ context }) =>
    context.store.read(allCases).map((data) => {
      const { imports: _imports, ...row } = caseDetail(context, data);
      return row;
    }),
  ),
  create: os.cases.create.handler(({ input, context }) => {
    return caseDetail(context, theCase(context, createCase(context, input)));
  }),
  open: os.cases.open.handler(({ input, context }) => {
    const data = theCase(context, input.caseId);
    if (context.store.health.mayWrite)
      commit(context, { action: 'case.opened', caseId: data.id, subject: data.name }, (db) =>
        touchCase(db, data.id, now(context)),
      );
    return openDetail(context, theCase(context, data.id));
  }),
  get: os.cases.get.handler(({ input, context }) => openDetail(context, theCase(context, input.caseId))),
  sample: os.cases.sample.handler(async ({ context, signal }) => {
    const folder = join(context.resources, 'sample');
    if (!existsSync(join(folder, 'good.tar.gz')))
      throw new Failure('not-found', {
        what: 'The sample case is not here.',
        where: folder,
        why: 'It did not come with this installation.',
        notDone: 'No case was made.',
        next: 'Import evidence of your own.',
      });
    const by = actorOf(context.store);
    const known = new Set(context.store.read(trustEntries).map(({ id }) => id));
    for (const entry of readTrust(join(folder, 'trust')).entries) {
      const named = { ...entry, id: `${entry.id}#${entry.name}` };
      if (!known.has(named.id))
        commit(
          context,
          {
            action: 'trust.added',
            caseId: null,
            subject: entry.name,
            detail: { fingerprint: entry.fingerprint, kind: entry.kind },
          },
          (db) => insertTrust(db, named, now(context), by),
        );
    }
    const caseIds: number[] = [];
    for (const [file, name, purpose] of [
      ['good.tar.gz', 'Sample: triage classifier', 'The evidence of a vendor as it was handed over.'],
      [
        'tampered.tar.gz',
        'Sample: triage classifier, tampered',
        'The same, after the shipped weights were swapped and everything that needs no key was repaired.',
      ],
    ] as const) {
      const given = { name, model: 'triage-classifier 2.0.0', purpose, riskTier: 'high' as const, playbook: '' };
      const stop = signal ?? new AbortController().signal;
      const { caseId } = await importSource(context, given, join(folder, file), () => {}, stop);
      caseIds.push(caseId);
    }
    return { caseIds };
  }),
};
