import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Fact } from '../../../shared/fact.ts';
import { sha256Hex } from '../../integrity/digest.ts';
import { JsonError } from '../../integrity/json.ts';
import { leafHash, nodeHash, rootOf, verifyConsistency } from '../../integrity/merkle.ts';
import { canonicalPair } from './canonical-pair.ts';
import { checkpoint } from './checkpoint.ts';
import { Candidate, type Format, type OpenFile, Unreadable } from './format.ts';
import { ledger } from './ledger.ts';
import { merkleProof } from './merkle-proof.ts';
import { recordDigest } from './record-digest.ts';
import { signedNote } from './signed-note.ts';

/** A file among others in one folder. */
function among(name: string, files: Record<string, Uint8Array>): OpenFile {
  const bytes = files[name] ?? new Uint8Array();
  return {
    path: name,
    name,
    bytes: bytes.length,
    head: bytes.subarray(0, 4_096),
    digest: '',
    read: (offset, length) => bytes.subarray(offset, offset + length),
    whole: () => bytes,
    text: () => Buffer.from(bytes).toString(),
    has: (path) => files[path] !== undefined,
    list: () => Object.keys(files),
    folders: () => [],
    peek: (path) => files[path] ?? null,
  };
}
function factsOf(format: Format, file: OpenFile): Fact[] | null {
  const facts: Fact[] = [];
  try {
    format.read(file, { add: (fact) => void facts.push(fact), ledgerRows: () => {}, checkpoint: () => {} });
    return facts;
  } catch (error) {
    expect(error instanceof Unreadable || error instanceof JsonError, String(error)).toBe(true);
    return null;
  }
}

const leaves = [0, 1, 2, 3, 4].map((i) => leafHash(`entry ${i}`));
const [, , two = Buffer.alloc(0), three = Buffer.alloc(0), four = Buffer.alloc(0)] = leaves;
const early = rootOf(leaves.slice(0, 2));
const proof = {
  type: 'consistency',
  metadata: { algorithm: 'sha256', security: true, size: 5, prior_size: 2 },
  rule: [0, 1, 0, 0],
  subset: [0, 0, 1, 0],
  path: [two, three, early, four].map((each) => each.toString('hex')),
};
const text = (value: string | object) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
const hash = 'a'.repeat(64);
/** Rows whose rule is found at once: where there is none to be found, seeking it takes its time. */
let head = '0'.repeat(64);
const rows = [0, 1, 2, 3, 4].map((seq) => {
  const body = `"prev_hash":"${head}","seq":${seq}}`;
  head = sha256Hex(`{${body}`);
  return `{"hash":"${head}",${body}\n`;
});
const seeds: { format: Format; name: string; files: Record<string, Uint8Array> }[] = [
  {
    format: merkleProof,
    name: 'proof.json',
    files: {
      'proof.json': text(proof),
      'root.hex': text(rootOf(leaves).toString('hex')),
      'root-old.hex': text(early.toString('hex')),
    },
  },
  {
    format: checkpoint,
    name: 'checkpoint',
    files: {
      checkpoint: text(
        `log\n5\n${rootOf(leaves).toString('base64')}\n\n\u2014 log ${Buffer.alloc(68, 3).toString('base64')}\n`,
      ),
      'log.v3.json': text({ description: 'log', log_id: '', key: Buffer.alloc(44).toString('base64') }),
    },
  },
  {
    format: signedNote,
    name: 'note.txt',
    files: { 'note.txt': text(`A text.\n\n\u2014 log ${Buffer.alloc(68, 3).toString('base64')}\n`) },
  },
  {
    format: recordDigest,
    name: 'record.json',
    files: { 'record.json': text({ record: { a: 1.5 }, record_hash: hash, jcs: '{"a":1.5}' }) },
  },
  {
    format: canonicalPair,
    name: 'output.json',
    files: { 'output.json': text('{"a":1}'), 'input.json': text('{ "a": 1.0 }'), 'outhex.txt': text('7b 22') },
  },
  {
    format: ledger,
    name: 'ledger.jsonl',
    files: {
      'ledger.jsonl': text(rows.join('')),
      'HEAD.json': text({ size: rows.length, head }),
      'signer.pub': text(hash),
      'copy.jsonl': text(rows.join('')),
    },
  },
];

describe('readers of records and proofs', () => {
  it('turn a consistency proof of pymerkle into one of RFC 9162', () => {
    const [seed] = seeds;
    const found = factsOf(merkleProof, among('proof.json', seed?.files ?? {}))?.find((fact) => fact.kind === 'proof');
    const path = found?.kind === 'proof' ? found.path : [];
    expect(path).toEqual([nodeHash(two, three), four].map((each) => each.toString('hex')));
    const steps = path.map((hex) => Buffer.from(hex, 'hex'));
    expect(verifyConsistency(2, 5, early, rootOf(leaves), steps)).toBe(true);
  });

  it('recognise their own, and end in facts or in their own refusal on spoiled bytes, their own or a neighbour’s', () => {
    for (const { format, name, files } of seeds) {
      const { bytes: size, head } = among(name, files);
      expect(format.recognise(new Candidate(name, size, head)), name).toBe(true);
      expect(factsOf(format, among(name, files))?.length, name).toBeGreaterThan(0);
      for (const [spoiled, bytes] of Object.entries(files))
        fc.assert(
          fc.property(
            fc.nat({ max: bytes.length - 1 }),
            fc.uint8Array({ maxLength: 6 }),
            fc.nat({ max: 8 }),
            (at, put, gone) => {
              const mutant = Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + gone)]);
              factsOf(format, among(name, { ...files, [spoiled]: mutant }));
            },
          ),
          { numRuns: 60, seed: 14 },
        );
    }
  });
});
