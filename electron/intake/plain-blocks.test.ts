import type { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { canonicalJson } from '../integrity/canonical-json.ts';
import { sha256Hex } from '../integrity/digest.ts';
import { HashChain } from '../integrity/hash-chain.ts';
import { PlainBlocks } from './plain-blocks.ts';
import { linesOf, RecordBlocks } from './record-blocks.ts';

function ledger(entries: number): Buffer {
  let previous = '0'.repeat(64);
  const lines: string[] = [];
  for (let seq = 1; seq <= entries; seq++) {
    const body = {
      at: new Date(1_790_000_000_000 + seq * 1_000).toISOString(),
      note: 'x'.repeat(300),
      prev: previous,
      seq,
    };
    previous = sha256Hex(canonicalJson(body));
    lines.push(`${canonicalJson({ ...body, hash: previous })}\n`);
  }
  return Buffer.from(lines.join(''));
}
const fileOf = (bytes: Buffer) => ({
  bytes: bytes.length,
  read: (offset: number, length: number) => bytes.subarray(offset, offset + length),
});

/** All of a ledger, in blocks and threads as if it were large; `disturb` is called when some blocks are under way. */
function readAll(bytes: Buffer, disturb: (judges: PlainBlocks) => void = () => {}) {
  const blocks = new RecordBlocks(fileOf(bytes));
  const chain = new HashChain();
  let judges: PlainBlocks | null = null;
  let end = 0;
  let added = 0;
  const verdicts: boolean[] = [];
  const take = (judged: ReturnType<PlainBlocks['add']> | ReturnType<PlainBlocks['end']>) => {
    for (const { block, plain } of judged) {
      expect(block.offset).toBe(end);
      end += block.bytes.length;
      expect(block.bytes.equals(bytes.subarray(block.offset, end))).toBe(true);
      verdicts.push(plain !== null);
      if (plain === null || !chain.take(plain))
        for (const line of linesOf(block)) chain.add(line.bytes, line.isUnended);
      blocks.recycle(block);
    }
  };
  for (const block of blocks) {
    const plan = chain.plan(false);
    // Said to be large, so that threads are started for it.
    if (judges === null && plan !== null) judges = new PlainBlocks(plan, { ...fileOf(bytes), bytes: 2 ** 30 }, 1_500);
    if (judges !== null) {
      take(judges.add(block));
      added += 1;
      if (added === 2) disturb(judges);
    } else {
      for (const line of linesOf(block)) chain.add(line.bytes, line.isUnended);
      end += block.bytes.length;
    }
  }
  if (judges !== null) take(judges.end());
  judges?.close();
  expect(end).toBe(bytes.length);
  return { result: chain.end(), verdicts };
}

it('gives the blocks back in order, with what other threads found, and nothing is lost of them', () => {
  const bytes = ledger(12_000);
  // One byte of one record, far in: its block alone is not plain.
  bytes[bytes.indexOf('"seq":9000') + 6] = 0x38;
  const { result, verdicts } = readAll(bytes);
  expect(verdicts.filter((isPlain) => !isPlain).length).toBe(1);
  expect(verdicts.length).toBeGreaterThan(4);
  expect(result.entries).toBe(12_000);
  expect(result.breaks.map(({ entry, kind }) => `${entry} ${kind}`)).toEqual(['9000 edited']);
});

it('reads again what a thread that dies had in hand', () => {
  const { result } = readAll(ledger(12_000), (judges) => {
    for (const { worker } of (judges as unknown as { threads: { worker: Worker }[] }).threads) void worker.terminate();
  });
  expect(result).toMatchObject({ entries: 12_000, breakCount: 0 });
});

it('lines of any length come whole, and the last one needs no line feed', () => {
  const lines = ['{"a":1}', 'x'.repeat(3_000_000), '', 'y'.repeat(70_000), '{"b":2}'];
  const bytes = Buffer.from(lines.join('\n'));
  const blocks = new RecordBlocks(fileOf(bytes));
  const found: string[] = [];
  for (const block of blocks) {
    for (const line of linesOf(block)) {
      expect(line.offset).toBe(bytes.indexOf(Buffer.from(line.bytes), line.offset));
      expect(line.isUnended).toBe(line.offset + line.bytes.length === bytes.length);
      found.push(Buffer.from(line.bytes).toString());
    }
    blocks.recycle(block);
  }
  expect(found).toEqual(lines);
  expect(() => [...new RecordBlocks(fileOf(Buffer.alloc(17 * 2 ** 20, 0x20)))]).toThrow('A line is longer');
});
