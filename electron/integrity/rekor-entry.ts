import { createHash } from 'node:crypto';
import type { LogEntry } from '../../shared/signature-parts.ts';
import { canonicalJson } from './canonical-json.ts';
import { JsonError, type JsonValue, parseJson } from './json.ts';
import { leafHash, verifyInclusion } from './merkle.ts';
import { NoteError, parseCheckpoint, parseNote, verifierKeyFor, verifyNote } from './note.ts';
import { pemBytes, verifySignature } from './public-key.ts';
import { isDuring, type LogKey } from './sigstore-root.ts';

/** What was logged, as the bundle has it. */
export interface Logged {
  /** Bytes that are signed. */
  signed: Uint8Array;
  /** SHA-256 over them, where they are too many to be held. */
  signedDigest?: Buffer;
  /** Payload of the envelope; null where a file is signed as such. */
  payload: Uint8Array | null;
  /** base64. */
  signature: string;
  /** DER of the certificate or the SubjectPublicKeyInfo that signed. */
  verifier: Uint8Array;
}

type Shape = JsonValue | undefined;
const objectOf = (value: Shape): { [name: string]: JsonValue } =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
const textOf = (value: Shape): string => (typeof value === 'string' ? value : '');

/** DER of a verifier: PEM in base64 (version 1), raw bytes in base64 (version 2). */
function verifierOf(value: Shape): Buffer {
  if (typeof value === 'string') {
    const pem = Buffer.from(value, 'base64').toString('latin1');
    return pemBytes(pem, 'CERTIFICATE') ?? pemBytes(pem, 'PUBLIC KEY') ?? Buffer.alloc(0);
  }
  const { x509Certificate, publicKey } = objectOf(value);
  return Buffer.from(textOf(objectOf(x509Certificate ?? publicKey)['rawBytes']), 'base64');
}

interface Said {
  digests: Buffer[];
  signatures: { value: string; verifier: Buffer }[];
}
/** What an entry says was signed, by kind and version (rekor types; rekor-tiles, v2). Null for a kind that is not read. */
function saidBy(body: { [name: string]: JsonValue }): Said | null {
  const spec = objectOf(body['spec']);
  const hex = (value: Shape) => Buffer.from(textOf(objectOf(value)['value']), 'hex');
  const list = (value: Shape) => (Array.isArray(value) ? value.slice(0, 100).map(objectOf) : []);
  switch (`${textOf(body['kind'])} ${textOf(body['apiVersion'])}`) {
    case 'hashedrekord 0.0.1': {
      const { content, publicKey } = objectOf(spec['signature']);
      return {
        digests: [hex(objectOf(spec['data'])['hash'])],
        signatures: [{ value: textOf(content), verifier: verifierOf(objectOf(publicKey)['content']) }],
      };
    }
    case 'dsse 0.0.1':
      return {
        digests: [hex(spec['payloadHash'])],
        signatures: list(spec['signatures']).map(({ signature, verifier }) => ({
          value: textOf(signature),
          verifier: verifierOf(verifier),
        })),
      };
    case 'intoto 0.0.2': {
      const content = objectOf(spec['content']);
      return {
        digests: [hex(content['payloadHash'])],
        // The signature is in base64 twice.
        signatures: list(objectOf(content['envelope'])['signatures']).map(({ sig, publicKey }) => ({
          value: Buffer.from(textOf(sig), 'base64').toString('latin1'),
          verifier: verifierOf(publicKey),
        })),
      };
    }
    case 'hashedrekord 0.0.2': {
      const { data, signature } = objectOf(spec['hashedRekordV002']);
      const { content, verifier } = objectOf(signature);
      return {
        digests: [Buffer.from(textOf(objectOf(data)['digest']), 'base64')],
        signatures: [{ value: textOf(content), verifier: verifierOf(verifier) }],
      };
    }
    case 'dsse 0.0.2': {
      const { payloadHash, signatures } = objectOf(spec['dsseV002']);
      return {
        digests: [Buffer.from(textOf(objectOf(payloadHash)['digest']), 'base64')],
        signatures: list(signatures).map(({ content, verifier }) => ({
          value: textOf(content),
          verifier: verifierOf(verifier),
        })),
      };
    }
    default:
      return null;
  }
}

export interface EntryResult {
  /** '' where the entry holds. */
  why: string;
  /** When the log says it took it in, where the log signed that. */
  at: Date | null;
  /** The log, where the root names it and the entry holds. */
  log: LogKey | null;
}

/**
 * Holds a log entry that a bundle carries: it is about this signature, a known log promised it or proves that it is in
 * its tree, and whatever of the two is there is right (sigstore client specification, "Verification").
 */
export function verifyEntry(
  entry: LogEntry,
  logged: Logged,
  logs: readonly LogKey[],
  needsProof: boolean,
): EntryResult {
  const failed = (why: string): EntryResult => ({ why, at: null, log: null });
  const log = logs.find(({ id }) => id === entry.logId);
  if (log === undefined) return failed('The entry is of a log that the root does not name.');
  const body = Buffer.from(entry.body, 'base64');
  const mismatch = whyOther(body, logged);
  if (mismatch !== '') return failed(mismatch);
  let at: Date | null = null;
  if (entry.promise !== null) {
    const signed = canonicalJson({
      body: entry.body,
      integratedTime: entry.integratedTime,
      logID: Buffer.from(entry.logId, 'base64').toString('hex'),
      logIndex: entry.logIndex,
    });
    if (!verifySignature(log.key, Buffer.from(signed), Buffer.from(entry.promise, 'base64'), 'sha256'))
      return failed('The promise of the log is not over this entry.');
    at = new Date(entry.integratedTime * 1_000);
    if (!isDuring(log, at)) return failed('The log promised it at a time at which the root does not name its key.');
  }
  const { proof } = entry;
  if (proof === null)
    return needsProof || at === null
      ? failed('The entry carries no proof that it is in the log.')
      : { why: '', at, log };
  const astray = whyAstray(entry, body, proof);
  if (astray !== '') return failed(astray);
  const root = Buffer.from(proof.root, 'base64');
  const why = whyNotCheckpoint(proof.checkpoint, root, proof.size, log);
  return why === '' ? { why, at, log } : failed(why);
}

/** Where the proof of an entry does not lead to the root that it states; '' where it does. */
function whyAstray({ logIndex }: LogEntry, body: Buffer, proof: NonNullable<LogEntry['proof']>): string {
  const path = proof.hashes.map((hash) => Buffer.from(hash, 'base64'));
  if (!verifyInclusion(leafHash(body), proof.index, proof.size, path, Buffer.from(proof.root, 'base64')))
    return 'The proof does not lead from the entry to the root of the log.';
  // A log of version 2 is one tree; of version 1 it is several, over which the entries are counted.
  return proof.index !== logIndex && isVersion2(body)
    ? 'The entry says that it stands elsewhere in the log than its proof does.'
    : '';
}

function isVersion2(body: Buffer): boolean {
  try {
    const { kind, apiVersion } = objectOf(parseJson(body));
    return apiVersion === '0.0.2' && (kind === 'hashedrekord' || kind === 'dsse');
  } catch (error) {
    if (error instanceof JsonError) return false;
    throw error;
  }
}

/**
 * What an entry of a log that nobody named contradicts by itself: it is about another signature, or its proof leads
 * elsewhere than it says. '' where nothing does, which proves nothing.
 */
export function whyContradictory(entry: LogEntry, logged: Logged): string {
  const body = Buffer.from(entry.body, 'base64');
  const other = whyOther(body, logged);
  if (other === unread) return '';
  if (other !== '' || entry.proof === null) return other;
  const astray = whyAstray(entry, body, entry.proof);
  if (astray !== '') return astray;
  try {
    const { size, root } = parseCheckpoint(parseNote(Buffer.from(entry.proof.checkpoint)).text);
    return size === entry.proof.size && root.equals(Buffer.from(entry.proof.root, 'base64')) ? '' : otherTree;
  } catch (error) {
    // Old bundles have a proof and no checkpoint.
    if (error instanceof NoteError) return '';
    throw error;
  }
}
const unread = 'The entry of the log is of a kind that is not read.';
const otherTree = 'The checkpoint states another tree than the proof.';

/** Digests that a log takes (rekor types, hashedrekord), by their bytes. */
const digestBySize: Record<number, string> = { 32: 'sha256', 48: 'sha384', 64: 'sha512' };

function whyOther(body: Buffer, { signed, signedDigest, payload, signature, verifier }: Logged): string {
  let said: Said | null;
  try {
    said = saidBy(objectOf(parseJson(body)));
  } catch (error) {
    if (error instanceof JsonError) return 'The entry of the log is no JSON.';
    throw error;
  }
  if (said === null) return unread;
  const isOf = (digest: Buffer, bytes: Uint8Array) => {
    const name = digestBySize[digest.length];
    return name !== undefined && createHash(name).update(bytes).digest().equals(digest);
  };
  const isMeant = (digest: Buffer) =>
    (signedDigest === undefined ? isOf(digest, signed) : signedDigest.equals(digest)) ||
    (payload !== null && isOf(digest, payload));
  if (!said.digests.every(isMeant)) return 'The entry of the log is about other bytes.';
  const raw = Buffer.from(signature, 'base64');
  const isSame = said.signatures.some(
    ({ value, verifier: by }) => Buffer.from(value, 'base64').equals(raw) && by.equals(verifier),
  );
  return isSame ? '' : 'The entry of the log is about another signature or another certificate.';
}

function whyNotCheckpoint(text: string, root: Buffer, size: number, log: LogKey): string {
  try {
    const note = parseNote(Buffer.from(text));
    const stated = parseCheckpoint(note.text);
    if (stated.size !== size || !stated.root.equals(root)) return otherTree;
    // The log signs under the name that its origin begins with; version 1 puts the number of its tree after that.
    const origin = stated.origin.split(' - ')[0];
    // The id of its key is in its line and in the root: of Ed25519 it is over the name too (C2SP signed-note; rekor-tiles).
    const keyHash = Buffer.from(log.id, 'base64').toString('hex').slice(0, 8);
    const keys = note.signatures
      .filter((each) => each.name === origin && each.keyHash === keyHash)
      .flatMap(({ name, keyHash }) => verifierKeyFor(name, keyHash, log.key) ?? []);
    return verifyNote(note, keys).holds ? '' : 'The checkpoint is not signed by the log.';
  } catch (error) {
    if (error instanceof NoteError) return 'The checkpoint is not in the form of a signed note.';
    throw error;
  }
}
