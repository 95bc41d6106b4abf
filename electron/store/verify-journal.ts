import { hash } from 'node:crypto';
import type Database from 'better-sqlite3';
import { canonicalJson } from '../integrity/canonical-json.ts';
import { scanCanonicalLine, wantedMember } from '../integrity/canonical-line.ts';
import { sha256Hex } from '../integrity/digest.ts';
import { JsonError, type JsonValue, parseJson } from '../integrity/json.ts';
import { TreeBuilder } from '../integrity/merkle.ts';
import { type Anchor, entryDomain } from './journal.ts';

/** A row of the journal, all of it: what stands in its columns beside the line must be what the line says. */
export type JournalRow = readonly [
  seq: number,
  line: string,
  /** Hex, as is `prev`. */
  hash: string,
  prev: string,
  caseId: number | null,
  action: string,
];

/** What verifying the journal found. */
export interface VerifiedJournal {
  entries: number;
  /** Hash of the last entry, hex. */
  head: string;
  /** Over all lines. */
  tree: TreeBuilder;
  /** Roots at the sizes that were asked for, and that it has. */
  roots: ReadonlyMap<number, Buffer>;
  firstBad: number | null;
  why: string;
}

/** Rows in order, one at a time: as text, which costs a fraction of what a Buffer for each column does. */
export const journalRows = (db: Database.Database, after = 0): Iterable<JournalRow> =>
  db
    .prepare(
      'select seq, line, lower(hex(hash)), lower(hex(prev)), case_id, action from journal where seq > ? order by seq',
    )
    .raw()
    .iterate(after) as Iterable<JournalRow>;

/** The hash before the first entry. */
const genesis = '0'.repeat(64);

/**
 * Verifies rows in order: each line, the chain, the columns beside the lines, and the tree over them.
 * @param sizes at which the root is asked for @param from where to go on, of a journal verified up to there
 */
export function verifyJournal(
  rows: Iterable<JournalRow>,
  sizes: readonly number[] = [],
  from: { head: string; tree: TreeBuilder } = { head: genesis, tree: new TreeBuilder() },
): VerifiedJournal {
  const { tree } = from;
  const asked = new Set(sizes);
  const roots = new Map<number, Buffer>();
  let { head } = from;
  let firstBad: number | null = null;
  let why = '';
  if (asked.has(tree.size)) roots.set(tree.size, tree.root());
  for (const row of rows) {
    const seq = tree.size + 1;
    const bytes = bytesOf(row[1]);
    const verified = wasWritten(row, bytes, seq, head) ? null : slowly(row, seq, head);
    if (verified !== null && verified.why !== '' && firstBad === null) {
      firstBad = seq;
      why = verified.why;
    }
    head = verified === null ? row[2] : verified.hash;
    tree.appendEntry(bytes);
    if (asked.has(tree.size)) roots.set(tree.size, tree.root());
  }
  return { entries: tree.size, head, tree, roots, firstBad, why };
}

let space = Buffer.alloc(4_096);
/** The bytes of a line, until the next one's are asked for. */
function bytesOf(line: string): Buffer {
  // No character takes more than three bytes for each of its UTF-16 units.
  if (space.length < line.length * 3) space = Buffer.alloc(line.length * 6);
  return space.subarray(0, space.write(line, 'utf8'));
}

const members = {
  action: wantedMember('action'),
  caseId: wantedMember('caseId'),
  hash: wantedMember('hash', true),
  prev: wantedMember('prev', true),
  seq: wantedMember('seq'),
};
const wanted = Object.values(members);
const domainBytes = Buffer.from(entryDomain);
let body = Buffer.alloc(4_096);
body.set(domainBytes);

/**
 * Whether a row is, byte for byte, what is written for an entry of this number after this one: its line is scanned once
 * and hashed without its own hash, as it stands. False says only that the slow way decides.
 */
function wasWritten(
  [number, , ownHash, prev, caseId, action]: JournalRow,
  line: Buffer,
  seq: number,
  head: string,
): boolean {
  if (number !== seq || prev !== head || !scanCanonicalLine(line, wanted)) return false;
  const said = ({ start, end }: { start: number; end: number }) =>
    start < 0 ? '' : line.toString('latin1', start, end);
  const of = members.hash;
  if (of.start < 0 || of.isLast || said(members.seq) !== String(seq) || said(members.prev) !== `"${head}"`)
    return false;
  if (said(members.caseId) !== String(caseId) || said(members.action) !== `"${action}"`) return false;
  // Without the member and the comma after it.
  const length = domainBytes.length + line.length - (of.end + 1 - of.from);
  if (body.length < length) {
    body = Buffer.alloc(length * 2);
    body.set(domainBytes);
  }
  line.copy(body, domainBytes.length, 0, of.from);
  line.copy(body, domainBytes.length + of.from, of.end + 1);
  const found = hash('sha256', body.subarray(0, length), 'hex');
  return ownHash === found && said(of) === `"${found}"`;
}

/** Why a row is not what is written for an entry of this number after this one; '' where it is. */
const whyNotWritten = (row: JournalRow, seq: number, head: string): string =>
  wasWritten(row, bytesOf(row[1]), seq, head) ? '' : slowly(row, seq, head).why;

/** From so many acts on, verifying them takes longer than a person should wait for a window. */
const manyActs = 20_000;

/**
 * The end of a journal that was verified whole before it was anchored, without what stands before: it has no gap, its
 * anchored entry is there with the hash that the anchor has, and what follows follows (reliability.md, 8: from the last
 * signed checkpoint in the foreground, full in the background). Null where any of this is not so, where there is no such
 * anchor, or where verifying all of it takes no time.
 */
export function verifyEnd(db: Database.Database, anchor: Anchor | null, many = manyActs): VerifiedJournal | null {
  if (anchor === null || anchor.tree === null || anchor.size < Math.max(1, many)) return null;
  const { entries, last } = db.prepare('select count(*) as entries, max(seq) as last from journal').get() as {
    entries: number;
    last: number | null;
  };
  if (entries !== last || entries < anchor.size) return null;
  let isThere = false;
  for (const row of journalRows(db, anchor.size - 1)) {
    isThere = row[2] === anchor.head && whyNotWritten(row, anchor.size, row[3]) === '';
    break;
  }
  if (!isThere) return null;
  const end = verifyJournal(journalRows(db, anchor.size), [anchor.size], { head: anchor.head, tree: anchor.tree });
  return end.firstBad === null && end.entries === entries ? end : null;
}

/** The same by its meaning, with why it is not so; and the hash that the line claims. */
function slowly(row: JournalRow, seq: number, head: string): { why: string; hash: string } {
  const [, line] = row;
  const entry = entryOf(line);
  const why = whyNotEntry(entry, line, seq, head);
  return { why: why === '' && entry !== null ? whyNotRow(row, entry) : why, hash: String(entry?.['hash'] ?? '') };
}

/** What a line of a journal holds, before it is known to be an entry. */
type Line = { [name: string]: JsonValue };
/** What a line holds; null where that is no entry at all, whoever wrote it. */
function entryOf(line: string): Line | null {
  try {
    const value = parseJson(line);
    return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : null;
  } catch (error) {
    if (error instanceof JsonError) return null;
    throw error;
  }
}
function whyNotEntry(entry: Line | null, line: string, seq: number, prev: string): string {
  if (entry === null) return 'is not an entry';
  const { hash: claimed, ...rest } = entry;
  if (canonicalJson(entry) !== line) return 'is not in canonical form';
  if (entry['seq'] !== seq) return `has the number ${entry['seq']}`;
  if (entry['prev'] !== prev) return 'does not follow from the one before';
  return sha256Hex(entryDomain + canonicalJson(rest)) === claimed ? '' : 'does not have the hash that it claims';
}
/** Its columns are by what it is found: an entry with other ones would be missing from its case. */
function whyNotRow([seq, , ownHash, prev, caseId, action]: JournalRow, entry: Line): string {
  const isSame =
    seq === entry['seq'] &&
    ownHash === entry['hash'] &&
    prev === entry['prev'] &&
    caseId === entry['caseId'] &&
    action === entry['action'];
  return isSame ? '' : 'is filed as another than it is';
}
