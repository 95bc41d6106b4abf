import { Worker } from 'node:worker_threads';
import type { SourceKind } from '../../shared/evidence.ts';
import { Failure } from '../../shared/failure.ts';
import { type Context, commit, theImport } from './context.ts';

export interface GlanceRequest {
  path: string;
  kind: SourceKind;
}
export interface GlanceAnswer {
  signs: string | null;
  why: string | null;
}
type State = 'unchanged' | 'changed' | 'gone' | 'unknown';

/**
 * Whether the source of an import changed, by names, sizes, times and inodes. Nothing is read again, and that is said
 * and journalled: it spares a reviewer the wait, and proves nothing against who can set times.
 * @throws Failure cancelled, not-found
 */
export async function glance(
  context: Context,
  importId: number,
  signal: AbortSignal | undefined,
): Promise<{ state: State; message: string }> {
  const { source, signs, number, caseId, importedAt } = theImport(context, importId);
  const { signs: now, why } = await walked({ path: source.path, kind: source.kind }, signal);
  const state: State =
    now === null ? 'gone' : signs === undefined ? 'unknown' : now === signs ? 'unchanged' : 'changed';
  const message = {
    unchanged: `By names, sizes, times and inodes nothing changed since import ${number}. Its bytes were not read again: the verdicts are those of ${importedAt.slice(0, 16).replace('T', ' ')} UTC.`,
    changed: `The source changed since import ${number}. Verify again to see what.`,
    gone: `The source of import ${number} is not there: ${why ?? ''}. What was kept of it can be read.`,
    unknown: `Import ${number} noted no times of its files. Verify again to compare its bytes.`,
  }[state];
  commit(
    context,
    { action: 'source.glanced', caseId, subject: source.path, detail: { import: number, state, read: false } },
    () => undefined,
  );
  return { state, message };
}

function walked(request: GlanceRequest, signal: AbortSignal | undefined): Promise<GlanceAnswer> {
  const place = new URL(import.meta.url.endsWith('.ts') ? './glance-worker.ts' : './glance-worker.js', import.meta.url);
  const worker = new Worker(place, { workerData: request, resourceLimits: { maxOldGenerationSizeMb: 4_096 } });
  return new Promise<GlanceAnswer>((resolve, reject) => {
    signal?.addEventListener('abort', () =>
      reject(new Failure('cancelled', { what: 'The look at the source was cancelled.' })),
    );
    worker.on('message', resolve);
    worker.on('error', () => resolve({ signs: null, why: 'it cannot be walked' }));
  }).finally(() => void worker.terminate());
}
