import { type ParseArgsConfig, parseArgs } from 'node:util';
import { Usage } from './command.ts';
import { meant } from './meant.ts';

type Options = NonNullable<ParseArgsConfig['options']>;

/** Options of a command, and what stands beside them; none of them empty, none given twice that is taken once. @throws Usage */
export function optionsOf<T extends Options>(args: string[], options: T) {
  const parsed = parsedBy(args, options);
  // An empty path would be the folder that the person stands in: mostly a variable that was never set.
  if (parsed.positionals.includes('')) throw new Usage('what is named beside the options is empty');
  const given = new Set<string>();
  for (const token of parsed.tokens) {
    if (token.kind !== 'option') continue;
    if (token.value === '') throw new Usage(`--${token.name} is empty`);
    // The last would count, and the one before be passed over in silence.
    if (given.has(token.name) && options[token.name]?.multiple !== true && options[token.name]?.type === 'string')
      throw new Usage(`--${token.name} is given twice`);
    given.add(token.name);
  }
  return parsed;
}

function parsedBy<T extends Options>(args: string[], options: T) {
  try {
    return parseArgs({ args, allowPositionals: true, tokens: true, options });
  } catch (error) {
    throw new Usage(whyNot(error, Object.keys(options)));
  }
}

/** What is wrong with the options, in our words: those of Node speak of arguments and positionals. */
function whyNot(error: unknown, known: readonly string[]): string {
  const { code = '', message = 'the options are wrong' } = error as NodeJS.ErrnoException;
  const name = /'(?:-\w, )?(--?[^\s'=]+)/.exec(message)?.[1] ?? '';
  if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') {
    const guess = meant(name.replace(/^-+/, ''), known);
    return `there is no option ${name} here${guess === '' ? '' : `; --${guess} is one`}. A name that begins with - is written behind --`;
  }
  if (code === 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE')
    return /not take an argument/.test(message)
      ? `${name} takes no value`
      : `${name} takes a value; one that begins with - is written ${name}=VALUE`;
  return message;
}

/** Where a command takes options alone: what else was typed may have been meant for one of them. @throws Usage */
export function nothingBeside(positionals: readonly string[]): void {
  if (positionals.length > 0)
    throw new Usage(`the command takes nothing beside its options, and not ${positionals[0]}`);
}

/** The one thing that a command is about. @throws Usage */
export function only(positionals: readonly string[], what: string): string {
  const [first, second] = positionals;
  if (first === undefined) throw new Usage(`name ${what}`);
  if (second !== undefined) throw new Usage(`name ${what}, and not ${second} beside it`);
  return first;
}
