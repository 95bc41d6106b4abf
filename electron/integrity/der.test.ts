import { existsSync, readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  boolean,
  child,
  context,
  type Der,
  DerError,
  der,
  integer,
  integerHex,
  nullElement,
  octets,
  oid,
  oidOf,
  readDer,
  sequence,
  setOf,
  tags,
  time,
  timeOf,
  utf8,
} from './der.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

describe('reading DER', () => {
  it.each([
    ['an indefinite length', '30 80 00 00'],
    ['a length in the long form that fits the short one', '04 81 01 00'],
    ['a length with a leading zero', `04 82 00 80 ${'00'.repeat(128)}`],
    ['a length beyond the element', '30 03 02 01'],
    ['a length of 127 octets', `30 ff ${'01'.repeat(127)}`],
    ['bytes after the element', '05 00 00'],
    ['a truth value that is neither 00 nor FF', '01 01 01'],
    ['an integer with a needless zero', '02 02 00 01'],
    ['an integer with a needless FF', '02 02 ff 80'],
    ['an empty integer', '02 00'],
    ['unused bits that are set', '03 02 01 01'],
    ['eight unused bits', '03 02 08 00'],
    ['a null with content', '05 01 00'],
    ['an identifier that does not end', '06 01 80'],
    ['an identifier with a padded arc', '06 03 2a 80 01'],
    ['an octet string in parts', '24 03 04 01 00'],
    ['a sequence that is one value', '10 00'],
    ['a tag of several bytes', '1f 81 01 00'],
    ['nothing', ''],
  ])('refuses %s', (_what, bytes) => {
    expect(() => readDer(hex(bytes))).toThrow(DerError);
  });

  it('refuses nesting deeper than 32, however deep', () => {
    let nested = nullElement();
    for (let i = 0; i < 31; i++) nested = sequence(nested);
    expect(readDer(nested).children).toHaveLength(1);
    expect(() => readDer(sequence(sequence(nested)))).toThrow(/deeper/);
    expect(() => readDer(Buffer.alloc(60_000, '3080', 'hex'))).toThrow(DerError);
  });

  it('refuses times that do not exist', () => {
    const utc = (text: string) => () => timeOf(readDer(der(tags.utcTime, Buffer.from(text))));
    expect(utc('260229000000Z')).toThrow(DerError);
    expect(utc('261301000000Z')).toThrow(DerError);
    expect(utc('2611210000Z')).toThrow(DerError);
    expect(utc('261121000000+0100')).toThrow(DerError);
    expect(utc('500101000000Z')().getUTCFullYear()).toBe(1950);
    expect(utc('491231235959Z')().getUTCFullYear()).toBe(2049);
  });

  it('takes the fractions that RFC 3161 allows', () => {
    const general = (text: string) => timeOf(readDer(der(tags.generalizedTime, Buffer.from(text)))).toISOString();
    expect(general('20260102030405.25Z')).toBe('2026-01-02T03:04:05.250Z');
    expect(() => general('20260102030405.250Z')).toThrow(DerError);
  });
});

describe('writing DER', () => {
  it('reads back what it wrote', () => {
    fc.assert(
      fc.property(fc.nat(), fc.uint8Array({ maxLength: 70_000 }), fc.string(), (number, bytes, text) => {
        const root = readDer(
          sequence(integer(number), octets(bytes), context(1, utf8(text)), boolean(true), integer(bytes)),
        );
        expect(Number.parseInt(integerHex(child(root, 0)), 16)).toBe(number);
        expect(Buffer.compare(child(root, 1).content, bytes)).toBe(0);
        expect(Buffer.from(child(child(root, 2), 0).content).toString()).toBe(Buffer.from(text).toString());
      }),
      { numRuns: 100, seed: 1 },
    );
  });

  it('writes identifiers, times and sets in their one form', () => {
    for (const dotted of ['1.2.840.113549.1.7.2', '2.5.29.15', '2.999.1', '0.9.2342', '1.3.101.112'])
      expect(oidOf(readDer(oid(dotted)))).toBe(dotted);
    for (const at of ['2026-11-21T12:34:56.000Z', '2049-12-31T23:59:59.000Z', '2050-01-01T00:00:00.000Z'])
      expect(timeOf(readDer(time(new Date(at)))).toISOString()).toBe(at);
    expect(setOf(integer(300), integer(2))).toEqual(setOf(integer(2), integer(300)));
  });
});

describe('hostile bytes', () => {
  const folder = '../shared/hostile/x509/cases';
  const seeds = existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => name.endsWith('.der') || name.endsWith('.spki'))
        .map((name) => readFileSync(`${folder}/${name}`))
    : [];

  it('end in a tree or in DerError, never in anything else', () => {
    const count = (node: Der): number => 1 + node.children.reduce((sum, each) => sum + count(each), 0);
    const read = (bytes: Uint8Array) => {
      try {
        expect(count(readDer(bytes))).toBeLessThanOrEqual(bytes.length);
      } catch (error) {
        expect(error).toBeInstanceOf(DerError);
      }
    };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), read), { numRuns: 3_000, seed: 2 });
    for (const seed of seeds)
      fc.assert(
        fc.property(fc.nat({ max: Math.max(0, seed.length - 1) }), fc.nat({ max: 255 }), (at, value) => {
          const mutant = Buffer.from(seed);
          if (mutant.length > 0) mutant[at] = value;
          read(mutant);
        }),
        { numRuns: 50, seed: 3 },
      );
  });
});
