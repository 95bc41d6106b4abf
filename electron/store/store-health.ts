import { existsSync, readFileSync } from 'node:fs';
import type { JournalVerification, StoreHealth } from '../../shared/journal.ts';
import type { JournalKey, verifyLines } from './journal.ts';

type Found = ReturnType<typeof verifyLines>;
export const sound: StoreHealth = { state: 'sound', message: '', mayWrite: true };
const sealed = (message: string, state: StoreHealth['state'] = 'changed-outside'): StoreHealth => ({
  state,
  message: `${message} Opened read-only. Compare with a checkpoint from a report.`,
  mayWrite: false,
});
const outside = 'The store was changed outside Assay:';

/**
 * What the store is found to be: its tables, its journal against itself, and against the head that was anchored outside
 * (reliability.md, 8: a chain alone shows neither a cut tail, nor a rewrite, nor a planted or dropped trigger).
 */
export function judge(
  schemaHolds: boolean,
  whyNotDecided: () => string,
  found: Found,
  key: JournalKey,
  place: string,
): { health: StoreHealth; anchor: ReturnType<JournalKey['read']> } {
  const anchor = existsSync(place) ? key.read(readFileSync(place, 'utf8')) : null;
  const health = healthOf(schemaHolds, found, key, place, anchor);
  if (!health.mayWrite) return { anchor, health };
  const why = whyNotDecided();
  return { anchor, health: why === '' ? health : sealed(`${outside} ${why}.`) };
}

function healthOf(
  schemaHolds: boolean,
  found: Found,
  key: JournalKey,
  place: string,
  anchor: ReturnType<JournalKey['read']>,
): StoreHealth {
  if (!schemaHolds) return sealed(`${outside} its tables or triggers are not the ones it was made with.`);
  if (found.firstBad !== null) return sealed(`${outside} entry ${found.firstBad} of the journal ${found.why}.`);
  if (!key.isFound) return sealed('The key of the journal is missing, or is none: nothing more can be anchored.');
  if (!existsSync(place))
    return found.entries === 0
      ? sound
      : sealed(
          `The anchor of the journal is missing: whether something was cut off cannot be told. It was looked for at ${place}. Put it back there, under this name: from a backup, or from the folder of anchors of the place that the store was moved from (ASSAY_ANCHORS names another folder). Where it is lost, go on in a new store.`,
        );
  if (anchor === null) return sealed('The anchor of the journal is not by the key of this store.');
  if (anchor.size > found.entries)
    return sealed(`${outside} the journal ends at ${found.entries}, the anchor says ${anchor.size}.`, 'rolled-back');
  if (found.rootAt(anchor.size)?.equals(anchor.root) !== true)
    return sealed(`${outside} the first ${anchor.size} entries are not those that were anchored.`);
  return sound;
}

/** The same, asked again while the store is open, in the words of the Journal screen. */
export function verificationOf(
  found: Found,
  whyNotDecided: string,
  key: JournalKey,
  place: string,
): JournalVerification {
  const anchor = existsSync(place) ? key.read(readFileSync(place, 'utf8')) : null;
  const holds = found.firstBad === null;
  const anchorHolds = anchor !== null && found.rootAt(anchor.size)?.equals(anchor.root) === true;
  return {
    holds: holds && anchorHolds && whyNotDecided === '',
    entries: found.entries,
    head: found.head,
    root: found.root.toString('base64'),
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
