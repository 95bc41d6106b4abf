import { Failure } from '../../shared/failure.ts';
import type { TrustEntry } from '../../shared/trust.ts';
import { readTrust } from '../intake/trust-folder.ts';
import { deleteTrust, insertTrust, trustEntries } from '../store/people.ts';
import { actorOf, type Context, commit, now, present } from './context.ts';
import { os } from './implementer.ts';

/** Names what was read from a file or folder, each with its own entry in the journal; what is named already with the same uses stays as it is. */
export function addTrust(context: Context, entries: readonly TrustEntry[]): void {
  const keyOf = ({ id, uses, identities }: TrustEntry) => JSON.stringify([id, uses, identities]);
  const known = new Set(context.store.read(trustEntries).map(keyOf));
  for (const entry of entries) {
    const id = `${entry.id}#${entry.name}`;
    const key = keyOf({ ...entry, id });
    if (known.has(key)) continue;
    known.add(key);
    const detail = {
      fingerprint: entry.fingerprint,
      kind: entry.kind,
      uses: entry.uses?.join(' ') ?? 'all but timestamps',
    };
    commit(context, { action: 'trust.added', caseId: null, subject: entry.name, detail }, (db) =>
      insertTrust(db, { ...entry, id }, now(context), actorOf(context.store)),
    );
  }
}

export const trust = {
  list: os.trust.list.handler(({ context }) => context.store.read(trustEntries)),
  preview: os.trust.preview.handler(({ input, context }) => readTrust(context.host.path(input.token))),
  add: os.trust.add.handler(({ input, context }) => {
    const wanted = new Set(input.fingerprints);
    const found = readTrust(context.host.path(input.token)).entries.filter(({ fingerprint }) =>
      wanted.has(fingerprint),
    );
    if (found.length === 0)
      throw new Failure('invalid', {
        what: 'Nothing was added.',
        why: 'What was chosen is no longer there.',
        notDone: 'The trust store is as it was.',
        next: 'Choose the file again.',
      });
    addTrust(context, found);
    return context.store.read(trustEntries);
  }),
  rename: os.trust.rename.handler(({ input, context }) => {
    const entry = present(
      context.store.read(trustEntries).find(({ id }) => id === input.id),
      'entry',
    );
    commit(
      context,
      {
        action: 'trust.added',
        caseId: null,
        subject: input.name,
        detail: {
          fingerprint: entry.fingerprint,
          before: entry.name,
          uses: input.uses?.join(' ') ?? 'all but timestamps',
        },
      },
      (db) => insertTrust(db, { ...entry, name: input.name, uses: input.uses }, now(context), actorOf(context.store)),
    );
    return present(
      context.store.read(trustEntries).find(({ id }) => id === input.id),
      'entry',
    );
  }),
  remove: os.trust.remove.handler(({ input, context }) => {
    const entry = present(
      context.store.read(trustEntries).find(({ id }) => id === input.id),
      'entry',
    );
    commit(
      context,
      { action: 'trust.removed', caseId: null, subject: entry.name, detail: { fingerprint: entry.fingerprint } },
      (db) => deleteTrust(db, input.id),
    );
    return context.store.read(trustEntries);
  }),
};
