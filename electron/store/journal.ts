import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Act, JournalEntry } from '../../shared/journal.ts';
import { canonicalJson } from '../integrity/canonical-json.ts';
import { sha256Hex } from '../integrity/digest.ts';
import { TreeBuilder } from '../integrity/merkle.ts';
import {
  type Checkpoint,
  formatCheckpoint,
  formatVerifierKey,
  NoteError,
  parseCheckpoint,
  parseNote,
  parseVerifierKey,
  signNote,
  verifyNote,
} from '../integrity/note.ts';

/** What makes the hash of an entry one of this journal and of nothing else (signing.md's domain separation). */
export const entryDomain = 'audit-journal-entry:v1\n';

/** An act, before it has a place in the journal. */
export interface NewEntry {
  action: Act;
  caseId: number | null;
  subject: string;
  detail?: JournalEntry['detail'];
  /** Who acts, where it is not the person who is chosen: who signs is who acts. */
  actor?: string;
}

/** The entry that follows `prev`, with its canonical line. */
export function makeEntry(
  act: NewEntry,
  seq: number,
  prev: string,
  time: string,
  actor: string,
): { entry: JournalEntry; line: string } {
  const body = {
    v: 1 as const,
    seq,
    time,
    actor,
    action: act.action,
    caseId: act.caseId,
    subject: act.subject,
    detail: act.detail ?? {},
    prev,
  };
  const text = canonicalJson(body);
  const hash = sha256Hex(entryDomain + text);
  // In canonical form `hash` stands before `prev`, after which no object comes: the last of that name is the entry's own.
  const at = text.lastIndexOf('"prev":"');
  return { entry: { ...body, hash }, line: `${text.slice(0, at)}"hash":"${hash}",${text.slice(at)}` };
}

/** Replaces a small file all at once: a temporary name, synced, renamed, the folder synced. */
export function replaceFile(path: string, content: string | Uint8Array): void {
  const temporary = `${path}.${process.pid}.tmp`;
  const fd = openSync(temporary, 'w', 0o600);
  try {
    writeSync(fd, content as string);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(temporary, path);
  const folder = openSync(dirname(path), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function keyIn(place: string): KeyObject | null {
  try {
    const key = createPrivateKey(readFileSync(place));
    return key.asymmetricKeyType === 'ed25519' ? key : null;
  } catch {
    return null;
  }
}

/** A checkpoint of the journal, by its own key. */
export interface Anchor extends Checkpoint {
  /** Hash of the last entry, hex; '' where it is not said. */
  head: string;
  time: string | null;
  /** The tree at this size, to grow on from; null where it is not said: then its entries were not all verified. */
  tree: TreeBuilder | null;
}

function treeOf({ size, root, extensions }: Checkpoint): TreeBuilder | null {
  const said = /^subtrees((?: [A-Za-z0-9+/]{43}=)+)$/.exec(extensions[2] ?? '')?.[1];
  const hashes = said?.trim().split(' ') ?? [];
  const tree = TreeBuilder.from(
    size,
    hashes.map((each) => Buffer.from(each, 'base64')),
  );
  return tree?.root().equals(root) === true ? tree : null;
}

/** The store's own Ed25519 key: in a file beside the store, never in it, so that who edits the store cannot sign. */
export class JournalKey {
  readonly privateKey: KeyObject;
  readonly name: string;
  readonly verifier: string;
  /** False where the store has lost its key: this one then is of the moment, kept nowhere, and signs nothing of use. */
  readonly isFound: boolean;
  constructor(storeFile: string, mayMake: boolean) {
    const place = `${storeFile}.key`;
    if (mayMake && !existsSync(place)) {
      const { privateKey } = generateKeyPairSync('ed25519');
      replaceFile(place, privateKey.export({ format: 'pem', type: 'pkcs8' }) as string);
    }
    const kept = keyIn(place);
    this.isFound = kept !== null;
    this.privateKey = kept ?? generateKeyPairSync('ed25519').privateKey;
    const publicKey = createPublicKey(this.privateKey);
    this.name = `assay.invalid/journal/${sha256Hex(publicKey.export({ format: 'der', type: 'spki' })).slice(0, 16)}`;
    this.verifier = formatVerifierKey(this.name, publicKey);
  }
  /** Public key, PEM. */
  get publicPem(): string {
    return createPublicKey(this.privateKey).export({ format: 'pem', type: 'spki' }) as string;
  }
  /** @param subtrees those of a tree whose entries were all verified: from it the tree grows on without its entries */
  sign(size: number, root: Buffer, head: string, time: string, subtrees: readonly Buffer[] = []): string {
    const grown = subtrees.map((each) => ` ${each.toString('base64')}`).join('');
    const extensions = [`chain-head sha256:${head}`, `time ${time}`, ...(grown === '' ? [] : [`subtrees${grown}`])];
    return signNote(formatCheckpoint({ origin: this.name, size, root, extensions }), this.name, this.privateKey);
  }
  /** A checkpoint by this key; null for any other text. */
  read(text: string): Anchor | null {
    try {
      const note = parseNote(Buffer.from(text));
      const key = parseVerifierKey(this.verifier);
      if (key === null || !verifyNote(note, [key]).holds) return null;
      const checkpoint = parseCheckpoint(note.text);
      return {
        ...checkpoint,
        head: /^chain-head sha256:([0-9a-f]{64})$/.exec(checkpoint.extensions[0] ?? '')?.[1] ?? '',
        time: /^time (.+)$/.exec(checkpoint.extensions[1] ?? '')?.[1] ?? null,
        tree: treeOf(checkpoint),
      };
    } catch (error) {
      if (error instanceof NoteError) return null;
      throw error;
    }
  }
}

/** Where the head is anchored outside the database: another folder, so that a rolled-back copy of the store shows. */
export function anchorPlace(storeFile: string, anchors: string): string {
  return join(anchors, `${basename(storeFile)}-${sha256Hex(storeFile).slice(0, 12)}.anchor`);
}
