import { readableCertificates, readTimestamp, verifyTimestamp } from '../../integrity/timestamp-token.ts';
import type { Rule } from './rule.ts';

/** A timestamp token is over the bytes that are here, by an authority that this reviewer named. Runs before signatures. */
export const timestamps: Rule = {
  id: 'timestamps',
  title: 'Timestamps cover what they name',
  verify(evidence, checks) {
    const named = readableCertificates(
      evidence.trust.entries.filter(({ kind }) => kind === 'timestamper').map(({ material }) => material),
    );
    for (const fact of evidence.facts('timestamp')) {
      const info = readTimestamp(Buffer.from(fact.token, 'base64'));
      const base = { rule: 'timestamps', aspect: 'origin', subject: fact.place.path, location: fact.place } as const;
      const result = verifyTimestamp(info, named);
      const at = info.at.toISOString();
      const actual = fact.over === null ? null : evidence.digest(fact.over, info.algorithm);
      const imprint = `${info.algorithm}:${info.imprint}`;
      if (fact.over === null || actual === null) {
        checks.add({
          ...base,
          verdict: 'undecided',
          code: 'timestamp-nothing',
          expected: imprint,
          actual: null,
          vouched: 'nobody',
          message: 'What this token stamps is not here, so it dates nothing.',
          settledBy: 'The file that was stamped.',
          partial: true,
        });
        continue;
      }
      if (actual !== imprint) {
        checks.add({
          ...base,
          verdict: 'fail',
          code: 'timestamp-imprint',
          expected: imprint,
          actual,
          vouched: 'nobody',
          message: `The token is not over ${fact.over} as it is here: it was made for other bytes.`,
        });
        continue;
      }
      evidence.outcomes.set(fact.id, {
        holds: result.holds,
        verdict: result.verdict,
        by: result.by,
        vouched: result.verdict === 'pass' ? 'timestamp' : 'nobody',
        provenAt: result.verdict === 'pass' ? at : null,
      });
      if (result.verdict === 'pass')
        checks.add({
          ...base,
          verdict: 'pass',
          code: 'timestamp-holds',
          expected: imprint,
          actual,
          vouched: 'timestamp',
          message: `${result.by} saw ${fact.over} at ${at}.`,
        });
      else if (result.verdict === 'fail')
        checks.add({
          ...base,
          verdict: 'fail',
          code: 'timestamp-invalid',
          expected: null,
          actual: null,
          vouched: 'nobody',
          message: result.why,
        });
      else
        checks.add({
          ...base,
          verdict: result.verdict,
          code: 'timestamp-untrusted',
          expected: null,
          actual: result.by,
          vouched: 'nobody',
          message: `The token fits ${fact.over} and names ${at}. ${result.why}`,
          settledBy: 'The root of the authority, added in Settings, Trust. Then verify again.',
          partial: true,
        });
    }
  },
};
