import type { FactOf } from '../../shared/fact.ts';
import type { TrustEntry } from '../../shared/trust.ts';
import { NoteError, parseNote, parseVerifierKey, verifyNote } from '../integrity/note.ts';
import { type Judgement, mayServe, nobody, settledByTrust } from './signature-judgement.ts';

/** C2SP notes name their keys: a line by a named key decides, others are passed over. */
export function judgeNote(fact: FactOf<'signature'>, entries: readonly TrustEntry[]): Judgement {
  const logs = entries
    .filter(({ kind }) => kind === 'log')
    .flatMap((entry) => {
      const key = parseVerifierKey(entry.material);
      return key === null ? [] : [{ entry, key }];
    });
  const lines = fact.signatures
    .map(
      ({ name, keyHash, value }) =>
        `\u2014 ${name ?? ''} ${Buffer.concat([Buffer.from(keyHash ?? '', 'hex'), Buffer.from(value, 'base64')]).toString('base64')}\n`,
    )
    .join('');
  let note: ReturnType<typeof parseNote>;
  try {
    note = parseNote(Buffer.from(`${Buffer.from(fact.signed, 'base64').toString('utf8')}\n${lines}`));
  } catch (error) {
    if (error instanceof NoteError)
      return { ...nobody, verdict: 'fail', code: 'signature-unreadable', message: error.message };
    throw error;
  }
  const result = verifyNote(
    note,
    logs.map(({ key }) => key),
  );
  const signer = logs.find(({ key }) => result.by.includes(key))?.entry;
  if (signer !== undefined && mayServe(signer, fact.use))
    return {
      ...nobody,
      holds: true,
      verdict: 'pass',
      vouched: 'log',
      by: signer.name,
      code: 'signature-holds',
      message: `the signature holds, by ${signer.name}.`,
    };
  if (signer !== undefined)
    return {
      ...nobody,
      holds: true,
      verdict: 'policy',
      by: signer.name,
      code: 'signature-not-for-this-use',
      message: `the signature holds, by ${signer.name}, whom you did not name for checkpoints.`,
    };
  const claimed = logs.find(({ key }) => note.signatures.some(({ name }) => name === key.name));
  if (claimed !== undefined)
    return {
      ...nobody,
      verdict: 'fail',
      code: 'signature-invalid',
      by: claimed.entry.name,
      message: `the signature does not hold. It claims to be by ${claimed.entry.name}.`,
    };
  const named = logs.filter(({ entry }) => mayServe(entry, fact.use)).length;
  if (named > 0)
    return {
      ...nobody,
      verdict: 'policy',
      code: 'signature-other-signer',
      message: `it is not by any of the ${named} you named for checkpoints.`,
      settledBy: settledByTrust,
    };
  return {
    ...nobody,
    verdict: 'undecided',
    code: 'signature-unknown-signer',
    message: 'the signer is unknown: you named no log.',
    settledBy: settledByTrust,
  };
}
