import type { Place } from '../../../shared/evidence.ts';
import type { Defect, ListingItem, ListingRole } from '../../../shared/fact.ts';
import { digestBytes } from '../../integrity/digest.ts';
import { folderOf, resolveName } from '../shape.ts';
import type { FactSink, OpenFile } from './format.ts';

/** A file as a document describes it. */
export interface Described {
  /** As written: a name relative to the document, or an address elsewhere. */
  name: string;
  digests: string[];
  bytes?: number;
  /** Of the description: RFC 6901, or the line. */
  pointer?: string;
  line?: number;
}

interface Describing {
  format: string;
  title: string;
  role: ListingRole;
  /** Folder that names are relative to; that of the document where absent. */
  base?: string;
  /** Whether files that are not described are worth a word, and which are not. */
  closed?: boolean;
  ignored?: string[];
  properties?: { name: string; value: string }[];
  defects: Defect[];
}

const isElsewhere = (name: string) => /^[a-z][a-z0-9+.-]+:\/\//i.test(name);
const algorithmNames: Record<string, string> = {
  'blake2b-512': 'blake2b',
  blake2b512: 'blake2b',
  'blake2s-256': 'blake2s',
  blake2s256: 'blake2s',
};

/** Our name of an algorithm: `SHA-256`, `SHA3_512`, `BLAKE2b-384`, `md5`; null where none of that name is known here. */
export function algorithmNamed(name: string): string | null {
  const plain = name.toLowerCase().replaceAll('_', '-');
  const word = plain
    .replace(/^sha-?(1|224|256|384|512)$/, 'sha$1')
    .replace(/^sha-?512[-/](224|256)$/, 'sha512-$1')
    .replace(/^sha-?3-/, 'sha3-');
  const known = algorithmNames[word] ?? word;
  return Object.hasOwn(digestBytes, known) && known !== 'git-sha1' ? known : null;
}

/** `algorithm:hex`; null where the text is no digest by that algorithm. */
export function statedDigest(algorithm: string, text: string): string | null {
  const hex = text.trim().toLowerCase();
  return /^[0-9a-f]+$/.test(hex) && hex.length === (digestBytes[algorithm] ?? 0) * 2 ? `${algorithm}:${hex}` : null;
}

const placeOf = (path: string, { pointer, line }: Described): Place => ({
  path,
  ...(pointer === undefined ? {} : { pointer }),
  ...(line === undefined ? {} : { line }),
});

/** Adds what a document says of files: the document itself, and a list of the files that it describes. */
export function addDescribed(
  file: OpenFile,
  facts: FactSink,
  {
    format,
    title,
    role,
    base = folderOf(file.path),
    closed = false,
    ignored = [],
    properties = [],
    defects,
  }: Describing,
  described: readonly Described[],
): void {
  const place = { path: file.path };
  const items: ListingItem[] = [];
  const far: Described[] = [];
  for (const each of described) {
    if (isElsewhere(each.name)) far.push(each);
    else
      items.push({
        name: each.name,
        path: resolveName(base, each.name),
        digests: each.digests,
        ...(each.bytes === undefined ? {} : { bytes: each.bytes }),
        place: placeOf(file.path, each),
      });
  }
  const [first] = far.filter(({ digests }) => digests.length > 0);
  facts.add({
    kind: 'document',
    format,
    title,
    place,
    properties: [
      ...properties,
      { name: 'Files described', value: String(items.length) },
      ...(far.length === 0 ? [] : [{ name: 'Files elsewhere', value: String(far.length) }]),
    ],
    defects: [
      ...defects.slice(0, 100),
      ...(first === undefined
        ? []
        : [
            {
              code: 'data-elsewhere',
              detail: `${far.length} of the files that it describes lie elsewhere, ${first.name} first. Nothing is fetched.`,
              place: placeOf(file.path, first),
            },
          ]),
    ],
  });
  if (items.length > 0)
    facts.add({
      kind: 'listing',
      id: file.path,
      role,
      title,
      place,
      base,
      closed,
      ignored,
      items,
      signature: null,
      root: null,
    });
}
