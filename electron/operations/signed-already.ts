import { Failure } from '../../shared/failure.ts';
import { whySamePerson } from '../identity/people.ts';
import type { IdentityData } from '../store/people.ts';
import { signaturesOf, signOffsOf } from '../store/sign-offs.ts';
import { type Context, commit, theCase } from './context.ts';
import { basisOf } from './sign-off-state.ts';

/**
 * Refuses, on record, to sign again what this person or this key signed already, where both signatures are made and
 * nothing of the case changed since: it would begin another sign-off, and supersede one that is complete.
 * @param next what to do where another is meant
 * @throws Failure conflict
 */
export function refuseSignedAlready(context: Context, caseId: number, signer: IdentityData, next: string): void {
  const [latest] = context.store.read((db) => signOffsOf(db, caseId));
  if (latest === undefined || latest.supersededBy !== null || latest.basis !== basisOf(context, caseId)) return;
  const signatures = context.store.read((db) => signaturesOf(db, latest.id));
  const mine = signatures.find((each) => whySamePerson(each, signer) !== null);
  if (signatures.length < 2 || mine === undefined) return;
  const who = signatures.map(({ name, role, signedAt }) => `${name} as ${role} at ${signedAt}`).join(', and ');
  const why = `Sign-off ${latest.number} is complete, and nothing of the case changed since. It was signed by ${who}.`;
  const { name: subject } = theCase(context, caseId);
  const act = { action: 'sign-off.refused', caseId, subject, actor: signer.name } as const;
  commit(context, { ...act, detail: { role: mine.role, why } }, () => undefined);
  throw new Failure('conflict', {
    what: 'This was signed already.',
    where: subject,
    why,
    notDone: `No signature was made, and sign-off ${latest.number} stands as it was signed.`,
    next,
  });
}
