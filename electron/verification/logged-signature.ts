import type { FactOf } from '../../shared/fact.ts';
import type { TrustEntry } from '../../shared/trust.ts';
import { verifyEntry, whyContradictory } from '../integrity/rekor-entry.ts';
import { type Judgement, mayServe, type Named, nobody } from './judgement.ts';
import { judge } from './signature-judgement.ts';
import { readableRoot } from './sigstore-judgement.ts';

type Signature = FactOf<'signature'>;

/**
 * A signature by a key or an authority, held against the log entry that it carries: an entry of a log that the
 * reviewer's root names must be about this signature (sigstore client specification, "Verification"), and says when it
 * was made. One of another log proves nothing, and may not contradict itself or the signature.
 * @param at the time that counts where no log says another
 */
export function judgeLogged(fact: Signature, named: Named, at: Date, entries: readonly TrustEntry[]): Judgement {
  const judged = judge(fact, named, at);
  if (judged.verdict !== 'pass' && judged.code !== 'signature-time') return judged;
  const { why, times } = heldAgainstLogs(fact, judged, entries);
  if (why !== '')
    return {
      ...nobody,
      verdict: 'fail',
      by: judged.by,
      code: 'signature-invalid',
      message: `the signature holds, and its log entry does not. ${why}`,
    };
  const [first] = times;
  if (first === undefined) return judged;
  const dated = judged.code === 'signature-time' ? judge(fact, named, first) : judged;
  return { ...dated, provenAt: first.toISOString() };
}

function heldAgainstLogs(
  { sigstore, detached, signatures, signed, use }: Signature,
  { publicKey }: Judgement,
  entries: readonly TrustEntry[],
): { why: string; times: Date[] } {
  const [signature, ...more] = signatures;
  if (sigstore === undefined || publicKey === undefined || signature === undefined || more.length > 0)
    return { why: '', times: [] };
  const logged = {
    signed: Buffer.from(signed, 'base64'),
    ...(detached?.streamed === undefined ? {} : { signedDigest: Buffer.from(detached.streamed.sha256, 'hex') }),
    payload: sigstore.payload === undefined ? null : Buffer.from(sigstore.payload, 'base64'),
    signature: signature.value,
    verifier: publicKey.export({ format: 'der', type: 'spki' }),
  };
  const roots = entries.filter((each) => each.kind === 'sigstore' && mayServe(each, use));
  const known = new Set<string>();
  const results = roots.flatMap(({ material }) => {
    const logs = readableRoot(material)?.logs ?? [];
    for (const { id } of logs) known.add(id);
    return sigstore.entries
      .filter(({ logId }) => logs.some(({ id }) => id === logId))
      .map((entry) => verifyEntry(entry, logged, logs, sigstore.needsProof));
  });
  const times = results.flatMap(({ at }) => at ?? []).sort((a, b) => a.getTime() - b.getTime());
  const strange = sigstore.entries.filter(({ logId }) => !known.has(logId));
  const whys = [...results.map(({ why }) => why), ...strange.map((entry) => whyContradictory(entry, logged))];
  return { why: whys.find((why) => why !== '') ?? '', times };
}
