import { useState } from 'react';
import { counted } from '../../../shared/counted.ts';
import type { SignOff } from '../../../shared/sign-off.ts';
import { visibleName } from '../../../shared/visible-text.ts';
import { backend } from '../../backend.ts';
import { FailureNote } from '../../components/note.tsx';
import { useSession } from '../../state/session.ts';
import { useAct, useQuery } from '../../state/use-query.ts';

/** Writes the package into a new folder; the pages may be looked at first. */
export function ExportPanel({
  caseId,
  caseName,
  latest,
}: {
  caseId: number;
  caseName: string;
  latest: SignOff | null;
}) {
  const [folder, setFolder] = useState('');
  const [name, setName] = useState(
    `${caseName
      .replaceAll(/[^\p{L}\p{N}]+/gu, '-')
      .replace(/^-|-$/g, '')
      .toLowerCase()}-report`,
  );
  const [written, setWritten] = useState('');
  const about = useQuery(() => backend.host.about(), []).data;
  const { refused, busy, act } = useAct();
  const signOffId = latest?.id ?? null;
  const preview = () =>
    act(async () => {
      const { pdf } = await backend.signOff.preview({ caseId, signOffId });
      const bytes = Uint8Array.from(atob(pdf), (char) => char.charCodeAt(0));
      const address = URL.createObjectURL(new Blob([bytes], { type: 'application/pdf' }));
      window.open(address, '_blank', 'noopener');
    });
  const run = () =>
    act(async () => {
      const into =
        about?.hasNativeDialogs === true
          ? await backend.host.choose({ what: 'save-folder' })
          : await backend.host.locate({ path: folder });
      if (into === null) return;
      const { path, files, isDraft } = await backend.signOff.export({ caseId, signOffId, into: into.token, name });
      setWritten(`${visibleName(path)}: ${counted(files, 'file')}${isDraft ? ', a draft that nobody has signed' : ''}`);
      useSession.getState().changed();
    });
  return (
    <form
      className="sec col"
      onSubmit={(event) => {
        event.preventDefault();
        void run();
      }}
    >
      <h3>
        Export <span className="dd">{latest === null ? 'a draft, for nobody has signed' : 'what was signed'}</span>
      </h3>
      {about?.hasNativeDialogs === false && (
        <label className="f">
          Folder to write into
          <input
            required
            value={folder}
            onChange={(event) => setFolder(event.target.value)}
            placeholder="/path/of/a/folder"
            spellCheck={false}
          />
        </label>
      )}
      <label className="f">
        Name of the package
        <input required value={name} onChange={(event) => setName(event.target.value)} spellCheck={false} />
      </label>
      <FailureNote parts={refused} />
      {written !== '' && (
        <span className="m" role="status">
          {written}
        </span>
      )}
      <div className="row">
        <button type="submit" className="bt" disabled={busy}>
          Export the package
        </button>
        <button type="button" className="bt q" disabled={busy} onClick={preview}>
          Show the pages
        </button>
      </div>
    </form>
  );
}
