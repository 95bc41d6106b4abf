import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { answerCase } from './corpora/answer-case.ts';
import type { Answer } from './corpora/ask-cases.ts';
import { firstBadEntry } from './corpora/first-bad-entry.ts';
import { agrees, overBudget } from './hostile/outcome.ts';
import { type Listed, stageListed } from './hostile/stage-listed.ts';

/** Every file made to hurt, answered in this process by the bare operations; each difference is one that is documented. */
const root = '../shared/hostile';
const place = mkdtempSync(join(tmpdir(), 'assay-hurt-'));
const staging = join(place, 'staging');
mkdirSync(staging);
afterAll(() => rmSync(place, { recursive: true, force: true }));

interface Labelled extends Listed {
  expect: string;
  /** The first entry of a ledger that is not as it was written, counted from 0. */
  at?: number;
}
type Kind = (label: Labelled, answer: Answer) => boolean;
const says = ({ checks, unread }: Answer, words: RegExp) =>
  checks.some(({ code, message }) => words.test(`${code} ${message}`)) || unread.some(({ why }) => words.test(why));

/** Kinds of difference, one a line of resources/docs/disagreements.md. */
const documented: Record<string, Kind[]> = {
  // A JSON object with one name twice.
  json: [({ expect: label }, answer) => label === 'ACCEPT' && says(answer, /stands twice in an object/)],
  // A ledger whose entries are numbered in texts.
  ledger: [(_, answer) => answer.verdict === 'warn' && says(answer, /^ledger-numbered-in-text/)],
  // Zips that their labels fault for what is not in their bytes.
  zip: [({ file }) => file === 'go-test-badbase.zip' || file === 'go-unix.zip'],
  // Rules of the CA/Browser Forum for servers: key identifiers and usages of roots, names of hosts.
  x509: [
    ({ file, expect: label }, { verdict }) =>
      /^limbo-webpki_(aki|eku|san)_/.test(file) && label.startsWith('REJECT') && verdict === 'pass',
  ],
};

/** One part of what a person is told, where a source is refused whole (reliability.md, R-10). */
function lacking({ refusal }: Answer): string[] {
  if (refusal === null) return [];
  const { what = '', where = '', why = '', notDone = '', next = '' } = refusal;
  const said = `${what} ${why} ${notDone} ${next}`;
  return [
    ...Object.entries({ what, where, why, notDone, next }).flatMap(([part, text]) =>
      text.trim() === '' ? [`has no “${part}”`] : [],
    ),
    ...(/\n\s+at |node:|\/home\/|\/root\/|assay-staging/.test(said) ? ['shows machinery'] : []),
    ...(/[\u0000-\u001f\u007f\u202a-\u202e\u2066-\u2069]/.test(said) ? ['holds a character that acts'] : []),
  ];
}

const isArchives = (family: string) => family === 'zip' || family === 'tar';
const families = existsSync(root)
  ? readdirSync(root).filter((name) => existsSync(join(root, name, 'manifest.jsonl')) && name !== 'markdown-xss')
  : [];
const state = (path: string) => {
  const { size, mtimeMs, mode } = statSync(path);
  return [size, mtimeMs, mode];
};

describe.skipIf(families.length === 0)('files made to hurt (skipped where they are not here)', () => {
  it.each(families.length === 0 ? ['none'] : families)(
    '%s: as labelled, or differing as documented (archives that are only large are the runner’s)',
    async (family) => {
      const folder = join(root, family);
      const cases = readFileSync(join(folder, 'manifest.jsonl'), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Labelled)
        .filter(({ expect: label }) => !(isArchives(family) && label === 'BOUNDED'));
      const machinery = Object.getOwnPropertyNames(Object.prototype).sort().join();
      const troubles: string[] = [];
      for (const each of cases) {
        const mine = mkdtempSync(join(place, 'case-'));
        const question = { ...stageListed(folder, each, mine), isBare: true };
        const before = state(question.path);
        const answer = await answerCase(question, staging);
        const trouble = (what: string) =>
          troubles.push(`${family}/${each.file}, ${each.expect}, ${answer.verdict}: ${what}`);
        if (agrees(each.expect, answer) === false && !(documented[family] ?? []).some((kind) => kind(each, answer)))
          trouble(answer.checks.map(({ verdict, code }) => `${verdict} ${code}`).join(', '));
        if (each.at !== undefined && firstBadEntry(answer.checks) !== each.at + 1)
          trouble(`first bad entry ${each.at + 1}, said ${firstBadEntry(answer.checks)}`);
        for (const what of lacking(answer)) trouble(what);
        // Time is measured by the runner: this machine may be busy. What hangs ends the test.
        const over = overBudget(family, { ...answer, busySeconds: 0 });
        if (over !== '') trouble(over);
        if (readdirSync(staging).length > 0) trouble('something is left in staging');
        if (JSON.stringify(state(question.path)) !== JSON.stringify(before)) trouble('the evidence was changed');
        if (!readdirSync(place).every((name) => name === 'staging' || name === basename(mine)))
          trouble('something lies beside its place');
        rmSync(mine, { recursive: true, force: true });
      }
      expect(troubles).toEqual([]);
      expect(Object.getOwnPropertyNames(Object.prototype).sort().join()).toBe(machinery);
    },
  );
});

const names = join(root, 'paths/cases/names-give.jsonl');
it.skipIf(!existsSync(names))(
  'names made to deceive are flagged, legal ones are not (skipped where they are not here)',
  async () => {
    const mine = mkdtempSync(join(place, 'case-'));
    const listed = readFileSync(names, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { name_b64: string; expect: string; sub: string })
      .map(({ name_b64, ...rest }) => ({ ...rest, raw: Buffer.from(name_b64, 'base64') }));
    for (const { raw } of listed) {
      const path = Buffer.concat([Buffer.from(`${mine}/`), raw]);
      if (raw.includes(0x2f)) mkdirSync(dirname(path.toString()), { recursive: true });
      writeFileSync(path, '1');
    }
    const { checks, files, unread } = await answerCase({ path: mine, trust: null, asOf: null, isBare: true }, staging);
    expect([files, unread]).toEqual([listed.length, []]);
    const flagged = (shown: string) => checks.some(({ subject, verdict }) => subject === shown && verdict === 'warn');
    const differing = listed.filter(({ raw, expect: label, sub }) => {
      const isText = Buffer.from(raw.toString()).equals(raw);
      const shown = isText
        ? raw.toString()
        : raw.toString('latin1').replace(/[\u0080-\u00ff]/g, (char) => `\\x${char.charCodeAt(0).toString(16)}`);
      // Of twins the second is flagged, and names the first; one whose twin is not in this list has nobody to be taken for.
      if (sub === 'unicode-twin') return shown.normalize('NFC') !== shown && !flagged(shown);
      return !label.includes('ACCEPT') ? !flagged(shown) : label === 'ACCEPT' && flagged(shown);
    });
    expect(differing.map(({ raw, expect: label }) => `${raw.toString('latin1')}: ${label}`)).toEqual([]);
    const collisions = checks.filter(({ code }) => code === 'names-collide').map(({ subject }) => subject);
    expect(collisions).toEqual(expect.arrayContaining(['straße', 'σ.txt']));
  },
);
