import { counted } from '../../../shared/counted.ts';
import { visibleName } from '../../../shared/visible-text.ts';
import { backend, partsOf } from '../../backend.ts';
import { useSession } from '../../state/session.ts';
import { tarOf } from './folder-as-tar.ts';
import { readDropped } from './read-dropped.ts';

/** Work ends where it will: over another case it is said whose end it is. @param name of the source, or of the case */
const whose = (caseId: number, name: string): string => (useSession.getState().open?.id === caseId ? '' : `${name}: `);

/** Imports what a token stands for, with progress and cancel in the status bar. */
export function useImport() {
  const { setWork, say, reload, go } = useSession.getState();
  async function importToken(caseId: number, token: string, name: string): Promise<void> {
    const stop = new AbortController();
    setWork({ title: `Importing ${name}`, progress: null, cancel: () => stop.abort() });
    try {
      const stream = await backend.sources.import({ caseId, token }, { signal: stop.signal });
      for await (const event of stream) {
        if (event.progress !== undefined)
          setWork({ title: `Importing ${name}`, progress: event.progress, cancel: () => stop.abort() });
        if (event.done !== undefined)
          say(
            `${whose(caseId, name)}${
              event.same === true
                ? `These are the bytes of import ${event.done.number}: nothing new was imported`
                : `Import ${event.done.number}: ${counted(event.done.counts.files, 'file')}, ${event.done.verdict}`
            }`,
          );
      }
    } catch (error) {
      if (stop.signal.aborted) say(`${whose(caseId, name)}The import was cancelled. The case is as it was.`);
      else throw error;
    } finally {
      setWork(null);
      await reload();
    }
  }
  async function verifyAgain(importId: number): Promise<void> {
    const stop = new AbortController();
    const { id: caseId = 0, name = '' } = useSession.getState().open ?? {};
    setWork({ title: 'Verifying again', progress: null, cancel: () => stop.abort() });
    try {
      for await (const event of await backend.sources.verifyAgain({ importId, caseId }, { signal: stop.signal })) {
        if (event.progress !== undefined)
          setWork({ title: 'Verifying again', progress: event.progress, cancel: () => stop.abort() });
        if (event.done !== undefined) say(`${whose(caseId, name)}${event.done.message}`);
      }
    } catch (error) {
      if (stop.signal.aborted) say(`${whose(caseId, name)}Verifying was cancelled.`);
      else throw error;
    } finally {
      setWork(null);
      await reload();
    }
  }
  /** What was dropped as one file to send: itself, or a tar archive of a folder or of several. */
  async function parcelOf(
    data: DataTransfer,
    signal: AbortSignal,
  ): Promise<{ name: string; body: Blob; isCopy: boolean } | null> {
    // Asked for before anything else: a browser answers only while the drop is under way.
    const entries = [...data.items].flatMap((item) => item.webkitGetAsEntry() ?? []);
    const [file] = data.files;
    const [first] = entries;
    if (first === undefined || (entries.length === 1 && first.isFile))
      return file === undefined ? null : { name: file.name, body: file, isCopy: false };
    const name = entries.length === 1 ? first.name : 'dropped';
    const dropped = await readDropped(entries, signal, (count) =>
      say(`${count.toLocaleString('en')} files of ${visibleName(name)} are found`),
    );
    return { name: `${name}.tar`, body: tarOf(dropped), isCopy: true };
  }
  async function drop(data: DataTransfer): Promise<void> {
    const stop = new AbortController();
    try {
      const asked = parcelOf(data, stop.signal);
      setWork({ title: 'Taking in what was dropped', progress: null, cancel: () => stop.abort() });
      const parcel = await asked;
      if (parcel === null) return;
      const answer = await fetch('/drop', {
        method: 'POST',
        headers: { 'x-name': encodeURIComponent(parcel.name.toWellFormed()) },
        body: parcel.body,
        signal: stop.signal,
      });
      if (!answer.ok) return say(await answer.text());
      const { token, name } = (await answer.json()) as { token: string; name: string };
      const { open } =
        useSession.getState().open === null
          ? { open: await backend.cases.create({ name: name.replace(/\.(zip|tar|tar\.gz|tgz)$/i, '') }) }
          : useSession.getState();
      if (open === null) return;
      go({ screen: 'evidence', caseId: open.id });
      await useSession.getState().openCase(open.id);
      await importToken(open.id, token, name);
      if (parcel.isCopy) say(`${useSession.getState().said}. A browser hands over no links and no empty folders`);
    } catch (error) {
      say(
        stop.signal.aborted
          ? 'Nothing was taken in. The case is as it was.'
          : Object.values(partsOf(error))
              .filter((part) => part !== '')
              .join(' '),
      );
    } finally {
      setWork(null);
    }
  }
  return { importToken, verifyAgain, drop };
}
