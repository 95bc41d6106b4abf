import { cases, show } from './cases.ts';
import { checkReport } from './check-report.ts';
import type { Command } from './command.ts';
import { importPaths } from './import.ts';
import { journalExport, journalVerify } from './journal.ts';
import { keysList, keysNew } from './keys.ts';
import { exportCase, signOff } from './sign-off.ts';
import { verify } from './verify.ts';

/** Every command, in the order of the usage. One line each. */
export const commands: Command[] = [
  verify,
  importPaths,
  cases,
  show,
  keysNew,
  keysList,
  signOff,
  exportCase,
  checkReport,
  journalVerify,
  journalExport,
];
