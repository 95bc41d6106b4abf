import type { FactOf } from '../../../shared/fact.ts';
import { readableCertificates } from '../../integrity/timestamp-token.ts';
import { withCovered } from '../detached-signature.ts';
import { type Judgement, settledByTrust } from '../judgement.ts';
import { judgeLogged } from '../logged-signature.ts';
import { judgeNote } from '../note-judgement.ts';
import { judgeOpenPgp } from '../openpgp-judgement.ts';
import { acceptedBy, datedFor } from '../policy-acceptance.ts';
import { revocationsIn } from '../revocation-evidence.ts';
import { namedIn, withFunctionaries } from '../signature-judgement.ts';
import { signingTime, timestampers } from '../signing-time.ts';
import { judgeSigstore } from '../sigstore-judgement.ts';
import { stepOf } from './layouts.ts';
import type { CheckSink, EvidenceView, Rule } from './rule.ts';

/**
 * What each signature comes to for this reviewer: the table "What a signature comes to, in aspect origin" of the
 * command line's description. A key inside the evidence is never trusted for being there.
 */
export const signatures: Rule = {
  id: 'signatures',
  title: 'Signatures are trusted here',
  verify(evidence, checks) {
    const accept = (judged: Judgement) => acceptedBy(evidence.policy, judged);
    const beside = readableCertificates(
      evidence
        .facts('certificates')
        .flatMap(({ certificates }) => certificates)
        .slice(0, besideAtMost)
        .map((each) => Buffer.from(each, 'base64')),
    );
    const named = { ...namedIn(evidence.trust.entries, revocationsIn(evidence), accept), beside };
    const stampers = timestampers(evidence.trust.entries);
    const steps = new Map(evidence.facts('link').map(({ signature, step }) => [signature, step]));
    const layouts: FactOf<'layout'>[] = [];
    const all: Judged[] = [];
    // Layouts first: one that holds says who may sign the links.
    // One that stands for a step comes after that whose step it is, which lies higher.
    const depth = ({ place }: FactOf<'signature'>) => (stepOf(place.path) === null ? 0 : place.path.split('/').length);
    const inOrder = [...evidence.facts('signature')].sort(
      (a, b) => +(b.use === 'layout') - +(a.use === 'layout') || (a.use === 'layout' ? depth(a) - depth(b) : 0),
    );
    for (const fact of inOrder) {
      const step = steps.get(fact.id) ?? (fact.use === 'layout' ? (stepOf(fact.place.path) ?? undefined) : undefined);
      const known = step === undefined || layouts.length === 0 ? named : withFunctionaries(named, layouts, step);
      const covered = withCovered(fact, evidence);
      const { provenAt, why } = signingTime(fact, evidence, stampers);
      const found =
        fact.scheme === 'note'
          ? judgeNote(fact, evidence.trust.entries)
          : 'judged' in covered
            ? covered.judged
            : covered.fact.scheme === 'openpgp'
              ? judgeOpenPgp(covered.fact, evidence.trust.entries, evidence.asOf, accept)
              : (judgeSigstore(covered.fact, evidence.trust.entries) ??
                judgeLogged(
                  covered.fact,
                  known,
                  provenAt === null ? evidence.asOf : new Date(provenAt),
                  evidence.trust.entries,
                ));
      // A log that the reviewer's root names dates what it took in.
      const dated = found.provenAt ?? provenAt;
      const judged = datedFor(evidence.policy, accept(found), fact.use, dated);
      evidence.outcomes.set(fact.id, {
        holds: judged.holds,
        verdict: judged.verdict,
        by: judged.by,
        vouched: judged.vouched,
        provenAt: dated,
        ...(judged.key === undefined ? {} : { key: judged.key }),
        ...(judged.signers === undefined ? {} : { signers: judged.signers }),
      });
      if (fact.use === 'layout' && judged.verdict === 'pass')
        layouts.push(...evidence.facts('layout').filter(({ signature }) => signature === fact.id));
      all.push({ fact, judged, dated, why, remark: remarkOn(fact, evidence) });
    }
    const vouchedFor = new Set(
      all.flatMap(({ fact, judged }) =>
        ['cms', 'jws', 'jsf'].includes(fact.scheme) && judged.verdict === 'pass' ? [partOf(fact)] : [],
      ),
    );
    // A layout that holds says whose links count: one by anybody else is passed over (in-toto specification 1.0, 5.2).
    if (layouts.length > 0)
      for (const { use, place } of evidence.facts('signature')) if (use === 'link') vouchedFor.add(partOf({ place }));
    for (const each of all) say(each, vouchedFor, checks);
  },
};

const besideAtMost = 100;

interface Judged {
  fact: FactOf<'signature'>;
  judged: Judgement;
  /** When it was made, where something proves that; why nothing does. */
  dated: string | null;
  why: string;
  /** What stands beside the signature and is not so; '' where nothing is. */
  remark: string;
}

/** A digest beside a signature that nobody signed may say anything: that it is another is worth a look. */
function remarkOn({ detached }: FactOf<'signature'>, evidence: EvidenceView): string {
  const { over = null, stated } = detached ?? {};
  const actual = over === null || stated === undefined ? null : evidence.digest(over, stated.split(':', 1)[0] ?? '');
  return actual === null || actual === stated
    ? ''
    : `The digest that stands beside the signature is not that of ${over}: whoever reads it alone is told of another file.`;
}

/** What a signature stands at: a document, or a part of it that is signed by itself. */
const partOf = ({ place }: Pick<FactOf<'signature'>, 'place'>): string => `${place.path}#${place.pointer ?? ''}`;

/** Codes of signatures by people whom the reviewer did not name. */
const strangers: ReadonlySet<string> = new Set([
  'signature-other-signer',
  'signature-unknown-signer',
  'signature-chain-incomplete',
]);

/** @param vouchedFor documents that stand or fall without a stranger's signature: another signer is one more, and takes nothing away */
function say({ fact, judged, dated, why, remark }: Judged, vouchedFor: ReadonlySet<string>, checks: CheckSink): void {
  const base = {
    rule: 'signatures',
    aspect: 'origin',
    subject: fact.place.path,
    location: fact.place,
    expected: null,
    actual: judged.by === '' ? null : judged.by,
  } as const;
  const isOneMore = strangers.has(judged.code) && vouchedFor.has(partOf(fact));
  checks.add({
    ...base,
    verdict: isOneMore ? 'undecided' : judged.verdict,
    partial: isOneMore,
    code: judged.code,
    vouched: judged.verdict === 'pass' ? judged.vouched : 'nobody',
    message: `“${fact.title}”: ${judged.message}`,
    settledBy: judged.settledBy,
  });
  if (judged.verdict !== 'pass') return;
  if (judged.caution !== '')
    checks.add({
      ...base,
      verdict: 'warn',
      code: judged.certificate === null ? 'signature-caution' : 'certificate-other-purpose',
      vouched: judged.vouched,
      message: judged.caution,
    });
  const { others = 0 } = judged;
  if (others > 0)
    checks.add({
      ...base,
      verdict: 'undecided',
      code: 'signature-other-signer',
      vouched: 'nobody',
      message: `“${fact.title}”: ${others} of its ${fact.signatures.length} signatures ${others === 1 ? 'counts' : 'count'} for nobody whom you named, and nothing here rests on ${others === 1 ? 'it' : 'them'}.`,
      settledBy: settledByTrust,
      partial: true,
    });
  if (remark !== '')
    checks.add({ ...base, verdict: 'warn', code: 'signature-caution', vouched: judged.vouched, message: remark });
  if (dated === null)
    checks.add({
      ...base,
      verdict: 'undecided',
      code: 'signing-time-not-proven',
      vouched: judged.vouched,
      message: why,
      settledBy: 'A timestamp token over the signature.',
      partial: true,
    });
  if (judged.standing?.is === 'good')
    checks.add({
      ...base,
      verdict: 'pass',
      code: 'certificate-not-revoked',
      vouched: judged.vouched,
      message: `The certificate was not revoked at the time that counts, by what its issuer said at ${judged.standing.by.madeAt.toISOString()}.`,
    });
  else if (judged.certificate !== null)
    checks.add({
      ...base,
      verdict: 'undecided',
      code: 'revocation-not-decided',
      vouched: judged.vouched,
      message:
        judged.standing?.is === 'open' && judged.standing.why !== ''
          ? `Whether the certificate was revoked cannot be decided. ${judged.standing.why}`
          : judged.certificate.namesRevocation
            ? 'Whether the certificate was revoked cannot be decided offline: no revocation list and no OCSP response is here.'
            : 'Whether the certificate was revoked cannot be decided: it names no place to ask, and no revocation list and no OCSP response is here.',
      settledBy: 'A revocation list or an OCSP response of the issuer, made after the signing time.',
      partial: true,
    });
}
