import { existsSync, readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonError, parseJson, parseJsonDocument, parseJsonTree } from './json.ts';

const refused = (text: string | Uint8Array, why: RegExp) => {
  expect(() => parseJson(text)).toThrow(JsonError);
  expect(() => parseJson(text)).toThrow(why);
};

describe('strict JSON', () => {
  it('reads what RFC 8259 allows', () => {
    expect(parseJson(' {"a":[1,-0.5e3,true,null,"\\u00e9\\ud83d\\ude00"]}\n')).toEqual({
      a: [1, -500, true, null, 'é😀'],
    });
  });

  it('refuses what strict readers must', () => {
    refused('{"a":1,"a":2}', /stands twice/);
    refused('{"a":1,"\\u0061":2}', /stands twice/);
    refused('"\\ud800"', /lone surrogate/);
    refused('\ufeff{}', /byte order mark/);
    refused('{} x', /follows the value/);
    refused('[1,]', /value is expected/);
    refused('01', /follows the value/);
    refused('NaN', /value is expected/);
    refused('"a\u0001"', /control character/);
    refused('"abc', /does not end/);
    refused(Uint8Array.of(0x22, 0xff, 0x22), /not UTF-8/);
    refused('', /ends early/);
  });

  it('refuses 100,000 levels without leaving the stack, whatever depth is asked for', () => {
    refused('['.repeat(100_000), /deeper than 256 levels/);
    refused('{"a":'.repeat(100_000), /deeper than 256 levels/);
    expect(() => parseJson('['.repeat(100_000), { depth: 1_000_000 })).toThrow(/deeper than 1000 levels/);
  });

  it('takes __proto__ as a name like any other', () => {
    const value = parseJson('{"__proto__":{"polluted":true},"constructor":1}');
    expect(Object.keys(value as object)).toEqual(['__proto__', 'constructor']);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('keeps the source of numbers and the line of every value', () => {
    const document = parseJsonDocument('{\n "a/b": [\n  1.0,\n  1e-06\n ],\n "~": {"x": 12345678901234567890}\n}');
    expect(document.lineOf('')).toBe(1);
    expect(document.lineOf('/a~1b/1')).toBe(4);
    expect(document.at('/a~1b/0')).toMatchObject({ kind: 'number', source: '1.0' });
    expect(document.at('/~0/x')).toMatchObject({ source: '12345678901234567890', line: 6 });
    expect(document.lineOf('/a~1b/01')).toBeUndefined();
    expect(document.lineOf('/nowhere')).toBeUndefined();
  });

  it('says where it stopped', () => {
    try {
      parseJson('{\n  "a": ?\n}');
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ line: 2, column: 8, offset: 9 });
    }
  });

  it('agrees with JSON.parse on every value, and throws nothing but its own error on any bytes', () => {
    fc.assert(
      fc.property(
        fc.json(),
        (text) => void expect(JSON.stringify(parseJson(text, { depth: 1_000 }))).toBe(JSON.stringify(JSON.parse(text))),
      ),
      { seed: 1, numRuns: 300 },
    );
    const hostile = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.string({ unit: fc.constantFrom(...'{}[]":,\\u0aetrfl-.1 \n\ud800'), maxLength: 60 }),
    );
    fc.assert(
      fc.property(hostile, (input) => {
        try {
          parseJsonTree(input);
        } catch (error) {
          expect(error).toBeInstanceOf(JsonError);
        }
      }),
      { seed: 2, numRuns: 2_000 },
    );
  });

  const hostile = '../shared/hostile/json';
  it.skipIf(!existsSync(hostile))(
    'answers each hostile text with a value or its own error (skipped where the corpus is not there)',
    () => {
      for (const name of readdirSync(hostile, { recursive: true, encoding: 'utf8' }).filter((each) =>
        /\.json(l)?$/.test(each),
      ))
        try {
          parseJsonTree(readFileSync(`${hostile}/${name}`));
        } catch (error) {
          expect(error, name).toBeInstanceOf(JsonError);
        }
    },
  );

  it('refuses more values than memory is worth, however short they are', () => {
    const many = `[${'1,'.repeat(2_500_000)}1]`;
    expect(() => parseJsonTree(many)).toThrow('more than 2500000 values');
  });
});
