import { useState } from 'react';
import type { TrustEntry } from '../../../shared/trust.ts';
import { visibleName } from '../../../shared/visible-text.ts';
import { backend } from '../../backend.ts';
import { Empty, FailureNote } from '../../components/note.tsx';
import { Time, WholeDigest } from '../../components/values.tsx';
import { useSession } from '../../state/session.ts';
import { useAct, useQuery } from '../../state/use-query.ts';

const usesOf = ({ uses }: TrustEntry) =>
  uses === null
    ? 'everything but timestamps'
    : uses.length === 0
      ? 'nothing: known, and may sign nothing'
      : uses.join(', ');

/** Keys, authorities, logs and time-stampers that this reviewer named, with fingerprints to be compared by voice. */
export function TrustPart() {
  const entries = useQuery(() => backend.trust.list(), []).data ?? [];
  const [path, setPath] = useState('');
  const [found, setFound] = useState<{ token: string; entries: TrustEntry[]; unknown: string[] } | null>(null);
  const { refused, busy, act } = useAct();
  const { changed } = useSession.getState();
  return (
    <>
      <form
        className="form sec"
        onSubmit={(event) => {
          event.preventDefault();
          void act(async () => {
            const { token } = await backend.host.locate({ path });
            setFound({ token, ...(await backend.trust.preview({ token })) });
          });
        }}
      >
        <h3>Add</h3>
        <p className="d">
          A key, a certificate, a verifier key, or a folder of them with a trust.yaml. Nothing inside evidence is ever
          trusted for being there.
        </p>
        <div className="row">
          <label className="in grow">
            <span className="sr">Path of a key or a folder</span>
            <input
              value={path}
              onChange={(event) => setPath(event.target.value)}
              placeholder="/path/of/a/key/or/folder"
              spellCheck={false}
            />
          </label>
          <button type="submit" className="bt" disabled={busy || path === ''}>
            Look at it
          </button>
        </div>
        <FailureNote parts={refused} />
        {found !== null && (
          <div className="col">
            {found.unknown.map((sentence) => (
              <span key={sentence} className="d">
                {visibleName(sentence)}
              </span>
            ))}
            {found.entries.map((entry) => (
              <div key={entry.id + entry.name} className="col" style={{ gap: 0 }}>
                <span>
                  <b>{visibleName(entry.name)}</b>{' '}
                  <span className="dd">
                    {entry.kind}, for {usesOf(entry)}
                  </span>
                </span>
                <WholeDigest digest={entry.fingerprint} />
              </div>
            ))}
            <p className="d">
              Read the fingerprints aloud to whoever gave you the keys, over another line than the one they came by.
              Then add them.
            </p>
            <div className="row">
              <button
                type="button"
                className="bt p"
                disabled={busy || found.entries.length === 0}
                onClick={() =>
                  act(async () => {
                    await backend.trust.add({
                      token: found.token,
                      fingerprints: found.entries.map(({ fingerprint }) => fingerprint),
                    });
                    setFound(null);
                    setPath('');
                    changed();
                  })
                }
              >
                Add {found.entries.length}
              </button>
              <button type="button" className="bt q" onClick={() => setFound(null)}>
                Close
              </button>
            </div>
          </div>
        )}
      </form>
      {entries.length === 0 && (
        <Empty>You have named nobody. A signature that holds is then by an unknown signer.</Empty>
      )}
      {entries.map((entry) => (
        <div key={entry.id} className="sec col" style={{ gap: 2 }}>
          <div className="row">
            <b>{visibleName(entry.name)}</b>
            <span className="dd">{entry.kind}</span>
            <span className="gap" />
            <button
              type="button"
              className="bt s q"
              disabled={busy}
              onClick={() =>
                act(async () => {
                  await backend.trust.remove({ id: entry.id });
                  changed();
                })
              }
            >
              Remove
            </button>
          </div>
          <span className="d">
            For {usesOf(entry)}. Added <Time at={entry.addedAt} /> UTC by {visibleName(entry.addedBy ?? '')}.
          </span>
          <WholeDigest digest={entry.fingerprint} />
        </div>
      ))}
    </>
  );
}
