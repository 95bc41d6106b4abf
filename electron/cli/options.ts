import { type ParseArgsConfig, parseArgs } from 'node:util';
import { Usage } from './command.ts';

/** Options of a command, and what stands beside them; none of them empty. @throws Usage where they are not those of the command */
export function optionsOf<T extends NonNullable<ParseArgsConfig['options']>>(args: string[], options: T) {
  const parsed = parsedBy(args, options);
  // An empty path would be the folder that the person stands in: mostly a variable that was never set.
  if (parsed.positionals.includes('')) throw new Usage('what is named beside the options is empty');
  for (const [name, value] of Object.entries<unknown>(parsed.values))
    if ([value].flat().includes('')) throw new Usage(`--${name} is empty`);
  return parsed;
}

function parsedBy<T extends NonNullable<ParseArgsConfig['options']>>(args: string[], options: T) {
  try {
    return parseArgs({ args, allowPositionals: true, options });
  } catch (error) {
    throw new Usage(error instanceof Error ? error.message : 'the options are wrong');
  }
}

/** Where a command takes options alone: what else was typed may have been meant for one of them. @throws Usage */
export function nothingBeside(positionals: readonly string[]): void {
  if (positionals.length > 0)
    throw new Usage(`the command takes nothing beside its options, and not ${positionals[0]}`);
}

/** The one thing that a command is about. @throws Usage */
export function only(positionals: readonly string[], what: string): string {
  const [first] = positionals;
  if (first === undefined || positionals.length !== 1) throw new Usage(`name ${what}`);
  return first;
}
