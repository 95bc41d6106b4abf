import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CanonicalForm, canonicalForms, canonicalText } from './canonical-json.ts';
import { wantedMember } from './canonical-line.ts';
import { parseJsonTree } from './json.ts';
import { hasSpelling, RecordCopy } from './record-copy.ts';

const forms = (Object.keys(canonicalForms) as CanonicalForm[]).filter(hasSpelling);
/** What is written of a line; null where the slow way must read it. */
function copied(form: CanonicalForm, line: string, leaveOut: readonly string[] = []): string | null {
  const copy = new RecordCopy(form, leaveOut);
  const bytes = Buffer.from(`${line}\n`);
  const end = copy.read(bytes, 0, [], null);
  if (end >= 0) expect(end).toBe(bytes.length - 1);
  return end < 0 ? null : copy.out.toString('utf8', 0, copy.length);
}

describe('a record written as a form spells it', () => {
  const lines = [
    '{ "b" : 1 , "a" : [ 1.50 , -0, 1e3, {"z":null,"y":true} ] , "hash":"x" }',
    '{"hash":"x","b":{"d":"größe","c":"\\n\\u0001\\"\\\\"},"a":[]}\r',
    '{"a":{},"b":"","hash":1}  ',
    '{"b":123456789012345678901234567890,"a":0.1,"c":-12}',
    '{"bb":1,"b":2,"ba":3,"hash":{"b":1,"a":2}}',
    '{"hash":1}',
    '{}',
  ];
  it.each(forms)('is what %s writes', (form) => {
    for (const line of lines)
      for (const leaveOut of [[], ['hash'], ['hash', 'b'], ['a', 'b', 'c', 'hash']]) {
        const found = copied(form, line, leaveOut);
        const due = canonicalText(parseJsonTree(line), form, new Set(leaveOut));
        if (found !== null) expect([line, found]).toEqual([line, due]);
        else expect(line).toMatch(/[^ -~\r]/);
      }
    expect(copied(form, '{"b":1, "a":"x"}')).not.toBeNull();
  });

  it('keeps the escapes of Python, pairs of surrogates included', () => {
    const line = '{"b": "gr\\u00f6\\u00dfe \\ud83d\\ude00 \\u007f", "a": "\\u001f\\t"}';
    for (const form of ['python-ascii', 'python-spaced'] as const)
      expect(copied(form, line)).toBe(canonicalText(parseJsonTree(line), form));
  });

  it.each([
    '{"a":1,"a":2}',
    '{"b":1,"a":2,"b":3}',
    '{"a":01}',
    '{"a":1.}',
    '{"a":+1}',
    '{"a":1-2}',
    '{"a":1e999}',
    '{"a":"\\ud800"}',
    '{"a":"\\udc00"}',
    '{"a":"\\u00E9"}',
    '{"a":"\\/"}',
    '{"a":"\\u0041"}',
    '{"a":"\\u0009"}',
    '{"a":"\t"}',
    '{"a":"x}',
    '{"a":tru}',
    '{"a":[1,]}',
    '{"a":1,}',
    '{"a" 1}',
    '{"a":1}x',
    '{"a":1}{}',
    '{"\\u0061":1}',
    '{"é":1}',
    '[1]',
    '1',
    '',
    `{"a":${'['.repeat(300)}${']'.repeat(300)}}`,
  ])('is left to the slow way: %s', (line) => {
    for (const form of forms) expect([form, copied(form, line)]).toEqual([form, null]);
  });

  it('finds the members of the outermost object in the source', () => {
    const line = '{ "x": {"hash": 1}, "hash" : "abc" , "at":"now"}\n';
    const [hash, at] = [wantedMember('hash'), wantedMember('at')];
    new RecordCopy('jcs', ['hash']).read(Buffer.from(line), 0, [hash, at], null);
    expect([line.slice(hash.start, hash.end), line.slice(at.start, at.end)]).toEqual(['"abc"', '"now"']);
  });

  it('says nothing that the strict reader and the canonical form do not say', () => {
    const pieces = [
      '{',
      '}',
      '[',
      ']',
      '"a"',
      '"b"',
      '"hash"',
      ':',
      ',',
      '1',
      '-',
      '0',
      '.5',
      'e+21',
      '"\\u0001"',
      '"é"',
      'true',
      ' ',
      '"',
      '\\',
    ];
    const text = fc.string({ unit: fc.constantFrom(...pieces), maxLength: 16 });
    const held = fc.oneof(
      text.map((inner) => `{"a":${inner}}`),
      text.map((inner) => `{${inner}}`),
      fc
        .dictionary(fc.constantFrom('a', 'b', 'ab', 'hash', 'B', '_'), fc.jsonValue({ maxDepth: 2 }))
        .map((object) => JSON.stringify(object, null, 1).replaceAll('\n', ' ')),
    );
    fc.assert(
      fc.property(held, fc.constantFrom(...forms), (line, form) => {
        const found = copied(form, line, ['hash']);
        if (found !== null) expect(found).toBe(canonicalText(parseJsonTree(line), form, new Set(['hash'])));
      }),
      { seed: 8, numRuns: 5_000 },
    );
  });
});
