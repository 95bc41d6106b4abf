import zlib from 'node:zlib';
import { Failure } from '../../../shared/failure.ts';
import { visible } from '../containers/names.ts';
import { readDirectory, type ZipRecord } from '../containers/zip-directory.ts';
import { Unreadable } from './format.ts';

/** Bytes of a member, as of a file. */
export interface MemberBytes {
  bytes: number;
  read(offset: number, length: number): Uint8Array;
}

/** A file or a member that is a zip, by its name and its bytes. */
export interface ZipBytes extends MemberBytes {
  name: string;
  read(offset: number, length: number, into?: Uint8Array): Uint8Array;
}

/** A member of a zip that lies inside the evidence: torch, npz, skops. */
export interface ZipMember {
  name: string;
  bytes: number;
  /** Whether its writer noted no checksum for it. */
  hasNoChecksum: boolean;
  /**
   * The member, its length and CRC held against the directory; null where it is packed and too large to be unpacked.
   * @param isAsked false where a checksum that was never made (0) is none to hold it against @throws Unreadable
   */
  open(isAsked?: boolean): MemberBytes | null;
  /** Its first bytes, unpacked as far as they go, held against nothing. @throws Unreadable */
  head(): Uint8Array;
}

const membersAtMost = 100_000;
const largest = 64 * 2 ** 20;
const blockBytes = 1_048_576;

/**
 * Members of a zip by its strict directory (the rules of archives that are sources), and bytes that it does not explain.
 * Nothing is extracted.
 * @throws Unreadable where readers could disagree about it, or it is damaged
 */
export function zipMembers(file: ZipBytes): { members: ZipMember[]; unexplained: { start: number; end: number }[] } {
  let records: ZipRecord[];
  let unexplained: { start: number; end: number }[];
  try {
    ({ records, unexplained } = readDirectory(file.name, {
      bytes: file.bytes,
      read: file.read.bind(file),
      close: () => undefined,
    }));
  } catch (error) {
    if (error instanceof Failure) throw new Unreadable(error.parts.why);
    throw error;
  }
  if (records.length > membersAtMost) throw new Unreadable(`It holds more than ${membersAtMost} members.`);
  const names = new Set<string>();
  for (const { name } of records) {
    // Names of members are keys that somebody chose, and no file is made of them here; this one would leave any folder.
    if (name.split(/[/\\]/).includes('..'))
      throw new Unreadable(`The member ${visible(name.slice(0, 200))} would be written elsewhere if it were unpacked.`);
    if (names.has(name))
      throw new Unreadable(`It holds ${name.slice(0, 200)} twice: programs take the first or the last.`);
    names.add(name);
  }
  const members = records.map((record) => ({
    name: record.name,
    bytes: record.bytes,
    hasNoChecksum: record.crc === 0 && record.bytes > 0,
    open: (isAsked = true) => {
      const isHeld = isAsked || record.crc !== 0;
      return record.method === 0 ? stored(file, record, isHeld) : unpacked(file, record, isHeld);
    },
    head: () => headOf(file, record),
  }));
  return { members, unexplained };
}

const differs = (name: string) =>
  new Unreadable(`${name.slice(0, 200)} does not have the length or the checksum it says.`);

/** A stored member is read where it lies, however large it is. */
function stored(file: ZipBytes, { name, bytes, dataAt, crc }: ZipRecord, isHeld: boolean): MemberBytes {
  let sum = 0;
  const block = Buffer.allocUnsafe(Math.min(blockBytes, bytes));
  if (isHeld)
    for (let at = 0; at < bytes; at += blockBytes) {
      const length = Math.min(blockBytes, bytes - at);
      sum = zlib.crc32(file.read(dataAt + at, length, block.subarray(0, length)), sum);
    }
  if (isHeld && sum !== crc) throw differs(name);
  return {
    bytes,
    read: (offset, length) => file.read(dataAt + offset, Math.max(0, Math.min(length, bytes - offset))),
  };
}

function unpacked(
  file: ZipBytes,
  { name, packed, bytes, dataAt, crc }: ZipRecord,
  isHeld: boolean,
): MemberBytes | null {
  const shown = name.slice(0, 200);
  if (bytes > largest || packed > largest) return null;
  let data: Uint8Array;
  try {
    data = zlib.inflateRawSync(file.read(dataAt, packed), { maxOutputLength: bytes + 1 });
  } catch {
    throw new Unreadable(`${shown} cannot be unpacked: its bytes are damaged, or longer than it says.`);
  }
  if (data.length !== bytes || (isHeld && zlib.crc32(data) !== crc)) throw differs(name);
  return { bytes, read: (offset, length) => data.subarray(offset, offset + length) };
}

function headOf(file: ZipBytes, { name, method, packed, dataAt }: ZipRecord): Uint8Array {
  const bytes = file.read(dataAt, Math.min(packed, 4_096));
  if (method === 0) return bytes;
  try {
    return zlib.inflateRawSync(bytes, { finishFlush: zlib.constants.Z_SYNC_FLUSH, maxOutputLength: 8 * 2 ** 20 });
  } catch {
    throw new Unreadable(`${name.slice(0, 200)} cannot be unpacked: its bytes are damaged.`);
  }
}
