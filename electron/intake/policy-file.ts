import { readFileSync, statSync } from 'node:fs';
import { Failure } from '../../shared/failure.ts';
import { defaultPolicy, defaultPolicyText, Policy, type PolicyInUse } from '../../shared/policy.ts';
import { sha256Hex } from '../integrity/digest.ts';
import { parseYaml, YamlError } from './yaml.ts';

const largest = 1_048_576;

const refused = (where: string, why: string) =>
  new Failure('invalid', {
    what: 'The policy cannot be used.',
    where,
    why,
    notDone: 'Nothing was verified by it, and the policy before it stays.',
    next: 'Mend the policy, or leave it out to use the one that ships.',
  });

/** A policy from its text. @param where what to call it in a refusal @throws Failure invalid */
export function readPolicy(text: string, where: string): PolicyInUse {
  if (text.length > largest) throw refused(where, `It is larger than ${largest} bytes.`);
  let document: unknown;
  try {
    document = parseYaml(text);
  } catch (error) {
    if (error instanceof YamlError) throw refused(where, error.message);
    throw error;
  }
  const parsed = Policy.safeParse(document);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const path = issue?.path.map(String).join('.') ?? '';
    throw refused(where, `${path === '' ? 'It' : path}: ${issue?.message ?? 'is not as a policy must be'}.`);
  }
  return { policy: parsed.data, digest: `sha256:${sha256Hex(text)}` };
}

/** A policy from a file. @throws Failure unreadable, invalid */
export function readPolicyFile(path: string): PolicyInUse {
  let text: string;
  try {
    if (statSync(path).size > largest) throw refused(path, `It is larger than ${largest} bytes.`);
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure('unreadable', {
      what: 'The policy cannot be read.',
      where: path,
      why: 'Nothing that can be read is at this path.',
      notDone: 'Nothing was verified.',
      next: 'Check the path, or leave --policy out to use the policy that ships.',
    });
  }
  return readPolicy(text, path);
}

/** The policy that ships. */
export const shippedPolicy = (): PolicyInUse => ({
  policy: defaultPolicy,
  digest: `sha256:${sha256Hex(defaultPolicyText)}`,
});
