import { readFileSync, statSync } from 'node:fs';
import { Failure } from '../../shared/failure.ts';
import type { Identity } from '../../shared/identity.ts';
import { encryptKey } from '../identity/key-file.ts';
import { readPkcs12 } from '../identity/pkcs12.ts';
import { pemOf } from '../integrity/certificate-builder.ts';
import { pemBlocks } from '../integrity/public-key.ts';
import { replaceFile } from '../store/journal.ts';
import { chooseIdentity, type IdentityData, identities } from '../store/people.ts';
import { actorOf, type Context, commit, present } from './context.ts';
import { os } from './implementer.ts';
import { keep, keyText, newKey, openIdentity, ownCertificate } from './key-files.ts';

const shown = (context: Context, { keyFile: _keyFile, ...data }: IdentityData): Identity => {
  const locksAt = context.keys.locksAt(data.id);
  return { ...data, isUnlocked: locksAt !== null, locksAt };
};
const all = (context: Context): Identity[] => context.store.read(identities).map((data) => shown(context, data));
const one = (context: Context, id: number): Identity =>
  present(
    all(context).find((each) => each.id === id),
    'identity',
  );

export const identity = {
  list: os.identity.list.handler(({ context }) => all(context)),
  current: os.identity.current.handler(({ context }) => ({
    name: actorOf(context.store),
    identity: all(context).find(({ isCurrent }) => isCurrent) ?? null,
  })),
  choose: os.identity.choose.handler(({ input, context }) => {
    const { name, fingerprint: print } = one(context, input.identityId);
    commit(context, { action: 'settings.changed', caseId: null, subject: name, detail: { identity: print } }, (db) =>
      chooseIdentity(db, input.identityId),
    );
    return one(context, input.identityId);
  }),
  create: os.identity.create.handler(async ({ input, context }) => {
    const { key, certificate } = newKey(input.name, context.clock());
    return one(
      context,
      (await keep(context, input.name, input.role, key, certificate, input.passphrase, 'identity.created')).id,
    );
  }),
  importPkcs12: os.identity.importPkcs12.handler(async ({ input, context }) => {
    const path = context.host.path(input.token);
    if (!statSync(path).isFile() || statSync(path).size > 1_048_576)
      throw new Failure('unreadable', {
        what: 'This PKCS#12 file cannot be imported.',
        where: path,
        why: 'It is no file, or larger than 1 MiB.',
        notDone: 'No identity was made.',
      });
    const { key, certificates } = await readPkcs12(readFileSync(path), input.password);
    const own = ownCertificate(certificates, key);
    if (own === undefined)
      throw new Failure('unreadable', {
        what: 'This PKCS#12 file cannot be imported.',
        where: path,
        why: 'None of its certificates is of its key.',
        notDone: 'No identity was made.',
      });
    const { id } = await keep(
      context,
      input.name === '' ? own.subject : input.name,
      '',
      key,
      pemOf(own.der, 'CERTIFICATE'),
      input.passphrase,
      'identity.imported',
    );
    return one(context, id);
  }),
  unlock: os.identity.unlock.handler(async ({ input, context }) => {
    const { data, key } = await openIdentity(context, input.identityId, input.passphrase);
    context.keys.unlock(data.id, key);
    commit(
      context,
      { action: 'identity.unlocked', caseId: null, subject: data.name, detail: { fingerprint: data.fingerprint } },
      () => undefined,
    );
    return one(context, data.id);
  }),
  lock: os.identity.lock.handler(({ input, context }) => {
    context.keys.lock(input.identityId);
    return one(context, input.identityId);
  }),
  changePassphrase: os.identity.changePassphrase.handler(async ({ input, context }) => {
    const { data, key } = await openIdentity(context, input.identityId, input.passphrase);
    // The certificate that stands in the file stays there.
    replaceFile(
      data.keyFile,
      (await encryptKey(key, input.next)) +
        pemBlocks(keyText(data.keyFile), 'CERTIFICATE')
          .map((block) => `${block}\n`)
          .join(''),
    );
    commit(
      context,
      { action: 'settings.changed', caseId: null, subject: data.name, detail: { passphrase: 'changed' } },
      () => undefined,
    );
    return one(context, data.id);
  }),
};
