import type { EvidenceFile, SourceSummary, Unread } from '../../shared/evidence.ts';
import type { Fact } from '../../shared/fact.ts';
import { Failure } from '../../shared/failure.ts';
import { limits } from '../../shared/limits.ts';
import { hasher, sha256 } from '../integrity/digest.ts';
import { JsonError } from '../integrity/json.ts';
import type { Access, Container, Entry } from './containers/container.ts';
import { openContainer } from './containers/open-container.ts';
import { systemWords } from './containers/refusal.ts';
import { type FactSink, type Format, type OpenFile, Unreadable } from './formats/format.ts';
import { formats } from './formats/index.ts';
import { furtherDigests } from './further-digests.ts';
import { hashFiles } from './hash-files.ts';
import type { Intake, IntakeSink } from './intake.ts';
import { joinSignatures } from './join-signatures.ts';
import { folderOf } from './shape.ts';
import { sourceFormat } from './source-format.ts';

export interface TakeInOptions {
  staging: string;
  signal: AbortSignal;
}

const cancelled = () =>
  new Failure('cancelled', { what: 'The import was cancelled.', notDone: 'The case is as it was.' });

/**
 * Bytes to facts: opens a source, digests every file, lets the reader that recognises a file add its facts, and
 * computes what further digests listings ask for. Files that cannot be read are listed, and the rest goes on.
 * @throws Failure refused, unreadable, disk-full, cancelled
 */
export async function takeIn(path: string, { staging, signal }: TakeInOptions, sink: IntakeSink): Promise<Intake> {
  const container = await openContainer(path, { staging, signal });
  try {
    const unread: Unread[] = [...container.unread];
    container.entries.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
    const progress = progressOf(container, sink, signal);
    const { digests, whys } = await digestAll(container, progress, unread);
    const index = indexOf(container.entries);
    const facts: Fact[] = [...oddities(container)];
    const files: EvidenceFile[] = [];
    for (const [i, entry] of container.entries.entries()) {
      if (signal.aborted) throw cancelled();
      const digest = digests[i] ?? null;
      const file: EvidenceFile = {
        path: entry.path,
        bytes: entry.bytes,
        digest,
        unread: whys.get(entry.path) ?? null,
        format: null,
        modifiedAt: entry.modifiedAt,
        ...(entry.inode === undefined ? {} : { inode: entry.inode }),
      };
      files.push(file);
      if (digest !== null && (entry.bytes > 0 || mayNotBeEmpty.test(entry.path)))
        await readOne(container, entry, file, facts, index, unread, sink, signal);
      if (i % 500 === 0) progress.reading(i);
    }
    await joinSignatures(container, facts);
    const moreDigests = await furtherDigests(container, facts, files, signal);
    return {
      source: summary(path, container, files, facts),
      files,
      facts,
      unread: unread.sort((a, b) => (a.path < b.path ? -1 : 1)),
      moreDigests,
    };
  } finally {
    await container.close();
  }
}

/** What is odd about the container itself, as facts about the files concerned, like any other defect of form. */
function oddities({ kind, defects }: Container): Fact[] {
  const titles = { folder: 'Folder', file: 'File', zip: 'Zip archive', tar: 'Tar archive', 'tar.gz': 'Tar archive' };
  return defects.length === 0
    ? []
    : [{ kind: 'document', format: kind, title: titles[kind], place: { path: '' }, properties: [], defects }];
}

function progressOf(container: Container, sink: IntakeSink, signal: AbortSignal) {
  const filesTotal = container.entries.length;
  const bytesTotal = container.entries.reduce((sum, { bytes }) => sum + bytes, 0);
  let last = 0;
  const say = (doing: string, filesDone: number, bytesDone: number) => {
    const now = Date.now();
    if (now - last < 100 && filesDone < filesTotal) return;
    last = now;
    sink.progress({ doing, filesDone, filesTotal, bytesDone, bytesTotal, news: [] });
  };
  return {
    hashing: (files: number, bytes: number): boolean => {
      say('Reading and digesting', files, bytes);
      return !signal.aborted;
    },
    reading: (files: number) => say('Recognising documents', files, bytesTotal),
  };
}

async function digestAll(
  container: Container,
  progress: ReturnType<typeof progressOf>,
  unread: Unread[],
): Promise<{ digests: (string | null)[]; whys: Map<string, string> }> {
  const whys = new Map<string, string>();
  const note = (entry: Entry, why: string) => {
    whys.set(entry.path, why);
    unread.push({ path: entry.path, why });
  };
  const places = container.entries.map((entry) => container.locate(entry));
  if (places.every((place) => place !== null)) {
    const hashed = await hashFiles(
      container.entries.map((entry, i) => ({ path: places[i] ?? '', bytes: entry.bytes })),
      progress.hashing,
    );
    if (
      !progress.hashing(
        hashed.length,
        hashed.reduce((sum, { bytes }) => sum + bytes, 0),
      )
    )
      throw cancelled();
    return {
      whys,
      digests: hashed.map(({ digests, why }, i) => {
        const entry = container.entries[i];
        if (digests === null && entry !== undefined) note(entry, why ?? 'It cannot be read');
        return digests?.[0] ?? null;
      }),
    };
  }
  const digests: (string | null)[] = [];
  let bytes = 0;
  for (const [i, entry] of container.entries.entries()) {
    const access = await container.open(entry);
    try {
      const state = hasher('sha256');
      for (let at = 0; at < access.bytes; at += 1_048_576) {
        state.update(access.read(at, 1_048_576));
        bytes += Math.min(1_048_576, access.bytes - at);
        if (!progress.hashing(i, bytes)) throw cancelled();
      }
      digests.push(`sha256:${state.hex()}`);
    } finally {
      access.close();
    }
  }
  return { digests, whys };
}

interface Index {
  byPath: Map<string, Entry>;
  byFolder: Map<string, string[]>;
  /** Folders directly in a folder. */
  below: Map<string, Set<string>>;
}
function indexOf(entries: readonly Entry[]): Index {
  const byFolder = new Map<string, string[]>();
  for (const { path } of entries) {
    const folder = path.slice(0, Math.max(0, path.lastIndexOf('/')));
    const list = byFolder.get(folder);
    if (list === undefined) byFolder.set(folder, [path]);
    else list.push(path);
  }
  const below = new Map<string, Set<string>>();
  for (const folder of byFolder.keys())
    for (let each = folder; each !== ''; ) {
      const parent = each.slice(0, Math.max(0, each.lastIndexOf('/')));
      const known = below.get(parent);
      if (known?.has(each)) break;
      if (known === undefined) below.set(parent, new Set([each]));
      else known.add(each);
      each = parent;
    }
  return { byPath: new Map(entries.map((entry) => [entry.path, entry])), byFolder, below };
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

async function readOne(
  container: Container,
  entry: Entry,
  file: EvidenceFile,
  facts: Fact[],
  index: Index,
  unread: Unread[],
  sink: IntakeSink,
  signal: AbortSignal,
): Promise<void> {
  const name = entry.path.slice(entry.path.lastIndexOf('/') + 1);
  // Opening is dear where there are a hundred thousand files: a first look at the name spares those nobody could want.
  if (entry.bytes > limits.keptBytes && !mayHoldFacts(name)) return;
  let access: Access;
  try {
    access = await container.open(entry);
  } catch (error) {
    if (error instanceof Failure) throw error;
    file.unread = systemWords(error);
    unread.push({ path: entry.path, why: file.unread });
    return;
  }
  try {
    // One read serves the head, the document that is kept, and the reader.
    const small = entry.bytes <= limits.keptBytes ? access.read(0, entry.bytes) : null;
    const head = headOf((length) => small?.subarray(0, length) ?? access.read(0, length), name);
    const format = formats.find((each) => each.recognise({ path: entry.path, name, bytes: entry.bytes, head }));
    if (small !== null) sink.keep(entry.path, file.digest ?? '', small);
    if (format === undefined) return;
    file.format = format.id;
    const peeks = await neighbours(container, entry, index, format);
    const added: Fact[] = [];
    const facing: FactSink = {
      add: (fact) => void added.push(fact),
      ledgerRows: (id, rows) => sink.ledgerRows(id, rows),
      checkpoint: () => {
        if (signal.aborted) throw cancelled();
      },
    };
    try {
      format.read(openFile(entry, name, head, file.digest ?? '', access, index, peeks), facing);
      for (const fact of added) facts.push(fact);
    } catch (error) {
      if (!(error instanceof Unreadable || error instanceof JsonError)) throw error;
      file.unread = `${format.title}: ${error.message}`;
      unread.push({ path: entry.path, why: file.unread });
    }
  } finally {
    access.close();
  }
}

const recordsName = /\.(jsonl|ndjson|jsonlines|json-lines|log|ledger|chain)$/i;

/** The first bytes, by which readers recognise their own: of records more, for the first of them may be long. */
function headOf(read: (length: number) => Uint8Array, name: string): Uint8Array {
  if (recordsName.test(name)) return read(262_144);
  const head = read(4_096);
  return head.length === 4_096 && /^\s*\[/.test(Buffer.from(head.subarray(0, 64)).toString('latin1'))
    ? read(65_536)
    : head;
}

/** Of what has such a name an empty file is no instance. */
const mayNotBeEmpty =
  /\.(json|jsonl|ndjson|ya?ml|xml|onnx|gguf|safetensors|pkl|pickle|joblib|npy|npz|der|pem|crt|cer)$/i;

/** Names that may hold facts however large the file is. */
const mayHoldFacts = (name: string) =>
  /\.(safetensors|onnx|gguf|pkl|pickle|joblib|pt|pth|bin|ckpt|jsonl|ndjson|json|txt|log|sig|md5|sha1|sha256|sha512)$|sums?$|manifest/i.test(
    name,
  );

/** Which neighbours a reader may ask for, and how large: what is not asked for is not read. */
const wishes: Partial<Record<string, { names?: string[]; folder?: string; bytes: number }>> = {
  'checksum-manifest': { names: ['bagit.txt'], bytes: 65_536 },
  bagit: { names: ['fetch.txt', 'bag-info.txt'], bytes: limits.keptBytes },
  ledger: { bytes: 65_536 },
  checkpoint: { bytes: 65_536 },
  'canonical-json': { bytes: limits.keptBytes },
  'merkle-proof': { bytes: 65_536 },
  'mlflow-meta': { folder: 'tags', bytes: 65_536 },
};

/** Small files beside one, read before the synchronous reader runs: it may ask for them by path. */
async function neighbours(
  container: Container,
  entry: Entry,
  index: Index,
  format: Format,
): Promise<Map<string, Uint8Array>> {
  const peeks = new Map<string, Uint8Array>();
  const wish = wishes[format.id];
  if (wish === undefined) return peeks;
  const folder = folderOf(entry.path);
  const below = (name: string) => (folder === '' ? name : `${folder}/${name}`);
  const wanted =
    wish.names?.map(below) ?? index.byFolder.get(wish.folder === undefined ? folder : below(wish.folder)) ?? [];
  for (const path of wanted.slice(0, 2_000)) {
    const other = index.byPath.get(path);
    if (other === undefined || other === entry || other.bytes > wish.bytes) continue;
    try {
      const access = await container.open(other);
      peeks.set(path, access.read(0, other.bytes));
      access.close();
    } catch (error) {
      if (error instanceof Failure) throw error;
    }
  }
  return peeks;
}

function openFile(
  entry: Entry,
  name: string,
  head: Uint8Array,
  digest: string,
  access: Access,
  index: Index,
  peeks: Map<string, Uint8Array>,
): OpenFile {
  const whole = (limit: number): Uint8Array => {
    if (access.bytes > limit)
      throw new Unreadable(`It is larger than the ${limit} bytes that are read of such a document.`);
    return access.read(0, access.bytes);
  };
  return {
    path: entry.path,
    name,
    bytes: access.bytes,
    head,
    digest,
    read: (offset, length) => access.read(offset, length),
    whole,
    text(limit) {
      try {
        return strictUtf8.decode(whole(limit));
      } catch (error) {
        if (error instanceof Unreadable) throw error;
        throw new Unreadable('It is not UTF-8.');
      }
    },
    has: (path) => index.byPath.has(path),
    list: (folder) => index.byFolder.get(folder) ?? [],
    folders: (folder) => [...(index.below.get(folder) ?? [])],
    peek(path, limit) {
      const bytes = peeks.get(path);
      return bytes === undefined || bytes.length > limit ? null : bytes;
    },
  };
}

function summary(
  path: string,
  container: Container,
  files: readonly EvidenceFile[],
  facts: readonly Fact[],
): SourceSummary {
  const lines = files.map(({ path: name, digest }) => `${digest?.slice(7) ?? 'unread'}  ${name}\n`).join('');
  return {
    path,
    kind: container.kind,
    format: sourceFormat(facts, files),
    digest: sha256(lines),
    files: files.length,
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}
