import type { Defect } from '../../../shared/fact.ts';

/** A result as a card states it: in its front matter, or in a list of its text. */
export interface CardResult {
  metric: string;
  value: string;
  line: number;
}

const known =
  /^(?:loss|accuracy|balancedaccuracy|precision|recall|f1|f1score|auc|rocauc|map|bleu|rouge\w*|wer|cer|mse|rmse|mae|r2|perplexity|exactmatch|matthewscorrelation)$/;
/** Of these the best is 1, or 100 where they are per cent. */
const shares = /^(?:accuracy|balancedaccuracy|precision|recall|f1|f1score|auc|rocauc|map|exactmatch)$/;
/** `eval_loss` is the loss. */
const plain = (name: string) =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '')
    .replace(/^eval\B/, '');
const row =
  /^\s{0,8}[-*+|]\s{0,8}\**([A-Za-z][A-Za-z0-9 _./-]{0,40}?)\**\s{0,8}[:|]\s{0,8}\**(-?[0-9]{1,15}(?:\.[0-9]{1,20})?)(%?)\**\s{0,8}\|?\s{0,8}$/;

/** Results in lists of the text of a card, such as `- Accuracy: 0.93`. @param from number of the first line */
export const proseResults = (text: string, from: number): CardResult[] =>
  text.split('\n').flatMap((line, index) => {
    const [, name = '', value = '', percent = ''] = (line.length < 200 ? row.exec(line.trimEnd()) : null) ?? [];
    return known.test(plain(name)) ? [{ metric: name.trim(), value: `${value}${percent}`, line: from + index }] : [];
  });

const numberOf = (value: string): number => Number(value.replace('%', ''));
/** Whether a rounded number may be the other: as written, or as per cent of it. */
function mayBe(prose: string, stated: string): boolean {
  const step = 10 ** -(prose.replace('%', '').split('.')[1]?.length ?? 0);
  const [a, b] = [numberOf(prose), numberOf(stated)];
  return [b, b * 100, b / 100].some((each) => Math.abs(a - each) <= step * 0.5000001);
}

/** What the results of a card say against each other, and against what such results can be. */
export function cardDefects(path: string, structured: readonly CardResult[], prose: readonly CardResult[]): Defect[] {
  const defects: Defect[] = [];
  const say = (code: string, detail: string, line: number, expected?: string, actual?: string) =>
    defects.push({
      code,
      detail,
      place: { path, line },
      ...(expected === undefined ? {} : { expected }),
      ...(actual === undefined ? {} : { actual }),
    });
  const [first] = prose;
  if (first !== undefined && structured.length === 0)
    say(
      'card-unsupported',
      `The text states ${prose.length} results, ${first.metric} ${first.value} first, and the front matter states none: no data set and no task belong to them.`,
      first.line,
    );
  for (const { metric, value, line } of prose) {
    const same = structured.filter((each) => plain(each.metric) === plain(metric));
    if (same.length > 0 && !same.some((each) => mayBe(value, each.value)))
      say('card-differs', `The text gives another ${metric} than the front matter.`, line, same[0]?.value, value);
  }
  const scores = [...structured, ...prose].filter(({ metric }) => shares.test(plain(metric)));
  for (const { metric, value, line } of scores)
    if (numberOf(value) < 0 || numberOf(value) > 100)
      say('card-implausible', `${metric} cannot be ${value}.`, line, '0 to 1, or 0 to 100 per cent', value);
  const [score] = scores;
  if (score !== undefined && scores.length >= 3 && scores.every(({ value }) => [1, 100].includes(numberOf(value))))
    say(
      'card-implausible',
      `Every score is perfect (${scores
        .map(({ metric }) => metric)
        .slice(0, 6)
        .join(', ')}): results of this kind are rarely results.`,
      score.line,
    );
  return defects.slice(0, 50);
}
