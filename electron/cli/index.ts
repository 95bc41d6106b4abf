import { checkReport } from './check-report.ts';
import type { Command } from './command.ts';
import { keysList, keysNew } from './keys.ts';
import { verify } from './verify.ts';

/** Every command, in the order of the usage. One line each. */
export const commands: Command[] = [verify, keysNew, keysList, checkReport];
