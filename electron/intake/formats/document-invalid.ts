import type { DocumentFact } from '../../../shared/fact.ts';
import { limits } from '../../../shared/limits.ts';
import { JsonError, type JsonValue, parseJson } from '../../integrity/json.ts';
import type { FactSink, OpenFile } from './format.ts';

/** A document that is named and begins as one of a format, and is none. */
export const documentInvalid = (format: string, title: string, path: string, detail: string): DocumentFact => ({
  kind: 'document',
  format,
  title,
  place: { path },
  properties: [],
  defects: [{ code: 'document-invalid', detail, place: { path } }],
});

/**
 * The value of a document that is JSON beyond doubt; null where it is not strict JSON, which is then said of it: cut
 * off, or with one name twice, programs would read it differently or not at all (RFC 7493, 2.3).
 */
export function jsonDocument(
  file: OpenFile,
  facts: FactSink,
  { format, title }: { format: string; title: string },
): { [name: string]: JsonValue } | null {
  try {
    const value = parseJson(file.whole(limits.jsonBytes));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
    facts.add(documentInvalid(format, title, file.path, 'It is JSON, and no object, which such a document is.'));
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    facts.add(documentInvalid(format, title, file.path, `It is not strict JSON: ${error.message}.`));
  }
  return null;
}
