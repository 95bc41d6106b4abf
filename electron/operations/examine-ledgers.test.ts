import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Check } from '../../shared/check.ts';
import { sha256Hex } from '../integrity/digest.ts';
import { examine } from './examine.ts';

const scratch = mkdtempSync(join(tmpdir(), 'assay-ledgers-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** What the ledger rules say of a folder or file. */
async function ledgerChecks(path: string): Promise<Check[]> {
  const { checks } = await examine(
    { path, trust: { entries: [] } as never, asOf: '2026-11-21T00:00:00Z', staging: scratch },
    {},
    new AbortController().signal,
  );
  return checks.filter(({ rule }) => rule.startsWith('ledger'));
}
/** fail, pass or undecided, of the chain alone. */
function wordOf(checks: Check[]): 'fail' | 'pass' | 'undecided' {
  if (checks.some(({ verdict }) => verdict === 'fail')) return 'fail';
  return checks.some(({ code }) => code === 'ledger-holds') ? 'pass' : 'undecided';
}

describe('what a torn or empty ledger gets', () => {
  const rows = (count: number, otherFrom = count) => {
    let previous = '0'.repeat(64);
    return Array.from({ length: count }, (_, seq) => {
      const action = seq < otherFrom ? 'note' : 'other';
      const body = { action, prev_hash: previous, seq };
      previous = sha256Hex(JSON.stringify(body));
      return `{"action":"${action}","hash":"${previous}","prev_hash":"${body.prev_hash}","seq":${seq}}\n`;
    });
  };
  const write = (name: string, text: string) => {
    const folder = join(scratch, name);
    mkdirSync(folder);
    writeFileSync(join(folder, 'ledger.jsonl'), text);
    return folder;
  };

  it('names the torn line, and holds the rest', async () => {
    const checks = await ledgerChecks(write('torn', rows(6).join('').slice(0, -20)));
    expect(checks.filter(({ verdict }) => verdict === 'fail')).toMatchObject([
      { code: 'ledger-torn', location: { entry: 6, line: 6 } },
    ]);
  });

  it('knows one by its first entry however long that is, and names an entry of another kind of time', async () => {
    let previous = '0'.repeat(64);
    const lines = Array.from({ length: 5 }, (_, seq) => {
      const at = seq === 3 ? 1_764_547_200 : `2026-01-0${seq + 1}T00:00:00Z`;
      const body = `{"at":${JSON.stringify(at)},"body":"${'x'.repeat(9_000)}"`;
      const rest = `"prev_hash":"${previous}","seq":${seq}}`;
      previous = sha256Hex(`${body},${rest}`);
      return `${body},"hash":"${previous}",${rest}\n`;
    });
    const checks = await ledgerChecks(write('long', lines.join('')));
    expect(checks.filter(({ verdict }) => verdict === 'fail')).toMatchObject([
      { code: 'ledger-misfit', location: { entry: 4 } },
    ]);
  });

  it('says of an empty one that nothing was checked, and fails it where a head is stated beside it', async () => {
    const codes = (await ledgerChecks(write('empty', ''))).map(({ code, verdict }) => [code, verdict]);
    expect(codes).toContainEqual(['nothing-checked', 'undecided']);
    for (const [name, text] of [
      ['emptied', ''],
      ['blank', '\n'],
    ] as const) {
      const folder = write(name, text);
      writeFileSync(join(folder, 'HEAD'), `${'a'.repeat(64)}\n`);
      expect(wordOf(await ledgerChecks(folder))).toBe('fail');
    }
  });

  it('names a member that was added where no hash covers it', async () => {
    let previous = '0'.repeat(64);
    const lines = Array.from({ length: 6 }, (_, seq) => {
      const row = { seq, at: `2026-01-0${seq + 1}T00:00:00Z`, prev: previous };
      previous = sha256Hex(`${previous}|${seq}|${row.at}`);
      return JSON.stringify({ ...row, hash: previous, ...(seq === 3 ? { approved: 'yes' } : {}) });
    });
    const checks = await ledgerChecks(write('added', `${lines.join('\n')}\n`));
    expect(wordOf(checks)).toBe('pass');
    expect(checks.filter(({ verdict }) => verdict === 'warn')).toMatchObject([
      { code: 'ledger-uncovered', actual: 'approved', location: { entry: 4, line: 4 } },
    ]);
  });

  it('takes a whole last line without a line feed', async () => {
    expect(wordOf(await ledgerChecks(write('unended', rows(6).join('').trimEnd())))).toBe('pass');
  });

  it('says of one good chain that its completeness is not proven', async () => {
    const checks = await ledgerChecks(write('alone', rows(3).join('')));
    expect(checks.map(({ code, partial }) => [code, partial])).toEqual(
      expect.arrayContaining([
        ['ledger-holds', false],
        ['ledger-not-anchored', true],
      ]),
    );
  });

  it('keeps true line numbers over empty lines and CRLF', async () => {
    const [a = '', b = '', c = '', d = ''] = rows(4);
    const checks = await ledgerChecks(write('gaps', `${a}\n\n${b.replace('note', 'nota')}${c}${d}`));
    expect(checks.filter(({ verdict }) => verdict === 'fail')).toMatchObject([
      { code: 'ledger-edited', location: { entry: 2, line: 4 } },
    ]);
    expect(wordOf(await ledgerChecks(write('crlf', rows(5).join('').replaceAll('\n', '\r\n'))))).toBe('pass');
  });

  it('holds it against a count with its head, and against another copy', async () => {
    const all = rows(9);
    const head = /"hash":"([0-9a-f]+)"/.exec(all[8] ?? '')?.[1] ?? '';
    const failing = async (name: string, text: string, files: Record<string, string>) => {
      const folder = write(name, text);
      for (const [file, held] of Object.entries(files)) writeFileSync(join(folder, file), held);
      return (await ledgerChecks(folder)).filter(({ verdict }) => verdict !== 'undecided' && verdict !== 'pass');
    };
    const stated = { 'HEAD.json': JSON.stringify({ size: 9, head }) };
    expect(await failing('counted', all.join(''), stated)).toEqual([]);
    expect(await failing('cut', all.slice(0, 7).join(''), stated)).toMatchObject([
      { code: 'ledger-shorter', verdict: 'fail', location: { entry: 7 } },
    ]);
    expect(await failing('copied', all.join(''), { 'copy.jsonl': all.join('') })).toEqual([]);
    expect(await failing('older', all.slice(0, 7).join(''), { 'copy.jsonl': all.join('') })).toMatchObject([
      { code: 'ledger-shorter', verdict: 'warn', subject: 'ledger.jsonl' },
    ]);
    const other = rows(9, 4);
    const forked = await failing('forked', all.join(''), { 'copy.jsonl': other.join('') });
    expect(forked.map(({ code }) => code)).toEqual(['ledger-copies-differ', 'ledger-copies-differ']);
  });

  it('reads records in an array inside a document, whatever the file is called, and holds the head stated there', async () => {
    const entries = rows(6).map((line) => JSON.parse(line));
    const folder = (name: string, file: string, text: string) => {
      mkdirSync(join(scratch, name));
      writeFileSync(join(scratch, name, file), text);
      return join(scratch, name);
    };
    const whole = { count: 6, head_hash: entries[5].hash, entries };
    expect(wordOf(await ledgerChecks(folder('within', 'export.json', JSON.stringify(whole, null, 2))))).toBe('pass');
    const short = { ...whole, entries: entries.slice(0, 5) };
    const checks = await ledgerChecks(folder('within-cut', 'export.json', JSON.stringify(short)));
    expect(checks.filter(({ verdict }) => verdict === 'fail')).toMatchObject([{ code: 'ledger-shorter' }]);
    expect(wordOf(await ledgerChecks(folder('text', 'trail.txt', rows(6).join(''))))).toBe('pass');
    expect(wordOf(await ledgerChecks(folder('indented', 'a.jsonl', `\n  ${rows(6).join('  ')}   \n`)))).toBe('pass');
  });

  it('follows a clock of numbers, and compares copies in folders beside', async () => {
    let previous = '0'.repeat(64);
    const lines = [0, 5, 9, 2].map((add, seq) => {
      const text = `"prev_hash":"${previous}","seq":${seq},"time":${1_790_000_000 + add}.5}`;
      previous = sha256Hex(`{${text}`);
      return `{"hash":"${previous}",${text}\n`;
    });
    const numbers = await ledgerChecks(write('numbers', lines.join('')));
    expect(numbers.filter(({ verdict }) => verdict === 'warn')).toMatchObject([
      { code: 'ledger-clock', location: { entry: 4 } },
    ]);
    const folder = write('beside', rows(9).join(''));
    mkdirSync(join(folder, 'backup'));
    writeFileSync(join(folder, 'backup', 'ledger.jsonl'), rows(9, 8).join(''));
    expect((await ledgerChecks(folder)).filter(({ verdict }) => verdict === 'fail')).toMatchObject([
      { code: 'ledger-copies-differ' },
      { code: 'ledger-copies-differ' },
    ]);
  });
});
