import { resolve } from 'node:path';
import { Failure } from '../../shared/failure.ts';
import { newKeyFile } from '../operations/key-files.ts';
import { identities } from '../store/people.ts';
import { type Command, exit, Usage } from './command.ts';
import { nothingBeside, optionsOf } from './options.ts';
import { passphraseFrom } from './passphrase-file.ts';
import { madeNow, visibleText } from './print.ts';
import { withStore, withStoreOrNew } from './with-store.ts';

const shortest = 8;

/** `assay keys new`: a signing identity whose key lies in a file of the person's own. */
export const keysNew: Command['run'] = async (args, io) => {
  const { values, positionals } = optionsOf(args, {
    name: { type: 'string' },
    role: { type: 'string' },
    out: { type: 'string' },
    'passphrase-file': { type: 'string' },
    store: { type: 'string' },
    json: { type: 'boolean' },
  });
  nothingBeside(positionals);
  const { name = '', role = '', out, store, json, 'passphrase-file': passphraseFile } = values;
  if (name.trim() === '' || name.length > 200)
    throw new Usage('--name takes the name of the person who signs, up to 200 characters');
  if (out === undefined || passphraseFile === undefined) throw new Usage('keys new needs --out and --passphrase-file');
  const passphrase = passphraseFrom(passphraseFile, io);
  if (passphrase.length < shortest)
    throw new Failure('invalid', {
      what: 'No key was made.',
      where: resolve(io.cwd, passphraseFile),
      why: `The passphrase has fewer than ${shortest} characters.`,
      notDone: 'Nothing was written.',
      next: 'Choose a longer one.',
    });
  return await withStoreOrNew(store, io, async (context) => {
    const file = resolve(io.cwd, out);
    const { fingerprint, keyId } = await newKeyFile(context, name.trim(), role.trim(), file, passphrase);
    io.out(
      json === true
        ? `${JSON.stringify({ name: name.trim(), role: role.trim(), file, fingerprint, keyId })}\n`
        : `${visibleText(name.trim())}\n  key          ${visibleText(file)}\n  fingerprint  ${fingerprint}\n  in envelopes ${keyId}\nCompare the fingerprint by voice with whoever is to trust it. Without the passphrase nobody can open the key, and nobody can make it again.\n${context.store.isNew ? madeNow(context.store.file) : ''}`,
    );
    return exit.passed;
  });
};

/** `assay keys list`: who may sign with this store. */
export const keysList: Command['run'] = async (args, io) => {
  const { values, positionals } = optionsOf(args, { store: { type: 'string' }, json: { type: 'boolean' } });
  nothingBeside(positionals);
  const { store, json } = values;
  return await withStore(store, io, ({ store: opened }) => {
    const keys = opened.read(identities).map(({ name, role, fingerprint, keyId, keyFile, createdAt, isCurrent }) => ({
      name,
      role,
      fingerprint,
      keyId,
      file: keyFile,
      createdAt,
      isCurrent,
    }));
    if (json === true) io.out(`${JSON.stringify({ keys })}\n`);
    else
      io.out(
        keys.length === 0
          ? `No signing identity is in the store ${visibleText(opened.file)}. Make one with: assay keys new\n`
          : keys
              .map(
                ({ name, role, fingerprint, keyId, file, isCurrent }) =>
                  `${visibleText(name)}${role === '' ? '' : `, ${visibleText(role)}`}${isCurrent ? ': acts without a key are in this name' : ''}\n  ${fingerprint}\n  ${keyId}\n  ${visibleText(file)}\n`,
              )
              .join(''),
      );
    return exit.passed;
  });
};
