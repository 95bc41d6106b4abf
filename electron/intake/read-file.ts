import { hash } from 'node:crypto';
import { readSync } from 'node:fs';
import type { Fact } from '../../shared/fact.ts';
import { Failure } from '../../shared/failure.ts';
import { limits } from '../../shared/limits.ts';
import { type Hasher, hasher } from '../integrity/digest.ts';
import type { LedgerColumns } from '../integrity/ledger-columns.ts';
import type { Access, Location } from './containers/container.ts';
import { openFile } from './containers/folder.ts';
import { systemWords } from './containers/refusal.ts';
import { unpacked } from './containers/zip.ts';
import { NeighboursElsewhere, noNeighbours } from './neighbours.ts';
import { mayBeRead, readFacts, recognise } from './read-facts.ts';

export interface ReadRequest {
  /** As the source spells it. */
  path: string;
  bytes: number;
  location: Location;
  /** Whether its bytes are kept though nothing is known of it. */
  keep: boolean;
  /** By which algorithms beside SHA-256 it is digested. */
  also: readonly string[];
}

/** What one look at a file found. */
export interface Reading {
  /** `sha256:hex`; null where it could not be read. */
  digest: string | null;
  /** Why not, or why its reader could not read it. */
  why: string | null;
  format: string | null;
  facts: Fact[];
  /** Its reader asks for what lies beside it: it is read where that is known. */
  waits: boolean;
  rows: { ledger: string; rows: LedgerColumns }[];
  /** Digests by other algorithms, of the same bytes: `algorithm:hex`, divided by blanks. */
  further: string;
}

/** One buffer for a thread: that it is reused matters more than its size (resources/docs/performance.md). */
const buffer = Buffer.allocUnsafeSlow(limits.keptBytes);

/** What is known of a file before anything was read of it. */
export const nothing: Reading = {
  digest: null,
  why: null,
  format: null,
  facts: [],
  waits: false,
  rows: [],
  further: '',
};
const notRead = (why: string): Reading => ({ ...nothing, why });
export const changed = 'It changed while it was read';

/**
 * Digests a file and lets the reader that recognises it read it: small ones from the very bytes that were digested.
 * The file is opened once, never through a link, and looked at before and after: one that changed meanwhile has no
 * digest. @param goesOn called about once a MiB with the bytes since; false stops
 * @param kept is given a document that is to be kept, whose bytes are gone when it returns
 * @throws Failure where an archive's entry does not hold what its directory says
 */
export function readFile(
  { path, location, keep, also }: ReadRequest,
  goesOn: (bytes: number) => boolean,
  kept: (digest: string, bytes: Uint8Array) => void,
): Reading {
  let opened: Opened | null = null;
  try {
    opened = open(location);
    const isSmall = opened.bytes <= buffer.length;
    const small = isSmall ? opened.into(buffer, 0) : null;
    if (small !== null && small.length < opened.bytes) return notRead(changed);
    if (small === null && isReadInOrder(path, opened)) return { ...nothing, waits: true };
    const others = new OtherDigests(also, opened.bytes);
    const digest = small === null ? streamed(opened, others, goesOn) : hash('sha256', small, 'hex');
    if (small !== null) others.update(small);
    if (digest === null || (small !== null && !goesOn(small.length))) return notRead('It was cancelled');
    const reading = factsOf(path, `sha256:${digest}`, small === null ? opened : inMemory(small), () => goesOn(0));
    reading.further = others.text();
    if (!opened.isUnchanged()) return notRead(changed);
    if (small !== null && (keep || reading.facts.length > 0) && !reading.waits) kept(`sha256:${digest}`, small);
    return reading;
  } catch (error) {
    if (error instanceof Failure || !isSystemError(error)) throw error;
    return notRead(systemWords(error).replace(/^./, (first) => first.toUpperCase()));
  } finally {
    opened?.close();
  }
}

const isSystemError = (error: unknown): boolean => error instanceof Error && 'syscall' in error;

const inMemory = (bytes: Uint8Array): Access => ({
  bytes: bytes.length,
  read: (offset, length) => bytes.subarray(offset, offset + length),
  close: () => {},
});

interface Opened extends Access {
  isUnchanged(): boolean;
  /** Reads into a buffer that is used again: the bytes got are the start of it. */
  into(buffer: Uint8Array, offset: number): Uint8Array;
}

const empty: Opened = {
  bytes: 0,
  isUnchanged: () => true,
  read: () => new Uint8Array(0),
  into: (target) => target.subarray(0, 0),
  close: () => {},
};

function open({ file: place, part, packed }: Location): Opened {
  // An entry without bytes asks nothing of its archive, which may name hundreds of thousands of them.
  if (part?.bytes === 0 && packed === undefined) return empty;
  const file = openFile(place);
  const { offset: start, bytes } = part ?? { offset: 0, bytes: file.bytes };
  const opened: Opened = {
    bytes,
    isUnchanged: file.isUnchanged,
    read: (offset, length) => file.read(start + offset, Math.max(0, Math.min(length, bytes - offset))),
    into(target, offset) {
      const wanted = Math.max(0, Math.min(target.length, bytes - offset));
      let got = 0;
      for (let now = -1; got < wanted && now !== 0; got += now)
        now = readSync(file.fd, target, got, wanted - got, start + offset + got);
      return target.subarray(0, got);
    },
    close: file.close,
  };
  if (part === undefined) return opened;
  try {
    if (file.identity() !== part.archive)
      throw new Failure('unreadable', {
        what: 'The archive changed while it was read.',
        where: String(place),
        why: 'It is not the file any more whose directory was read.',
        notDone: 'Nothing was imported.',
        next: 'Import it again when nothing writes to it.',
      });
    if (packed === undefined) return opened;
    const content = unpacked(String(place), opened, packed);
    const into: Opened['into'] = (target, offset) => {
      const some = content.read(offset, target.length);
      target.set(some);
      return target.subarray(0, some.length);
    };
    return { ...content, isUnchanged: file.isUnchanged, into };
  } catch (error) {
    file.close();
    throw error;
  }
}

/** Digests beside SHA-256, each of the same bytes. */
class OtherDigests {
  private readonly states: { algorithm: string; state: Hasher }[];
  constructor(algorithms: readonly string[], bytes: number) {
    this.states = algorithms.map((algorithm) => ({ algorithm, state: hasher(algorithm, bytes) }));
  }
  update(bytes: Uint8Array): void {
    for (const { state } of this.states) state.update(bytes);
  }
  text(): string {
    return this.states.map(({ algorithm, state }) => `${algorithm}:${state.hex()}`).join(' ');
  }
}

/** SHA-256 in hex, a MiB at a time; null when stopped. */
function streamed(opened: Opened, others: OtherDigests, goesOn: (bytes: number) => boolean): string | null {
  const state = hasher('sha256');
  const mebibyte = buffer.subarray(0, 1_048_576);
  for (let at = 0; at < opened.bytes; ) {
    const part = opened.into(mebibyte, at);
    if (part.length === 0) break;
    state.update(part);
    others.update(part);
    at += part.length;
    if (!goesOn(part.length)) return null;
  }
  return state.hex();
}

/** Whether its reader goes through it from beginning to end: where it is read it is digested too, once for both. */
const isReadInOrder = (path: string, access: Access): boolean =>
  mayBeRead(path, access.bytes, limits.keptBytes) && recognise(path, access)?.format.inOrder === true;

function factsOf(path: string, digest: string, access: Access, goesOn: () => boolean): Reading {
  const known = mayBeRead(path, access.bytes, limits.keptBytes) ? recognise(path, access) : null;
  if (known === null) return { ...nothing, digest };
  const format = known.format.id;
  const rows: Reading['rows'] = [];
  try {
    // Facts are text: none of them holds the buffer into which the next file comes.
    const { facts, unread } = readFacts(known, { path, digest, access }, noNeighbours, {
      ledgerRows(ledger, some) {
        // What may grow without bound goes where who keeps it can be waited for.
        if (access.bytes > limits.keptBytes) throw new NeighboursElsewhere();
        rows.push({ ledger, rows: some });
      },
      checkpoint() {
        if (!goesOn()) throw new Failure('cancelled', { what: 'The import was cancelled.' });
      },
    });
    return { ...nothing, digest, format, facts, rows, why: unread };
  } catch (error) {
    if (!(error instanceof NeighboursElsewhere)) throw error;
    return { ...nothing, digest, format, waits: true };
  }
}
