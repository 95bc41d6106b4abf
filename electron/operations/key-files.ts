import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../../shared/failure.ts';
import { decryptKey, encryptKey } from '../identity/key-file.ts';
import { type Certificate, CertificateError, readCertificate } from '../integrity/certificate.ts';
import { buildCertificate, pemOf } from '../integrity/certificate-builder.ts';
import { fingerprint, opensshKeyId, pemBlocks, spkiOf } from '../integrity/public-key.ts';
import { replaceFile } from '../store/journal.ts';
import {
  chooseIdentity,
  currentIdentity,
  type IdentityData,
  identities,
  identityById,
  insertIdentity,
  moveKeyFile,
} from '../store/people.ts';
import { keysFolder } from '../store/store.ts';
import { type Context, commit, now, present } from './context.ts';

/** Makes a signing key and its certificate, valid for five years. */
export function newKey(name: string, at: Date): { key: KeyObject; certificate: string } {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    key: privateKey,
    certificate: pemOf(buildCertificate(privateKey, name, at, 5), 'CERTIFICATE'),
  };
}

function notTwice(context: Context, print: string): void {
  if (context.store.read(identities).some((each) => each.fingerprint === print))
    throw new Failure('conflict', {
      what: 'This key is here already.',
      notDone: 'No identity was made.',
      next: 'Choose it among the identities.',
    });
}

/** A key that came into the store's own folder, encrypted, and is known to the store by its public part alone. */
export async function keep(
  context: Context,
  name: string,
  role: string,
  key: KeyObject,
  certificate: string,
  passphrase: string,
  action: 'identity.created' | 'identity.imported',
): Promise<IdentityData> {
  const print = fingerprint(createPublicKey(key));
  notTwice(context, print);
  const folder = keysFolder(context.store.file);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const keyFile = join(folder, `${print.slice(7, 23)}.pem`);
  replaceFile(keyFile, await encryptKey(key, passphrase));
  notTwice(context, print);
  const data = remember(context, name, role, key, certificate, keyFile, action);
  context.keys.unlock(data.id, key);
  return data;
}

function remember(
  context: Context,
  name: string,
  role: string,
  key: KeyObject,
  certificate: string,
  keyFile: string,
  action: 'identity.created' | 'identity.imported',
  mayChoose = true,
): IdentityData {
  const publicKey = createPublicKey(key);
  const print = fingerprint(publicKey);
  const act = { action, caseId: null, subject: name, detail: { fingerprint: print, role } };
  // Who brings a key of her own acts herself; who makes one here acts as whoever is chosen.
  const id = commit(context, mayChoose ? act : { ...act, actor: name }, (db) => {
    const made = insertIdentity(db, {
      name,
      role,
      fingerprint: print,
      keyId: opensshKeyId(publicKey),
      algorithm: 'ECDSA P-256',
      certificate,
      keyFile,
      createdAt: now(context),
    });
    if (mayChoose && currentIdentity(db) === undefined) chooseIdentity(db, made);
    return made;
  });
  return present(
    context.store.read((db) => identityById(db, id)),
    'identity',
  );
}

/**
 * Makes a key into a file that the person names: the encrypted key, then its certificate, both PEM, for her alone to
 * read. The store knows where it lies and never holds it. @throws Failure conflict, unreadable
 */
export async function newKeyFile(
  context: Context,
  name: string,
  role: string,
  file: string,
  passphrase: string,
): Promise<IdentityData> {
  if (existsSync(file))
    throw new Failure('conflict', {
      what: 'No key was made.',
      where: file,
      why: 'Something of that name is there.',
      notDone: 'Nothing was written.',
      next: 'Choose another name.',
    });
  context.store.assertWritable();
  const made = newKey(name, context.clock());
  const sealed = await encryptKey(made.key, passphrase);
  try {
    const fd = openSync(file, 'wx', 0o600);
    try {
      writeSync(fd, sealed + made.certificate);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    throw new Failure('unreadable', {
      what: 'No key was made.',
      where: file,
      why: `The file cannot be written: ${systemWord(error)}.`,
      notDone: 'Nothing was written.',
      next: 'Choose another folder.',
    });
  }
  try {
    return remember(context, name, role, made.key, made.certificate, file, 'identity.created');
  } catch (error) {
    rmSync(file, { force: true });
    throw error;
  }
}

/**
 * The identity of a key file: the one that the store knows, else a new one that takes its name from the certificate in
 * the file, and is not chosen for that. A file that was moved is followed. @throws Failure unreadable, wrong-passphrase
 */
export async function adoptKeyFile(
  context: Context,
  file: string,
  passphrase: string,
  role: string,
): Promise<IdentityData & { isNew: boolean }> {
  const text = keyText(file);
  const key = await decryptKey(text, passphrase).catch((error: unknown) => {
    if (error instanceof Failure && error.code === 'wrong-passphrase')
      commit(context, { action: 'identity.refused', caseId: null, subject: file }, () => undefined);
    throw error instanceof Failure ? new Failure(error.code, { ...error.parts, where: file }) : error;
  });
  const print = fingerprint(createPublicKey(key));
  const known = context.store.read(identities).find((each) => each.fingerprint === print);
  if (known !== undefined) {
    if (!existsSync(known.keyFile))
      commit(
        context,
        { action: 'settings.changed', caseId: null, subject: known.name, detail: { keyFile: file } },
        (db) => moveKeyFile(db, known.id, file),
      );
    const data = present(
      context.store.read((db) => identityById(db, known.id)),
      'identity',
    );
    return { ...data, isNew: false };
  }
  const own = ownCertificate(pemBlocks(text, 'CERTIFICATE'), key);
  if (own === undefined)
    throw new Failure('unreadable', {
      what: 'This key file cannot be used.',
      where: file,
      why: 'It holds no certificate of its key, and this store does not know the key.',
      notDone: 'Nothing was signed.',
      next: 'Use the file that keys new wrote, or add the certificate to it.',
    });
  const certificate = pemOf(own.der, 'CERTIFICATE');
  const data = remember(context, own.subject, role, key, certificate, file, 'identity.imported', false);
  return { ...data, isNew: true };
}

const systemWord = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : 'the system gives no reason';

export function keyText(file: string): string {
  try {
    if (statSync(file).size > 65_536)
      throw new Failure('unreadable', {
        what: 'This key file cannot be used.',
        where: file,
        why: 'It is larger than a key file is.',
        notDone: 'Nothing was unlocked.',
      });
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure('unreadable', {
      what: 'The key file cannot be read.',
      where: file,
      why: `The system says ${systemWord(error)}.`,
      notDone: 'Nothing was unlocked.',
      next: 'Bring the medium that holds it, or name the file where it is now.',
    });
  }
}

/** The certificate that is of a key, among those that came with it. */
export function ownCertificate(given: readonly (string | Uint8Array)[], key: KeyObject): Certificate | undefined {
  const spki = spkiOf(createPublicKey(key));
  return given
    .flatMap((each) => {
      try {
        return [readCertificate(each)];
      } catch (error) {
        if (error instanceof CertificateError) return [];
        throw error;
      }
    })
    .find((each) => Buffer.compare(spkiOf(each.key), spki) === 0);
}

/** Opens an identity's key; a wrong passphrase is journalled. @throws Failure wrong-passphrase */
export async function openIdentity(
  context: Context,
  id: number,
  passphrase: string,
): Promise<{ data: IdentityData; key: KeyObject }> {
  const data = present(
    context.store.read((db) => identityById(db, id)),
    'identity',
  );
  const held = passphrase === '' ? context.keys.use(id) : undefined;
  if (held !== undefined) return { data, key: held };
  if (passphrase === '')
    throw new Failure('locked', {
      what: 'This key is locked.',
      notDone: 'Nothing was signed.',
      next: 'Type its passphrase.',
    });
  try {
    return { data, key: await decryptKey(keyText(data.keyFile), passphrase) };
  } catch (error) {
    if (error instanceof Failure && error.code === 'wrong-passphrase')
      commit(
        context,
        { action: 'identity.refused', caseId: null, subject: data.name, detail: { fingerprint: data.fingerprint } },
        () => undefined,
      );
    throw error;
  }
}
