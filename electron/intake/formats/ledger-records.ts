import { limits } from '../../../shared/limits.ts';
import { JsonError, type JsonNode, parseJsonTree } from '../../integrity/json.ts';
import { type OpenFile, Unreadable } from './format.ts';

const block = 1_048_576;

/** One record of a file, and where it stands. */
export interface RecordLine {
  bytes: Uint8Array;
  offset: number;
  isUnended: boolean;
  /** Line of the file, where a record is not a line of its own. */
  line?: number;
}

/** Records of a file that is one JSON array; what is hashed is their values, so that their spacing does not matter. */
export function* itemsOf(file: OpenFile): Generator<RecordLine> {
  const text = file.text(limits.jsonBytes);
  let root: JsonNode;
  try {
    root = parseJsonTree(text);
  } catch (error) {
    if (error instanceof JsonError) throw new Unreadable(`${error.message}.`, error.offset);
    throw error;
  }
  if (root.kind !== 'array') throw new Unreadable('The file is no array of records.');
  let offset = 0;
  let from = 0;
  for (const { start, end, line } of root.items) {
    offset += Buffer.byteLength(text.slice(from, start));
    const bytes = Buffer.from(text.slice(start, end));
    yield { bytes, offset, isUnended: false, line };
    offset += bytes.length;
    from = end;
  }
}

/** Lines of a file with their offsets, split at line feeds alone. A carriage return is part of its line. */
export function* linesOf(file: OpenFile): Generator<RecordLine> {
  let rest: Uint8Array = new Uint8Array();
  let offset = 0;
  for (let at = 0; at < file.bytes; ) {
    const read = file.read(at, block);
    if (read.length === 0) throw new Unreadable('The file ended while it was read.', at);
    at += read.length;
    const whole = rest.length === 0 ? read : Buffer.concat([rest, read]);
    let from = 0;
    for (let end = whole.indexOf(0x0a); end >= 0; end = whole.indexOf(0x0a, from)) {
      yield { bytes: whole.subarray(from, end), offset, isUnended: false };
      offset += end - from + 1;
      from = end + 1;
    }
    rest = whole.slice(from);
    if (rest.length > limits.lineBytes)
      throw new Unreadable(`A line is longer than ${limits.lineBytes} bytes.`, offset);
  }
  if (rest.length > 0) yield { bytes: rest, offset, isUnended: true };
}
