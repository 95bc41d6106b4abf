import type { Defect, ListingFact, ListingItem } from '../../../shared/fact.ts';
import { limits } from '../../../shared/limits.ts';
import { digestBytes } from '../../integrity/digest.ts';
import { folderOf, resolveName } from '../shape.ts';
import { bagName, fetchLines } from './bag-fetch.ts';
import type { OpenFile } from './format.ts';
import { decodeTagFile, encodingOfBag } from './tag-file-text.ts';

/** Names of the manifests of a bag (RFC 8493, 2.1.3 and 2.2.1): the algorithm should have no mark in it, and some writers leave one. */
export const bagManifestName = /^(tag)?manifest-([a-z0-9]+(?:[_-][a-z0-9]+)?)\.txt$/i;

/** A list of files as its text gives it. */
export interface ReadManifest extends Pick<ListingFact, 'role' | 'title' | 'base' | 'closed' | 'items'> {
  defects: Defect[];
  properties: { name: string; value: string }[];
  /** A digest alone, in a file that is called after one that is not here: it is shown and demands nothing. */
  isOfNothing?: boolean;
}

/** The algorithm in the name of a manifest, which has no hyphen there (RFC 8493, 2.4); null where it is none of ours. */
function algorithmOf(word: string): string | null {
  const name = word
    .toLowerCase()
    .replace(/[_-]/, '')
    .replace(/^sha3(224|256|384|512)$/, 'sha3-$1')
    .replace(/^blake2b(\d+)$/, (_, bits: string) => (bits === '512' ? 'blake2b' : `blake2b-${bits}`))
    .replace(/^blake2s256$/, 'blake2s');
  return Object.hasOwn(digestBytes, name) ? name : null;
}

/**
 * The manifest of a bag, whose lines are a digest by the algorithm of its name, white space and a name; null where the
 * file lies in no bag. @throws Unreadable
 */
export function readBagManifest(file: OpenFile, largest: number): ReadManifest | null {
  const folder = folderOf(file.path);
  const [, tag, word = ''] = bagManifestName.exec(file.name) ?? [];
  const inBag = (name: string) => (folder === '' ? name : `${folder}/${name}`);
  const declaration = word === '' || !file.has(inBag('bagit.txt')) ? null : file.peek(inBag('bagit.txt'), 65_536);
  if (declaration === null) return null;
  const encoding = encodingOfBag(declaration);
  const [, version = ''] = /^BagIt-Version\s*:\s*([0-9.]+)/m.exec(Buffer.from(declaration).toString('utf8')) ?? [];
  const decode = (bytes: Uint8Array) =>
    encoding === '' ? Buffer.from(bytes).toString('utf8') : decodeTagFile(bytes, encoding);
  const algorithm = algorithmOf(word);
  const defects: Defect[] = [];
  const defect = (code: string, detail: string, line: number) =>
    defects.push({ code, detail, place: { path: file.path, line } });
  const fetch = tag === undefined ? file.peek(inBag('fetch.txt'), limits.keptBytes) : null;
  const elsewhere = new Set(fetch === null ? [] : fetchLines(decode(fetch), version).map(({ name }) => name));
  const text = (encoding === '' ? file.text(largest) : decode(file.whole(largest))).replace(/^\uFEFF/, '');
  const isStarred: number[] = [];
  const items = text.split(/\r\n?|\n/).flatMap((row, index): ListingItem[] => {
    if (row.trim() === '') return [];
    const line = index + 1;
    const [, hex = '', star, written] = /^(\S+)[ \t]+(\*?)(.+)$/s.exec(row) ?? [];
    const isDigest = /^[0-9a-fA-F]+$/.test(hex);
    if (written === undefined || (!isDigest && row.startsWith('#'))) {
      defect('manifest-line', `Line ${line} is no line of a manifest.`, line);
      return [];
    }
    if (star === '*') isStarred.push(line);
    const name = bagName(written, version);
    const holds = isDigest && algorithm !== null && hex.length === (digestBytes[algorithm] ?? 0) * 2;
    if (algorithm !== null && !holds)
      defect('manifest-digest', `Line ${line} gives ${name} something that is no digest by ${algorithm}.`, line);
    return [
      {
        name,
        path: /^[~$%]/.test(name) ? null : resolveName(folder, name),
        digests: holds ? [`${algorithm}:${hex.toLowerCase()}`] : [],
        place: { path: file.path, line },
        ...(elsewhere.has(name) ? { optional: true } : {}),
      },
    ];
  });
  if (/[_-]|[A-Z]/.test(word))
    defect(
      'manifest-line',
      `Its name says ${word}: an algorithm is named in small letters without a mark (RFC 8493, 2.4), and some readers look for that.`,
      1,
    );
  const [starred] = isStarred;
  if (starred !== undefined)
    defect('manifest-line', 'Names are marked with a star, as md5sum does it; BagIt has no such mark.', starred);
  return {
    role: tag === undefined ? 'payload' : 'tag',
    title: tag === undefined ? 'Payload manifest' : 'Tag manifest',
    base: tag === undefined ? inBag('data') : folder,
    closed: tag === undefined,
    items,
    defects,
    properties: algorithm === null ? [{ name: 'Algorithm that is not known here', value: word }] : [],
  };
}
