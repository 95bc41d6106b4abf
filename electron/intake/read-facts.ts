import type { Digest } from '../../shared/evidence.ts';
import type { Fact } from '../../shared/fact.ts';
import { JsonError } from '../integrity/json.ts';
import type { Access } from './containers/container.ts';
import { Candidate, type FactSink, type Format, type OpenFile, Unreadable } from './formats/format.ts';
import { askedAbout } from './formats/sieve.ts';
import { type Neighbours, noNeighbours } from './neighbours.ts';
import { goesOn, inHand, whyPassedOver } from './reader-watch.ts';

const recordsName = /\.(jsonl|ndjson|jsonlines|json-lines|log|ledger|chain)$/i;

/** The first bytes, by which readers recognise their own: of records more, for the first of them may be long. */
function headOf(access: Access, name: string): Uint8Array {
  if (recordsName.test(name)) return access.read(0, 262_144);
  const head = access.read(0, 4_096);
  return head.length === 4_096 && /^\s*\[/.test(Buffer.from(head.subarray(0, 64)).toString('latin1'))
    ? access.read(0, 65_536)
    : head;
}

/** Of what has such a name an empty file is no instance. */
const mayNotBeEmpty =
  /\.(json|jsonl|ndjson|ya?ml|xml|onnx|gguf|safetensors|pkl|pickle|joblib|npy|npz|skops|pth?|ckpt|der|pem|crt|cer|sig|signature|sign|minisig|p7s|jws|jwt|tsr|tst|ots)$|(^|\/)(bagit|(tag)?manifest-[a-z0-9]+([_-][a-z0-9]+)?)\.txt$/i;

/** Names that may hold facts however large the file is. */
const mayHoldFacts =
  /\.(safetensors|onnx|gguf|pkl|pickle|joblib|dill|npy|npz|skops|pk?|sav|model|weights|dat|data|pt|pt2|ptl|pth|pyt|mar|bin|h5|hdf5|keras|ubj|xgb|ckpt|gz|bz2|xz|lzma|lz4|z|zip|tar|tgz|7z|rar|zst|jsonl|ndjson|json|txt|log|sig|md5|sha1|sha256|sha512|png|jpe?g)$|sums?$|manifest|(^|\/)[^./]+$/i;

/** Whether any reader could want a file of that name and size: a first look that opens nothing. */
export const mayBeRead = (path: string, bytes: number, keptBytes: number): boolean =>
  (bytes > 0 || mayNotBeEmpty.test(path)) && (bytes <= keptBytes || mayHoldFacts.test(nameOf(path)));

const nameOf = (path: string) => path.slice(path.lastIndexOf('/') + 1);

/** The reader whose file this is, and the first bytes that told so; null where nobody knows it. */
export function recognise(path: string, access: Access): { format: Format; head: Uint8Array } | null {
  const name = nameOf(path);
  const head = headOf(access, name);
  const candidate = new Candidate(path, access.bytes, head, (offset, length) => access.read(offset, length));
  const format = askedAbout(name, head).find((each) => each.recognise(candidate));
  return format === undefined ? null : { format, head };
}

/** What the header of a file says of it, in a line: title and first properties. Null where no reader knows it. */
export function headerOf(path: string, access: Access): string | null {
  const known = recognise(path, access);
  if (known === null) return null;
  const sink = { ledgerRows: () => undefined, checkpoint: () => undefined };
  const { facts, unread } = readFacts(known, { path, digest: '', access }, noNeighbours, sink);
  const document = facts.find((fact) => fact.kind === 'document');
  if (document?.kind !== 'document') return unread;
  return [document.title, ...document.properties.slice(0, 3).map(({ name, value }) => `${name} ${value}`)].join(', ');
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The facts of one file by its reader, or why it cannot be read.
 * @throws NeighboursElsewhere where the reader asks for neighbours and there are none to ask; Failure cancelled
 */
export function readFacts(
  { format, head }: { format: Format; head: Uint8Array },
  file: { path: string; digest: Digest; access: Access },
  neighbours: Neighbours,
  sink: Omit<FactSink, 'add'>,
): { facts: Fact[]; unread: string | null } {
  const lost = whyPassedOver(file.path);
  if (lost !== null) return { facts: [], unread: `${format.title}: ${lost}` };
  const facts: Fact[] = [];
  const facing: FactSink = {
    ...sink,
    add: (fact) => void facts.push(fact),
    checkpoint() {
      goesOn();
      sink.checkpoint();
    },
  };
  try {
    inHand(file.path, () => format.read(openFile(file, head, neighbours), facing));
    return { facts, unread: null };
  } catch (error) {
    if (!(error instanceof Unreadable || error instanceof JsonError)) throw error;
    return { facts: [], unread: `${format.title}: ${error.message}` };
  }
}

function openFile(
  { path, digest, access }: { path: string; digest: Digest; access: Access },
  head: Uint8Array,
  neighbours: Neighbours,
): OpenFile {
  const whole = (limit: number): Uint8Array => {
    if (access.bytes > limit)
      throw new Unreadable(`It is larger than the ${limit} bytes that are read of such a document.`);
    return access.read(0, access.bytes);
  };
  return {
    ...neighbours,
    path,
    name: nameOf(path),
    bytes: access.bytes,
    head,
    digest,
    read(offset, length, into) {
      goesOn();
      return access.read(offset, length, into);
    },
    whole,
    text(limit) {
      try {
        return strictUtf8.decode(whole(limit));
      } catch (error) {
        if (error instanceof Unreadable) throw error;
        throw new Unreadable('It is not UTF-8.');
      }
    },
  };
}
