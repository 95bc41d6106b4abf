import { limits } from '../../shared/limits.ts';
import type { Row } from './chain-rule.ts';
import { JsonError, parseJsonTree } from './json.ts';

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
/** One line of a ledger: the record it holds, or why it holds none (null where it is another JSON value). */
export interface LedgerLine {
  row: Row | null;
  error: string | null;
}

/** Reads one line, UTF-8, without its line feed. */
export function readLedgerLine(bytes: Uint8Array): LedgerLine {
  let line: string;
  try {
    line = strictUtf8.decode(bytes);
  } catch {
    return { row: null, error: 'it is not UTF-8' };
  }
  try {
    const node = parseJsonTree(line, { size: limits.lineBytes });
    return node.kind === 'object' ? { row: { node, line }, error: null } : { row: null, error: null };
  } catch (error) {
    if (error instanceof JsonError) return { row: null, error: error.message };
    throw error;
  }
}
