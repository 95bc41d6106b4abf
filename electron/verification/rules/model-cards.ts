import type { Rule } from './rule.ts';

const contradictions = /^card-/;

/** What a card states as results is not contradicted by the card itself; whether it is so, no card can tell. */
export const modelCards: Rule = {
  id: 'model-cards',
  title: 'Cards do not contradict themselves',
  verify(evidence, checks) {
    const results = new Map<string, number>();
    for (const { place, stated } of evidence.facts('measure'))
      if (stated === 'card') results.set(place.path, (results.get(place.path) ?? 0) + 1);
    for (const { format, place, defects } of evidence.facts('document')) {
      const count = results.get(place.path) ?? 0;
      if (format !== 'model-card' || count === 0 || defects.some(({ code }) => contradictions.test(code))) continue;
      checks.add({
        rule: 'model-cards',
        aspect: 'claim',
        verdict: 'pass',
        code: 'card-consistent',
        subject: place.path,
        location: place,
        expected: null,
        actual: null,
        vouched: 'nobody',
        message: `The card states ${count} results with their task and data set, and nothing in its text contradicts them. That they were measured so, the card does not show.`,
      });
    }
  },
};
