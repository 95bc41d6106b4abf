import { File, Folder } from 'lucide-react';
import { useState } from 'react';
import { visibleName } from '../../../shared/visible-text.ts';
import { backend } from '../../backend.ts';
import { FailureNote } from '../../components/note.tsx';
import { sizeText } from '../../components/values.tsx';
import { useSession } from '../../state/session.ts';
import { useAct, useQuery } from '../../state/use-query.ts';
import { dropLimits } from './read-dropped.ts';
import { useImport } from './use-import.ts';

/** Where evidence comes in: a native dialog where there is one, else a path and a folder browser; progress and cancel. */
export function ImportPanel({ caseId, onDone }: { caseId: number; onDone(): void }) {
  const [path, setPath] = useState('');
  const [at, setAt] = useState<string | null>(null);
  const [browsing, setBrowsing] = useState(false);
  const about = useQuery(() => backend.host.about(), []).data;
  const folder = useQuery(() => (browsing ? backend.host.browse({ at }) : null), [browsing, at]);
  const { refused, busy, act } = useAct();
  const { importToken } = useImport();
  const work = useSession((state) => state.work);
  const run = (token: string, name: string) =>
    act(async () => {
      await importToken(caseId, token, name);
      onDone();
    });
  const choose = (what: 'folder' | 'file') =>
    act(async () => {
      const chosen = await backend.host.choose({ what });
      if (chosen !== null) {
        await importToken(caseId, chosen.token, chosen.name);
        onDone();
      }
    });
  const progress = work?.progress ?? null;
  return (
    <section className="col" aria-label="Import evidence">
      <p className="d">
        A folder, a zip, a tar, a tar.gz or a single file. It is read and never changed; nothing in it is run. Dropped
        into this window it is copied first: at most {(dropLimits.bytes / 1e9).toLocaleString('en')} GB and{' '}
        {dropLimits.files.toLocaleString('en')} files, without links and empty folders.
      </p>
      {about?.hasNativeDialogs === true ? (
        <div className="row">
          <button type="button" className="bt p" disabled={busy} onClick={() => choose('folder')}>
            Choose a folder
          </button>
          <button type="button" className="bt" disabled={busy} onClick={() => choose('file')}>
            Choose an archive or a file
          </button>
        </div>
      ) : (
        <form
          className="row"
          onSubmit={(event) => {
            event.preventDefault();
            void act(async () => {
              const chosen = await backend.host.locate({ path });
              await importToken(caseId, chosen.token, chosen.name);
              onDone();
            });
          }}
        >
          <label className="grow in">
            <span className="sr">Path of the evidence</span>
            <input
              value={path}
              onChange={(event) => setPath(event.target.value)}
              placeholder="/path/of/the/evidence"
              spellCheck={false}
            />
          </label>
          <button type="submit" className="bt p" disabled={busy || path === ''}>
            Import
          </button>
          <button type="button" className="bt" onClick={() => setBrowsing(!browsing)} aria-expanded={browsing}>
            Browse
          </button>
        </form>
      )}
      <FailureNote parts={refused ?? folder.refused} />
      {busy && progress !== null && (
        <div className="col" role="status">
          <div className="row">
            <span className="bar4">
              <i style={{ width: `${progress.bytesTotal ? (100 * progress.bytesDone) / progress.bytesTotal : 0}%` }} />
            </span>
            <button type="button" className="bt s" onClick={() => work?.cancel()}>
              Cancel
            </button>
          </div>
          <span className="d">
            {progress.doing}: {progress.filesDone.toLocaleString('en')}
            {progress.filesTotal === null ? '' : ` of ${progress.filesTotal.toLocaleString('en')}`} files,{' '}
            {sizeText(progress.bytesDone)}, {sizeText(Math.round(progress.bytesPerSecond))}/s
            {progress.secondsLeft === null ? '' : `, ${Math.ceil(progress.secondsLeft)} s left`}
          </span>
          {work?.news.map(({ path, text }) => (
            <span key={path} className="d el" title={visibleName(`${path}: ${text}`)}>
              <span className="m11">{visibleName(path)}</span> {visibleName(text)}
            </span>
          ))}
        </div>
      )}
      {browsing && folder.data !== null && (
        <div className="diff">
          <div className="gr h" style={{ gridTemplateColumns: 'minmax(0,1fr) auto' }}>
            <span className="m11">{visibleName(folder.data.here.name)}</span>
            <button
              type="button"
              className="link"
              disabled={busy}
              onClick={() => run(folder.data?.here.token ?? '', folder.data?.here.name ?? '')}
            >
              Import this folder
            </button>
          </div>
          <div className="scroll" style={{ maxHeight: 240 }}>
            {folder.data.parent !== null && (
              <button
                type="button"
                className="tr"
                style={{ width: '100%', paddingLeft: 12 }}
                onClick={() => setAt(folder.data?.parent?.token ?? null)}
              >
                <Folder size={14} strokeWidth={1.5} className="i" />
                ..
              </button>
            )}
            {folder.data.entries.map((entry) => (
              <button
                type="button"
                key={entry.token}
                className="tr"
                style={{ width: '100%', paddingLeft: 12 }}
                onClick={() => (entry.kind === 'folder' ? setAt(entry.token) : run(entry.token, entry.name))}
              >
                {entry.kind === 'folder' ? (
                  <Folder size={14} strokeWidth={1.5} className="i" />
                ) : (
                  <File size={14} strokeWidth={1.5} className="i" />
                )}
                <span className="el">{visibleName(entry.name)}</span>
              </button>
            ))}
          </div>
        </div>
      )}
    </section>
  );
}
