import type { Command } from './command.ts';

const json = ['--json', 'prints one JSON document on standard output, and nothing else there'] as const;
const store = ['--store FILE', 'the store; without it the one that ASSAY_STORE names, else your own'] as const;
const storeToBe = [store[0], `${store[1]}. One that is not there is made`] as const;
const theCase = ['CASE', 'its name, or its number (assay cases) where none or several have that name'] as const;
const number = [
  '--number',
  'CASE is a number, and no name: where a name is the number of another case, it may mean either and is refused',
] as const;
const passphrase = [
  '--passphrase-file FILE',
  'a file whose first line is the passphrase, in UTF-8: it never stands on a command line',
] as const;

/** Every command, in the order of the usage; only what is asked for is loaded. */
export const commands: Command[] = [
  {
    name: 'verify',
    usage: 'assay verify PATH… [--trust PATH]… [--policy FILE] [--as-of TIME] [--json]',
    does: 'Verifies evidence, and says what holds, what fails and what could not be decided. Needs no store and leaves nothing behind.',
    more: [
      ['PATH…', 'a folder, a zip, tar or tar.gz, or one file; of several the worst verdict counts'],
      [
        '--trust PATH',
        'whom you trust: a key, a certificate or a trust root, or a folder of them with a trust.yaml. Nothing in the evidence is trusted for being there, so that without it no signature is more than by an unknown signer',
      ],
      ['--policy FILE', 'what you accept, a policy.yaml; without it the policy that ships'],
      [
        '--as-of TIME',
        'judges as at this day, such as 2026-11-20, or time, such as 2026-11-20T12:00:00Z; without it now',
      ],
      json,
    ],
    run: async (args, io) => (await import('./verify.ts')).verify(args, io),
  },
  {
    name: 'import',
    usage: 'assay import PATH… --case NAME [--number] [--playbook NAME] [--trust PATH]… [--store FILE] [--json]',
    does: 'Imports evidence into a case of the store, and verifies it by whom the store trusts and by its policy.',
    more: [
      ['PATH…', 'a folder, a zip, tar or tar.gz, or one file; each is an import of its own'],
      ['--case NAME', 'the case by its name; it is made where there is none of that name'],
      ['--number', 'NAME is the number of a case that is there (assay cases)'],
      ['--playbook NAME', 'is written into a case that is made, and nothing more'],
      ['--trust PATH', 'as for verify; what is named stays trusted in this store'],
      storeToBe,
      json,
    ],
    run: async (args, io) => (await import('./import.ts')).importPaths(args, io),
  },
  {
    name: 'cases',
    usage: 'assay cases [--store FILE] [--json]',
    does: 'Lists the cases of the store: number, name, verdict, files, sign-off.',
    more: [store, json],
    run: async (args, io) => (await import('./cases.ts')).cases(args, io),
  },
  {
    name: 'show',
    usage: 'assay show CASE [--number] [--store FILE] [--json]',
    does: 'Says where a case stands: what was imported, what it came to, which checks do not pass, what is reviewed and signed, and what comes next.',
    more: [theCase, number, store, json],
    run: async (args, io) => (await import('./show.ts')).show(args, io),
  },
  {
    name: 'keys new',
    usage: 'assay keys new --name NAME [--role ROLE] --out FILE --passphrase-file FILE [--store FILE] [--json]',
    does: 'Makes a signing identity: a key in a file of your own, encrypted, and its certificate in the store.',
    more: [
      ['--name NAME', 'the person who signs, as reports are to name her'],
      [
        '--role ROLE',
        'what she is, such as auditor, in her own words; in which place she signs is said at the sign-off',
      ],
      ['--out FILE', 'where the key is written; nothing may be there yet'],
      [passphrase[0], `${passphrase[1]}; at least 8 characters`],
      storeToBe,
      json,
    ],
    run: async (args, io) => (await import('./keys.ts')).keysNew(args, io),
  },
  {
    name: 'keys list',
    usage: 'assay keys list [--store FILE] [--json]',
    does: 'Lists who may sign with this store, with the fingerprints of their keys, and in whose name acts without a key are: of whoever was first, until another is chosen in the window under Settings, Who I am.',
    more: [store, json],
    run: async (args, io) => (await import('./keys.ts')).keysList(args, io),
  },
  {
    name: 'sign-off',
    usage:
      'assay sign-off CASE --key FILE --passphrase-file FILE --role reviewer|approver --decision approve|conditions|reject --rationale TEXT [--anew] [--number] [--store FILE] [--json]',
    does: 'Signs the decision about a case, behind the same gates as the window: to approve, each failing check needs an answer, a finding or an explanation, which is given in the window under Checks. Two people sign the same statement, each in one role.',
    more: [
      theCase,
      [
        '--key FILE',
        'the key of who signs, as keys new wrote it: encrypted PKCS#8 in PEM, with its certificate or known to the store. One that the store does not know becomes one of its signing identities. PKCS#12 is taken in by the window, under Settings',
      ],
      passphrase,
      ['--role', 'reviewer or approver: in which of the two places she signs'],
      [
        '--decision',
        'approve, conditions (approve with conditions) or reject; the second person signs that of the first',
      ],
      ['--rationale TEXT', 'why; it is part of what is signed'],
      [
        '--anew',
        'begins a new sign-off where you are one of the two who signed the newest, which it supersedes; without it that is refused while nothing of the case changed',
      ],
      number,
      store,
      json,
    ],
    run: async (args, io) => (await import('./sign-off.ts')).signOff(args, io),
  },
  {
    name: 'export',
    usage: 'assay export CASE --out FOLDER [--sign-off NUMBER] [--number] [--store FILE] [--json]',
    does: 'Writes the report of a case as a package: what is signed, or a draft that says so where nobody has signed. Needs no key.',
    more: [
      theCase,
      ['--out FOLDER', 'where the package is written; nothing may be there yet'],
      ['--sign-off NUMBER', 'an earlier sign-off, such as one that is superseded (assay show); without it the newest'],
      number,
      store,
      json,
    ],
    run: async (args, io) => (await import('./sign-off.ts')).exportCase(args, io),
  },
  {
    name: 'check-report',
    usage: 'assay check-report PATH [--trust PATH]… [--evidence PATH] [--store FILE] [--json]',
    does: 'Verifies a report, from here or elsewhere: what is signed, by whom, and whether all of it agrees.',
    more: [
      ['PATH', 'a package (its folder, or a zip, tar or tar.gz of it), a signed PDF or one decision (.dsse.json)'],
      ['--trust PATH', 'whose signatures count: as for verify, and certificates as in signers/ of a package'],
      [
        '--evidence PATH',
        'the evidence that the report is about, to be compared file by file: the folder, archive or file that was imported; of a report with several sources, the folder that holds them',
      ],
      [
        '--store FILE',
        'a store whose signers and trust count too, whose journal records the check, and by which a report is known to be superseded; without it and ASSAY_STORE none is opened',
      ],
      json,
    ],
    run: async (args, io) => (await import('./check-report.ts')).checkReport(args, io),
  },
  {
    name: 'journal verify',
    usage: 'assay journal verify [--checkpoint FILE]… [--file FILE] [--store FILE] [--json]',
    does: 'Verifies the record that the store keeps of every act: against itself, and against its head outside the store.',
    more: [
      ['--checkpoint FILE', 'journal/checkpoint.txt of a report of this store, to be compared too'],
      [
        '--file FILE',
        'a journal that was exported, from here or elsewhere, instead of that of the store; none is opened',
      ],
      store,
      json,
    ],
    run: async (args, io) => (await import('./journal.ts')).journalVerify(args, io),
  },
  {
    name: 'journal export',
    usage: 'assay journal export --out FILE [--store FILE]',
    does: 'Writes the journal to a file, one entry a line, as they are hashed.',
    more: [['--out FILE', 'where it is written; nothing may be there yet'], store],
    run: async (args, io) => (await import('./journal.ts')).journalExport(args, io),
  },
];
