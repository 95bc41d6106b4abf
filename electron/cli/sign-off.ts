import { resolve } from 'node:path';
import { counted } from '../../shared/counted.ts';
import { Failure } from '../../shared/failure.ts';
import type { Report } from '../../shared/report.ts';
import { type Coverage, Decision, SignOffRole } from '../../shared/sign-off.ts';
import { commandCancelled } from '../operations/cancelled.ts';
import { type Context, present, theCase } from '../operations/context.ts';
import { exportPackage } from '../operations/export-report.ts';
import { adoptKeyFile } from '../operations/key-files.ts';
import { digestToSign, sign } from '../operations/sign-off.ts';
import { refuseSignedAlready } from '../operations/signed-already.ts';
import { signOffById, signOffsOf } from '../store/sign-offs.ts';
import { type Command, exit, Usage } from './command.ts';
import { findCase } from './find-case.ts';
import { nextCommand } from './next.ts';
import { only, optionsOf } from './options.ts';
import { passphraseFrom } from './passphrase-file.ts';
import { visibleText } from './print.ts';
import { withStore } from './with-store.ts';

/** `assay sign-off`: signs what the screen would have signed, behind the same gates. */
export const signOff: Command['run'] = async (args, io) => {
  const { values, positionals } = optionsOf(args, {
    key: { type: 'string' },
    'passphrase-file': { type: 'string' },
    role: { type: 'string' },
    decision: { type: 'string' },
    rationale: { type: 'string' },
    anew: { type: 'boolean' },
    number: { type: 'boolean' },
    store: { type: 'string' },
    json: { type: 'boolean' },
  });
  const name = only(positionals, 'one case');
  const role = SignOffRole.safeParse(values.role);
  const decision = Decision.safeParse(values.decision);
  const { key, rationale = '', 'passphrase-file': passphraseFile } = values;
  if (!role.success) throw new Usage('--role takes reviewer or approver');
  if (!decision.success) throw new Usage('--decision takes approve, conditions or reject');
  if (rationale.trim() === '') throw new Usage('--rationale takes the reason of the decision');
  if (key === undefined || passphraseFile === undefined) throw new Usage('sign-off needs --key and --passphrase-file');
  const passphrase = passphraseFrom(passphraseFile, io);
  return await withStore(values.store, io, async (context) => {
    const { id: caseId } = findCase(context, name, values);
    const signer = await adoptKeyFile(context, resolve(io.cwd, key), passphrase, role.data);
    if (signer.isNew)
      io.err(
        `The key of ${visibleText(signer.name)} was not known to this store, and is now one of its signing identities: ${signer.fingerprint}\n`,
      );
    if (values.anew !== true)
      refuseSignedAlready(
        context,
        caseId,
        signer,
        `Write its report with: ${nextCommand(context, 'export', caseId, '--out FOLDER', values.store)}. To begin a new sign-off, which supersedes it, add --anew.`,
      );
    const given = {
      caseId,
      role: role.data,
      decision: decision.data,
      rationale: rationale.trim(),
      secondSigner: null,
    };
    const digest = digestToSign(context, given, signer);
    const [before] = context.store.read((db) => signOffsOf(db, caseId));
    const made = await sign(context, { ...given, digest, identityId: signer.id, passphrase });
    const { report } = present(
      context.store.read((db) => signOffById(db, made.id)),
      'sign-off',
    );
    const { coverage } = JSON.parse(Buffer.from(report).toString('utf8')) as Report;
    const isAnew = before !== undefined && before.supersededBy === null && before.id !== made.id;
    io.out(
      values.json === true
        ? `${JSON.stringify({ ...made, coverage })}\n`
        : `${visibleText(signer.name)} signed as ${role.data}: ${made.decision}.\n${openedBy(coverage)}\n  report.json  ${made.statementDigest}\n  unsigned PDF ${made.pdfDigest}, ${made.pdfBytes} bytes\n${made.state === 'signed' ? 'Both signatures are made.' : 'A second person may sign the same statement with another key.'} Write the report with: ${nextCommand(context, 'export', caseId, '--out FOLDER', values.store)}\n${isAnew ? `It begins sign-off ${made.number}: sign-off ${before.number} is superseded, and stays in the store as it was signed.\n` : ''}`,
    );
    return exit.passed;
  });
};

/** What a person looked at of what is signed. @param coverage of the very report */
function openedBy({ opened, total }: Coverage): string {
  const files = `Of ${counted(total.files, 'file')}`;
  return opened.files === 0
    ? `${files}, none was opened by a person: what is signed rests on what the machine checked, and the report says so.`
    : `${files}, ${opened.files.toLocaleString('en')} ${opened.files === 1 ? 'was' : 'were'} opened by a person, and the report says so.`;
}

/** The sign-off of a case that has a number. @throws Failure not-found */
function signOffNumbered(context: Context, caseId: number, number: number, store: string | undefined): number {
  const all = context.store.read((db) => signOffsOf(db, caseId));
  const found = all.find((each) => each.number === number);
  if (found === undefined)
    throw new Failure('not-found', {
      what: `There is no sign-off ${number} of this case.`,
      where: theCase(context, caseId).name,
      why:
        all.length === 0 ? 'Nobody has signed it.' : `Its sign-offs are ${all.map((each) => each.number).join(', ')}.`,
      notDone: 'Nothing was written.',
      next: `List them with: ${nextCommand(context, 'show', caseId, '', store)}`,
    });
  return found.id;
}

/** `assay export`: writes what is sealed; it needs no key. */
export const exportCase: Command['run'] = async (args, io) => {
  const { values, positionals } = optionsOf(args, {
    out: { type: 'string' },
    'sign-off': { type: 'string' },
    number: { type: 'boolean' },
    store: { type: 'string' },
    json: { type: 'boolean' },
  });
  const name = only(positionals, 'one case');
  const { out, 'sign-off': earlier } = values;
  if (out === undefined) throw new Usage('export needs --out, a folder that is not there yet');
  if (earlier !== undefined && !/^[1-9]\d{0,8}$/.test(earlier))
    throw new Usage('--sign-off takes the number of a sign-off');
  return await withStore(values.store, io, async (context) => {
    if (io.signal.aborted) throw commandCancelled('The export was cancelled.', resolve(io.cwd, out));
    const { id: caseId } = findCase(context, name, values);
    const signOffId = earlier === undefined ? null : signOffNumbered(context, caseId, Number(earlier), values.store);
    const written = await exportPackage(context, caseId, signOffId, resolve(io.cwd, out));
    io.out(
      values.json === true
        ? `${JSON.stringify(written)}\n`
        : `${visibleText(written.path)}: ${counted(written.files, 'file')}${written.isDraft ? ', a draft that nobody has signed' : ''}\n`,
    );
    return exit.passed;
  });
};
