import zlib from 'node:zlib';
import { Failure } from '../../../shared/failure.ts';
import { limits } from '../../../shared/limits.ts';
import { readDirectory, type ZipRecord } from '../containers/zip-directory.ts';
import { type OpenFile, Unreadable } from './format.ts';

/** A member of a zip that lies inside the evidence: torch, npz, skops. */
export interface ZipMember {
  name: string;
  bytes: number;
  /** The whole member, its length and CRC held against the directory. @throws Unreadable */
  whole(): Uint8Array;
}

const membersAtMost = 100_000;
const largest = 64 * 2 ** 20;

/**
 * Members of a zip by its strict directory (the rules of archives that are sources). Nothing is extracted.
 * @throws Unreadable where readers could disagree about it, or it is damaged
 */
export function zipMembers(file: OpenFile): ZipMember[] {
  let records: ZipRecord[];
  try {
    ({ records } = readDirectory(file.name, { bytes: file.bytes, read: file.read.bind(file), close: () => undefined }));
  } catch (error) {
    if (error instanceof Failure) throw new Unreadable(error.parts.why);
    throw error;
  }
  if (records.length > membersAtMost) throw new Unreadable(`It holds more than ${membersAtMost} members.`);
  return records.map((record) => ({ name: record.name, bytes: record.bytes, whole: () => wholeOf(file, record) }));
}

function wholeOf(file: OpenFile, { name, method, packed, bytes, dataAt, crc }: ZipRecord): Uint8Array {
  const shown = name.slice(0, 200);
  if (bytes > largest || packed > largest) throw new Unreadable(`${shown} is larger than ${largest} bytes.`);
  if (bytes > limits.ratioFromBytes && bytes > limits.ratio * Math.max(1, packed))
    throw new Unreadable(`${shown} would grow more than ${limits.ratio} times.`);
  const held = file.read(dataAt, packed);
  let data: Uint8Array = held;
  if (method === 8) {
    try {
      data = zlib.inflateRawSync(held, { maxOutputLength: bytes + 1 });
    } catch {
      throw new Unreadable(`${shown} cannot be unpacked: its bytes are damaged, or longer than it says.`);
    }
  }
  if (data.length !== bytes || zlib.crc32(data) !== crc)
    throw new Unreadable(`${shown} does not have the length or the checksum it says.`);
  return data;
}
