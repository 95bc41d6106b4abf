import type { KeyObject } from 'node:crypto';
import type { FactOf } from '../../shared/fact.ts';
import type { TrustEntry } from '../../shared/trust.ts';
import {
  type Note,
  NoteError,
  parseNote,
  parseVerifierKey,
  type VerifierKey,
  verifierKeyFor,
  verifyNote,
} from '../integrity/note.ts';
import { KeyError, readPublicKey } from '../integrity/public-key.ts';
import { type Judgement, mayServe, nobody, settledByTrust } from './judgement.ts';

const what = (fact: FactOf<'signature'>) => (fact.use === 'checkpoint' ? 'checkpoints' : 'documents');

function readable(material: string): KeyObject | null {
  try {
    return readPublicKey(material);
  } catch (error) {
    if (error instanceof KeyError) return null;
    throw error;
  }
}

interface Known {
  entry: TrustEntry;
  key: VerifierKey;
}

/** Verifier keys that the reviewer named, and plain public keys under the names of the lines whose key id they give. */
function knownFor(note: Note, entries: readonly TrustEntry[]): Known[] {
  return entries.flatMap((entry): Known[] => {
    if (entry.kind === 'log') {
      const key = parseVerifierKey(entry.material);
      return key === null ? [] : [{ entry, key }];
    }
    const plain = entry.kind === 'key' ? readable(entry.material) : null;
    if (plain === null) return [];
    return note.signatures.flatMap(({ name, keyHash }) => {
      const key = verifierKeyFor(name, keyHash, plain);
      return key === null ? [] : [{ entry, key }];
    });
  });
}

/** A tree head of RFC 6962 is signed without the origin: its signer must be the log that the text names (static-ct-api). */
const namesOther = (note: Note, { type, name }: VerifierKey): boolean =>
  type === 0x05 && note.text.split('\n', 1)[0] !== name;

const otherOrigin = (note: Note, { name }: VerifierKey, by: string): Judgement => ({
  ...nobody,
  holds: true,
  verdict: 'policy',
  by,
  code: 'checkpoint-other-origin',
  message: `the signature holds, by the log ${name}, and the checkpoint says it is of ${note.text.split('\n', 1)[0]}. What was signed does not cover that name.`,
});

/**
 * A cosignature (0x04) says that its witness saw the tree grow, not that the log stands by it (C2SP tlog-cosignature);
 * and where a line is by the name of the log itself, another name is somebody else's (C2SP tlog-checkpoint).
 */
function isByLog({ text, signatures }: Note, by: readonly VerifierKey[]): boolean {
  const [origin] = text.split('\n', 1);
  const isNamed = signatures.some(({ name }) => name === origin);
  return by.some(({ type, name }) => type !== 0x04 && (!isNamed || name === origin));
}

function byWitness(note: Note, signers: readonly Known[]): Judgement {
  const by = [...new Set(signers.map(({ entry }) => entry.name))].join(' and ');
  return {
    ...nobody,
    holds: true,
    verdict: 'policy',
    by,
    code: 'checkpoint-witness-only',
    message: `the signature holds, by ${by}, and is not that of the log ${note.text.split('\n', 1)[0]}: a witness says what it was shown, and the log itself is not among those you named.`,
    settledBy: settledByTrust,
  };
}

/** C2SP notes name their keys: a line by a named key decides, others are passed over. */
export function judgeNote(fact: FactOf<'signature'>, entries: readonly TrustEntry[]): Judgement {
  const lines = fact.signatures
    .map(
      ({ name, keyHash, value }) =>
        `\u2014 ${name ?? ''} ${Buffer.concat([Buffer.from(keyHash ?? '', 'hex'), Buffer.from(value, 'base64')]).toString('base64')}\n`,
    )
    .join('');
  let note: Note;
  try {
    note = parseNote(Buffer.from(`${Buffer.from(fact.signed, 'base64').toString('utf8')}\n${lines}`));
  } catch (error) {
    if (error instanceof NoteError)
      return { ...nobody, verdict: 'fail', code: 'signature-unreadable', message: error.message };
    throw error;
  }
  const known = knownFor(note, entries);
  const result = verifyNote(
    note,
    known.map(({ key }) => key),
  );
  const signers = known.filter(({ key }) => result.by.includes(key));
  const signer = signers.find(({ entry }) => mayServe(entry, fact.use)) ?? signers[0];
  if (signer !== undefined && namesOther(note, signer.key)) return otherOrigin(note, signer.key, signer.entry.name);
  if (signer !== undefined && fact.use === 'checkpoint' && !isByLog(note, result.by)) return byWitness(note, signers);
  if (signer !== undefined && mayServe(signer.entry, fact.use)) {
    const all = [...new Set(signers.map(({ entry }) => entry.name))];
    return {
      ...nobody,
      holds: true,
      verdict: 'pass',
      vouched: 'log',
      by: signer.entry.name,
      signers: all,
      code: 'signature-holds',
      message: `the signature holds, by ${all.join(' and ')}.`,
    };
  }
  if (signer !== undefined)
    return {
      ...nobody,
      holds: true,
      verdict: 'policy',
      by: signer.entry.name,
      code: 'signature-not-for-this-use',
      message: `the signature holds, by ${signer.entry.name}, whom you did not name for ${what(fact)}.`,
    };
  const claimed = known.find(({ key }) => note.signatures.some(({ name }) => name === key.name));
  if (claimed !== undefined)
    return {
      ...nobody,
      verdict: 'fail',
      code: 'signature-invalid',
      by: claimed.entry.name,
      message: `the signature does not hold. It claims to be by ${claimed.entry.name}.`,
    };
  return byCarried(fact, note) ?? byStranger(fact, entries);
}

/** A key that the evidence states for the signer can show that the signature is bad; that it is good proves nothing. */
function byCarried(fact: FactOf<'signature'>, note: Note): Judgement | null {
  for (const { name, material, from } of fact.carriedKeys ?? []) {
    const plain = readable(material);
    if (plain === null) continue;
    const keys = note.signatures.flatMap((line) =>
      line.name === name ? (verifierKeyFor(name, line.keyHash, plain) ?? []) : [],
    );
    const [key] = keys;
    if (key === undefined) continue;
    if (!verifyNote(note, keys).holds)
      return {
        ...nobody,
        verdict: 'fail',
        code: 'signature-invalid',
        by: name,
        message: `the signature does not hold by the key that ${from} states for ${name}.`,
      };
    if (namesOther(note, key)) return otherOrigin(note, key, name);
    return {
      ...nobody,
      holds: true,
      verdict: 'undecided',
      by: name,
      code: 'signature-unknown-signer',
      message: `the signature holds by the key that ${from} states for ${name}. It came with the evidence, and you named no such log.`,
      settledBy: settledByTrust,
    };
  }
  return null;
}

function byStranger(fact: FactOf<'signature'>, entries: readonly TrustEntry[]): Judgement {
  const named = entries.filter(
    (entry) => (entry.kind === 'log' || entry.kind === 'key') && mayServe(entry, fact.use),
  ).length;
  if (named > 0)
    return {
      ...nobody,
      verdict: 'policy',
      code: 'signature-other-signer',
      message: `it is not by any of the ${named} you named for ${what(fact)}.`,
      settledBy: settledByTrust,
    };
  return {
    ...nobody,
    verdict: 'undecided',
    code: 'signature-unknown-signer',
    message: `the signer is unknown: you named no log${fact.use === 'checkpoint' ? '' : ' and no key'}.`,
    settledBy: settledByTrust,
  };
}
