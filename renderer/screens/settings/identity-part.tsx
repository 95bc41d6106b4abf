import { useState } from 'react';
import type { Identity } from '../../../shared/identity.ts';
import { visibleName } from '../../../shared/visible-text.ts';
import { backend } from '../../backend.ts';
import { FailureNote } from '../../components/note.tsx';
import { Time, WholeDigest } from '../../components/values.tsx';
import { useSession } from '../../state/session.ts';
import { useAct, useQuery } from '../../state/use-query.ts';

/** Keys of the people who sign on this machine: made, imported, unlocked, locked. */
export function IdentityPart() {
  const identities = useQuery(() => backend.identity.list(), []).data ?? [];
  const { refused, busy, act } = useAct();
  const [path, setPath] = useState('');
  const changed = () => useSession.getState().changed();
  return (
    <>
      {identities.map((each) => (
        <IdentityRow key={each.id} identity={each} />
      ))}
      <form
        className="form sec"
        aria-label="Create a key"
        onSubmit={(event) => {
          event.preventDefault();
          const form = event.currentTarget;
          const data = new FormData(form);
          void act(async () => {
            await backend.identity.create({
              name: String(data.get('name')),
              role: String(data.get('role') ?? ''),
              passphrase: String(data.get('passphrase')),
            });
            form.reset();
            changed();
          });
        }}
      >
        <h3>Create a key</h3>
        <p className="d">
          ECDSA P-256, kept encrypted beside the store, with a certificate that you sign yourself. The passphrase is
          kept nowhere: without it the key cannot be opened.
        </p>
        <div className="pair">
          <label className="f">
            Your name
            <input name="name" required maxLength={200} autoComplete="off" />
          </label>
          <label className="f">
            Role
            <input name="role" maxLength={200} autoComplete="off" />
          </label>
        </div>
        <label className="f">
          Passphrase, eight characters or more
          <input name="passphrase" type="password" required minLength={8} autoComplete="new-password" />
        </label>
        <FailureNote parts={refused} />
        <div className="row">
          <button type="submit" className="bt p" disabled={busy}>
            Create the key
          </button>
        </div>
      </form>
      <form
        className="form sec"
        aria-label="Import PKCS#12"
        onSubmit={(event) => {
          event.preventDefault();
          const data = new FormData(event.currentTarget);
          void act(async () => {
            const { token } = await backend.host.locate({ path });
            await backend.identity.importPkcs12({
              token,
              password: String(data.get('password')),
              passphrase: String(data.get('next')),
            });
            setPath('');
            changed();
          });
        }}
      >
        <h3>Import a key (PKCS#12)</h3>
        <label className="f">
          Path of the file
          <input required value={path} onChange={(event) => setPath(event.target.value)} spellCheck={false} />
        </label>
        <div className="pair">
          <label className="f">
            Its password
            <input name="password" type="password" autoComplete="off" />
          </label>
          <label className="f">
            Passphrase here
            <input name="next" type="password" required minLength={8} autoComplete="new-password" />
          </label>
        </div>
        <div className="row">
          <button type="submit" className="bt" disabled={busy || path === ''}>
            Import the key
          </button>
        </div>
      </form>
    </>
  );
}

function IdentityRow({ identity }: { identity: Identity }) {
  const [passphrase, setPassphrase] = useState('');
  const { refused, busy, act } = useAct();
  const { changed } = useSession.getState();
  const id = { identityId: identity.id };
  const run = (request: () => Promise<unknown>) =>
    act(async () => {
      await request();
      setPassphrase('');
      changed();
    });
  return (
    <div className="sec col">
      <div className="row">
        <b>{visibleName(identity.name)}</b>
        <span className="dd">{identity.role}</span>
        {identity.isCurrent && <span className="chip on">sits here</span>}
        <span className="gap" />
        <span className="d">
          made <Time at={identity.createdAt} /> UTC
        </span>
      </div>
      <WholeDigest digest={identity.fingerprint} />
      <div className="row">
        {identity.isUnlocked ? (
          <>
            <span className="d">
              Unlocked until <Time at={identity.locksAt} /> UTC
            </span>
            <button type="button" className="bt" disabled={busy} onClick={() => run(() => backend.identity.lock(id))}>
              Lock
            </button>
          </>
        ) : (
          <form
            className="row"
            onSubmit={(event) => {
              event.preventDefault();
              void run(() => backend.identity.unlock({ ...id, passphrase }));
            }}
          >
            <input
              className="txt"
              style={{ width: 200 }}
              type="password"
              aria-label={`Passphrase of ${identity.name}`}
              placeholder="passphrase"
              autoComplete="off"
              value={passphrase}
              onChange={(event) => setPassphrase(event.target.value)}
            />
            <button type="submit" className="bt" disabled={busy || passphrase === ''}>
              Unlock
            </button>
          </form>
        )}
        {!identity.isCurrent && (
          <button type="button" className="bt q" disabled={busy} onClick={() => run(() => backend.identity.choose(id))}>
            Sit here as {identity.name}
          </button>
        )}
      </div>
      <FailureNote parts={refused} />
    </div>
  );
}
