import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { counted } from '../../shared/counted.ts';
import { Failure } from '../../shared/failure.ts';
import type { JournalVerification } from '../../shared/journal.ts';
import { JsonError, parseJson } from '../integrity/json.ts';
import {
  type Checkpoint,
  NoteError,
  parseCheckpoint,
  parseNote,
  parseVerifierKey,
  verifyNote,
} from '../integrity/note.ts';
import { type JournalRow, type VerifiedJournal, verifyJournal } from '../store/verify-journal.ts';

const largest = 2 ** 31;
const smallest = 65_536;

/** A journal that was exported, verified by itself (`holds`) and against checkpoints. */
interface VerifiedFile extends JournalVerification {
  checkpoints: { where: string; holds: boolean; message: string }[];
}

/**
 * Verifies an exported journal, one entry a line, as the store verifies its own (resources/docs/report-format.md, The
 * journal): no store and no key is needed. @throws Failure unreadable
 */
export function verifyJournalFile(file: string, checkpointFiles: readonly string[]): VerifiedFile {
  const bytes = bytesOf(file, largest, 'The journal cannot be read.');
  const asked = checkpointFiles.map((where) => ({ where, ...checkpointIn(where) }));
  const sizes = asked.flatMap(({ checkpoint }) => (checkpoint === null ? [] : [checkpoint.size]));
  const found = verifyJournal(rowsOf(bytes), sizes);
  // One that was changed still has entries; what has none was never one.
  if (found.entries > 0 && found.firstBad !== null && !hasEntry(bytes))
    throw new Failure('unreadable', {
      what: 'This is no exported journal.',
      where: file,
      why: 'None of its lines is an entry, with an action, its own hash and that of the entry before.',
      notDone: 'Nothing was verified.',
      next: 'Name a file that journal export wrote.',
    });
  const itself = found.firstBad === null && found.entries > 0;
  const checkpoints = asked.map(({ where, checkpoint, message }) => ({
    where,
    ...(checkpoint === null ? { holds: false, message } : compared(found, checkpoint, message)),
  }));
  return {
    holds: itself,
    entries: found.entries,
    head: found.head,
    root: found.tree.root().toString('base64'),
    firstBad: found.firstBad,
    message:
      found.firstBad !== null
        ? `Entry ${found.firstBad} ${found.why}.`
        : itself
          ? `${counted(found.entries, 'entry follows', 'entries follow')} from one another.${asked.length > 0 ? '' : ' Whether entries were cut off at the end shows against a checkpoint alone, such as journal/checkpoint.txt of a report.'}`
          : 'It has no entry.',
    anchors: [],
    checkpoints,
  };
}

function bytesOf(path: string, most: number, what: string): Buffer {
  try {
    if (statSync(path).size <= most) return readFileSync(path);
  } catch {
    throw new Failure('unreadable', {
      what,
      where: path,
      why: 'Nothing that can be read is at this path.',
      notDone: 'Nothing was verified.',
      next: 'Check the path.',
    });
  }
  throw new Failure('unreadable', {
    what,
    where: path,
    why: `It is larger than ${most.toLocaleString('en')} bytes.`,
    notDone: 'Nothing was verified.',
    next: 'Name another file.',
  });
}

/** Each line as a row of the store would hold it, its columns by what it says itself. */
function* rowsOf(bytes: Buffer): Generator<JournalRow> {
  for (let at = 0, seq = 1; at < bytes.length; seq++) {
    const end = bytes.indexOf(0x0a, at);
    const line = bytes.toString('utf8', at, end < 0 ? bytes.length : end);
    yield rowOf(line, seq);
    if (end < 0) return;
    at = end + 1;
  }
}
function rowOf(line: string, seq: number): JournalRow {
  const none: JournalRow = [seq, line, '', '', null, ''];
  try {
    const entry = parseJson(line);
    if (entry === null || typeof entry !== 'object' || Array.isArray(entry)) return none;
    const text = (name: string) => (typeof entry[name] === 'string' ? entry[name] : '');
    const caseId = typeof entry['caseId'] === 'number' ? entry['caseId'] : null;
    return [seq, line, text('hash'), text('prev'), caseId, text('action')];
  } catch (error) {
    if (error instanceof JsonError) return none;
    throw error;
  }
}

/** Whether any line says what an entry says: its action, its hash and that of the one before. */
function hasEntry(bytes: Buffer): boolean {
  for (const [, , hash, prev, , action] of rowsOf(bytes)) if (hash !== '' && prev !== '' && action !== '') return true;
  return false;
}

/** A checkpoint, and what is known of who signed it: the key lies beside it in a package. */
function checkpointIn(path: string): { checkpoint: Checkpoint | null; message: string } {
  try {
    const note = parseNote(bytesOf(path, smallest, 'The checkpoint cannot be read.'));
    const checkpoint = parseCheckpoint(note.text);
    const key = keyBeside(path);
    if (key === null) return { checkpoint, message: 'Its signature was not verified: no key.vkey lies beside it.' };
    return verifyNote(note, [key]).holds
      ? { checkpoint, message: 'It is signed by the key that lies beside it.' }
      : { checkpoint: null, message: 'This checkpoint is not signed by the key that lies beside it.' };
  } catch (error) {
    if (error instanceof NoteError) return { checkpoint: null, message: `This is no checkpoint. ${error.message}` };
    throw error;
  }
}
function keyBeside(path: string) {
  try {
    return parseVerifierKey(readFileSync(join(dirname(path), 'key.vkey'), 'utf8').trim());
  } catch {
    return null;
  }
}

function compared(found: VerifiedJournal, { size, root }: Checkpoint, signed: string) {
  if (found.entries < size)
    return {
      holds: false,
      message: `The journal ends at ${found.entries}, the checkpoint says ${size}: entries were cut off, or it is of another journal.`,
    };
  return found.roots.get(size)?.equals(root) === true
    ? { holds: true, message: `The first ${size} of ${found.entries} entries are those of the checkpoint. ${signed}` }
    : { holds: false, message: `The first ${size} entries are not those of the checkpoint.` };
}
