import { generateKeyPairSync } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Certificate, readCertificate } from '../integrity/certificate.ts';
import { buildCertificate } from '../integrity/certificate-builder.ts';
import { checkPdf } from './check-pdf.ts';
import { readRevisions } from './pdf-file.ts';
import { signPdf } from './pdf-signature.ts';

const fixture = '../shared/judges/fixtures/base.pdf';
const at = new Date('2026-11-20T10:00:00Z');
const base = existsSync(fixture) ? readFileSync(fixture) : Buffer.alloc(0);

function person(name: string) {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    name,
    key: privateKey,
    certificate: readCertificate(buildCertificate(privateKey, name, new Date('2026-01-01T00:00:00Z'), 5)),
  };
}
const add = (
  pdf: Uint8Array,
  field: string,
  { name, key, certificate }: { name: string; key: ReturnType<typeof person>['key']; certificate: Certificate },
) => signPdf(pdf, { field, name, reason: 'approve', at }, key, certificate);

/** Seeded numbers (mulberry32), so that a failure can be repeated. */
function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

/** Whether anything of a two-signature file is seen to be wrong: a failure, or a signature that is no longer there. */
const isDetected = (bytes: Uint8Array): boolean => {
  const { checks, signers } = checkPdf(bytes, 'x.pdf');
  return signers.length !== 2 || checks.some(({ verdict }) => verdict === 'fail');
};
const flipped = (bytes: Uint8Array, place: number, bits: number): Buffer => {
  const copy = Buffer.from(bytes);
  copy[place] = (copy[place] ?? 0) ^ bits;
  return copy;
};
/** A further revision in the classic form, as any editor appends one. */
function appended(bytes: Buffer, number: number, object: string): Buffer {
  const last = readRevisions(bytes).at(-1);
  const head = Buffer.concat([bytes, Buffer.from(`${number} 0 obj\n${object}\nendobj\n`, 'latin1')]);
  const size = Math.max(last?.size ?? 0, number + 1);
  return Buffer.concat([
    head,
    Buffer.from(
      `xref\n${number} 1\n${String(bytes.length).padStart(10, '0')} 00000 n \ntrailer\n<< /Size ${size} /Root ${last?.root} /Info ${last?.info} /ID ${last?.id} /Prev ${last?.xrefAt} >>\nstartxref\n${head.length}\n%%EOF\n`,
      'latin1',
    ),
  ]);
}

describe.skipIf(base.length === 0)('a report signed twice (needs the fixture of the judges)', () => {
  const one = add(base, 'Sig_reviewer', person('Ada Reviewer'));
  const two = add(one, 'Sig_approver', person('Bé (Approver) \\ 審査'));

  it('holds, names both, and holds report.json', () => {
    const { checks, signers, embedded, base: unsigned } = checkPdf(two, 'x.pdf');
    expect(checks.map(({ verdict }) => verdict)).toEqual(['pass', 'pass']);
    expect(signers.map(({ name, field, signedAt, revision }) => [name, field, signedAt, revision])).toEqual([
      ['Ada Reviewer', 'Sig_reviewer', at.toISOString(), 2],
      ['Bé (Approver) \\ 審査', 'Sig_approver', at.toISOString(), 3],
    ]);
    expect(JSON.parse(embedded?.toString('utf8') ?? '')).toBeTypeOf('object');
    expect(unsigned?.equals(base)).toBe(true);
    expect(two.subarray(0, one.length).equals(one)).toBe(true);
  });

  it('200 single-byte changes anywhere are each detected', () => {
    const random = seeded(7);
    const missed: number[] = [];
    for (let i = 0; i < 200; i++) {
      const place = random(two.length);
      if (!isDetected(flipped(two, place, 1 << random(8)))) missed.push(place);
    }
    expect(missed).toEqual([]);
  });

  it('so are changes of the CMS, of its padding and of the letter case of its digits', () => {
    const from = two.lastIndexOf('/Contents <') + 11;
    const missed: number[] = [];
    for (let place = from; place < from + 1_500; place += 7)
      for (const bits of [0x01, 0x02, 0x20]) if (!isDetected(flipped(two, place, bits))) missed.push(place);
    expect(isDetected(flipped(two, two.indexOf('>', from) - 1, 1))).toBe(true);
    expect(missed).toEqual([]);
  });

  it('an appended revision is refused, and what it changes is named', () => {
    const contents = Number(/\/Contents (\d+) 0 R/.exec(two.toString('latin1'))?.[1]);
    const paint = 'q 1 1 1 rg 0 0 600 800 re f Q';
    const painted = checkPdf(
      appended(two, contents, `<< /Length ${paint.length} >>\nstream\n${paint}\nendstream`),
      'x.pdf',
    );
    expect(
      painted.checks
        .filter(({ verdict }) => verdict === 'fail')
        .map(({ message }) => message)
        .join(),
    ).toContain('it changes page 1');
    const unused = checkPdf(appended(two, readRevisions(two).at(-1)?.size ?? 0, '<< /Type /Nothing >>'), 'x.pdf');
    expect(
      unused.checks.some(({ code, message }) => code === 'pdf-revision-foreign' && message.includes('is no signature')),
    ).toBe(true);
    const catalog = checkPdf(
      appended(two, Number(/^(\d+)/.exec(readRevisions(two)[0]?.root ?? '')?.[1]), '<< /Type /Catalog >>'),
      'x.pdf',
    );
    expect(catalog.checks.some(({ message }) => message.includes('it changes the document catalog'))).toBe(true);
  });

  it('bytes after the end, and a file that is cut, are refused', () => {
    expect(
      checkPdf(Buffer.concat([two, Buffer.from('% hello\n')]), 'x.pdf').checks.some(({ message }) =>
        message.includes('nobody signed'),
      ),
    ).toBe(true);
    expect(isDetected(two.subarray(0, -1))).toBe(true);
    expect(isDetected(two.subarray(0, two.length >> 1))).toBe(true);
    expect(isDetected(one)).toBe(true);
    expect(checkPdf(base, 'x.pdf').checks).toMatchObject([{ code: 'pdf-not-signed', verdict: 'undecided' }]);
  });

  it('a field is signed once', () => {
    expect(() => add(one, 'Sig_reviewer', person('Eve'))).toThrow('signed already');
    expect(() => add(one, 'Sig_other', person('Eve'))).toThrow('no signature field');
  });
});

describe('files that are no report', () => {
  it.each([
    '',
    '%PDF-1.7\n',
    '%PDF-1.7\nstartxref\n0\n%%EOF\n',
    '%PDF-1.7\nxref\n0 9999999\nstartxref\n9\n%%EOF\n',
    '%PDF-1.7\nxref\ntrailer\n<< /Size 1 /Root 1 0 R /Prev 9 >>\nstartxref\n9\n%%EOF\n',
  ])('%j is refused in words', (text) => {
    const { checks } = checkPdf(Buffer.from(text, 'latin1'), 'x.pdf');
    expect(checks.some(({ verdict }) => verdict === 'fail')).toBe(true);
  });
});
