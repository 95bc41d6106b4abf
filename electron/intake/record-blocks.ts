import { limits } from '../../shared/limits.ts';
import { type OpenFile, Unreadable } from './formats/format.ts';

const mebibyte = 1_048_576;
/** The first block is small, so that the rule is known soon. */
const firstBlock = 65_536;

/** Whole lines of a file, each with its line feed; of the last block the last line may lack it. */
export interface RecordBlock {
  bytes: Buffer;
  /** Where it stands in the file. */
  offset: number;
}

/** A file as blocks of whole lines, about a MiB each, in memory of their own that is used again. */
export class RecordBlocks {
  private readonly file: Pick<OpenFile, 'bytes' | 'read'>;
  private readonly spare: Buffer[] = [];

  constructor(file: Pick<OpenFile, 'bytes' | 'read'>) {
    this.file = file;
  }

  /** Takes back the memory of a block that nobody looks at any more. */
  recycle({ bytes }: RecordBlock): void {
    if (bytes.buffer.byteLength >= mebibyte) this.spare.push(Buffer.from(bytes.buffer));
  }

  /** @throws Unreadable for a line too long, and where the file ends early */
  *[Symbol.iterator](): Generator<RecordBlock> {
    const { file } = this;
    let rest: Uint8Array = new Uint8Array();
    let offset = 0;
    for (let at = 0; at < file.bytes; ) {
      const wanted = at === 0 ? firstBlock : mebibyte;
      const space = this.space(rest.length + wanted);
      space.set(rest);
      const read = file.read(at, wanted, space.subarray(rest.length, rest.length + wanted));
      if (read.length === 0) throw new Unreadable('The file ended while it was read.', at);
      if (read.buffer !== space.buffer) space.set(read, rest.length);
      at += read.length;
      const whole = space.subarray(0, rest.length + read.length);
      const last = whole.lastIndexOf(0x0a);
      rest = Uint8Array.prototype.slice.call(whole, last + 1);
      if (rest.length > limits.lineBytes)
        throw new Unreadable(`A line is longer than ${limits.lineBytes} bytes.`, offset + last + 1);
      if (last < 0) this.recycle({ bytes: space, offset });
      else yield { bytes: whole.subarray(0, last + 1), offset };
      offset += last + 1;
    }
    if (rest.length > 0) yield { bytes: Buffer.from(rest), offset };
  }

  private space(length: number): Buffer {
    const spare = this.spare.pop();
    return spare !== undefined && spare.length >= length
      ? spare
      : Buffer.allocUnsafeSlow(Math.max(length, mebibyte + firstBlock));
  }
}

/** One record of a file, and where it stands. */
export interface RecordLine {
  bytes: Uint8Array;
  offset: number;
  isUnended: boolean;
  /** Line of the file, where a record is not a line of its own. */
  line?: number;
}

/** Lines of a block with their offsets, split at line feeds alone. A carriage return is part of its line. */
export function* linesOf({ bytes, offset }: RecordBlock): Generator<RecordLine> {
  let from = 0;
  for (let end = bytes.indexOf(0x0a); end >= 0; end = bytes.indexOf(0x0a, from)) {
    yield { bytes: bytes.subarray(from, end), offset: offset + from, isUnended: false };
    from = end + 1;
  }
  if (from < bytes.length) yield { bytes: bytes.subarray(from), offset: offset + from, isUnended: true };
}
