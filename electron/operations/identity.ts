import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Failure } from '../../shared/failure.ts';
import type { Identity } from '../../shared/identity.ts';
import { decryptKey, encryptKey } from '../identity/key-file.ts';
import { readPkcs12 } from '../identity/pkcs12.ts';
import { buildCertificate, pemOf } from '../integrity/certificate-builder.ts';
import { CertificateError, readCertificate } from '../integrity/certificate.ts';
import { fingerprint, opensshKeyId, spkiOf } from '../integrity/public-key.ts';
import { replaceFile } from '../store/journal.ts';
import { chooseIdentity, currentIdentity, identities, type IdentityData, identityById, insertIdentity } from '../store/people.ts';
import { actorOf, type Context, commit, now, present } from './context.ts';
import { os } from './implementer.ts';

const shown = (context: Context, { keyFile: _keyFile, ...data }: IdentityData): Identity => {
  const locksAt = context.keys.locksAt(data.id);
  return { ...data, isUnlocked: locksAt !== null, locksAt };
};
const all = (context: Context): Identity[] => context.store.read(identities).map((data) => shown(context, data));
const one = (context: Context, id: number): Identity => present(all(context).find((each) => each.id === id), 'identity');

/** Makes a signing key and its certificate: the text of its encrypted file is written by whoever keeps it. */
export function newKey(name: string, passphrase: string, at: Date): { key: KeyObject; file: string; certificate: string } {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { key: privateKey, file: encryptKey(privateKey, passphrase), certificate: pemOf(buildCertificate(privateKey, name, at, 5), 'CERTIFICATE') };
}

function keep(context: Context, name: string, role: string, key: KeyObject, certificate: string, passphrase: string, action: 'identity.created' | 'identity.imported'): Identity {
  const publicKey = createPublicKey(key);
  const print = fingerprint(publicKey);
  if (context.store.read(identities).some((each) => each.fingerprint === print)) throw new Failure('conflict', { what: 'This key is here already.', notDone: 'No identity was made.', next: 'Choose it among the identities.' });
  const folder = join(dirname(context.store.file), 'keys');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const keyFile = join(folder, `${print.slice(7, 23)}.pem`);
  replaceFile(keyFile, encryptKey(key, passphrase));
  const id = commit(context, { action, caseId: null, subject: name, detail: { fingerprint: print, role } }, (db) => {
    const made = insertIdentity(db, { name, role, fingerprint: print, keyId: opensshKeyId(publicKey), algorithm: 'ECDSA P-256', certificate, keyFile, createdAt: now(context) });
    if (currentIdentity(db) === undefined) chooseIdentity(db, made);
    return made;
  });
  context.keys.unlock(id, key);
  return one(context, id);
}

/** Opens an identity's key; a wrong passphrase is journalled. @throws Failure wrong-passphrase */
export function openIdentity(context: Context, id: number, passphrase: string): { data: IdentityData; key: KeyObject } {
  const data = present(context.store.read((db) => identityById(db, id)), 'identity');
  const held = passphrase === '' ? context.keys.use(id) : undefined;
  if (held !== undefined) return { data, key: held };
  if (passphrase === '') throw new Failure('locked', { what: 'This key is locked.', notDone: 'Nothing was signed.', next: 'Type its passphrase.' });
  try {
    return { data, key: decryptKey(readFileSync(data.keyFile, 'utf8'), passphrase) };
  } catch (error) {
    if (error instanceof Failure && error.code === 'wrong-passphrase') commit(context, { action: 'identity.refused', caseId: null, subject: data.name, detail: { fingerprint: data.fingerprint } }, () => undefined);
    throw error;
  }
}

export const identity = {
  list: os.identity.list.handler(({ context }) => all(context)),
  current: os.identity.current.handler(({ context }) => ({ name: actorOf(context.store), identity: all(context).find(({ isCurrent }) => isCurrent) ?? null })),
  choose: os.identity.choose.handler(({ input, context }) => {
    const { name, fingerprint: print } = one(context, input.identityId);
    commit(context, { action: 'settings.changed', caseId: null, subject: name, detail: { identity: print } }, (db) => chooseIdentity(db, input.identityId));
    return one(context, input.identityId);
  }),
  create: os.identity.create.handler(({ input, context }) => {
    const { key, certificate } = newKey(input.name, input.passphrase, context.clock());
    return keep(context, input.name, input.role, key, certificate, input.passphrase, 'identity.created');
  }),
  importPkcs12: os.identity.importPkcs12.handler(({ input, context }) => {
    const path = context.host.path(input.token);
    if (statSync(path).size > 1_048_576) throw new Failure('unreadable', { what: 'This PKCS#12 file cannot be imported.', where: path, why: 'It is larger than 1 MiB.', notDone: 'No identity was made.' });
    const { key, certificates } = readPkcs12(readFileSync(path), input.password);
    const spki = spkiOf(createPublicKey(key));
    const own = certificates.flatMap((bytes) => {
      try {
        return [readCertificate(bytes)];
      } catch (error) {
        if (error instanceof CertificateError) return [];
        throw error;
      }
    }).find((each) => Buffer.compare(spkiOf(each.key), spki) === 0);
    if (own === undefined) throw new Failure('unreadable', { what: 'This PKCS#12 file cannot be imported.', where: path, why: 'None of its certificates is of its key.', notDone: 'No identity was made.' });
    return keep(context, input.name === '' ? own.subject : input.name, '', key, pemOf(own.der, 'CERTIFICATE'), input.passphrase, 'identity.imported');
  }),
  unlock: os.identity.unlock.handler(({ input, context }) => {
    const { data, key } = openIdentity(context, input.identityId, input.passphrase);
    context.keys.unlock(data.id, key);
    commit(context, { action: 'identity.unlocked', caseId: null, subject: data.name, detail: { fingerprint: data.fingerprint } }, () => undefined);
    return one(context, data.id);
  }),
  lock: os.identity.lock.handler(({ input, context }) => {
    context.keys.lock(input.identityId);
    return one(context, input.identityId);
  }),
  changePassphrase: os.identity.changePassphrase.handler(({ input, context }) => {
    const { data, key } = openIdentity(context, input.identityId, input.passphrase);
    replaceFile(data.keyFile, encryptKey(key, input.next));
    commit(context, { action: 'settings.changed', caseId: null, subject: data.name, detail: { passphrase: 'changed' } }, () => undefined);
    return one(context, data.id);
  }),
};
