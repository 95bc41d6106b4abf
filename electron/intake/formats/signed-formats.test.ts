import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Fact } from '../../../shared/fact.ts';
import { JsonError } from '../../integrity/json.ts';
import { dsse } from './dsse.ts';
import { Candidate, type Format, type OpenFile, Unreadable } from './format.ts';
import { inToto } from './in-toto.ts';
import { sigstoreBundle } from './sigstore-bundle.ts';
import { timestamp } from './timestamp.ts';

const story = '../shared/evidence/triage/good';
const names = (folder: string) =>
  existsSync(join(story, folder)) ? readdirSync(join(story, folder)).map((name) => `${folder}/${name}`) : [];
const seeds = ['models/triage-v2', 'supply-chain', 'supply-chain/in-toto', 'approvals', 'ledger']
  .flatMap(names)
  .filter((path) => /\.(sig|tsr|link|layout|dsse\.json)$/.test(path))
  .map((path) => ({ path, bytes: readFileSync(join(story, path)) }));
const readers = [sigstoreBundle, dsse, inToto, timestamp];

/** A file alone in its source. */
const alone = (path: string, bytes: Uint8Array): OpenFile => ({
  path,
  name: path.split('/').at(-1) ?? '',
  bytes: bytes.length,
  head: bytes.subarray(0, 4_096),
  digest: '',
  read: (offset, length) => bytes.subarray(offset, offset + length),
  whole: () => bytes,
  text: () => Buffer.from(bytes).toString(),
  has: () => false,
  list: () => [],
  folders: () => [],
  peek: () => null,
});

/** Facts, or null where the reader says that it cannot read it. Anything else it throws is a bug. */
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

describe.skipIf(seeds.length === 0)('readers of what is signed (skipped where the story is not there)', () => {
  it('recognise their own, first of all readers of signatures', () => {
    for (const { path, bytes } of seeds) {
      const file = alone(path, bytes);
      const format = readers.find((each) => each.recognise(new Candidate(path, file.bytes, file.head)));
      const facts = format === undefined ? null : factsOf(format, file);
      expect(
        facts?.some(({ kind }) => kind === 'signature' || kind === 'timestamp'),
        path,
      ).toBe(true);
    }
  });

  it('end in facts or in their own refusal on spoiled bytes, whoever reads them', () => {
    for (const { path, bytes } of seeds)
      for (const format of readers)
        fc.assert(
          fc.property(
            fc.nat({ max: bytes.length - 1 }),
            fc.uint8Array({ maxLength: 6 }),
            fc.nat({ max: 8 }),
            (at, put, gone) => {
              const mutant = Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + gone)]);
              const facts = factsOf(format, alone(path, mutant));
              if (facts !== null) expect(facts.some(({ kind }) => kind === 'document')).toBe(true);
            },
          ),
          { numRuns: 40, seed: 6 },
        );
  });
});
