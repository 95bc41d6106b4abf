import { existsSync, readFileSync } from 'node:fs';
import { counted } from '../../shared/counted.ts';
import type { JournalVerification, StoreHealth } from '../../shared/journal.ts';
import type { Anchor, JournalKey } from './journal.ts';
import type { StoreCheck } from './look-through.ts';
import type { VerifiedJournal } from './verify-journal.ts';

export const sound: StoreHealth = { state: 'sound', message: '', mayWrite: true };
const sealed = (message: string, state: StoreHealth['state'] = 'changed-outside'): StoreHealth => ({
  state,
  message: `${message} Opened read-only. Compare with a checkpoint from a report.`,
  mayWrite: false,
});
const outside = 'The store was changed outside Assay:';

/** What is said while a store that was closed well is looked through behind its open window. */
export const checking = ({ journal, pages }: StoreCheck): StoreHealth => {
  const parts = [
    ...(journal !== null ? [`the ${counted(journal.size, 'act')} of the journal`] : []),
    ...(pages ? ['the pages of the store'] : []),
  ];
  return {
    state: 'checking',
    message: `The store was closed well${journal !== null ? ', and its journal ends where its anchor says' : ''}. Not verified yet since it was opened: ${parts.join(' and ')}. That is being done now; nothing is signed or exported before it is.`,
    mayWrite: true,
  };
};

/** What was found while the store was already open: as much as had it been found before. */
export const foundLater = (why: string): StoreHealth => ({
  state: 'changed-outside',
  message: `${outside} ${why}. This was found after it had been opened. Read-only from now on. Compare with a checkpoint from a report.`,
  mayWrite: false,
});
export const foundDamaged = (why: string): StoreHealth => ({
  state: 'damaged',
  message: `SQLite finds that its pages do not fit together: ${why}. Read-only from now on. Restore a copy, and compare its journal with a checkpoint from a report.`,
  mayWrite: false,
});

export const notChecked = (why: string): StoreHealth => ({
  state: 'read-only',
  message: `The store could not be verified after it was opened: ${why}. Read-only from now on. Open it again: all of it is then verified first.`,
  mayWrite: false,
});

/** What stands in the place of the anchor; `checkpoint` is null for what is not by the key of this store. */
export interface AnchorFile {
  place: string;
  isThere: boolean;
  checkpoint: Anchor | null;
}
export function readAnchor(key: JournalKey, place: string): AnchorFile {
  const isThere = existsSync(place);
  return { place, isThere, checkpoint: isThere ? key.read(readFileSync(place, 'utf8')) : null };
}

/**
 * What the store is found to be: its tables, its journal against itself, and against the head that was anchored outside
 * (reliability.md, 8: a chain alone shows neither a cut tail, nor a rewrite, nor a planted or dropped trigger).
 * @param found with the root at the size of the anchor
 */
export function judge(
  schemaHolds: boolean,
  whyNotDecided: () => string,
  found: VerifiedJournal,
  key: JournalKey,
  anchor: AnchorFile,
): StoreHealth {
  const health = healthOf(schemaHolds, found, key, anchor);
  if (!health.mayWrite) return health;
  const why = whyNotDecided();
  return why === '' ? health : sealed(`${outside} ${why}.`);
}

function healthOf(
  schemaHolds: boolean,
  found: VerifiedJournal,
  key: JournalKey,
  { place, isThere, checkpoint }: AnchorFile,
): StoreHealth {
  if (!schemaHolds) return sealed(`${outside} its tables or triggers are not the ones it was made with.`);
  if (found.firstBad !== null) return sealed(`${outside} ${whyBad(found)}.`);
  if (!key.isFound) return sealed('The key of the journal is missing, or is none: nothing more can be anchored.');
  if (!isThere)
    return found.entries === 0
      ? sound
      : sealed(
          `The anchor of the journal is missing: whether something was cut off cannot be told. It was looked for at ${place}. Put it back there, under this name: from a backup, or from the folder of anchors of the place that the store was moved from (ASSAY_ANCHORS names another folder). Where it is lost, go on in a new store.`,
        );
  if (checkpoint === null) return sealed('The anchor of the journal is not by the key of this store.');
  if (checkpoint.size > found.entries)
    return sealed(
      `${outside} the journal ends at ${found.entries}, the anchor says ${checkpoint.size}.`,
      'rolled-back',
    );
  if (found.roots.get(checkpoint.size)?.equals(checkpoint.root) !== true)
    return sealed(`${outside} ${notAnchored(checkpoint.size)}.`);
  return sound;
}

const whyBad = ({ firstBad, why }: VerifiedJournal): string => `entry ${firstBad} of the journal ${why}`;
const notAnchored = (size: number): string => `the first ${size} entries are not those that were anchored`;

/** Why a journal is not the one that ended so when the store was opened, '' where it is. @param found with its root there */
export function whyNotAsOpened(found: VerifiedJournal, opened: { size: number; root: Uint8Array }): string {
  if (found.firstBad !== null) return whyBad(found);
  return found.roots.get(opened.size)?.equals(opened.root) === true ? '' : notAnchored(opened.size);
}

/** The same, asked again while the store is open, in the words of the Journal screen. */
export function verificationOf(
  found: VerifiedJournal,
  whyNotDecided: string,
  { place, checkpoint: anchor }: AnchorFile,
): JournalVerification {
  const holds = found.firstBad === null;
  const anchorHolds = anchor !== null && found.roots.get(anchor.size)?.equals(anchor.root) === true;
  return {
    holds: holds && anchorHolds && whyNotDecided === '',
    entries: found.entries,
    head: found.head,
    root: found.tree.root().toString('base64'),
    firstBad: found.firstBad,
    message: !holds
      ? `Entry ${found.firstBad} ${found.why}.`
      : whyNotDecided === ''
        ? `${found.entries} entries follow from one another.`
        : `${found.entries} entries follow from one another, but ${whyNotDecided}.`,
    anchors: [
      {
        where: place,
        size: anchor?.size ?? 0,
        holds: anchorHolds,
        message:
          anchor === null
            ? 'No anchor by this store’s key is there.'
            : anchorHolds
              ? `The anchor at ${anchor.size} is of this journal.`
              : anchor.size > found.entries
                ? `The anchor says ${anchor.size} entries, the journal ends at ${found.entries}.`
                : `The anchor at ${anchor.size} is not of this journal.`,
      },
    ],
  };
}
