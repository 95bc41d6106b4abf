import { backend, partsOf } from '../../backend.ts';
import { useSession } from '../../state/session.ts';

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
            event.same === true
              ? `These are the bytes of import ${event.done.number}: nothing new was imported`
              : `Import ${event.done.number}: ${event.done.counts.files.toLocaleString('en')} files, ${event.done.verdict}`,
          );
      }
    } catch (error) {
      if (stop.signal.aborted) say('The import was cancelled. The case is as it was.');
      else throw error;
    } finally {
      setWork(null);
      await reload();
    }
  }
  async function verifyAgain(importId: number): Promise<void> {
    const stop = new AbortController();
    setWork({ title: 'Verifying again', progress: null, cancel: () => stop.abort() });
    try {
      for await (const event of await backend.sources.verifyAgain(
        { importId, caseId: useSession.getState().open?.id ?? 0 },
        { signal: stop.signal },
      )) {
        if (event.progress !== undefined)
          setWork({ title: 'Verifying again', progress: event.progress, cancel: () => stop.abort() });
        if (event.done !== undefined) say(event.done.message);
      }
    } catch (error) {
      if (stop.signal.aborted) say('Verifying was cancelled.');
      else throw error;
    } finally {
      setWork(null);
      await reload();
    }
  }
  async function drop(data: DataTransfer): Promise<void> {
    const file = data.files[0];
    if (file === undefined) return;
    try {
      const entry = data.items[0]?.webkitGetAsEntry();
      if (entry?.isDirectory === true) return say('A browser gives no path of a folder. Name it under Import instead.');
      const answer = await fetch('/drop', {
        method: 'POST',
        headers: { 'x-name': encodeURIComponent(file.name) },
        body: file,
      });
      if (!answer.ok) return say(await answer.text());
      const { token, name } = (await answer.json()) as { token: string; name: string };
      let { open } = useSession.getState();
      if (open === null) {
        const made = await backend.cases.create({ name: name.replace(/\.(zip|tar|tar\.gz|tgz)$/i, '') });
        await useSession.getState().openCase(made.id);
        open = useSession.getState().open;
      }
      if (open === null) return;
      go({ screen: 'evidence', caseId: open.id });
      await importToken(open.id, token, name);
    } catch (error) {
      say(
        Object.values(partsOf(error))
          .filter((part) => part !== '')
          .join(' '),
      );
    }
  }
  return { importToken, verifyAgain, drop };
}
