import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { answerCase } from './corpora/answer-case.ts';
import type { Answer } from './corpora/ask-cases.ts';
import { firstBadEntry } from './corpora/first-bad-entry.ts';
import { agrees } from './corpora/outcome.ts';
import { type Case, stageCase } from './corpora/stage-case.ts';

/** Labelled cases laid out as the runner does it, answered in this process; each difference is one that is documented. */
const root = '../shared/corpora';
const place = mkdtempSync(join(tmpdir(), 'assay-corpora-'));
const staging = join(place, 'staging');
mkdirSync(staging);
afterAll(() => rmSync(place, { recursive: true, force: true }));

interface Labelled extends Case {
  id?: string;
  file?: string;
  expected?: string;
  group?: string;
  /** The first entry of a ledger that is not as it was written, counted from 1. */
  first_bad_row?: number;
}
type Kind = (label: { id: string; expected: string }, answer: Answer) => boolean;
/** Groups of the corpora of ledgers in which nothing is chained: proofs, single records, vectors of them. */
const unchained = new Set(['pymerkle', 'record-digest', 'recompute-drift', 'argentum-file']);
const hasCode = ({ checks }: Answer, code: string) => checks.some((check) => check.code === code);

/** One a line of resources/docs/disagreements.md: by what was said, not by whose case it is, wherever that can be told. */
const documented: Record<string, Kind[]> = {
  pickle: [(_, { refusal }) => refusal?.why?.endsWith('is encrypted.') === true],
  'oms-tools': [
    ({ expected }, answer) => expected === 'valid-with-findings' && hasCode(answer, 'signature-time'),
    // A link that came as the file it led to, with other bytes.
    ({ id }, answer) => id.includes('symlink') && hasCode(answer, 'tensor-header-invalid'),
  ],
  signatures: [
    // Roots of TUF, which are not read; a key that is none, and is handed over as the reviewer's own.
    ({ id }, { verdict }) => /^(tuf__|pgp__bogus-key)/.test(id) && verdict === 'undecided',
  ],
  'signatures-own': [
    ({ expected }, answer) => expected.startsWith('inconclusive') && hasCode(answer, 'signature-other-signer'),
    ({ id }, { verdict }) => id.startsWith('c2pa') && verdict === 'undecided',
  ],
  // The block that a proof leads to is not here: whether it is the right one is the reviewer's to find out.
  timestamps: [
    ({ expected }, answer) =>
      expected === 'invalid-bitcoin-root' &&
      hasCode(answer, 'commitment-block-not-here') &&
      answer.verdict === 'undecided',
  ],
  'tlog-notes': [(_, answer) => answer.verdict === 'undecided' && hasCode(answer, 'signature-unknown-signer')],
};

const counted = [
  'jcs', 'jsonl-ledgers', 'ledgers', 'merkle', 'pymodels', 'pickle', 'oms', 'oms-tools', 'in-toto', 'signatures',
  'signatures-own', 'sigstore-bundle', 'slsa-intoto', 'timestamps', 'timestamps-own', 'tlog-notes',
]; // biome-ignore format: a list
const here = counted.filter((name) => existsSync(join(root, name, 'GIVE/cases.json')));

describe.skipIf(here.length === 0)('labelled cases (skipped where they are not here)', () => {
  it.each(here.length === 0 ? ['none'] : here)('%s: as labelled, or differing as documented', async (corpus) => {
    const folder = join(root, corpus);
    const { cases } = JSON.parse(readFileSync(join(folder, 'GIVE/cases.json'), 'utf8')) as { cases: Labelled[] };
    const troubles: string[] = [];
    for (const { expected = '', id = '', file = '', group = '', first_bad_row: firstBad, ...each } of cases) {
      const mine = mkdtempSync(join(place, 'case-'));
      const label = { id: id || file, expected };
      const { evidence, trust, policy } = stageCase(folder, { ...each, path: each.path ?? file }, mine);
      const answer = await answerCase({ path: evidence, trust, policy, asOf: null, isBare: true }, staging);
      const isKnown = (documented[corpus] ?? []).some((kind) => kind(label, answer));
      if (agrees(expected, answer) === false && !isKnown)
        troubles.push(
          `${corpus}/${label.id}, ${expected}, said ${answer.verdict}: ${answer.checks.map(({ verdict, code }) => `${verdict} ${code}`).join(', ')} ${answer.refusal?.why ?? ''}`,
        );
      if (/^(invalid|malicious|reject)/.test(expected) && answer.verdict === 'pass')
        troubles.push(`${corpus}/${label.id}, ${expected}, is shown as a pass`);
      if (firstBad !== undefined && firstBadEntry(answer.checks) !== firstBad)
        troubles.push(`${corpus}/${label.id}: first bad entry ${firstBad}, said ${firstBadEntry(answer.checks)}`);
      const isChain = /ledgers$/.test(corpus) && expected.startsWith('valid') && !unchained.has(group);
      if (isChain && !answer.passes.includes('ledger-holds') && !hasCode(answer, 'ledger-holds'))
        troubles.push(`${corpus}/${label.id}: its rule is not found`);
      if (readdirSync(staging).length > 0) troubles.push(`${corpus}/${label.id}: something is left in staging`);
      rmSync(mine, { recursive: true, force: true });
    }
    expect(troubles).toEqual([]);
  });
});
