/** A run of glyphs as pdfkit has them, in thousandths of the size. */
interface Run {
  glyphs: unknown[];
  positions: unknown[];
  advanceWidth: number;
}
/** What is used of a font embedded by pdfkit. */
export interface ShapedFont {
  layoutRun(text: string, features?: unknown): Run;
  layout(text: string, features?: unknown, onlyWidth?: boolean): Run;
}

/** Longer words, and words with a digit in them, are digests, paths and numbers: each is another, and none has ligatures to lose. */
const longest = 20;
const isAscii = /^[\x20-\x7e]*$/;
const perPiece = /[A-Za-z]+|[^A-Za-z]/g;

/**
 * Lets a font shape pieces of text once and put lines together from them. Shaping is most of the time that a report
 * takes, and pdfkit shapes each beginning of a long word while it looks for the place to break it. Words keep their
 * kerning; digests, paths and numbers are put together from letters and marks, the fixed-width face character by
 * character, so that no ligature of a face changes what evidence looks like.
 */
export function quickShaping(font: ShapedFont, isFixedWidth: boolean): void {
  const known = new Map<string, Run>();
  const run = (piece: string, features: unknown): Run => {
    const key = features === undefined ? piece : `${piece}\0`;
    let found = known.get(key);
    if (found === undefined) {
      // The width of a run is added up each time it is asked for: once is enough.
      const { glyphs, positions, advanceWidth } = font.layoutRun(piece, features);
      found = { glyphs, positions, advanceWidth };
      known.set(key, found);
    }
    return found;
  };
  font.layout = (text, features, onlyWidth = false) => {
    const whole: Run = { glyphs: [], positions: [], advanceWidth: 0 };
    for (const word of text.match(/[^ \t]*[ \t]|[^ \t]+$/g) ?? [])
      for (const piece of piecesOf(word, isFixedWidth)) {
        const part = run(piece, features);
        whole.advanceWidth += part.advanceWidth;
        if (onlyWidth) continue;
        for (const glyph of part.glyphs) whole.glyphs.push(glyph);
        for (const position of part.positions) whole.positions.push(position);
      }
    return whole;
  };
}

function piecesOf(word: string, isFixedWidth: boolean): string[] {
  if (!isAscii.test(word)) return [word];
  if (isFixedWidth) return [...word];
  return word.length > longest || /[0-9]/.test(word) ? (word.match(perPiece) ?? []) : [word];
}
