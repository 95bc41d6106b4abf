import { describe, expect, it } from 'vitest';
import { type GeneralName, isHostName, isMailbox, isWithin } from './general-names.ts';

const dns = (value: string): GeneralName => ({ kind: 'dns', value });
const email = (value: string): GeneralName => ({ kind: 'email', value });
const uri = (value: string): GeneralName => ({ kind: 'uri', value });
const ip = (...bytes: number[]): GeneralName => ({ kind: 'ip', bytes: Buffer.from(bytes) });
const directory = (...parts: string[]): GeneralName => ({ kind: 'directory', parts });

describe('names under constraints', () => {
  it('are within by the rules of their kind (RFC 5280, 4.2.1.10)', () => {
    const cases: [GeneralName, GeneralName, permitted: boolean, excluded: boolean][] = [
      [dns('a.example.com'), dns('example.com'), true, true],
      [dns('EXAMPLE.com'), dns('example.COM'), true, true],
      [dns('notexample.com'), dns('example.com'), false, false],
      [dns('*.example.com'), dns('example.com'), true, true],
      [dns('*.example.com'), dns('bar.example.com'), false, true],
      [dns('.example.com'), dns('example.com'), false, true],
      [dns('anything.test'), dns(''), true, true],
      [email('me@example.com'), email('example.com'), true, true],
      [email('me@sub.example.com'), email('example.com'), false, false],
      [email('me@sub.example.com'), email('.example.com'), true, true],
      [email('Me@example.com'), email('me@EXAMPLE.com'), false, false],
      [email('me@EXAMPLE.com'), email('me@example.com'), true, true],
      [uri('https://a.example.com:8443/x'), uri('.example.com'), true, true],
      [uri('https://user@example.com/'), uri('example.com'), true, true],
      [uri('urn:example'), uri('example.com'), false, true],
      [ip(192, 0, 2, 7), ip(192, 0, 2, 0, 255, 255, 255, 0), true, true],
      [ip(192, 0, 3, 7), ip(192, 0, 2, 0, 255, 255, 255, 0), false, false],
      [directory('2.5.4.10=a', '2.5.4.3=b'), directory('2.5.4.10=a'), true, true],
      [directory('2.5.4.3=b'), directory('2.5.4.10=a'), false, false],
      [{ kind: 'other', tag: 0xa0 }, { kind: 'other', tag: 0xa0 }, false, true],
      [dns('example.com'), email('example.com'), false, false],
    ];
    for (const [name, subtree, permitted, excluded] of cases)
      expect([isWithin(name, subtree, false), isWithin(name, subtree, true)], JSON.stringify([name, subtree])).toEqual([
        permitted,
        excluded,
      ]);
  });

  it('of hosts and mailboxes are in their syntax', () => {
    expect(['a.b', 'xn--n3h.com', '*.example.com', 'localhost'].every(isHostName)).toBe(true);
    expect(['foo_bar.example', '8.8.8.8', '-a.b', 'a..b', '', '*', 'a.*.b', 'é.com'].some(isHostName)).toBe(false);
    expect(['a@b.c', '*@b.c', 'a+b@c'].every(isMailbox)).toBe(true);
    expect(['@b.c', 'a@', 'a b@c', 'a@b@c', 'a@[1.2.3.4]'].some(isMailbox)).toBe(false);
  });
});
