import type { LedgerFact, ListingItem } from '../../../shared/fact.ts';
import type { ChainedRow } from '../../integrity/chain-result.ts';
import { type LedgerEntryColumns, packEntries, sameAsBefore } from '../../integrity/ledger-columns.ts';
import { readLedgerLine } from '../../integrity/ledger-line.ts';
import type { PlainBlock } from '../../integrity/plain-rows.ts';
import type { RecordBlock, RecordLine } from '../record-blocks.ts';
import type { FactSink } from './format.ts';
import { bindings, boundAtMost, mayBind } from './ledger-bindings.ts';

const rowsAtOnce = 2_000;
/** Bytes of signed entries that are handed on to be verified. */
const signedAtMost = 33_554_432;
const cut = (text: string | null | undefined): string | null => text?.slice(0, 500) ?? null;

/** What is taken from the rows of a ledger beside their chain: columns for browsing, files bound, rows signed. */
export class LedgerRows {
  readonly bound: ListingItem[] = [];
  readonly signed: NonNullable<LedgerFact['signedRows']> = [];
  signedLeft = 0;
  private signedBytes = 0;
  private readonly path: string;
  private readonly facts: FactSink;
  private entries: LedgerEntryColumns[] = [];
  private first = 1;
  /** The first records are judged together once the rule is found: their places wait in line. */
  private readonly waiting: RecordLine[] = [];

  constructor(path: string, facts: FactSink) {
    this.path = path;
    this.facts = facts;
  }

  /** A line is about to be judged. */
  expect(line: RecordLine): void {
    this.waiting.push(line);
  }

  /** The next of the lines expected is no entry. */
  passOver(): void {
    this.waiting.shift();
  }

  /** A row that was judged by itself. */
  take(row: ChainedRow, isSigned: boolean): void {
    const place = this.waiting.shift();
    if (place === undefined) return;
    if (isSigned) this.sign(row, place.bytes);
    const node = row.spotted && this.bound.length < boundAtMost && mayBind(place.bytes) ? row.node() : null;
    if (node !== null) bindings(node, row.entry, this.path, '', this.bound);
    if (this.facts.ledgerRows !== undefined)
      this.entries.push({
        at: cut(row.at),
        actor: cut(row.texts[0]),
        event: cut(row.texts[1]),
        hash: row.hash,
        previous: row.previous,
        offset: place.offset,
        length: place.bytes.length,
      });
    if (this.entries.length >= rowsAtOnce) this.flush();
  }

  /** A block in which everything holds. @param entry number of its first row */
  takePlain(plain: PlainBlock, { bytes, offset }: RecordBlock, entry: number): void {
    for (const row of plain.spotted) {
      const line = bytes.subarray(plain.starts[row], (plain.starts[row + 1] ?? 1) - 1);
      const node = this.bound.length < boundAtMost && mayBind(line) ? readLedgerLine(line).row?.node : undefined;
      if (node !== undefined) bindings(node, entry + row, this.path, '', this.bound);
    }
    if (this.facts.ledgerRows === undefined) {
      this.facts.checkpoint();
      return;
    }
    this.flush();
    const { rows, starts } = plain;
    const none = () => new Int32Array(rows).fill(-1);
    this.facts.ledgerRows(this.path, {
      first: entry,
      rows,
      at: { bytes: plain.times, ends: plain.timeEnds },
      words: plain.words,
      actor: plain.columns[0] ?? none(),
      event: plain.columns[1] ?? none(),
      hash: plain.hashes,
      hashBytes: new Uint8Array(rows).fill(32),
      previous: new Uint8Array(),
      previousBytes: new Uint8Array(rows).fill(plain.previous === null ? 0 : sameAsBefore),
      offset: Float64Array.from({ length: rows }, (_, row) => offset + (starts[row] ?? 0)),
      length: Uint32Array.from({ length: rows }, (_, row) => (starts[row + 1] ?? 0) - (starts[row] ?? 0) - 1),
    });
    this.first = entry + rows;
    this.facts.checkpoint();
  }

  /** Hands on what was collected. */
  flush(): void {
    const { entries } = this;
    if (entries.length === 0) return;
    this.entries = [];
    this.facts.ledgerRows?.(this.path, packEntries(this.first, entries));
    this.first += entries.length;
    this.facts.checkpoint();
  }

  private sign({ entry, line }: ChainedRow, bytes: Uint8Array): void {
    this.signedBytes += bytes.length;
    if (this.signedBytes > signedAtMost) this.signedLeft += 1;
    else this.signed.push({ entry, line, text: Buffer.from(bytes).toString('utf8') });
  }
}
