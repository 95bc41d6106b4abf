import { limits } from '../../../shared/limits.ts';
import { JsonError, type JsonNode, parseJsonTree } from '../../integrity/json.ts';
import type { RecordLine } from '../record-blocks.ts';
import { type OpenFile, Unreadable } from './format.ts';

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
