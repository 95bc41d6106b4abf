import type { Digest } from '../../../shared/evidence.ts';
import type { Fact } from '../../../shared/fact.ts';
import type { LedgerColumns } from '../../integrity/ledger-columns.ts';

/** A file by its name and its first bytes. */
interface FileHead {
  /** Relative to the source, POSIX separators. Data, never to be opened as a path. */
  path: string;
  /** Last part of `path`. */
  name: string;
  bytes: number;
  /** The first bytes: at most 4,096, of files of records at most 262,144. */
  head: Uint8Array;
}

/** What a reader may look at before it says whether a file is its own: a name and the first bytes. */
export class Candidate implements FileHead {
  readonly path: string;
  readonly name: string;
  readonly bytes: number;
  readonly head: Uint8Array;
  /** Bytes behind the head, for whoever finds there what runs on beyond it; of the head alone where nothing else is here. */
  readonly read: (offset: number, length: number) => Uint8Array;
  private readonly view: Buffer;
  private oneByte: string | null = null;
  private unicode: string | null = null;
  private armour: boolean | null = null;
  private note: boolean | null = null;

  constructor(
    path: string,
    bytes: number,
    head: Uint8Array,
    read = (offset: number, length: number): Uint8Array => head.subarray(offset, offset + length),
  ) {
    this.path = path;
    this.name = path.slice(path.lastIndexOf('/') + 1);
    this.bytes = bytes;
    this.head = head;
    this.read = read;
    this.view = Buffer.from(head.buffer, head.byteOffset, head.length);
  }

  /** The head as text, a character a byte. Made once for all readers that ask. */
  get latin1(): string {
    this.oneByte ??= this.view.toString('latin1');
    return this.oneByte;
  }
  /** The head as UTF-8, what is none as U+FFFD. Made once for all readers that ask. */
  get utf8(): string {
    this.unicode ??= this.view.toString('utf8');
    return this.unicode;
  }
  /** Whether the head begins as an object or array of JSON, after blanks and a byte order mark: no other JSON is a document. */
  get opensJson(): boolean {
    const { head } = this;
    let at = head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf ? 3 : 0;
    for (let byte = head[at]; byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d; byte = head[at])
      at += 1;
    return head[at] === 0x7b || head[at] === 0x5b;
  }
  /** Whether the head holds the beginning of anything armoured (RFC 7468, RFC 9580). Looked for once. */
  get isArmoured(): boolean {
    this.armour ??= this.holds('-----BEGIN ');
    return this.armour;
  }
  /** Whether a line of the head begins as the signatures of notes do: an em dash and a blank, in UTF-8. Looked for once. */
  get isSignedNote(): boolean {
    this.note ??= this.holds('\n\u00e2\u0080\u0094 ');
    return this.note;
  }
  /** Whether the head holds these characters, one byte each: no text is made of it for that. */
  holds(characters: string): boolean {
    return this.view.includes(characters, 0, 'latin1');
  }
}

/** A file opened by the engine: bounded, random access, synchronous (readers run in a worker). */
export interface OpenFile extends FileHead {
  /** Empty where the format is one that is read in order. */
  digest: Digest;
  /**
   * Bytes from `offset`, at most `length`, fewer at the end of the file. The buffer is the caller's; where the bytes come
   * from a file it is `into`, if there is one, which has `length`.
   */
  read(offset: number, length: number, into?: Uint8Array): Uint8Array;
  /** The whole file; throws `Unreadable` when it is larger than `limit` bytes. */
  whole(limit: number): Uint8Array;
  /** The whole file as strict UTF-8 (a BOM is kept); throws `Unreadable`. */
  text(limit: number): string;
  /** Whether the source holds a file of that path. */
  has(path: string): boolean;
  /** Paths of the files directly in a folder of the source ('' is the root). */
  list(folder: string): string[];
  /** Paths of the folders directly in a folder of the source. */
  folders(folder: string): string[];
  /** Small neighbour by path (a bag's bagit.txt, a ledger's checkpoint); null where it is not there or too large. */
  peek(path: string, limit: number): Uint8Array | null;
}

export interface FactSink {
  add(fact: Fact): void;
  /** Rows of a ledger in order, some thousands at a time; absent where nobody keeps them. */
  ledgerRows?: (ledgerId: string, rows: LedgerColumns) => void;
  /** Stops the reader by throwing when the person cancelled. Call it now and then in long work. */
  checkpoint(): void;
}

/** Either is enough: a name that ends so (after its last dot, in small letters), or a first byte that is no blank. */
export interface Sieve {
  endings?: readonly string[];
  /** One character each, below U+0080. */
  first?: string;
}

/** An evidence format: bytes to facts. It never judges; what it measures as wrong it adds as a defect. */
export interface Format {
  /** kebab-case, the word in `format` everywhere. */
  id: string;
  title: string;
  /** Cheap and strict: by name and first bytes. The first format in the list that says yes reads the file. */
  recognise(candidate: Candidate): boolean;
  /** What every file of this format has: a file that has none of it is not shown to `recognise`. Asked of all where absent. */
  sieve?: Sieve;
  /** Goes through its file once, from beginning to end, and asks for no digest of it: a large one is digested meanwhile. */
  inOrder?: true;
  /** Adds facts, at least one `document`. Throws `Unreadable` with a sentence where the file cannot be read at all. */
  read(file: OpenFile, facts: FactSink): void;
}

/** A file that a reader cannot read: it is listed as unread with this reason, and the rest goes on. */
export class Unreadable extends Error {
  readonly offset: number | undefined;
  constructor(why: string, offset?: number) {
    super(why);
    this.name = 'Unreadable';
    this.offset = offset;
  }
}
