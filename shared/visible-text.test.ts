import { expect, it } from 'vitest';
import { visibleName, visibleText } from './visible-text.ts';

it('shows a name on one line, whatever stands in it', () => {
  expect(visibleName('data/odd\nna\tme\r\u202e.txt')).toBe('data/odd\\u000ana\\u0009me\\u000d\\u202e.txt');
  expect(visibleName(visibleName('a\nb'))).toBe('a\\u000ab');
});

it('keeps the lines of a text', () => {
  expect(visibleText('a\n\tb\u200b')).toBe('a\n\tb\\u200b');
});
