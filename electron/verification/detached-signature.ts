import type { FactOf } from '../../shared/fact.ts';
import { areAttributes } from '../integrity/cms.ts';
import { readSshSignature, sshSigned } from '../integrity/ssh-signature.ts';
import { type Judgement, nobody } from './judgement.ts';
import type { EvidenceView } from './rules/rule.ts';

type Signature = FactOf<'signature'>;

/** A signature with the bytes that are signed, or what is to be said where those are not here. */
export function withCovered(fact: Signature, evidence: EvidenceView): { fact: Signature } | { judged: Judgement } {
  const { detached, carried, contradiction } = fact;
  if (contradiction !== undefined) return failed(contradiction);
  if (carried !== undefined && evidence.digest(carried.over, 'sha256') !== `sha256:${carried.digest}`)
    return failed(`it is over the bytes that it carries, and ${carried.over} beside it holds others.`);
  if (detached === undefined) return { fact };
  const { over } = detached;
  if (over === null)
    return undecided(
      'what it signs is not here, or more than one file could be meant.',
      'The file that is signed, beside its signature and with its name.',
    );
  const signed = (bytes: Uint8Array) => ({ fact: { ...fact, signed: Buffer.from(bytes).toString('base64') } });
  if (detached.digest !== null) {
    const digest = evidence.digest(over, detached.digest);
    if (digest === null) return undecided(`${over} could not be read.`, 'The file that is signed.');
    const hex = digest.slice(digest.indexOf(':') + 1);
    if (detached.expected !== undefined)
      return hex === detached.expected ? { fact } : failed(`it is over other bytes than those of ${over}.`);
    if (fact.scheme !== 'sshsig') return signed(Buffer.from(hex, 'hex'));
    const preimage = sshSigned(
      readSshSignature(Buffer.from(fact.signed, 'base64').toString('utf8')),
      Buffer.from(hex, 'hex'),
    );
    return preimage === null
      ? failed(`the browser that signed was asked about other bytes than those of ${over}.`)
      : signed(preimage);
  }
  // What holds over a file that was read in parts is known already, by the key.
  if (detached.streamed !== undefined) return { fact };
  if (detached.bytes === undefined)
    return undecided(
      `this kind of signature is over the bytes of ${over} themselves, which are more than are read for it.`,
      'The tool that made the signature, or a signature over a digest.',
    );
  const bytes = Buffer.from(detached.bytes, 'base64');
  if (fact.scheme === 'cms' && areAttributes(bytes))
    return failed(`it has no signed attributes, and ${over} is nothing but those of another signature.`);
  if (detached.encoding === undefined) return signed(bytes);
  const before = Buffer.from(fact.signed, 'base64');
  return signed(
    Buffer.concat([before, detached.encoding === 'base64url' ? Buffer.from(bytes.toString('base64url')) : bytes]),
  );
}

const undecided = (message: string, settledBy: string): { judged: Judgement } => ({
  judged: { ...nobody, verdict: 'undecided', code: 'signature-nothing', message, settledBy },
});
const failed = (message: string): { judged: Judgement } => ({
  judged: { ...nobody, verdict: 'fail', code: 'signature-invalid', message },
});
