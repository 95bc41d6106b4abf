import { Failure } from '../../shared/failure.ts';
import { limits } from '../../shared/limits.ts';
import type { Container, Entry } from './containers/container.ts';
import type { Format, OpenFile } from './formats/format.ts';
import { entryAtMost } from './formats/tlog-proof.ts';
import { folderOf } from './shape.ts';

/** What a reader may ask about the files beside the one that it reads. */
export type Neighbours = Pick<OpenFile, 'has' | 'list' | 'folders' | 'peek'>;

/** Thrown where a reader asks for neighbours and there are none to ask: the file is read again where they are. */
export class NeighboursElsewhere extends Error {}
const elsewhere = (): never => {
  throw new NeighboursElsewhere();
};
/** In a thread that has one file at a time and knows of no other. */
export const noNeighbours: Neighbours = { has: elsewhere, list: elsewhere, folders: elsewhere, peek: elsewhere };

/** Which neighbours a reader may look into, and how large: what is not asked for is not read. */
/** `own` ends the name of a neighbour that bears the name of the file itself. */
const wishes: Partial<Record<string, { names?: string[]; own?: string; folder?: string; bytes: number }>> = {
  'checksum-manifest': { names: ['bagit.txt', 'fetch.txt'], bytes: limits.keptBytes },
  bagit: { names: ['fetch.txt', 'bag-info.txt'], bytes: limits.keptBytes },
  ledger: { bytes: 65_536 },
  checkpoint: { bytes: 65_536 },
  dvc: { names: ['dvc.yaml', 'params.yaml'], bytes: 1_048_576 },
  'canonical-json': { bytes: limits.keptBytes },
  'merkle-proof': { bytes: 65_536 },
  'tlog-proof': { names: ['data', 'entry', 'leaf', 'record', 'artifact'], own: '', bytes: entryAtMost },
  timestamp: { names: ['request.tsq', 'query.tsq'], own: '.tsq', bytes: 65_536 },
  'mlflow-meta': { folder: 'tags', bytes: 65_536 },
};

/** All paths of a source, by folder; asked for any file's neighbours. */
export class SourceIndex {
  private readonly entries: readonly Entry[];
  private byPath = new Map<string, Entry>();
  private readonly byFolder = new Map<string, string[]>();
  /** Folders directly in a folder. */
  private readonly below = new Map<string, Set<string>>();

  constructor(entries: readonly Entry[]) {
    this.entries = entries;
  }

  /** Made for the first file that is asked about: most sources hold few such files, or none. */
  private make(): void {
    const { entries } = this;
    if (this.byPath.size > 0) return;
    this.byPath = new Map(entries.map((entry) => [entry.path, entry]));
    for (const { path } of entries) {
      const folder = folderOf(path);
      const list = this.byFolder.get(folder);
      if (list === undefined) this.byFolder.set(folder, [path]);
      else list.push(path);
    }
    for (const folder of this.byFolder.keys())
      for (let each = folder; each !== ''; ) {
        const parent = folderOf(each);
        const known = this.below.get(parent);
        if (known?.has(each)) break;
        if (known === undefined) this.below.set(parent, new Set([each]));
        else known.add(each);
        each = parent;
      }
  }

  /** Small files beside one are read before its synchronous reader runs: it may ask for them by path. */
  async around(container: Container, entry: Entry, format: Format): Promise<Neighbours> {
    this.make();
    const peeks = await this.peeks(container, entry, format);
    return {
      has: (path) => this.byPath.has(path),
      list: (folder) => this.byFolder.get(folder) ?? [],
      folders: (folder) => [...(this.below.get(folder) ?? [])],
      peek(path, limit) {
        const bytes = peeks.get(path);
        return bytes === undefined || bytes.length > limit ? null : bytes;
      },
    };
  }

  private async peeks(container: Container, entry: Entry, format: Format): Promise<Map<string, Uint8Array>> {
    const peeks = new Map<string, Uint8Array>();
    const wish = wishes[format.id];
    if (wish === undefined) return peeks;
    const folder = folderOf(entry.path);
    const below = (name: string) => (folder === '' ? name : `${folder}/${name}`);
    const own =
      wish.own === undefined ? [] : [entry.path, entry.path.replace(/\.[^./]+$/, '')].map((each) => each + wish.own);
    const wanted =
      wish.names?.map(below).concat(own) ??
      this.byFolder.get(wish.folder === undefined ? folder : below(wish.folder)) ??
      [];
    for (const path of wanted.slice(0, 2_000)) {
      const other = this.byPath.get(path);
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
}
