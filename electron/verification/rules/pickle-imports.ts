import type { FactOf } from '../../../shared/fact.ts';
import type { Rule } from './rule.ts';

/** Modules whose names belong to the model libraries themselves. A list of what is usual, never proof of safety. */
const usual =
  /^(sklearn|numpy|scipy|pandas|joblib\.numpy_pickle|collections|copyreg|_codecs|datetime|xgboost|lightgbm|torch|builtins)(\.|$)/;
/** Names that no weight needs, in libraries that are otherwise usual. */
const powers =
  /^(builtins|__builtin__)\.(eval|exec|compile|open|__import__|getattr|setattr|delattr|globals|locals|vars|breakpoint|input|map|apply)$|^numpy\.(testing|f2py|distutils)|^numpy\.(load|fromfile|memmap|save|genfromtxt)$|^torch\.(hub|load|package|utils\.(cpp_extension|collect_env|bottleneck|data\.datapipes)|_inductor|_dynamo|fx|jit\.unsupported|distributed)|^pandas\.(read_|io\.|eval|core\.computation)|^joblib\.(load|externals|parallel)|^sklearn\.(externals|utils\._testing)|^scipy\.(io|weave)/;
/** Modules that reach the machine: processes, files, network, code. */
const dangerous =
  /^(os|posix|nt|subprocess|sys|shutil|socket|ssl|ctypes|importlib|imp|runpy|pty|commands|webbrowser|code|codeop|bdb|pdb|timeit|trace|cProfile|profile|pip|ensurepip|venv|pydoc|doctest|pkgutil|zipimport|multiprocessing|threading|asyncio|concurrent|signal|resource|http|urllib|urllib2|requests|ftplib|smtplib|telnetlib|xmlrpc|marshal|pickle|_pickle|cPickle|dill|cloudpickle|shelve|types|inspect|gc|functools|operator|linecache|tempfile|pathlib|io|_io|idlelib|lib2to3|distutils|setuptools|uuid|platform|logging|atexit|sysconfig|site|builtins\.(eval|exec))(\.|$)/;

export type ImportClass = 'usual' | 'unknown' | 'harmful';

/** What an import is, by an allow-list with exceptions: whatever is not usual is unknown, never assumed harmless. */
export function classifyImport(module: string, name: string): ImportClass {
  const whole = `${module}.${name}`;
  if (module === '?' || name === '?') return 'unknown';
  if (powers.test(whole) || dangerous.test(whole)) return 'harmful';
  // A dotted name walks attributes (protocol 4): it can leave the module it begins in.
  if (name.includes('.') && /(^|\.)(os|sys|subprocess|__|builtins)/.test(name)) return 'harmful';
  if (/^(builtins|__builtin__)$/.test(module))
    return /^(set|frozenset|list|dict|tuple|int|float|complex|bool|str|bytes|bytearray|slice|range|object|type|print)$/.test(
      name,
    ) && name !== 'print'
      ? 'usual'
      : 'unknown';
  return usual.test(`${module}.`) || usual.test(module) ? 'usual' : 'unknown';
}

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

function judge({ place, imports, stopped }: FactOf<'imports'>, accepted: readonly string[], add: Add): void {
  const base = {
    rule: 'pickle-imports',
    aspect: 'content',
    subject: place.path,
    expected: null,
    vouched: 'nobody',
  } as const;
  const named = (which: ImportClass) =>
    imports.filter(
      ({ module, name }) => (isAccepted(accepted, module, name) ? 'usual' : classifyImport(module, name)) === which,
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
  if (unknown.length > 0 && harmful.length === 0)
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
  if (stopped !== null)
    add({
      ...base,
      verdict: 'undecided',
      code: 'pickle-not-read-whole',
      location: place,
      actual: stopped,
      message: `The stream could not be read to its end: ${stopped} What follows could import anything.`,
      settledBy: 'The same weights in a format that holds no code.',
    });
  if (harmful.length === 0 && unknown.length === 0 && stopped === null)
    add({
      ...base,
      verdict: 'warn',
      code: 'pickle-runs-code',
      location: place,
      actual: words(imports),
      message:
        imports.length === 0
          ? 'A pickle can run code when loaded; this one imports nothing.'
          : `Pickles run code when loaded. This one imports only names that model libraries use: ${words(imports)}. No list proves safety.`,
    });
}
