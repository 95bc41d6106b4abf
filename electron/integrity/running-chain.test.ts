import { hash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from './canonical-json.ts';
import { sha256Hex } from './digest.ts';
import { HashChain } from './hash-chain.ts';

type Body = Record<string, unknown>;
type Write = (body: Body, previous: string, i: number) => { row: Body; own: string };
const zeros = '0'.repeat(64);

function chained(write: Write, count = 9, first = zeros): string[] {
  let previous = first;
  return Array.from({ length: count }, (_, i) => {
    const body = { at: `2026-03-01T0${i}:10:00Z`, by: i % 3 === 2 ? 'übung' : 'bot', act: `step ${i}`, score: i / 4 };
    const { row, own } = write(body, previous, i);
    previous = own;
    return JSON.stringify(row);
  });
}
function breaks(lines: readonly string[]): string[] {
  const chain = new HashChain({});
  for (const line of lines) chain.add(Buffer.from(line));
  const { rule, breaks: found } = chain.end();
  return rule === null || rule.family === 'unexplained'
    ? ['no rule']
    : found.map(({ entry, kind }) => `${entry} ${kind}`);
}
const jcs = (body: Body) => sha256Hex(canonicalJson(body));
const bytes = (hex: string) => Buffer.from(hex, 'hex');

const digestAndChain: Write = (body, previous) => {
  const digest = jcs(body);
  const own = sha256Hex(previous + digest);
  return { row: { ...body, record_hash: digest, chain_hash: own, prev_chain_hash: previous }, own };
};
const running: Write = (body, previous) => {
  const digest = jcs(body);
  const own = sha256Hex(Buffer.concat([bytes(previous), bytes(digest)]));
  return { row: { ...body, record_hash: digest, chain_hash: own }, own };
};
const runningText: Write = (body, previous) => {
  const digest = jcs(body);
  const own = sha256Hex(previous + digest);
  return { row: { ...body, record_hash: digest, chain_hash: own }, own };
};
const payloadText: Write = (body, previous, i) => {
  const payload = JSON.stringify(body);
  const own = sha256Hex(previous + payload);
  return { row: { seq: i, payload, prev: previous, hash: own }, own };
};
const payloadBytes: Write = (body, previous, i) => {
  const payload = Buffer.from(JSON.stringify(body));
  const own = sha256Hex(Buffer.concat([bytes(previous), payload]));
  return { row: { seq: i, payload: payload.toString('base64'), prev: previous, hash: own }, own };
};
const wrapped: Write = (body, previous) => {
  const own = jcs({ prev: previous, record: body });
  return { row: { ...body, prev_hash: previous, hash: own }, own };
};
const wrappedBefore: Write = (body, previous) => {
  const own = sha256Hex(JSON.stringify({ event: body, parent: previous }));
  return { row: { ...body, parent: previous, hash: own }, own };
};
const hoisted: Write = (body, previous) => {
  const own = jcs({ event: body, prev: previous });
  return { row: { event: body, integrity: { alg: 'sha256', prev: previous, hash: own } }, own };
};
const listed: Write = (body, previous, i) => {
  const row = { ...body, parents: i === 0 ? [] : [previous] };
  return { row: { ...row, hash: jcs(row) }, own: jcs(row) };
};
const labelled: Write = (body, previous) => {
  const row = { ...body, prev_hash: `urn:sha256:${previous}` };
  return { row: { ...row, hash: `urn:sha256:${jcs(row)}` }, own: jcs(row) };
};
const cut: Write = (body, previous) => {
  const row = { ...body, prev_hash: previous.slice(0, 48) };
  const own = hash('sha384', canonicalJson(row)).slice(0, 48);
  return { row: { ...row, hash: own }, own };
};
const inPython: Write = (body, previous) => {
  const row = { ...body, prev: previous };
  const sorted = Object.fromEntries(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)));
  return {
    row: { ...row, hash: sha256Hex(JSON.stringify(sorted, null, 4)) },
    own: sha256Hex(JSON.stringify(sorted, null, 4)),
  };
};

describe('chains of further kinds', () => {
  it.each([
    ['a digest of the record and a hash over it', digestAndChain],
    ['a running hash over bytes that nothing names', running],
    ['a running hash over texts that nothing names', runningText],
    ['a payload in a text', payloadText],
    ['a payload in base64, hashed as its bytes', payloadBytes],
    ['an object of the previous hash and the record', wrapped],
    ['the same, the record first', wrappedBefore],
    ['the previous hash within another member', hoisted],
    ['the previous hash in a list', listed],
    ['hashes that are names', labelled],
    ['hashes of 48 digits', cut],
    ['records in four spaces a level', inPython],
  ])('hold and break: %s', (_, write) => {
    const lines = chained(write);
    expect(breaks(lines)).toEqual([]);
    const at = lines[4] ?? '';
    const edited = at.includes('"payload":"ey')
      ? at.replace(
          /"payload":"([^"]+)"/,
          (_all, text: string) =>
            `"payload":"${Buffer.from(Buffer.from(text, 'base64').toString().replace('step 4', 'step 5')).toString('base64')}"`,
        )
      : at.replace('step 4', 'step 5');
    expect(edited).not.toBe(at);
    expect(breaks(lines.with(4, edited))).toContain('5 edited');
    expect(breaks(lines.toSpliced(3, 1))).not.toEqual([]);
    expect(breaks(lines.with(3, at).with(4, lines[3] ?? ''))).not.toEqual([]);
  });

  it('whose first record lost a member, or was given one, are known by the others', () => {
    const joined: Write = (body, previous, i) => {
      const own = sha256Hex(`${previous}|${i}|${body['at']}`);
      return { row: { seq: i, at: body['at'], act: body['act'], prev: previous, hash: own }, own };
    };
    const lines = chained(joined);
    expect(breaks(lines)).toEqual([]);
    const first = JSON.parse(lines[0] ?? '');
    for (const name of ['seq', 'at']) {
      const { [name]: _, ...rest } = first;
      expect(breaks(lines.with(0, JSON.stringify(rest)))).toContain('1 edited');
    }
    const { act: _, ...shorter } = first;
    expect(breaks(lines.with(0, JSON.stringify({ ...shorter, more: 1, at: 'x' })))).toContain('1 edited');
  });

  it('that hash some members alone name what a single record holds beside them', () => {
    const joined: Write = (body, previous, i) => {
      const own = sha256Hex(`${previous}|${i}|${body['at']}`);
      return { row: { seq: i, at: body['at'], act: body['act'], prev: previous, hash: own }, own };
    };
    const strays = (lines: readonly string[]) => {
      const chain = new HashChain({});
      for (const line of lines) chain.add(Buffer.from(line));
      return chain.end().strays;
    };
    const lines = chained(joined);
    expect(strays(lines)).toEqual([]);
    const added = lines.with(5, (lines[5] ?? '').replace('{', '{"approved_by":"nobody",'));
    expect([breaks(added), strays(added)]).toEqual([[], [{ entry: 6, line: 6, member: 'approved_by' }]]);
    expect(strays(lines.map((line) => line.replace('{', '{"note":"in all of them",')))).toEqual([]);
  });

  it('begin at a hash of nothing but the digit f, as at one of zeros', () => {
    const row: Write = (body, previous) => {
      const all = { ...body, prev_hash: previous };
      return { row: { ...all, hash: jcs(all) }, own: jcs(all) };
    };
    expect(breaks(chained(row, 9, 'f'.repeat(64)))).toEqual([]);
    expect(breaks(chained(row, 9, sha256Hex('what was cut off')))).toEqual(['1 genesis']);
  });
});
