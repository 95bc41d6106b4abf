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

/** What is wrong with a policy, and where in it. */
function inWords({ path, message }: { path: PropertyKey[]; message: string }, document: unknown): string {
  if (path.length === 0 && (typeof document !== 'object' || document === null || Array.isArray(document)))
    return 'It holds no settings: a policy begins with version: 1 and a name.';
  const at = path.map(String).join('.');
  const held = path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    document,
  );
  if (path.length > 0 && held === undefined) return `${at} is missing: a policy begins with version: 1 and a name.`;
  // JSON has no word for these: it would say null.
  if (typeof held === 'number' && !Number.isFinite(held)) return `${at}: expected a finite number, and not ${held}.`;
  const why = message.replace(/^Invalid (?:input|option): /, '');
  return `${at === '' ? '' : `${at}: `}${why}${typeof held === 'object' ? '' : `, and not ${JSON.stringify(held).slice(0, 100)}`}.`;
}

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
    throw refused(where, issue === undefined ? 'It is not as a policy must be.' : inWords(issue, document));
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
