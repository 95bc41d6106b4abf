import { PdfFile, type Revision } from './pdf-file.ts';
import { isDictionary, isName, isReference, PdfError, type PdfValue, textOf } from './pdf-object.ts';

/** Numbers that a value refers to, itself and below, within one object. */
function referred(value: PdfValue | undefined, into: Set<number>, depth = 0): void {
  if (depth > 8 || value === undefined) return;
  if (isReference(value)) into.add(value.number);
  else if (Array.isArray(value)) for (const each of value) referred(each, into, depth + 1);
  else if (isDictionary(value))
    for (const [name, each] of value.entries) if (name !== 'Parent' && name !== 'P') referred(each, into, depth + 1);
}

/**
 * What a revision does that no signature does, in words: object by object against the file as it stood before. Empty
 * where it changes a signature field and adds a signature and nothing else.
 */
export function foreignChanges(bytes: Uint8Array, before: readonly Revision[], revision: Revision): string[] {
  const old = new PdfFile(bytes, before);
  const now = new PdfFile(bytes, [...before, revision]);
  const changes: string[] = [];
  try {
    const root = old.root();
    const pages = old.pages();
    const embedded = old.embeddedNumber('report.json');
    const pageOf = (number: number): number =>
      pages.findIndex((page) => page.number === number || holds(page.entries, number)) + 1;
    if (revision.root !== before.at(-1)?.root) changes.push('it names another document catalog');
    for (const number of revision.objects.keys()) {
      const isNew = !before.some(({ objects }) => objects.has(number));
      const { value } = now.object(number);
      if (isNew && isDictionary(value) && isName(value.entries.get('Type'), 'Sig')) continue;
      if (!isNew && isField(old.object(number).value)) {
        const kept = sameButSignature(old.object(number).value, value);
        if (!kept)
          changes.push(`it changes more of the signature field ${fieldName(old.object(number).value)} than its value`);
        continue;
      }
      const page = pageOf(number);
      if (page > 0) changes.push(`it changes page ${page}`);
      else if (number === root.number) changes.push('it changes the document catalog');
      else if (number === embedded) changes.push('it changes the embedded report.json');
      else changes.push(isNew ? `it adds object ${number}, which is no signature` : `it changes object ${number}`);
    }
  } catch (error) {
    if (!(error instanceof PdfError)) throw error;
    changes.push(`it cannot be read: ${error.message}`);
  }
  return [...new Set(changes)];
}

const isField = (value: PdfValue): boolean => isDictionary(value) && isName(value.entries.get('FT'), 'Sig');
const fieldName = (value: PdfValue): string => (isDictionary(value) ? (textOf(value.entries.get('T')) ?? '') : '');

function holds(entries: Map<string, PdfValue>, number: number): boolean {
  const numbers = new Set<number>();
  for (const name of ['Contents', 'Resources', 'Annots']) referred(entries.get(name), numbers);
  return numbers.has(number);
}

/** Whether a field is what it was, but for `/V`, which was not there. */
function sameButSignature(before: PdfValue, after: PdfValue): boolean {
  if (!isDictionary(before) || !isDictionary(after) || before.entries.has('V')) return false;
  const rest = [...after.entries].filter(([name]) => name !== 'V');
  return isReference(after.entries.get('V')) && JSON.stringify(rest) === JSON.stringify([...before.entries]);
}
