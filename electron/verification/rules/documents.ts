import type { CheckCode } from '../../../shared/check-codes.ts';
import type { Aspect, Verdict } from '../../../shared/verdict.ts';
import type { Rule } from './rule.ts';

/** What a deviation of form comes to. A code that is not here fails: a new one is never quietly harmless. */
const severity: Partial<Record<string, { verdict: Verdict; aspect: Aspect; partial?: boolean }>> = {
  'signature-unreadable': { verdict: 'fail', aspect: 'origin' },
  'bundle-form': { verdict: 'warn', aspect: 'origin' },
  'bundle-contradicts': { verdict: 'fail', aspect: 'origin' },
  'statement-untyped': { verdict: 'warn', aspect: 'claim' },
  'statement-invalid': { verdict: 'fail', aspect: 'claim' },
  'statement-says-failed': { verdict: 'policy', aspect: 'claim' },
  'timestamp-invalid': { verdict: 'fail', aspect: 'origin' },
  'manifest-line': { verdict: 'warn', aspect: 'content' },
  'pickle-trailing-bytes': { verdict: 'warn', aspect: 'content' },
  'pickle-runs-code': { verdict: 'warn', aspect: 'content' },
  'pdf-active': { verdict: 'warn', aspect: 'content' },
  'pdf-link': { verdict: 'warn', aspect: 'content' },
  'pdf-embedded': { verdict: 'warn', aspect: 'content' },
  'pdf-hidden': { verdict: 'warn', aspect: 'content' },
  'pdf-ambiguous': { verdict: 'warn', aspect: 'content' },
  'pdf-trailing': { verdict: 'warn', aspect: 'content' },
  'pdf-signature': { verdict: 'warn', aspect: 'content' },
  'private-key-present': { verdict: 'warn', aspect: 'origin' },
  'key-weak': { verdict: 'warn', aspect: 'origin' },
  'name-deceives': { verdict: 'warn', aspect: 'content' },
  'signature-armor': { verdict: 'warn', aspect: 'origin' },
  'signature-covers-part': { verdict: 'warn', aspect: 'origin' },
  'text-number': { verdict: 'warn', aspect: 'content' },
  'text-machinery': { verdict: 'warn', aspect: 'content' },
  'text-differs': { verdict: 'warn', aspect: 'content' },
  'text-hidden': { verdict: 'warn', aspect: 'content' },
  'text-active': { verdict: 'warn', aspect: 'content' },
  'text-split': { verdict: 'warn', aspect: 'content' },
  'text-empty': { verdict: 'warn', aspect: 'content' },
  'text-line': { verdict: 'warn', aspect: 'content' },
  'tensor-header-loose': { verdict: 'warn', aspect: 'content' },
  'tensor-padding': { verdict: 'warn', aspect: 'content' },
  'shard-missing': { verdict: 'undecided', aspect: 'completeness' },
  'onnx-ambiguous': { verdict: 'warn', aspect: 'content' },
  'onnx-foreign-operator': { verdict: 'warn', aspect: 'content' },
  'name-encoding': { verdict: 'warn', aspect: 'content' },
  'data-elsewhere': { verdict: 'undecided', aspect: 'completeness', partial: true },
  'digest-placeholder': { verdict: 'warn', aspect: 'content' },
  'crate-failed-result': { verdict: 'warn', aspect: 'claim' },
  'read-in-part': { verdict: 'undecided', aspect: 'claim', partial: true },
  'tested-on-training-data': { verdict: 'warn', aspect: 'claim' },
  'records-not-read': { verdict: 'undecided', aspect: 'claim', partial: true },
  'licence-missing': { verdict: 'warn', aspect: 'claim' },
  'reference-dangling': { verdict: 'fail', aspect: 'claim' },
  'record-contradicts': { verdict: 'fail', aspect: 'claim' },
  'crate-time': { verdict: 'fail', aspect: 'claim' },
  'crate-term': { verdict: 'warn', aspect: 'content' },
  'pipeline-parameter': { verdict: 'warn', aspect: 'claim' },
  'pipeline-command': { verdict: 'fail', aspect: 'claim' },
  'card-unsupported': { verdict: 'warn', aspect: 'claim' },
  'card-differs': { verdict: 'warn', aspect: 'claim' },
  'card-implausible': { verdict: 'warn', aspect: 'claim' },
  'store-incomplete': { verdict: 'undecided', aspect: 'completeness' },
  'store-no-digest': { verdict: 'undecided', aspect: 'content' },
  'store-reference': { verdict: 'fail', aspect: 'completeness' },
  'archive-inside': { verdict: 'undecided', aspect: 'completeness', partial: true },
  'archive-hidden-bytes': { verdict: 'warn', aspect: 'completeness' },
  'archive-rights': { verdict: 'warn', aspect: 'content' },
  'archive-attributes': { verdict: 'warn', aspect: 'content' },
  'archive-time': { verdict: 'warn', aspect: 'content' },
  'archive-empty': { verdict: 'warn', aspect: 'completeness' },
  // Readers take such an archive for whole (POSIX.1-2017, pax, asks for the mark): nothing is wrong with what is here.
  'archive-end': { verdict: 'undecided', aspect: 'completeness', partial: true },
  'content-not-bound': { verdict: 'undecided', aspect: 'content' },
  'content-left-out': { verdict: 'warn', aspect: 'content' },
  'bag-incomplete': { verdict: 'fail', aspect: 'completeness' },
  'bag-declaration': { verdict: 'fail', aspect: 'content' },
  'bag-oxum': { verdict: 'fail', aspect: 'completeness' },
};

const settledBy: Partial<Record<string, string>> = {
  'data-elsewhere': 'The files themselves.',
  'read-in-part': 'The document, judged by a program of its format.',
  'records-not-read': 'The records, read by a program of the format.',
  'shard-missing': 'The other parts, under the names that they were written with.',
  'store-incomplete': 'The whole file.',
  'store-no-digest': 'A list of digests by whoever published the files.',
  'archive-inside': 'The archive imported as a source of its own.',
  'archive-end': 'The count of entries, or a digest of the archive, from its producer.',
};

/** Formats that state what their bytes must be: that they are so is more than good form. */
const measured = new Set(['canonical-json', 'record-digest', 'safetensors', 'gguf', 'onnx']);
export const isMeasured = (format: string): boolean => measured.has(format);

/** Documents have the form that their format demands. */
export const documents: Rule = {
  id: 'documents',
  title: 'Documents are well formed',
  verify(evidence, checks) {
    for (const document of evidence.facts('document')) {
      for (const { code, detail, place, expected, actual } of document.defects) {
        const { verdict, aspect, partial = false } = severity[code] ?? { verdict: 'fail', aspect: 'content' };
        checks.add({
          rule: 'documents',
          aspect,
          verdict,
          code: code as CheckCode,
          subject: place.path,
          location: place,
          expected: expected ?? null,
          actual: actual ?? null,
          vouched: 'nobody',
          message: detail,
          settledBy: verdict === 'undecided' ? (settledBy[code] ?? 'The data that it names.') : '',
          partial,
        });
      }
      if (document.defects.length === 0)
        checks.pass(isMeasured(document.format) ? 'model-structure' : 'documents', 'content');
    }
  },
};

/** Files that could not be read are named, and nothing is said of them. */
export const unread: Rule = {
  id: 'unread',
  title: 'Every file was read',
  verify(evidence, checks) {
    for (const { path, unread: why, digest } of evidence.files()) {
      if (why === null) continue;
      const isDocument = digest !== null;
      checks.add({
        rule: 'unread',
        aspect: isDocument ? 'content' : 'completeness',
        verdict: isDocument ? 'warn' : 'undecided',
        code: isDocument ? 'document-unreadable' : 'file-unread',
        subject: path,
        location: { path },
        expected: null,
        actual: null,
        vouched: 'nobody',
        message: isDocument
          ? `Its bytes were digested; as a document it cannot be read. ${why}`
          : `This file was not read: ${why}.`,
        settledBy: isDocument ? '' : 'The right to read it, or a whole copy. Then verify again.',
      });
    }
  },
};
