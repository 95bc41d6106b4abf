import { fileStates, type JudgedFile, type Place } from '../../shared/evidence.ts';
import type { FactOf } from '../../shared/fact.ts';
import { vouchers } from '../../shared/verdict.ts';
import { rankOf } from './rows.ts';

/** Files as they cross between threads: an object for each would take longer to cross than the file takes to read. */
export interface FileColumns {
  rows: number;
  /** In its import, in the order of paths, from 1. */
  number: Int32Array;
  folder: Int32Array;
  path: string[];
  bytes: Float64Array;
  /** 32 bytes a row, where it has a digest. */
  digest: Uint8Array;
  hasDigest: Uint8Array;
  /** Names of formats, '' for none, and which of them each row has. */
  formats: string[];
  format: Int32Array;
  state: Uint8Array;
  claims: Uint32Array;
  vouched: Uint8Array;
  /** Rank of the verdict; -1 for none. */
  verdict: Int8Array;
  /** Why each is unread, by row. */
  unread: Map<number, string>;
  /** Milliseconds since 1970; NaN where unknown. */
  modifiedAt: Float64Array;
}

/** @param numberOf number of a file @param folderOf number of the folder that it lies in */
export function fileColumns(
  files: readonly JudgedFile[],
  numberOf: (file: JudgedFile) => number,
  folderOf: (file: JudgedFile) => number,
): FileColumns {
  const digest = Buffer.alloc(files.length * 32);
  const formats: string[] = [];
  const unread = new Map<number, string>();
  files.forEach((file, row) => {
    if (file.digest !== null) digest.write(file.digest.slice(7), row * 32, 'hex');
    if (file.unread !== null) unread.set(row, file.unread);
  });
  return {
    rows: files.length,
    number: Int32Array.from(files, numberOf),
    folder: Int32Array.from(files, folderOf),
    path: files.map(({ path }) => path),
    bytes: Float64Array.from(files, ({ bytes }) => bytes),
    digest,
    hasDigest: Uint8Array.from(files, (file) => (file.digest === null ? 0 : 1)),
    formats,
    format: Int32Array.from(files, (file) => {
      const known = formats.indexOf(file.format ?? '');
      return known >= 0 ? known : formats.push(file.format ?? '') - 1;
    }),
    state: Uint8Array.from(files, ({ state }) => fileStates.indexOf(state)),
    claims: Uint32Array.from(files, ({ claims }) => claims),
    vouched: Uint8Array.from(files, (file) => vouchers.indexOf(file.vouched)),
    verdict: Int8Array.from(files, ({ verdict }) => rankOf(verdict) ?? -1),
    unread,
    modifiedAt: Float64Array.from(files, (file) => file.modifiedAt ?? Number.NaN),
  };
}

/** Columns of the table, in the order in which `fileValues` gives them. */
export const fileNames =
  'id, folder, path, bytes, digest, format, state, claims, vouched, verdict, unread, modified_at';
/** One row, as it is bound. */
export function fileValues(columns: FileColumns, row: number): unknown[] {
  const verdict = columns.verdict[row] ?? -1;
  const modifiedAt = columns.modifiedAt[row] ?? Number.NaN;
  return [
    columns.number[row],
    columns.folder[row],
    columns.path[row],
    columns.bytes[row],
    columns.hasDigest[row] === 1 ? columns.digest.subarray(row * 32, row * 32 + 32) : null,
    columns.formats[columns.format[row] ?? 0],
    columns.state[row],
    columns.claims[row],
    vouchers[columns.vouched[row] ?? 0],
    verdict < 0 ? null : verdict,
    columns.unread.get(row) ?? null,
    Number.isNaN(modifiedAt) ? null : modifiedAt,
  ];
}

/** Items of one listing that speak of files that are here, by the number of the file. */
export interface ItemColumns {
  rows: number;
  /** Number by which the loader knows the listing. */
  listing: number;
  file: Int32Array;
  item: Int32Array;
  /** JSON; a line alone where the item stands in a line of the listing's own document. */
  place: string[];
  /** JSON; '' where what is stated is the digest that the file has. */
  digests: string[];
}
type Items = FactOf<'listing'>['items'];

/** Which items speak of which file, in the order of the files: the store keeps them so, whatever the order of the list. */
export function itemOrder(items: Items, numberOf: (path: string, item: number) => number | undefined): Float64Array {
  const keys = new Float64Array(items.length);
  let found = 0;
  items.forEach(({ path, range }, item) => {
    const file = path === null || range !== undefined ? undefined : numberOf(path, item);
    if (file !== undefined) keys[found++] = file * itemsAtMost + item;
  });
  return keys.subarray(0, found).sort();
}
/** More than any list has; a number of a file times this is exact. */
const itemsAtMost = 2 ** 22 * 100;

/** @param order some of what `itemOrder` found @param digestOf the digest of the file that an item speaks of; null where it is not here */
export function itemColumns(
  listing: number,
  own: string,
  items: Items,
  order: Float64Array,
  digestOf: (item: number) => string | null,
): ItemColumns {
  const file = Int32Array.from(order, (key) => Math.floor(key / itemsAtMost));
  const item = Int32Array.from(order, (key) => key % itemsAtMost);
  const place: string[] = [];
  const digests: string[] = [];
  for (const index of item) {
    const of = items[index];
    if (of === undefined) continue;
    place.push(isLineOf(of.place, own) ? String(of.place.line) : JSON.stringify(of.place));
    const isHeld = of.digests.length === 1 && of.digests[0] === digestOf(index);
    digests.push(isHeld ? '' : JSON.stringify(of.digests));
  }
  return { rows: order.length, listing, file, item, place, digests };
}

/** Whether a place is a line of that document and nothing closer. */
function isLineOf(place: Place, own: string): boolean {
  if (place.path !== own || place.line === undefined) return false;
  for (const name in place) if (name !== 'path' && name !== 'line') return false;
  return true;
}
