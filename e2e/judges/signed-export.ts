import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { call } from '@orpc/server';
import type { Host } from '../../electron/operations/host.ts';
import { exportJournal } from '../../electron/operations/journal.ts';
import { openWorkstation } from '../../electron/workstation.ts';

const password = 'for the judges';
const host: Host = {
  about: () => ({ shell: 'browser', version: '0', hasNativeDialogs: false, platform: process.platform }),
  choose: async () => null,
  browse: async () => Promise.reject(new Error('There is no window here.')),
  locate: async () => Promise.reject(new Error('There is no window here.')),
  path: (token) => token,
};

/**
 * Two people's keys as an organisation gives them out: PKCS#12, each certificate by one root. Self-signed certificates
 * would do for all judges but pdfsig, which trusts nobody who is not under an authority.
 */
function people(folder: string): string[] {
  const openssl = (...args: string[]) =>
    execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...curve,
    '-keyout',
    'root.key',
    '-out',
    'root.pem',
    '-days',
    '3650',
    '-subj',
    '/CN=Root of the judges',
    '-addext',
    'basicConstraints=critical,CA:TRUE',
    '-addext',
    'keyUsage=critical,keyCertSign,cRLSign',
  );
  writeFileSync(
    join(folder, 'leaf'),
    'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature,nonRepudiation\nextendedKeyUsage=1.3.6.1.5.5.7.3.36,emailProtection\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n',
  );
  return ['Ada Reviewer', 'Grace Approver'].map((name, index) => {
    const stem = `person-${index}`;
    openssl('req', ...curve, '-keyout', `${stem}.key`, '-out', `${stem}.csr`, '-subj', `/CN=${name}`);
    openssl(
      'x509',
      '-req',
      '-in',
      `${stem}.csr`,
      '-CA',
      'root.pem',
      '-CAkey',
      'root.key',
      '-CAcreateserial',
      '-days',
      '1000',
      '-extfile',
      'leaf',
      '-out',
      `${stem}.pem`,
    );
    openssl(
      'pkcs12',
      '-export',
      '-inkey',
      `${stem}.key`,
      '-in',
      `${stem}.pem`,
      '-certfile',
      'root.pem',
      '-passout',
      `pass:${password}`,
      '-out',
      `${stem}.p12`,
      '-keypbe',
      'AES-256-CBC',
      '-certpbe',
      'AES-256-CBC',
      '-macalg',
      'sha256',
    );
    return join(folder, `${stem}.p12`);
  });
}

export interface SignedExport {
  package: string;
  /** Another package by the same people, so that parts can be swapped. */
  other: string;
  /** PEM of the authority under which both signed. */
  root: string;
  journal: string;
}

/** The two sample cases, each with a finding, signed by two people and exported. @param folder an empty one */
export async function signedExport(folder: string): Promise<SignedExport> {
  const keys = join(folder, 'people');
  mkdirSync(keys, { recursive: true });
  const station = openWorkstation({
    storeFile: join(folder, 'store', 'assay.db'),
    anchors: join(folder, 'anchors'),
    host,
    resources: resolve(import.meta.dirname, '../../resources'),
  });
  const { context, router } = station;
  const ask = { context };
  try {
    const signers: number[] = [];
    for (const token of people(keys))
      signers.push(
        (await call(router.identity.importPkcs12, { token, password, passphrase: password, name: '' }, ask)).id,
      );
    const { caseIds } = await call(router.cases.sample, undefined, ask);
    const names = ['package', 'other'];
    for (const [index, caseId] of caseIds.entries()) {
      const finding = {
        title: 'Cards & “claims” <unquoted>\u202e',
        severity: 'medium' as const,
        owner: 'Ada',
        rationale: 'The numbers of the card were compared by hand. Ελληνικά, 審査, 😀.',
        recommendation: 'State the split.',
        anchors: [],
      };
      await call(router.review.raise, { caseId, finding }, ask);
      const [{ id: importId } = { id: 0 }] = (await call(router.cases.get, { caseId }, ask)).imports;
      const plan = await call(router.sampling.make, { importId, size: 12, strata: 'folder', seed: null }, ask);
      const [picked] = await call(router.sampling.files, { planId: plan.id }, ask);
      await call(router.evidence.file, { importId, fileId: picked?.fileId ?? 0 }, ask);
      await call(router.sampling.explain, { planId: plan.id, explanation: 'Read in the case before <this> one.' }, ask);
      const decision = index === 0 ? ('conditions' as const) : ('reject' as const);
      for (const [position, role] of (['reviewer', 'approver'] as const).entries()) {
        const given = { caseId, role, decision, rationale: 'As found.', secondSigner: null };
        const identityId = signers[position] ?? 0;
        await call(router.identity.choose, { identityId }, ask);
        const { digest } = await call(router.signOff.statement, given, ask);
        await call(router.signOff.sign, { ...given, digest, identityId, passphrase: password }, ask);
      }
      await call(
        router.signOff.export,
        { caseId, signOffId: null, into: folder, name: names[index] ?? String(caseId) },
        ask,
      );
    }
    exportJournal(context, join(folder, 'journal.jsonl'));
  } finally {
    station.close();
  }
  return {
    package: join(folder, 'package'),
    other: join(folder, 'other'),
    root: join(keys, 'root.pem'),
    journal: join(folder, 'journal.jsonl'),
  };
}
