import type { FactOf } from '../../../shared/fact.ts';
import { classifyImport, type ImportClass } from '../harmless-imports.ts';
import type { Rule } from './rule.ts';

/** Pickles run code when loaded; what they would import is judged, and no list proves safety. */
export const pickleImports: Rule = {
  id: 'pickle-imports',
  title: 'Pickle imports are known',
  verify(evidence, checks) {
    for (const fact of evidence.facts('imports')) judge(fact, evidence.policy.pickles.accepted, checks.add);
  },
};

type Add = Parameters<Rule['verify']>[1]['add'];
/** Whether the reviewer's policy knows an import to be harmless: `module.name`, or `module.*`. */
const isAccepted = (accepted: readonly string[], module: string, name: string) =>
  accepted.includes(`${module}.${name}`) || accepted.includes(`${module}.*`);

function judge(
  { place, imports: found, stopped, isTruncated = false, isPlain = false }: FactOf<'imports'>,
  accepted: readonly string[],
  add: Add,
): void {
  const imports = found.filter(
    ({ module, name, isAside = false }) => !isAside || classifyImport(module, name) === 'harmful',
  );
  const base = {
    rule: 'pickle-imports',
    aspect: 'content',
    subject: place.path,
    expected: null,
    vouched: 'nobody',
  } as const;
  const named = (which: ImportClass) =>
    imports.filter(
      ({ module, name, ...use }) =>
        (isAccepted(accepted, module, name) ? 'usual' : classifyImport(module, name, use)) === which,
    );
  const words = (list: typeof imports) =>
    list
      .slice(0, 20)
      .map(({ module, name, called }) => `${module}.${name}${called ? ' (called)' : ''}`)
      .join(', ');
  const harmful = named('harmful');
  const unknown = named('unknown');
  if (harmful.length > 0)
    add({
      ...base,
      verdict: 'fail',
      code: 'pickle-harmful',
      location: { ...place, offset: harmful[0]?.offset ?? 0 },
      actual: words(harmful),
      message: `Loading this file would import what reaches the machine itself: ${words(harmful)}. It was read by opcode and not loaded.`,
    });
  const misused = imports.filter((each) => each.misuse !== undefined);
  const [first] = misused;
  if (first !== undefined)
    add({
      ...base,
      verdict: 'fail',
      code: 'pickle-changes-program',
      location: { ...place, offset: first.offset },
      actual: words(misused),
      message: `Loading this file would do what no weights need: ${misused
        .slice(0, 5)
        .map(({ module, name, misuse }) => `${module}.${name} ${misuse}`)
        .join('; ')}. Whatever is harmless by its name may do harm so.`,
    });
  const called = unknown.filter((each) => each.called);
  if (called.length > 0 && harmful.length === 0)
    add({
      ...base,
      verdict: 'fail',
      code: 'pickle-unknown-import',
      location: { ...place, offset: called[0]?.offset ?? 0 },
      actual: words(called),
      message: `Loading this file would call what no list of harmless names knows: ${words(called)}. Whoever knows these to be harmless names them in the policy.`,
    });
  else if (unknown.length > 0 && harmful.length === 0)
    add({
      ...base,
      verdict: 'undecided',
      code: 'pickle-unknown-import',
      location: { ...place, offset: unknown[0]?.offset ?? 0 },
      actual: words(unknown),
      message: `Loading this file would import names that no list here knows: ${words(unknown)}. Whether they are harmless cannot be decided from the file.`,
      settledBy:
        'The source of these modules, or the same weights in a format that holds no code, such as safetensors.',
    });
  if (stopped !== null && isTruncated)
    add({
      ...base,
      verdict: 'fail',
      code: 'pickle-truncated',
      location: place,
      actual: stopped,
      message: `The file is damaged or cut: ${stopped}`,
    });
  else if (stopped !== null)
    add({
      ...base,
      verdict: 'undecided',
      code: 'pickle-not-read-whole',
      location: place,
      actual: stopped,
      message: `The stream could not be read to its end: ${stopped} What follows could import anything.`,
      settledBy: 'The same weights in a format that holds no code.',
    });
  if (harmful.length > 0 || unknown.length > 0 || first !== undefined || stopped !== null) return;
  if (imports.length === 0)
    add({
      ...base,
      verdict: 'pass',
      code: 'pickle-plain',
      location: place,
      actual: null,
      message: isPlain
        ? 'The arrays hold numbers and no objects.'
        : 'This pickle imports nothing: it holds plain data. No list proves safety.',
    });
  else
    add({
      ...base,
      verdict: 'warn',
      code: 'pickle-runs-code',
      location: place,
      actual: words(imports),
      message: `Pickles run code when loaded. This one imports only names that model libraries use: ${words(imports)}. No list proves safety.`,
    });
}
