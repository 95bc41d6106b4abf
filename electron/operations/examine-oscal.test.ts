import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { sayVerdict } from '../../e2e/testkit/say-verdict.ts';

const scratch = mkdtempSync(join(tmpdir(), 'assay-oscal-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Verdict, and the codes of what does not pass. */
const said = sayVerdict(scratch);
const id = (number: number) => `4d792218-06d8-42a4-8294-${String(number).padStart(12, '0')}`;
const metadata = { title: 't', 'last-modified': '2026-10-05T10:00:00Z', version: '1', 'oscal-version': '1.1.3' };
const report = '{"gap": 0.04}';
const hash = (text: string) => createHash('sha256').update(text).digest('hex');

/** Results with one observation, whose evidence lies beside them; `more` replaces members of the one result. */
const results = (more: object = {}, digest = hash(report)) =>
  JSON.stringify({
    'assessment-results': {
      uuid: id(1),
      metadata,
      'import-ap': { href: 'plan.json' },
      results: [
        {
          uuid: id(2),
          title: 'October',
          description: 'd',
          start: '2026-10-05T08:00:00Z',
          'reviewed-controls': { 'control-selections': [{}] },
          observations: [{ uuid: id(3), 'relevant-evidence': [{ href: `#${id(4)}` }] }],
          findings: [{ uuid: id(5), 'related-observations': [{ 'observation-uuid': id(3) }] }],
          ...more,
        },
      ],
      'back-matter': {
        resources: [
          { uuid: id(4), rlinks: [{ href: 'the%20report.json', hashes: [{ algorithm: 'SHA-256', value: digest }] }] },
        ],
      },
    },
  });
const plan = JSON.stringify({
  'assessment-plan': {
    uuid: id(6),
    metadata,
    'import-ssp': { href: `#${id(7)}` },
    'reviewed-controls': { 'control-selections': [{}] },
    'back-matter': { resources: [{ uuid: id(7), rlinks: [{ href: 'ssp.json' }] }] },
  },
});
const beside = { 'plan.json': '{}', 'the report.json': report };

describe('results of an assessment', () => {
  it('name their evidence with its digests', async () => {
    expect(await said({ 'results.json': results(), ...beside })).toEqual(['pass', 'read-in-part']);
    expect(await said({ 'results.json': results(), ...beside, 'the report.json': '{"gap": 0.01}' })).toContain(
      'digest-mismatch',
    );
    expect(await said({ 'results.json': results(), 'plan.json': '{}' })).toContain('data-not-here');
    expect(await said({ 'results.json': results(), 'the report.json': report })).toEqual([
      'pass',
      'read-in-part',
      'data-elsewhere',
    ]);
    expect(await said({ 'results.json': results({}, 'to be done'), ...beside })).toContain('digest-placeholder');
  });
  it('may point to a resource that is yet to be described', async () => {
    const open = results().replace('plan.json', `#${id(8)}`);
    expect(await said({ 'results.json': open, ...beside })).toEqual(['pass', 'read-in-part', 'data-elsewhere']);
  });
  it('refer to what they describe, and have what such a document has', async () => {
    const dangling = { findings: [{ uuid: id(5), 'related-observations': [{ 'observation-uuid': id(9) }] }] };
    expect(await said({ 'results.json': results(dangling), ...beside })).toContain('reference-dangling');
    for (const wrong of [{ 'reviewed-controls': undefined }, { uuid: 'not-a-uuid' }])
      expect((await said({ 'results.json': results(wrong), ...beside }))[0]).toBe('fail');
  });
});

describe('a plan of an assessment', () => {
  it('is undecided without the system that it is about', async () => {
    expect(await said({ 'plan.json': plan })).toEqual([
      'undecided',
      'nothing-checked',
      'read-in-part',
      'data-elsewhere',
    ]);
    expect(await said({ 'plan.json': plan, 'ssp.json': '{}' })).not.toContain('data-elsewhere');
    expect((await said({ 'plan.json': plan.replace('import-ssp', 'import-foo') }))[0]).toBe('fail');
  });
});
