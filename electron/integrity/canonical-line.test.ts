import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, canonicalText } from './canonical-json.ts';
import { scanCanonicalLine, type Wanted, wantedMember } from './canonical-line.ts';
import { parseJsonTree } from './json.ts';

const want = (name: string): Wanted => wantedMember(name);
const scan = (text: string) => scanCanonicalLine(Buffer.from(text), []);

describe('scan of a canonical line', () => {
  it('accepts what RFC 8785 writes', () => {
    for (const text of [
      '{"a":1}',
      '{"a":"\\u0001\\b\\"\\\\","b":[[],{},-1.5,1e+21,0,true,null]}',
      '{"a":"é€😀\u007f","b":{"a":0.000001}}',
    ])
      expect(scan(text), text).toBe(true);
  });

  it('leaves to the slow way whatever is spelled otherwise', () => {
    for (const text of [
      '{}',
      '[]',
      '{"b":1,"a":2}',
      '{"a":1,"a":2}',
      '{"a": 1}',
      '{"a":1} ',
      '{"a":01}',
      '{"a":-0}',
      '{"a":1.0}',
      '{"a":1e5}',
      '{"a":12345678901234567890}',
      '{"a":"\\u0009"}',
      '{"a":"\\u00e9"}',
      '{"a":"\\/"}',
      '{"a":"\\u001F"}',
      '{"a":"\t"}',
      '{"a":tru}',
      '{"a":1',
      '{"a":[1}',
      '{"é":1}',
      '{"\\u0061":1}',
      `{"a":${'['.repeat(300)}${']'.repeat(300)}}`,
    ])
      expect(scan(text), text).toBe(false);
    expect(scanCanonicalLine(Uint8Array.of(0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xff, 0x22, 0x7d), [])).toBe(false);
  });

  it('finds members of the outermost object alone, whatever texts and inner objects hold', () => {
    const line = '{"a":{"hash":"inner"},"hash":"outer","z":"\\"hash\\":\\"text\\""}';
    const hash = want('hash');
    expect(scanCanonicalLine(Buffer.from(line), [hash])).toBe(true);
    expect(line.slice(hash.start, hash.end)).toBe('"outer"');
    expect(line.slice(hash.from, hash.end)).toBe('"hash":"outer"');
    expect(hash.isLast).toBe(false);
    const spot = { beginnings: [Buffer.from('ha')], found: false };
    scanCanonicalLine(Buffer.from(line), [], spot);
    expect(spot.found).toBe(true);
    scanCanonicalLine(Buffer.from('{"a":"hash"}'), [], spot);
    expect(spot.found).toBe(false);
  });

  it('says yes only to lines that are their own canonical form, and to all such with names in ASCII', () => {
    const name = fc.string({
      unit: fc
        .integer({ min: 0x20, max: 0x7e })
        .filter((code) => code !== 0x22 && code !== 0x5c)
        .map((code) => String.fromCharCode(code)),
      maxLength: 4,
    });
    const value = fc
      .jsonValue({ maxDepth: 3 })
      .filter((each) => !/"[^"]*[^ -~][^"]*":/.test(JSON.stringify(each)) && !/\\[^"]*":/.test(JSON.stringify(each)));
    fc.assert(
      fc.property(fc.dictionary(name, value, { minKeys: 1, maxKeys: 5, noNullPrototype: true }), (object) => {
        const line = canonicalJson(object);
        const tree = parseJsonTree(line);
        // Whole numbers of more than 15 digits and names with escapes are for the slow way, which agrees.
        if (scan(line)) expect(canonicalText(tree, 'jcs')).toBe(line);
        else expect(line).toMatch(/[0-9]{16}|\\|[^ -~]/);
      }),
      { seed: 5, numRuns: 300 },
    );
    const text = fc.string({
      unit: fc.constantFrom(
        '{',
        '}',
        '[',
        ']',
        '"a"',
        '"b"',
        ':',
        ',',
        '1',
        '-',
        '0',
        '.5',
        'e+21',
        '"\\u0001"',
        'true',
        ' ',
        '"',
      ),
      maxLength: 14,
    });
    fc.assert(
      fc.property(
        fc.oneof(
          text,
          text.map((inner) => `{"a":${inner}}`),
          text.map((inner) => `{${inner}}`),
        ),
        (line) => {
          if (scan(line)) expect(canonicalText(parseJsonTree(line), 'jcs')).toBe(line);
        },
      ),
      { seed: 6, numRuns: 4_000 },
    );
  });
});
