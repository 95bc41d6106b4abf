import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { canonicalJson, canonicalText } from './canonical-json.ts';
import { JsonError, parseJson, parseJsonTree } from './json.ts';

const corpus = '../shared/corpora/jcs';
const cases: { id: string; expected: string; path: string }[] = existsSync(corpus)
  ? JSON.parse(readFileSync(`${corpus}/GIVE/cases.json`, 'utf8')).cases
  : [];

describe('canonical JSON', () => {
  it.skipIf(cases.length === 0)(
    'agrees with the vectors of RFC 8785, from values and from tokens (skipped where the corpus is not there)',
    () => {
      for (const { id, expected, path } of cases) {
        const input = readFileSync(`${corpus}/${path}/input.json`);
        if (expected === 'reject') {
          expect(() => parseJson(input), id).toThrow(JsonError);
          continue;
        }
        const fromTokens = canonicalText(parseJsonTree(input), 'jcs');
        expect(fromTokens, id).toBe(canonicalJson(parseJson(input) ?? {}));
        if (expected === 'equal')
          expect(fromTokens, id).toBe(readFileSync(`${corpus}/${path}/output.json`, 'utf8').trimEnd());
        if (expected === '0') expect(fromTokens, id).toContain('0');
      }
    },
  );

  it('keeps the numbers of Python as written, and its order by code point', () => {
    const node = parseJsonTree('{"\\ud83d\\ude00":1.0,"\\uffee":1e-06,"a":"é\\u007f"}');
    expect(canonicalText(node, 'python-ascii')).toBe('{"a":"\\u00e9\\u007f","\\uffee":1e-06,"\\ud83d\\ude00":1.0}');
    expect(canonicalText(node, 'python-spaced-utf8')).toBe('{"a": "é\u007f", "\uffee": 1e-06, "😀": 1.0}');
    expect(canonicalText(node, 'jcs')).toBe('{"a":"é\u007f","😀":1,"\uffee":0.000001}');
    expect(canonicalText(node, 'as-written', new Set(['a']))).toBe('{"😀":1,"\uffee":0.000001}');
    const plain = parseJsonTree('{"b":[1,{}],"a":{"c":[]}}');
    expect(canonicalText(plain, 'pretty')).toBe(JSON.stringify({ b: [1, {}], a: { c: [] } }, null, 2));
  });

  it('does not let two whole numbers that round to one double have one text', () => {
    const text = (source: string) => canonicalText(parseJsonTree(source), 'jcs');
    expect(text('9007199254740993')).not.toBe(text('9007199254740992'));
    expect(text('9007199254740992')).toBe('9007199254740992');
    expect(text('-0')).toBe('0');
    expect(text('1E3')).toBe('1000');
  });
});
