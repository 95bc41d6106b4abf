import { createPublicKey } from 'node:crypto';
import { counted } from '../../shared/counted.ts';
import { JournalPart } from '../../shared/report.ts';
import { strictBase64 } from '../integrity/base64.ts';
import { canonicalJson } from '../integrity/canonical-json.ts';
import { sha256Hex } from '../integrity/digest.ts';
import { JsonError, parseJson } from '../integrity/json.ts';
import { leafHash, verifyInclusion } from '../integrity/merkle.ts';
import { NoteError, parseCheckpoint, parseNote, parseVerifierKey, verifyNote } from '../integrity/note.ts';
import { pemBytes, spkiOf } from '../integrity/public-key.ts';
import { packageFileAtMost } from './package-files.ts';
import { type ReportPackage, sentence } from './report-package.ts';

/**
 * The journal's part of a package against report.json, which is signed: the key, the checkpoint at the very place that
 * the report names, and the case's entries in that tree.
 */
export function checkJournal({ read, report, say }: ReportPackage) {
  if (report === null) return;
  const place = 'journal/checkpoint.txt';
  try {
    const line = read('journal/key.vkey')?.toString('utf8') ?? '';
    const key = parseVerifierKey(line);
    if (key === null || key.key === null || line !== `${report.journal.key}\n`)
      return say(
        'checkpoint',
        'journal/key.vkey',
        'fail',
        'journal-other-key',
        'This is not the key of the journal that the report names.',
      );
    const pem = pemBytes(read('journal/key.pem')?.toString('utf8') ?? '', 'PUBLIC KEY');
    if (
      pem === null ||
      Buffer.compare(pem, spkiOf(key.key)) !== 0 ||
      read('journal/key.pem')?.toString('utf8') !==
        createPublicKey({ key: pem, format: 'der', type: 'spki' }).export({ format: 'pem', type: 'spki' })
    )
      return say(
        'checkpoint',
        'journal/key.pem',
        'fail',
        'journal-other-key',
        'This is not the key that journal/key.vkey holds.',
      );
    const note = parseNote(read(place) ?? Buffer.alloc(0));
    if (note.signatures.length !== 1 || !verifyNote(note, [key]).holds)
      return say(
        'checkpoint',
        place,
        'fail',
        'checkpoint-invalid',
        'The checkpoint is not signed by the key of the journal.',
      );
    const checkpoint = parseCheckpoint(note.text);
    if (
      checkpoint.origin !== key.name ||
      checkpoint.size !== report.journal.size ||
      checkpoint.root.toString('base64') !== report.journal.root ||
      checkpoint.extensions[0] !== `chain-head sha256:${report.journal.head}`
    )
      return say(
        'checkpoint',
        place,
        'fail',
        'checkpoint-other-place',
        `The checkpoint is signed, and it is not of the place that the report names, ${report.journal.size} entries.`,
      );
    say(
      'checkpoint',
      place,
      'pass',
      'checkpoint-holds',
      `The journal stood at ${counted(checkpoint.size, 'entry', 'entries')} when the report was frozen.`,
    );
    const entries = read('journal/entries.json') ?? Buffer.alloc(0);
    if (checkInclusion(entries, checkpoint.size, checkpoint.root, say))
      checkWhole(entries, report.journal.entries, say);
  } catch (error) {
    if (!(error instanceof NoteError)) throw error;
    say('checkpoint', place, 'fail', 'checkpoint-malformed', `The checkpoint cannot be read. ${sentence(error)}`);
  }
}

const at = 'journal/entries.json';

/** A proof shows that an entry is in the journal; only what was signed shows that none of the case is left out. */
function checkWhole(bytes: Uint8Array, wanted: string | undefined, say: ReportPackage['say']): void {
  if (wanted === undefined)
    say(
      'inclusion',
      at,
      'warn',
      'inclusion-not-bound',
      'The report, by an earlier Assay, does not say which entries its case has. Whether one was left out cannot be told.',
    );
  else if (wanted !== `sha256:${sha256Hex(bytes)}`)
    say(
      'inclusion',
      at,
      'fail',
      'inclusion-other-entries',
      'These are not the entries that the case had when the report was signed: one was left out, or put in.',
    );
}

/** Whether each entry is in the journal. */
function checkInclusion(bytes: Uint8Array, size: number, root: Uint8Array, say: ReportPackage['say']): boolean {
  const refuse = (code: string, message: string): false => {
    say('inclusion', at, 'fail', code, message);
    return false;
  };
  const malformed = (why: string) => refuse('journal-malformed', `The entries of the case cannot be read: ${why}.`);
  try {
    const value = parseJson(bytes, { size: packageFileAtMost });
    const parsed = JournalPart.safeParse(value);
    if (!parsed.success) return malformed('they are not of the form of a journal');
    if (Buffer.compare(Buffer.from(`${canonicalJson(value)}\n`), bytes) !== 0)
      return malformed('they are not in canonical form');
    if (parsed.data.size !== size)
      return refuse(
        'inclusion-other-size',
        `The proofs are of a tree of ${parsed.data.size} entries, the checkpoint is of ${size}.`,
      );
    let last = -1;
    for (const { index, line, proof } of parsed.data.entries) {
      const hashes = proof.map(strictBase64);
      if (
        index <= last ||
        hashes.includes(null) ||
        !verifyInclusion(
          leafHash(line),
          index,
          size,
          hashes.filter((hash) => hash !== null),
          root,
        )
      )
        return refuse('inclusion-invalid', `Entry ${index + 1} is not in the journal that the checkpoint is of.`);
      last = index;
    }
    say(
      'inclusion',
      at,
      'pass',
      'inclusion-holds',
      `${parsed.data.entries.length === 1 ? 'The one entry' : `All ${parsed.data.entries.length} entries`} of the case ${parsed.data.entries.length === 1 ? 'is' : 'are'} in the journal of ${size}.`,
    );
    return true;
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    return malformed(error.message);
  }
}
