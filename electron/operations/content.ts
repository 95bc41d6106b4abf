import type { Content } from '../../shared/contract/evidence.ts';
import { limits } from '../../shared/limits.ts';
import { visibleText } from '../../shared/visible-text.ts';
import { JsonError, type JsonNode, parseJsonTree, pointerToken } from '../integrity/json.ts';

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const lineLength = 4_000;

/** Text of bytes where they are UTF-8 and hold no NUL; null where they are not text. */
export function textOf(bytes: Uint8Array): string | null {
  if (bytes.subarray(0, 8_192).includes(0)) return null;
  try {
    return strict.decode(bytes);
  } catch {
    return null;
  }
}

const cut = (text: string): string =>
  visibleText(
    text.length > lineLength ? `${text.slice(0, lineLength)}… ${text.length - lineLength} more characters` : text,
  );

export function textView(text: string, from: number, limit: number): Content {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return {
    view: 'text',
    lines: lines
      .slice(from, from + limit)
      .map((line, index) => ({ number: from + index + 1, text: cut(line.replace(/\r$/, '')) })),
    totalLines: lines.length,
    more: from + limit < lines.length,
  };
}

/** Rows of 16 bytes. `from` counts rows. */
export function hexView(bytes: Uint8Array, offset: number, total: number): Content {
  const rows: { offset: number; hex: string; text: string }[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const part = bytes.subarray(at, at + 16);
    rows.push({
      offset: offset + at,
      hex: Buffer.from(part)
        .toString('hex')
        .replace(/(..)(?=.)/g, '$1 '),
      text: Buffer.from(part)
        .toString('latin1')
        .replace(/[^\x20-\x7e]/g, '·'),
    });
  }
  return { view: 'hex', offset, rows, totalBytes: total, more: offset + bytes.length < total };
}

/** A JSON text as rows of its tree, depth first; null where it is not strict JSON. */
export function jsonView(text: string, from: number, limit: number): Content | null {
  let root: JsonNode;
  try {
    root = parseJsonTree(text, { size: limits.keptBytes });
  } catch (error) {
    if (error instanceof JsonError) return null;
    throw error;
  }
  const rows: { pointer: string; depth: number; key: string; value: string | null; children: number; line: number }[] =
    [];
  let seen = 0;
  const visit = (node: JsonNode, pointer: string, depth: number, key: string): void => {
    const children = node.kind === 'object' ? node.members.length : node.kind === 'array' ? node.items.length : 0;
    const value =
      node.kind === 'object'
        ? children === 0
          ? '{}'
          : null
        : node.kind === 'array'
          ? children === 0
            ? '[]'
            : null
          : node.kind === 'number'
            ? node.source
            : node.kind === 'string'
              ? JSON.stringify(node.value)
              : String(node.value);
    if (seen >= from && rows.length < limit + 1)
      rows.push({
        pointer,
        depth,
        key: visibleText(key),
        value: value === null ? null : cut(value),
        children,
        line: node.line,
      });
    seen += 1;
    if (rows.length > limit) return;
    if (node.kind === 'object')
      for (const { name, value: inner } of node.members)
        visit(inner, `${pointer}/${pointerToken(name)}`, depth + 1, name);
    if (node.kind === 'array')
      node.items.forEach((inner, index) => visit(inner, `${pointer}/${index}`, depth + 1, String(index)));
  };
  visit(root, '', 0, '');
  return { view: 'json', rows: rows.slice(0, limit), more: rows.length > limit };
}

/** Comma or tab separated values (RFC 4180) as rows of cells; `from` counts data rows. */
export function tableView(text: string, separator: string, from: number, limit: number): Content {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = '';
  let quoted = false;
  let total = 0;
  const endRow = () => {
    row.push(cell);
    cell = '';
    if (total === 0 || (total > from && rows.length <= limit)) rows.push(row);
    total += 1;
    row = [];
  };
  for (let i = 0; i < text.length; i++) {
    const char = text[i] ?? '';
    if (quoted) {
      if (char === '"' && text[i + 1] === '"') {
        cell += '"';
        i += 1;
      } else if (char === '"') quoted = false;
      else cell += char;
    } else if (char === '"' && cell === '') quoted = true;
    else if (char === separator) {
      row.push(cell);
      cell = '';
    } else if (char === '\n') endRow();
    else if (char !== '\r') cell += char;
  }
  if (cell !== '' || row.length > 0) endRow();
  const [head = [], ...data] = rows;
  return {
    view: 'table',
    columns: head.slice(0, 200).map(cut),
    rows: data
      .slice(0, limit)
      .map((cells, index) => ({ number: from + index + 1, cells: cells.slice(0, 200).map(cut) })),
    totalRows: Math.max(0, total - 1),
    more: from + limit < total - 1,
  };
}
