import type { BagFact, Defect } from '../../../shared/fact.ts';
import { limits } from '../../../shared/limits.ts';
import { folderOf, resolveName } from '../shape.ts';
import { fetchLines } from './bag-fetch.ts';
import { bagManifestName } from './bag-manifest.ts';
import { type Format, Unreadable } from './format.ts';
import { decodeTagFile } from './tag-file-text.ts';

const join = (folder: string, name: string) => (folder === '' ? name : `${folder}/${name}`);

/** Names that lead outside a bag or into somebody's home on some system (RFC 8493, 6.1.1). */
const leadsOutside = (name: string) =>
  name.startsWith('/') ||
  name.startsWith('~') ||
  name.includes('\\') ||
  /^[a-zA-Z]:/.test(name) ||
  /[$%]\{?[A-Za-z_]+[}%]?/.test(name) ||
  name.split('/').includes('..');

/** RFC 8493, and the drafts that bags were made by. */
const versions: ReadonlySet<string> = new Set(['0.93', '0.94', '0.95', '0.96', '0.97', '1.0']);

/** Text of a neighbouring tag file, in the encoding declared; '' where it is not here. */
const tagText = (bytes: Uint8Array | null, encoding: string): string =>
  bytes === null
    ? ''
    : /^(utf-?8)?$/i.test(encoding)
      ? Buffer.from(bytes).toString('utf8')
      : decodeTagFile(bytes, encoding.toLowerCase());

/** The bag declaration, and with it what makes its folder a bag (RFC 8493; drafts 0.93 to 0.97). */
export const bagit: Format = {
  id: 'bagit',
  title: 'Bag (BagIt)',
  sieve: { endings: ['txt'] },
  recognise: ({ name }) => name === 'bagit.txt',
  read(file, facts) {
    const folder = folderOf(file.path);
    const place = { path: file.path };
    const defects: Defect[] = [];
    const defect = (code: string, detail: string, at = place, line?: number) =>
      defects.push({ code, detail, place: { ...at, ...(line === undefined ? {} : { line }) } });
    let text = '';
    try {
      text = file.text(65_536);
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      defect(
        'bag-declaration',
        `bagit.txt cannot be read, and is UTF-8 in every bag (RFC 8493, 2.1.1): ${error.message}`,
      );
    }
    const lines = text.replace(/\r\n?/g, '\n').replace(/\n$/, '').split('\n');
    const version =
      /^BagIt-Version: ([0-9]+\.[0-9]+)$/.exec(lines[0] ?? '')?.[1] ??
      /^BagIt-Version\s*:\s*([0-9]+\.[0-9]+)\s*$/.exec(lines[0]?.replace('\uFEFF', '') ?? '')?.[1] ??
      '';
    const encoding = /^Tag-File-Character-Encoding\s*:\s*(\S+)\s*$/.exec(lines[1] ?? '')?.[1] ?? '';
    if (text.startsWith('\uFEFF')) defect('bag-declaration', 'bagit.txt begins with a byte order mark.');
    if (version === '' || encoding === '' || lines.length !== 2)
      defect('bag-declaration', 'bagit.txt does not hold exactly its two lines.');
    else if (Number(version) >= 1 && !/^BagIt-Version: \d+\.\d+$/.test(lines[0] ?? ''))
      defect('bag-declaration', 'bagit.txt is not spelled as version 1.0 demands.');
    else if (!versions.has(version))
      defect('bag-declaration', `The bag is of version ${version}, which no specification describes.`);
    const here = file.list(folder);
    const manifests = here.flatMap((path) => {
      const found = bagManifestName.exec(path.slice(folder === '' ? 0 : folder.length + 1));
      return found === null ? [] : [{ path, isTag: found[1] !== undefined }];
    });
    const payload = manifests.filter(({ isTag }) => !isTag).map(({ path }) => path);
    const tags = manifests.filter(({ isTag }) => isTag).map(({ path }) => path);
    if (payload.length === 0) defect('bag-incomplete', 'The bag has no payload manifest.');
    const fetch: BagFact['fetch'] = [];
    const fetchPath = join(folder, 'fetch.txt');
    for (const { url, bytes, name, line } of fetchLines(
      tagText(file.peek(fetchPath, limits.keptBytes), encoding),
      version,
    )) {
      const at = { path: fetchPath, line };
      if (name === '') defect('bag-fetch-line', `Line ${line} of fetch.txt cannot be read.`, at);
      else if (leadsOutside(name) || !name.startsWith('data/'))
        defect(
          'bag-fetch-escapes',
          `fetch.txt asks for a file at ${name}, outside the payload of the bag. Nothing was fetched.`,
          at,
        );
      else fetch.push({ url, bytes, name, path: resolveName(folder, name), place: at });
    }
    const info = tagText(file.peek(join(folder, 'bag-info.txt'), 1_048_576), encoding);
    const oxums = [...info.matchAll(/^Payload-Oxum[ \t]*:(.*)$/gim)].map(([, held = '']) => held.trim());
    const [, oxumBytes, oxumFiles] = /^([0-9]+)\.([0-9]+)$/.exec(oxums[0] ?? '') ?? [];
    if (oxums.length > 1 || (oxums.length === 1 && oxumBytes === undefined))
      defect(
        'bag-oxum',
        'Payload-Oxum stands once in bag-info.txt and gives bytes, a dot and files (RFC 8493, 2.2.2): here it does not.',
      );
    facts.add({
      kind: 'bag',
      place,
      base: folder,
      version,
      encoding,
      payload,
      tags,
      fetch,
      ...(oxumBytes === undefined ? {} : { oxum: { bytes: Number(oxumBytes), files: Number(oxumFiles) } }),
    });
    facts.add({
      kind: 'document',
      format: 'bagit',
      title: 'Bag declaration',
      place,
      properties: [
        { name: 'Version', value: version },
        { name: 'Encoding of tag files', value: encoding },
        { name: 'Payload manifests', value: String(payload.length) },
        { name: 'Tag manifests', value: String(tags.length) },
        { name: 'To be fetched', value: String(fetch.length) },
      ],
      defects: defects.slice(0, 100),
    });
  },
};
