import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Failure } from '../../shared/failure.ts';
import type { TrustEntry } from '../../shared/trust.ts';
import { readBlock } from '../integrity/block-header.ts';
import { CertificateError, readCertificate } from '../integrity/certificate.ts';
import { sha256Hex } from '../integrity/digest.ts';
import { JsonError, parseJson } from '../integrity/json.ts';
import { readJwk, readKeyMaterial } from '../integrity/key-material.ts';
import { readMinisignKey } from '../integrity/minisign.ts';
import { parseVerifierKey } from '../integrity/note.ts';
import { readPgpKeys } from '../integrity/openpgp-keys.ts';
import {
  fingerprint,
  KeyError,
  opensshBlob,
  orWeak,
  pemBlocks,
  readBareKey,
  readWeakKey,
  WeakKeyError,
} from '../integrity/public-key.ts';
import { sshAuthorityText } from '../integrity/ssh-authority.ts';
import { readSignerLine } from '../integrity/ssh-key.ts';
import { isKeyRevoked, isRevocationList, readRevocations } from '../integrity/ssh-revocation.ts';
import { functionaryKeys } from './functionary-keys.ts';
import { logKeys } from './log-keys.ts';
import { registryKeys } from './registry-keys.ts';
import { asList, asObject, asText } from './shape.ts';
import { type Refinement, readTrustList, refuseMisplaced, trustListName } from './trust-list.ts';
import { whyNobody, whyNoTrust } from './why-no-trust.ts';

export interface TrustFolder {
  entries: TrustEntry[];
  /** Files in which nothing was recognised, each with a sentence. */
  unknown: string[];
}

const largest = 1_048_576;

const unnamed = { uses: null, identities: [], addedAt: null, addedBy: null };
const isPem = (text: string) => text.includes('-----BEGIN ');

/** What one file holds: keys, certificates, a verifier key, a Sigstore root. Recognised by content, never by name. */
function entriesOf(path: string, bytes: Buffer, note: (why: string) => void): TrustEntry[] {
  // 32 bytes that are no text are a key of Ed25519 as it stands (RFC 8032, 5.1.5).
  const isRaw = bytes.length === 32 && bytes.some((byte) => byte < 0x20 || byte > 0x7e);
  const text = bytes.toString(isRaw ? 'hex' : 'utf8');
  const name = basename(path).replace(/(\.pub|\.cert)?\.(pem|crt|cer|der|key|vkey|json|txt)$/i, '');
  const base = { ...unnamed, name };
  // A text may begin with the digit 0, which is the first byte of DER too.
  if (!isRaw && bytes[0] === 0x30 && !/^[\t\n\r -~]*$/.test(text)) return [derEntry(bytes, base)];
  const keys = pemBlocks(text, 'PUBLIC KEY').map((material) => keyEntry(material, base));
  const authorities = pemBlocks(text, 'CERTIFICATE').map(authorityEntry);
  const logs = text.split('\n').flatMap((line): TrustEntry[] => {
    const key = parseVerifierKey(line);
    const print = `sha256:${sha256Hex(line.trim())}`;
    return key === null
      ? []
      : [{ ...base, id: print, kind: 'log', name: key.name, material: line.trim(), fingerprint: print }];
  });
  const blocks = text.split('\n').flatMap((line): TrustEntry[] => {
    const block = readBlock(line);
    if (block === null) return [];
    const print = `sha256:${sha256Hex(line.trim())}`;
    return [
      {
        ...base,
        id: print,
        kind: 'block',
        name: `Bitcoin block ${block.height}`,
        material: line.trim(),
        fingerprint: print,
      },
    ];
  });
  const bare = readBareKey(text);
  if (bare !== null) keys.push(keyEntry(bare.export({ format: 'pem', type: 'spki' }).toString(), base));
  const sigstore = text.trimStart().startsWith('{') ? sigstoreRoot(text, base) : [];
  const first = bytes[0] ?? 0;
  if (/-----BEGIN PGP PUBLIC KEY/.test(text) || first === 0x98 || first === 0x99 || first === 0xc6)
    return pgpEntries(bytes, base);
  const described = logKeys(bytes).map(({ name: log, material }): TrustEntry => {
    return keyEntry(material, { ...base, name: log, uses: ['checkpoint'] });
  });
  const others = isPem(text)
    ? []
    : [
        ...lineEntries(text, base, note),
        ...jwkEntries(text, base),
        ...registryEntries(text, base),
        ...functionaryEntries(text, base),
        ...described,
      ];
  return [...keys, ...authorities, ...logs, ...blocks, ...sigstore, ...others];
}

type Base = Pick<TrustEntry, 'name' | 'uses' | 'identities' | 'addedAt' | 'addedBy'>;

function keyEntry(material: string, base: Base): TrustEntry {
  // A weak key is known too: what it signed is the reviewer's policy to refuse, and hers to be told of.
  const print = fingerprint(readWeakKey(material));
  return { ...base, id: print, kind: 'key', material, fingerprint: print };
}

function authorityEntry(material: string): TrustEntry {
  const { subject: name, fingerprint: print } = readCertificate(material);
  return { ...unnamed, id: print, kind: 'authority', name, material, fingerprint: print };
}

/** A certificate or a SubjectPublicKeyInfo in DER, told apart by its first member. */
function derEntry(bytes: Buffer, base: Base): TrustEntry {
  const pem = (label: string) =>
    `-----BEGIN ${label}-----\n${bytes.toString('base64').replace(/(.{64})(?=.)/g, '$1\n')}\n-----END ${label}-----\n`;
  try {
    return keyEntry(pem('PUBLIC KEY'), base);
  } catch (error) {
    if (error instanceof KeyError) return authorityEntry(pem('CERTIFICATE'));
    throw error;
  }
}

/** Keys that are a line or two of text: minisign, signify, OpenSSH. Each is kept as it was written. */
function lineEntries(text: string, base: Base, note: (why: string) => void): TrustEntry[] {
  const minisign = readMinisignKey(text);
  if (minisign !== null)
    return [{ ...base, ...named(minisign.key), name: base.name, kind: 'key', material: text.trim() }];
  return text.split('\n').flatMap((line): TrustEntry[] => {
    const signer = readableLine(line, note);
    if (signer === null) return [];
    const name = signer.principals.filter((each) => each !== '*').join(', ') || base.name;
    const kind = signer.isAuthority ? 'authority' : 'key';
    return [{ ...base, ...named(signer.key), kind, name, material: line.trim() }];
  });
}

/** One line that names nobody takes nothing from the others. */
function readableLine(line: string, note: (why: string) => void): ReturnType<typeof readSignerLine> {
  try {
    return readSignerLine(line);
  } catch (error) {
    if (!(error instanceof KeyError)) throw error;
    note(error.message);
    return null;
  }
}

/** Keys of an OpenPGP keyring, each by its fingerprint; kept armored. */
function pgpEntries(bytes: Buffer, base: Base): TrustEntry[] {
  return readPgpKeys(bytes).map(({ primary, user, bytes: held }): TrustEntry => {
    const print = `openpgp:${primary.fingerprint.toLowerCase()}`;
    const material = `-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n${held.toString('base64')}\n-----END PGP PUBLIC KEY BLOCK-----\n`;
    return { ...base, id: print, kind: 'key', name: user === '' ? base.name : user, material, fingerprint: print };
  });
}

/** Public keys of a JWK or a JWK Set (RFC 7517). A shared secret among them is no key of anybody. */
function jwkEntries(text: string, base: Base): TrustEntry[] {
  if (!text.trimStart().startsWith('{') || !/"kty"\s*:/.test(text)) return [];
  let document: ReturnType<typeof parseJson>;
  try {
    document = parseJson(text);
  } catch (error) {
    if (error instanceof JsonError) return [];
    throw error;
  }
  const list = asList(asObject(document)['keys']);
  return (list.length > 0 ? list : [document]).flatMap((each): TrustEntry[] => {
    const jwk = asObject(each);
    if (jwk['kty'] === 'oct') return [];
    const { kid } = jwk;
    const id = typeof kid === 'string' ? kid : base.name;
    return [
      { ...base, ...named(orWeak(() => readJwk(jwk).key)), kind: 'key', name: id, material: JSON.stringify(jwk) },
    ];
  });
}

/** Keys of a registry of packages: it says what it published, and vouches for nobody's build. */
const registryEntries = (text: string, base: Base): TrustEntry[] =>
  registryKeys(text).map(({ id, material, maySign }) => ({
    ...base,
    ...named(readKeyMaterial(material).key),
    kind: 'key',
    uses: maySign ? ['statement'] : [],
    name: `${base.name} ${id}`,
    material,
  }));

/** A key as in-toto describes it, a subkey of which signs for it. */
function functionaryEntries(text: string, base: Base): TrustEntry[] {
  if (!text.trimStart().startsWith('{') || !/"keyval"\s*:/.test(text)) return [];
  try {
    const held = asObject(parseJson(text));
    const id = asText(held['keyid']) ?? base.name;
    return functionaryKeys(id, held).map(({ material }) => keyEntry(material, base));
  } catch (error) {
    if (error instanceof JsonError) return [];
    throw error;
  }
}

const named = (key: Parameters<typeof fingerprint>[0]) => ({ id: fingerprint(key), fingerprint: fingerprint(key) });

/** Kinds of trust that command lines know and this version does not use yet: named, so that nobody relies on them. */
function whatElse(text: string): string {
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) return 'is a private key, which nobody should be given';
  return '';
}

function sigstoreRoot(text: string, base: Base): TrustEntry[] {
  try {
    const { mediaType } = asObject(parseJson(text));
    if (!/^application\/vnd\.dev\.sigstore\.trustedroot/.test(asText(mediaType) ?? '')) return [];
  } catch (error) {
    if (error instanceof JsonError) return [];
    throw error;
  }
  const print = `sha256:${sha256Hex(text)}`;
  return [{ ...base, id: print, kind: 'sigstore', material: text, fingerprint: print }];
}

/**
 * Reads what a reviewer trusts from a file or a folder (command-line.md, "Trust"). `trust.yaml` in a folder says who
 * is who and for what; without it, or where it does not name a file, a key is trusted for all but timestamps.
 * @throws Failure unreadable, invalid
 */
export function readTrust(path: string): TrustFolder {
  let files: string[];
  let refined: Refinement[] = [];
  let nobody: string | null = null;
  try {
    if (statSync(path).isDirectory()) {
      const held = readdirSync(path, { withFileTypes: true });
      const names = held
        .filter((each) => each.isFile())
        .map(({ name }) => name)
        .sort();
      nobody = whyNobody(
        path,
        names.length,
        held.some((each) => each.isDirectory()),
      );
      const lists = names.filter((name) => trustListName.test(name));
      const keys = names.filter((name) => !lists.includes(name));
      refined = lists.flatMap((name) => readTrustList(join(path, name), keys));
      files = keys.map((name) => join(path, name));
    } else if (/\.ya?ml$/i.test(path)) {
      refined = readTrustList(path, readdirSync(dirname(path)));
      files = [...new Set(refined.map(({ file }) => join(dirname(path), file)))];
    } else files = [path];
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure('unreadable', {
      what: 'The trust list cannot be read.',
      where: path,
      why: 'Nothing that can be read is at this path.',
      notDone: 'Nothing was trusted and nothing was verified.',
      next: 'Check the path, or leave it out.',
    });
  }
  const entries: TrustEntry[] = [];
  const unknown: string[] = [];
  const lists: Buffer[] = [];
  const revoked = new Set<string>();
  for (const file of files) {
    const name = basename(file);
    const bytes = readSmall(file);
    if (typeof bytes === 'string') {
      unknown.push(`${name} ${bytes}`);
      continue;
    }
    let held: TrustEntry[];
    try {
      if (isRevocationList(bytes)) {
        readRevocations(bytes);
        lists.push(bytes);
        continue;
      }
      held = entriesOf(file, bytes, (why) => unknown.push(`${name} has a line by which nobody is trusted. ${why}`));
      // What ssh-keygen takes for a revocation list may be keys in lines too: its name alone says so.
      if (/^revoked[_-]?keys/i.test(name)) {
        for (const each of held) revoked.add(each.fingerprint);
        continue;
      }
    } catch (error) {
      if (!(error instanceof KeyError || error instanceof CertificateError)) throw error;
      unknown.push(whyNoTrust(name, bytes, error));
      continue;
    }
    const other = held.length > 0 ? '' : whatElse(bytes.toString('utf8'));
    if (other !== '') unknown.push(`${name} ${other}. This version does not use it: nothing is trusted through it.`);
    else if (held.length === 0) unknown.push(`${name} holds no key, certificate or root that is known here.`);
    for (const entry of held) {
      const why = whyWeak(entry);
      if (why !== '') unknown.push(`${name} names a key by which no signature counts. ${why}`);
    }
    const named = refined.filter((each) => each.file === name);
    const kindly = held.map((entry) => ({ kind: entry.kind, hasIdentities: isCertificate(entry) }));
    for (const each of named) refuseMisplaced(each, kindly);
    for (const entry of held) {
      if (named.length === 0) entries.push(entry);
      for (const { kind, uses, identities, name: given } of named)
        entries.push({
          ...entry,
          kind: isCertificate(entry) ? kind : entry.kind,
          uses: uses ?? entry.uses,
          identities,
          name: given ?? entry.name,
        });
    }
  }
  if (nobody !== null && entries.length + unknown.length + lists.length + revoked.size === 0) unknown.push(nobody);
  // Known, and may sign nothing any more.
  for (const entry of entries) if (revoked.has(entry.fingerprint) || isRevokedBy(entry, lists)) entry.uses = [];
  for (const entry of entries) if (isSshAuthority(entry)) entry.material = sshAuthorityText(entry.material, lists);
  return { entries, unknown };
}

/** What makes a key too weak to count; '' where it is not. */
function whyWeak({ kind, material }: TrustEntry): string {
  if (kind !== 'key' || material.includes('BEGIN PGP')) return '';
  try {
    readKeyMaterial(material);
    return '';
  } catch (error) {
    if (error instanceof WeakKeyError) return error.message;
    if (error instanceof KeyError) return '';
    throw error;
  }
}

/** A certificate or a root is what the list of a reviewer calls it; anything else is what it is. */
const isCertificate = (entry: TrustEntry): boolean =>
  entry.kind === 'sigstore' || (entry.kind === 'authority' && !isSshAuthority(entry));

const isSshAuthority = ({ kind, material }: TrustEntry): boolean =>
  kind === 'authority' && !isPem(material) && readSignerLine(material) !== null;

/** Whether one of the lists names a key, in the form in which SSH writes it. */
function isRevokedBy({ kind, material }: TrustEntry, lists: readonly Buffer[]): boolean {
  if (lists.length === 0 || (kind !== 'key' && kind !== 'authority') || material.includes('BEGIN PGP')) return false;
  const line = isPem(material) ? null : readSignerLine(material);
  if (line === null && kind === 'authority') return false;
  const blob = line?.blob ?? opensshBlob(isPem(material) ? readWeakKey(material) : readKeyMaterial(material).key);
  return lists.some((list) => isKeyRevoked(readRevocations(list), blob));
}

/** The bytes of a small file, or why there are none. */
function readSmall(path: string): Buffer | string {
  try {
    return statSync(path).size > largest ? `is larger than ${largest} bytes and was not read.` : readFileSync(path);
  } catch {
    return 'cannot be read.';
  }
}
