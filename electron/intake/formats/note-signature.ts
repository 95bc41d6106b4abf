import type { FactOf, Use } from '../../../shared/fact.ts';
import type { Note } from '../../integrity/note.ts';
import { logKeys } from '../log-keys.ts';
import { folderOf } from '../shape.ts';
import type { OpenFile } from './format.ts';

const neighboursAtMost = 50;

/** The signature fact of a C2SP note. */
export function noteSignature(
  path: string,
  note: Note,
  use: Use,
  title: string,
  carriedKeys: FactOf<'signature'>['carriedKeys'] = [],
): FactOf<'signature'> {
  return {
    kind: 'signature',
    id: `${path}#signature`,
    scheme: 'note',
    use,
    title,
    place: { path },
    signed: Buffer.from(note.text).toString('base64'),
    signatures: note.signatures.map(({ name, keyHash, value }) => ({
      keyId: null,
      name,
      value: value.toString('base64'),
      keyHash,
      certificates: [],
    })),
    predicateType: null,
    ...(carriedKeys.length === 0 ? {} : { carriedKeys }),
  };
}

/** Keys that descriptions of logs beside a checkpoint state (log list v3: `description`, `key` as SubjectPublicKeyInfo). */
export function statedKeys(file: OpenFile): { name: string; material: string; from: string }[] {
  return file
    .list(folderOf(file.path))
    .filter((path) => /\.json$/i.test(path))
    .slice(0, neighboursAtMost)
    .flatMap((path) => {
      const bytes = file.peek(path, 65_536);
      return bytes === null ? [] : logKeys(bytes).map((each) => ({ ...each, from: path }));
    });
}
