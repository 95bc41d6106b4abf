import { Failure } from '../../shared/failure.ts';

const why = 'Whoever began it stopped it, such as with Ctrl+C.';

/** @param isNew whether the import would have made its case */
export const importCancelled = (path: string, isNew: boolean): Failure =>
  new Failure('cancelled', {
    what: 'The import was cancelled.',
    where: path,
    why,
    notDone: isNew ? 'Nothing was imported, and no case was made.' : 'The case is as it was.',
    next: 'Import it again.',
  });
export const verificationCancelled = (path: string): Failure =>
  new Failure('cancelled', {
    what: 'The verification was cancelled.',
    where: path,
    why,
    notDone: 'No verdict was reached.',
    next: 'Verify it again.',
  });
export const checkCancelled = (path: string): Failure =>
  new Failure('cancelled', {
    what: 'The check was cancelled.',
    where: path,
    why,
    notDone: 'No result was kept.',
    next: 'Check it again.',
  });
/** A command that was stopped before it did anything. */
export const commandCancelled = (what: string, where: string): Failure =>
  new Failure('cancelled', { what, where, why, notDone: 'Nothing was written.', next: 'Run it again.' });
