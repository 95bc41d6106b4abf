import type { Identity } from '../../shared/identity.ts';
import type { TrustEntry } from '../../shared/trust.ts';
import { held } from './rows.ts';
import type { Read, Write } from './store.ts';

export type IdentityData = Omit<Identity, 'isUnlocked' | 'locksAt'> & { keyFile: string };
interface Row {
  id: number;
  name: string;
  role: string;
  fingerprint: string;
  key_id: string;
  algorithm: string;
  certificate: string;
  key_file: string;
  created_at: string;
  is_current: number;
}
const identityOf = (row: Row): IdentityData => ({
  id: row.id,
  name: row.name,
  role: row.role,
  fingerprint: row.fingerprint,
  keyId: row.key_id,
  algorithm: row.algorithm,
  certificate: row.certificate,
  keyFile: row.key_file,
  createdAt: row.created_at,
  isCurrent: row.is_current === 1,
});
export const identities = (db: Read): IdentityData[] =>
  db.all<Row>('select * from identity order by id').map(identityOf);
export const identityById = (db: Read, id: number): IdentityData | undefined =>
  identities(db).find((each) => each.id === id);
export const currentIdentity = (db: Read): IdentityData | undefined =>
  identities(db).find(({ isCurrent }) => isCurrent);
export const insertIdentity = (
  db: Write,
  {
    name,
    role,
    fingerprint,
    keyId,
    algorithm,
    certificate,
    keyFile,
    createdAt,
  }: Omit<IdentityData, 'id' | 'isCurrent'>,
): number =>
  db.run(
    'insert into identity (name, role, fingerprint, key_id, algorithm, certificate, key_file, created_at) values (?, ?, ?, ?, ?, ?, ?, ?)',
    name,
    role,
    fingerprint,
    keyId,
    algorithm,
    certificate,
    keyFile,
    createdAt,
  );
export const moveKeyFile = (db: Write, id: number, file: string): void =>
  void db.run('update identity set key_file = ? where id = ?', file, id);
export const chooseIdentity = (db: Write, id: number): void =>
  void db.run('update identity set is_current = (id = ?)', id);

interface TrustRow {
  id: string;
  kind: TrustEntry['kind'];
  name: string;
  uses: string | null;
  material: string;
  fingerprint: string;
  identities: string;
  added_at: string;
  added_by: string;
}
export const trustEntries = (db: Read): TrustEntry[] =>
  db.all<TrustRow>('select * from trust order by kind, name, id').map((row) => ({
    id: row.id,
    kind: row.kind,
    name: row.name,
    uses: row.uses === null ? null : held<TrustEntry['uses']>(row.uses),
    material: row.material,
    fingerprint: row.fingerprint,
    identities: held<TrustEntry['identities']>(row.identities),
    addedAt: row.added_at,
    addedBy: row.added_by,
  }));
export const insertTrust = (db: Write, entry: TrustEntry, at: string, by: string): void =>
  void db.run(
    'insert or replace into trust (id, kind, name, uses, material, fingerprint, identities, added_at, added_by) values (?, ?, ?, ?, ?, ?, ?, ?, ?)',
    entry.id,
    entry.kind,
    entry.name,
    entry.uses === null ? null : JSON.stringify(entry.uses),
    entry.material,
    entry.fingerprint,
    JSON.stringify(entry.identities),
    at,
    by,
  );
export const deleteTrust = (db: Write, id: string): void => void db.run('delete from trust where id = ?', id);

export const settingOf = (db: Read, name: string): string | undefined =>
  db.get<{ value: string }>('select value from setting where name = ?', name)?.value;
export const setSetting = (db: Write, name: string, value: string): void =>
  void db.run('insert or replace into setting (name, value) values (?, ?)', name, value);
