import { Failure } from '../../shared/failure.ts';
import { answerCheck, checkById, checksPage, facetsOf, groupsOf } from '../store/checks.ts';
import { rules } from '../verification/rules/index.ts';
import { actorOf, commit, present } from './context.ts';
import { os } from './implementer.ts';

const titles = new Map(rules.map(({ id, title }) => [id, title]));

export const checks = {
  groups: os.checks.groups.handler(({ input, context }) =>
    context.store
      .read((db) => groupsOf(db, input.importId, input.filter))
      .map((group) => ({ ...group, title: titles.get(group.rule) ?? group.rule })),
  ),
  facets: os.checks.facets.handler(({ input, context }) => context.store.read((db) => facetsOf(db, input.importId))),
  page: os.checks.page.handler(({ input, context }) =>
    context.store.read((db) => checksPage(db, input.importId, input.filter, input.after, input.limit)),
  ),
  get: os.checks.get.handler(({ input, context }) =>
    present(
      context.store.read((db) => checkById(db, input.checkId)),
      'check',
    ),
  ),
  explain: os.checks.explain.handler(({ input, context }) => {
    const check = present(
      context.store.read((db) => checkById(db, input.checkId)),
      'check',
    );
    if (check.verdict === 'pass')
      throw new Failure('invalid', { what: 'A pass needs no explanation.', notDone: 'Nothing was recorded.' });
    commit(
      context,
      {
        action: 'check.explained',
        caseId: check.caseId,
        subject: check.subject,
        detail: { rule: check.rule, code: check.code, explanation: input.explanation },
      },
      (db, { time, seq }) =>
        answerCheck(db, check.id, {
          findingId: null,
          explanation: input.explanation,
          at: time,
          by: actorOf(context.store),
          journal: seq,
        }),
    );
    return present(
      context.store.read((db) => checkById(db, input.checkId)),
      'check',
    );
  }),
};
