import type { Defect, ListingFact, ListingItem } from '../../../shared/fact.ts';
import { digestBytes } from '../../integrity/digest.ts';
import { folderOf, resolveName } from '../shape.ts';
import type { Format } from './format.ts';

const largest = 256 * 2 ** 20;
const algorithms: Record<string, string> = {
  'checksums-sha256': 'sha256',
  'checksums-sha512': 'sha512',
  'checksums-sha1': 'sha1',
  'checksums-md5': 'md5',
  files: 'md5',
  sha256: 'sha256',
  sha512: 'sha512',
  sha1: 'sha1',
  md5sum: 'md5',
};
const field = /^(Checksums-(Sha(1|256|512)|Md5)|Files|SHA(1|256|512)|MD5Sum):[ \t]*\r?$/im;

/**
 * Files that a Debian control file lists (deb-src-control(5), deb-changes(5), the repository format's Release): digest,
 * size and name, a line each, under a field for each algorithm. Null where it lists none.
 * @param text without the armour of a signature; lines count from its beginning
 */
export function listedInControl(
  text: string,
  path: string,
): (Pick<ListingFact, 'role' | 'base' | 'items'> & { defects: Defect[] }) | null {
  const base = folderOf(path);
  const byName = new Map<string, ListingItem>();
  const defects: Defect[] = [];
  let algorithm: string | null = null;
  text.split('\n').forEach((row, index) => {
    const line = row.replace(/\r$/, '');
    if (/^\S/.test(line))
      algorithm = algorithms[/^([A-Za-z0-9-]+):[ \t]*$/.exec(line)?.[1]?.toLowerCase() ?? ''] ?? null;
    else if (algorithm !== null && line.trim() !== '') {
      const place = { path, line: index + 1 };
      // The lines of .changes name a section and a priority between size and name.
      const [, hex = '', bytes, name] =
        /^[ \t]+([0-9a-fA-F]+)[ \t]+([0-9]{1,15})[ \t]+(?:\S+ \S+ )?(\S+)$/.exec(line) ?? [];
      if (name === undefined || hex.length !== (digestBytes[algorithm] ?? 0) * 2) {
        defects.push({
          code: 'manifest-line',
          detail: `Line ${index + 1} lists no file with a digest of ${algorithm}.`,
          place,
        });
        return;
      }
      const known = byName.get(name);
      const item: ListingItem = known ?? {
        name,
        path: resolveName(base, name),
        digests: [],
        bytes: Number(bytes),
        place,
      };
      item.digests.push(`${algorithm}:${hex.toLowerCase()}`);
      if (item.bytes !== Number(bytes))
        defects.push({
          code: 'size-mismatch',
          detail: `${name} is listed with ${item.bytes} bytes and with ${bytes}.`,
          place,
        });
      byName.set(name, item);
    }
  });
  // A Release lists all that a repository may hold, of which a copy need not hold everything.
  const isIndex = /^(Suite|Codename|Components|Architectures):/m.test(text) && !/^(Format|Source|Files):/m.test(text);
  const items = [...byName.values()];
  return items.length + defects.length === 0 ? null : { role: isIndex ? 'package' : 'manifest', base, items, defects };
}

/** Debian control files that nobody signed inside: `.dsc`, `.changes`, `.buildinfo`, `Release`. */
export const debianControl: Format = {
  id: 'debian-control',
  title: 'Debian control file',
  sieve: { endings: ['dsc', 'changes', 'buildinfo', ''] },
  recognise: (candidate) =>
    (/\.(dsc|changes|buildinfo)$/i.test(candidate.name) || candidate.name === 'Release') &&
    /^[A-Za-z][A-Za-z0-9-]*:/.test(candidate.latin1) &&
    field.test(candidate.latin1),
  read(file, facts) {
    const place = { path: file.path };
    const listed = listedInControl(file.text(largest), file.path);
    const title = 'Debian control file';
    if (listed !== null)
      facts.add({
        kind: 'listing',
        id: file.path,
        role: listed.role,
        title,
        place,
        base: listed.base,
        closed: false,
        ignored: [],
        items: listed.items,
        signature: null,
        root: null,
      });
    facts.add({
      kind: 'document',
      format: 'debian-control',
      title,
      place,
      properties: [{ name: 'Files listed', value: String(listed?.items.length ?? 0) }],
      defects: listed?.defects.slice(0, 100) ?? [],
    });
  },
};
