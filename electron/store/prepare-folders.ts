import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { refusal } from './open-database.ts';

/** Folders of the store and of its anchor, ours alone where we make them. A store that is there is read without an anchor. */
export function prepareFolders(file: string, anchors: string, isNew: boolean): void {
  const home = dirname(file);
  const why = prepareFolder(home);
  if (why !== null)
    throw refusal(
      'unreadable',
      'The folder of the store cannot be made.',
      home,
      why,
      'Put the store where you may write.',
    );
  const whyNoAnchors = prepareFolder(anchors);
  if (whyNoAnchors !== null && isNew)
    throw refusal(
      'unreadable',
      'The folder of anchors cannot be made.',
      anchors,
      `The head of the journal is kept there, outside the folder of the store. ${whyNoAnchors}`,
      'Make it yourself, or name another in ASSAY_ANCHORS.',
    );
}
/** Why a folder that is not there cannot be made; null where it is there now. */
function prepareFolder(folder: string): string | null {
  try {
    if (!existsSync(folder)) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      chmodSync(folder, 0o700);
    }
    return null;
  } catch (error) {
    return `The system says ${(error as NodeJS.ErrnoException).code ?? String(error)}.`;
  }
}
