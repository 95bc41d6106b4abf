import { resolve } from 'node:path';
import { counted } from '../../shared/counted.ts';
import { Failure } from '../../shared/failure.ts';
import type { Report } from '../../shared/report.ts';
import { Decision, SignOffRole } from '../../shared/sign-off.ts';
import { present } from '../operations/context.ts';
import { exportPackage } from '../operations/export-report.ts';
import { adoptKeyFile } from '../operations/key-files.ts';
import { draftOf, shownDigest, sign, waiting } from '../operations/sign-off.ts';
import { type SignOffData, signOffById, signOffsOf } from '../store/sign-offs.ts';
import { type Command, exit, Usage } from './command.ts';
import { findCase } from './find-case.ts';
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
    const { id: caseId } = findCase(context, name);
    const signer = await adoptKeyFile(context, resolve(io.cwd, key), passphrase, role.data);
    if (signer.isNew)
      io.err(
        `The key of ${visibleText(signer.name)} was not known to this store, and is now one of its signing identities: ${signer.fingerprint}\n`,
      );
    const given = {
      caseId,
      role: role.data,
      decision: decision.data,
      rationale: rationale.trim(),
      secondSigner: null,
    };
    const digest = waiting(context, caseId)?.data.reportDigest ?? shownDigest(draftOf(context, given, signer, '', ''));
    const [before] = context.store.read((db) => signOffsOf(db, caseId));
    const made = await sign(context, { ...given, digest, identityId: signer.id, passphrase });
    const frozen = present(
      context.store.read((db) => signOffById(db, made.id)),
      'sign-off',
    );
    const isAnew = before !== undefined && before.supersededBy === null && before.id !== made.id;
    io.out(
      values.json === true
        ? `${JSON.stringify(made)}\n`
        : `${visibleText(signer.name)} signed as ${role.data}: ${made.decision}.\n${openedBy(frozen)}\n  report.json  ${made.statementDigest}\n  unsigned PDF ${made.pdfDigest}, ${made.pdfBytes} bytes\n${made.state === 'signed' ? 'Both signatures are made.' : 'A second person may sign the same statement with another key.'}\n${isAnew ? `It begins sign-off ${made.number}: sign-off ${before.number} is superseded, and stays in the store as it was signed.\n` : ''}`,
    );
    return exit.passed;
  });
};

/** What a person looked at of what is signed, by the very report. */
function openedBy({ report }: SignOffData): string {
  const { opened, total } = (JSON.parse(Buffer.from(report).toString('utf8')) as Report).coverage;
  const files = `Of ${counted(total.files, 'file')}`;
  return opened.files === 0
    ? `${files}, none was opened by a person: what is signed rests on what the machine checked, and the report says so.`
    : `${files}, ${opened.files.toLocaleString('en')} ${opened.files === 1 ? 'was' : 'were'} opened by a person, and the report says so.`;
}

/** `assay export`: writes what is sealed; it needs no key. */
export const exportCase: Command['run'] = async (args, io) => {
  const { values, positionals } = optionsOf(args, {
    out: { type: 'string' },
    store: { type: 'string' },
    json: { type: 'boolean' },
  });
  const name = only(positionals, 'one case');
  const { out } = values;
  if (out === undefined) throw new Usage('export needs --out, a folder that is not there yet');
  return await withStore(values.store, io, async (context) => {
    if (io.signal.aborted)
      throw new Failure('cancelled', { what: 'The export was cancelled.', notDone: 'Nothing was written.' });
    const written = await exportPackage(context, findCase(context, name).id, null, resolve(io.cwd, out));
    io.out(
      values.json === true
        ? `${JSON.stringify(written)}\n`
        : `${visibleText(written.path)}: ${counted(written.files, 'file')}${written.isDraft ? ', a draft that nobody has signed' : ''}\n`,
    );
    return exit.passed;
  });
};
