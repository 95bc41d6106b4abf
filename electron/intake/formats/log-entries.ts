import type { LogEntry } from '../../../shared/signature-parts.ts';
import { asList, asObject, asText, type Shape } from '../shape.ts';
import { Unreadable } from './format.ts';

/** A number of protobuf's JSON form, where 64 bits are written as text; none below zero. */
function count(value: Shape, what: string): number {
  const text = typeof value === 'number' ? String(value) : (asText(value) ?? '0');
  if (!/^[0-9]{1,16}$/.test(text)) throw new Unreadable(`${what} of its log entry is not a number that a log gives.`);
  return Number(text);
}
function base64(value: Shape, what: string): string {
  const text = asText(value) ?? '';
  if (Buffer.from(text, 'base64').toString('base64') !== text)
    throw new Unreadable(`${what} of its log entry is not base64.`);
  return text;
}

const entriesAtMost = 32;
const hashesAtMost = 64;

/** Entries of transparency logs that a bundle carries (sigstore_rekor.proto, TransparencyLogEntry). @throws Unreadable */
export function readLogEntries(material: { [name: string]: Shape }): LogEntry[] {
  const entries = asList(material['tlogEntries'] as never);
  if (entries.length > entriesAtMost) throw new Unreadable(`It carries more than ${entriesAtMost} log entries.`);
  return entries.map((each): LogEntry => {
    const entry = asObject(each);
    const proof = asObject(entry['inclusionProof']);
    const promise = asText(asObject(entry['inclusionPromise'])['signedEntryTimestamp']);
    const hasProof = entry['inclusionProof'] !== undefined && entry['inclusionProof'] !== null;
    const hashes = asList(proof['hashes']);
    if (hashes.length > hashesAtMost) throw new Unreadable('The proof of its log entry is longer than any tree needs.');
    return {
      logIndex: count(entry['logIndex'], 'The index'),
      logId: base64(asObject(entry['logId'])['keyId'], 'The log'),
      integratedTime: count(entry['integratedTime'], 'The time'),
      body: base64(entry['canonicalizedBody'], 'The body'),
      promise: promise === null || promise === '' ? null : promise,
      proof: hasProof
        ? {
            index: count(proof['logIndex'], 'The index in the proof'),
            size: count(proof['treeSize'], 'The size of the tree'),
            root: base64(proof['rootHash'], 'The root'),
            hashes: hashes.map((hash) => base64(hash, 'A hash')),
            checkpoint: asText(asObject(proof['checkpoint'])['envelope']) ?? '',
          }
        : null,
    };
  });
}
