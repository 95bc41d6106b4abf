import type { Command } from './command.ts';

/** Every command, in the order of the usage; only what is asked for is loaded. */
export const commands: Command[] = [
  {
    name: 'verify',
    usage: 'assay verify PATH… [--trust PATH]… [--policy FILE] [--as-of TIME] [--json]',
    run: async (args, io) => (await import('./verify.ts')).verify(args, io),
  },
  {
    name: 'import',
    usage: 'assay import PATH… --case NAME [--playbook NAME] [--trust PATH]… [--store FILE] [--json]',
    run: async (args, io) => (await import('./import.ts')).importPaths(args, io),
  },
  {
    name: 'cases',
    usage: 'assay cases [--store FILE] [--json]',
    run: async (args, io) => (await import('./cases.ts')).cases(args, io),
  },
  {
    name: 'show',
    usage: 'assay show CASE [--store FILE] [--json]',
    run: async (args, io) => (await import('./cases.ts')).show(args, io),
  },
  {
    name: 'keys new',
    usage: 'assay keys new --name NAME --role ROLE --out FILE --passphrase-file FILE [--store FILE] [--json]',
    run: async (args, io) => (await import('./keys.ts')).keysNew(args, io),
  },
  {
    name: 'keys list',
    usage: 'assay keys list [--store FILE] [--json]',
    run: async (args, io) => (await import('./keys.ts')).keysList(args, io),
  },
  {
    name: 'sign-off',
    usage:
      'assay sign-off CASE --key FILE --passphrase-file FILE --role reviewer|approver --decision approve|conditions|reject --rationale TEXT [--store FILE] [--json]',
    run: async (args, io) => (await import('./sign-off.ts')).signOff(args, io),
  },
  {
    name: 'export',
    usage: 'assay export CASE --out FOLDER [--store FILE] [--json]',
    run: async (args, io) => (await import('./sign-off.ts')).exportCase(args, io),
  },
  {
    name: 'check-report',
    usage: 'assay check-report PATH [--trust PATH]… [--evidence PATH] [--store FILE] [--json]',
    run: async (args, io) => (await import('./check-report.ts')).checkReport(args, io),
  },
  {
    name: 'journal verify',
    usage: 'assay journal verify [--checkpoint FILE]… [--store FILE] [--json]',
    run: async (args, io) => (await import('./journal.ts')).journalVerify(args, io),
  },
  {
    name: 'journal export',
    usage: 'assay journal export --out FILE [--store FILE]',
    run: async (args, io) => (await import('./journal.ts')).journalExport(args, io),
  },
];
