import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { examineFiles } from '../../e2e/testkit/examine-files.ts';
import { canonicalJson } from '../integrity/canonical-json.ts';
import { sha256Hex } from '../integrity/digest.ts';

const scratch = mkdtempSync(join(tmpdir(), 'assay-anchors-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const said = async (files: Record<string, string>) => (await examineFiles(scratch, files)).verdict;

let previous = '0'.repeat(64);
const chain = (numbers: readonly number[]) => {
  previous = '0'.repeat(64);
  return numbers.map((seq, i) => {
    const record = { action: `act ${i}`, prev_hash: previous, seq };
    previous = sha256Hex(canonicalJson(record));
    return { ...record, hash: previous };
  });
};
const records = chain([1, 2, 3, 4, 5, 6, 7, 8]);
const head = previous;
const lines = (rows: readonly object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

describe('a head kept elsewhere', () => {
  it.each([
    ['chain_head.txt', `8 ${head}\n`],
    ['final_hash.txt', `${head}\n`],
    ['latest-hash', head],
    ['head.yaml', `head: ${head}\ncount: 8\n`],
    ['head.txt', `count=8\nhead=sha256:${head}\n`],
  ])('in %s is held against the record', async (name, text) => {
    expect(await said({ 'audit.jsonl': lines(records), [name]: text })).toBe('pass');
    expect(await said({ 'audit.jsonl': lines(records.slice(0, -1)), [name]: text })).toBe('fail');
  });

  it('is read from an object within the document that holds the records', async () => {
    const of = (entries: readonly object[]) => ({
      'audit.json': JSON.stringify({ meta: { head, count: 8 }, entries }),
    });
    expect(await said(of(records))).toBe('pass');
    expect(await said(of(records.slice(0, -1)))).toBe('fail');
  });
});

describe('records in an array', () => {
  it.each([
    ['under a name of its own', (rows: readonly object[]) => ({ version: 1, our_acts: rows })],
    ['within another object', (rows: readonly object[]) => ({ audit: { of: 'today', acts: rows } })],
  ])('%s are found by their hashes', async (_, wrap) => {
    const of = (rows: readonly object[]) => ({ 'audit.json': JSON.stringify(wrap(rows), null, 1) });
    expect(await said(of(records))).toBe('pass');
    expect(await said(of(records.toSpliced(3, 1)))).toBe('fail');
  });

  it('of another kind are none, though its parts name a parent and a digest', async () => {
    const parts = [
      { name: 'a', digest: head },
      { name: 'b', parent: head, digest: sha256Hex('b') },
    ];
    for (const kind of ['bomFormat', '@context', '_type'])
      expect(await said({ 'parts.json': JSON.stringify({ [kind]: 'x', parts }) })).not.toBe('fail');
  });
});

describe('numbers of records', () => {
  it('count up, and one that comes back is said to', async () => {
    expect(await said({ 'audit.jsonl': lines(chain([1, 2, 3, 2, 4, 5])) })).toBe('fail');
  });
});
