import type { PolicyText } from '../../shared/contract/policy.ts';
import { defaultPolicyText, type PolicyInUse } from '../../shared/policy.ts';
import { readPolicy } from '../intake/policy-file.ts';
import { setSetting, settingOf } from '../store/people.ts';
import { type Context, commit } from './context.ts';
import { os } from './implementer.ts';

const textOf = (context: Context): string => context.store.read((db) => settingOf(db, 'policy')) ?? defaultPolicyText;

/** The policy that judges in this store. @throws Failure invalid where the store was changed past Assay */
export const policyInUse = (context: Context): PolicyInUse => readPolicy(textOf(context), 'Settings, Policy');

function shown(context: Context): PolicyText {
  const text = textOf(context);
  const { policy, digest } = readPolicy(text, 'Settings, Policy');
  return { text, name: policy.name, digest, isDefault: text === defaultPolicyText };
}

function put(context: Context, text: string): PolicyText {
  const before = shown(context);
  const { policy: next, digest } = readPolicy(text, 'Settings, Policy');
  if (before.digest !== digest)
    commit(
      context,
      { action: 'policy.changed', caseId: null, subject: next.name, detail: { digest, before: before.digest } },
      (db) => setSetting(db, 'policy', text),
    );
  return shown(context);
}

export const policy = {
  get: os.policy.get.handler(({ context }) => shown(context)),
  set: os.policy.set.handler(({ input, context }) => put(context, input.text)),
  reset: os.policy.reset.handler(({ context }) => put(context, defaultPolicyText)),
};
