import { describe, expect, it } from 'vitest';
import type { Check } from '../../../shared/check.ts';
import type { FactOf, ListingRole } from '../../../shared/fact.ts';
import { verify } from '../verify.ts';
import { contradictions } from './contradictions.ts';
import type { CheckSink, EvidenceView } from './rule.ts';

const hex = (text: string) => text.repeat(64).slice(0, 64);
const listing = (id: string, role: ListingRole, digests: Record<string, string>): FactOf<'listing'> => ({
  kind: 'listing',
  id,
  role,
  title: `List ${id}`,
  place: { path: id },
  base: '',
  closed: false,
  ignored: [],
  items: Object.entries(digests).map(([name, digest], index) => ({
    name,
    path: name,
    digests: [digest],
    place: { path: id, line: index + 1 },
    optional: true,
  })),
  signature: null,
  root: null,
});
const file = (path: string, digest: string) => ({
  path,
  bytes: 1,
  digest,
  unread: null,
  format: null,
  modifiedAt: null,
});
const found = (facts: FactOf<'listing'>[], files = [file('model.bin', `sha256:${hex('a')}`)]) =>
  verify({ files, facts, moreDigests: new Map(), trust: { entries: [] }, asOf: new Date(0) }).checks.filter(
    ({ code }) => code === 'sources-contradict',
  );
const a = { 'model.bin': `sha256:${hex('a')}` };
const b = { 'model.bin': `sha256:${hex('b')}` };

describe('two sources about one file', () => {
  it('fail where they contradict each other, with both sources, places and digests', () => {
    const [check, ...others] = found([listing('bom.json', 'components', b), listing('SHA256SUMS', 'manifest', a)]);
    expect(others).toEqual([]);
    expect(check).toMatchObject({ verdict: 'fail', aspect: 'claim', subject: 'model.bin' });
    for (const part of ['SHA256SUMS, line 1', 'bom.json, line 1', hex('a'), hex('b')])
      expect(check?.message).toContain(part);
    expect(check?.message).toContain('has the digest of “List SHA256SUMS”');
  });

  it('say nothing where they agree, use other algorithms, or speak of another time', () => {
    expect(found([listing('x', 'manifest', a), listing('y', 'pipeline', a)])).toEqual([]);
    expect(found([listing('x', 'manifest', a), listing('y', 'pipeline', { 'model.bin': 'md5:00' })])).toEqual([]);
    expect(found([listing('x', 'manifest', a), listing('y', 'materials', b), listing('z', 'ledger', b)])).toEqual([]);
  });

  it('warn where the file is not here', () => {
    expect(found([listing('x', 'manifest', a), listing('y', 'payload', b)], []).map(({ verdict }) => verdict)).toEqual([
      'warn',
    ]);
  });

  it('are compared in linear time, and counted where they contradict each other throughout', () => {
    const many = (text: string, count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`f${i}`, `sha256:${hex(text)}`]));
    const of = (count: number, other: string) => {
      const facts = [
        listing('x', 'components', many('a', count)),
        listing('y', 'pipeline', many(other, count)),
        listing('z', 'manifest', many('a', count)),
      ];
      const checks: Check[] = [];
      const evidence = {
        facts: () => facts,
        file: () => undefined,
        digest: () => null,
        outcomes: new Map(),
      } as unknown as EvidenceView;
      const sink = { add: (check: Check) => void checks.push(check) } as unknown as CheckSink;
      // By the processor, not by the clock: other tests run beside this one.
      const start = process.cpuUsage();
      contradictions.verify(evidence, sink);
      const { user, system } = process.cpuUsage(start);
      return { checks, took: (user + system) / 1_000 };
    };
    of(1_000, 'a');
    const small = Math.max(20, of(5_000, 'a').took);
    const { checks, took } = of(50_000, 'a');
    expect(checks).toEqual([]);
    expect(took).toBeLessThan(small * 60);
    const contrary = of(5_000, 'b').checks;
    expect(contrary.some(({ message }) => message.includes('about 5000 files'))).toBe(true);
    expect(contrary.length).toBeLessThan(300);
  });
});
