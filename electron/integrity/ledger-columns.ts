/**
 * Rows of a ledger for browsing, some thousands in order, packed: threads hand them on without copying, and nothing is
 * made of a row before it is stored. Offsets point into the file.
 */
export interface LedgerColumns {
  /** Number of the first entry. */
  first: number;
  rows: number;
  /** Times as written, joined; null where a row has none. */
  at: PackedTexts;
  /** Each word once. */
  words: string[];
  /** Which word stands in each row; -1 for none. */
  actor: Int32Array;
  event: Int32Array;
  /** 32 bytes a row, of which `hashBytes` says how many are a hash. */
  hash: Uint8Array;
  hashBytes: Uint8Array;
  /** The same for the hash before; where `previousBytes` is `sameAsBefore` it is the hash of the row before. */
  previous: Uint8Array;
  previousBytes: Uint8Array;
  offset: Float64Array;
  length: Uint32Array;
}

/** Texts joined as UTF-8, and where each ends; a text that is not there is an empty one. */
interface PackedTexts {
  bytes: Uint8Array;
  ends: Uint32Array;
}

export const sameAsBefore = 255;

/** One row, before it is packed. */
export interface LedgerEntryColumns {
  at: string | null;
  actor: string | null;
  event: string | null;
  /** Lower-case hex; more than 64 digits are not kept. */
  hash: string | null;
  previous: string | null;
  offset: number;
  length: number;
}

/** Packs rows that were read one by one. */
export function packEntries(first: number, entries: readonly LedgerEntryColumns[]): LedgerColumns {
  const words = new Map<string, number>();
  const number = (word: string | null): number => {
    if (word === null) return -1;
    const known = words.get(word) ?? words.size;
    words.set(word, known);
    return known;
  };
  const actor = Int32Array.from(entries, (entry) => number(entry.actor));
  const event = Int32Array.from(entries, (entry) => number(entry.event));
  return {
    first,
    rows: entries.length,
    at: packTexts(entries.map(({ at }) => at)),
    words: [...words.keys()],
    actor,
    event,
    ...named('hash', 'hashBytes', packHashes(entries.map(({ hash }) => hash))),
    ...named('previous', 'previousBytes', packHashes(entries.map(({ previous }) => previous))),
    offset: Float64Array.from(entries, ({ offset }) => offset),
    length: Uint32Array.from(entries, ({ length }) => length),
  };
}

const named = <Bytes extends string, Lengths extends string>(
  bytes: Bytes,
  lengths: Lengths,
  packed: { bytes: Uint8Array; lengths: Uint8Array },
) => ({ [bytes]: packed.bytes, [lengths]: packed.lengths }) as Record<Bytes | Lengths, Uint8Array>;

function packTexts(texts: readonly (string | null)[]): PackedTexts {
  const parts = texts.map((text) => Buffer.from(text ?? ''));
  const ends = new Uint32Array(parts.length);
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const [i, part] of parts.entries()) {
    bytes.set(part, at);
    at += part.length;
    ends[i] = at;
  }
  return { bytes, ends };
}

function packHashes(hashes: readonly (string | null)[]): { bytes: Uint8Array; lengths: Uint8Array } {
  const bytes = new Uint8Array(hashes.length * 32);
  const lengths = new Uint8Array(hashes.length);
  for (const [row, hash] of hashes.entries()) {
    // A longer hash has no place in a column of 32 bytes; the record itself shows it.
    if (hash === null || hash.length > 64) continue;
    lengths[row] = hash.length / 2;
    for (let i = 0; i < hash.length; i += 2) bytes[row * 32 + i / 2] = Number.parseInt(hash.slice(i, i + 2), 16);
  }
  return { bytes, lengths };
}

/** The texts again, null for each that is empty. */
export function unpackTexts({ bytes, ends }: PackedTexts): (string | null)[] {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const whole = all.toString('utf8');
  const isPlain = whole.length === bytes.length;
  return Array.from(ends, (end, i) => {
    const start = ends[i - 1] ?? 0;
    if (start === end) return null;
    return isPlain ? whole.slice(start, end) : all.toString('utf8', start, end);
  });
}

/** What may be moved to another thread instead of copied. */
export const buffersOf = (columns: LedgerColumns): ArrayBuffer[] => [
  ...new Set(
    [
      columns.at.bytes,
      columns.at.ends,
      columns.actor,
      columns.event,
      columns.hash,
      columns.hashBytes,
      columns.previous,
      columns.previousBytes,
      columns.offset,
      columns.length,
    ].map(({ buffer }) => buffer as ArrayBuffer),
  ),
];
