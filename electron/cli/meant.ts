/** Letters that differ between two words: put in, left out, or another. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(
        Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)),
      );
    row = next;
  }
  return row[b.length] ?? 0;
}

/** Which of some words was meant by one that is none of them; '' where that cannot be guessed. */
export function meant(word: string, known: readonly string[]): string {
  const short = word.slice(0, 40);
  const [best] = known
    .map((each) => ({ each, far: each.startsWith(short) && short.length > 2 ? 0 : distance(short, each) }))
    .sort((a, b) => a.far - b.far);
  return best !== undefined && best.far <= Math.min(2, Math.floor(short.length / 2)) ? best.each : '';
}
