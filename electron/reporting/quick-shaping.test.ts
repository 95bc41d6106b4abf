import { resolve } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { type Face, faces, PageLayout } from './page-layout.ts';
import type { ShapedFont } from './quick-shaping.ts';

let layout: PageLayout;
beforeAll(() => {
  layout = new PageLayout(resolve('resources/fonts'), { title: 'T', at: new Date(0), subject: '' });
});
const fontOf = (face: Face): ShapedFont => {
  layout.doc.font(faces[face]);
  return layout.doc._font;
};

it.each(['ui', 'strong', 'signed', 'title'] as const)(
  'shapes the words of a sentence in %s as the face does',
  (face) => {
    const font = fontOf(face);
    for (const word of ['Tavern', 'efficient ', 'größe', 'AVATAR.', 'office—waffle']) {
      const whole = font.layoutRun(word);
      const quick = font.layout(word);
      expect(quick.glyphs).toEqual(whole.glyphs);
      expect(quick.advanceWidth).toBeCloseTo(whole.advanceWidth, 6);
    }
  },
);

it('gives each character of evidence a glyph of its own, and each the same width', () => {
  const font = fontOf('bytes');
  const text = 'a->b != c === d://e www --- 0xFF fi';
  const run = font.layout(text);
  expect(run.glyphs.length).toBe(text.length);
  expect(run.positions.length).toBe(text.length);
  expect(run.advanceWidth).toBeCloseTo(text.length * font.layout('m').advanceWidth, 6);
  expect(font.layout(text, undefined, true).advanceWidth).toBe(run.advanceWidth);
});

it('shapes a digest from pieces that it knows, whatever the digest is', () => {
  const font = fontOf('signed');
  let shaped = 0;
  const { layoutRun } = font;
  font.layoutRun = (...given) => {
    shaped += 1;
    return layoutRun.apply(font, given);
  };
  let seed = 1;
  for (let i = 0; i < 2_000; i++) {
    seed = (seed * 48_271) % 2_147_483_647;
    font.layout(`sha256:${seed.toString(16).repeat(8).slice(0, 64)}`);
  }
  font.layoutRun = layoutRun;
  expect(shaped).toBeLessThan(2_000);
});
