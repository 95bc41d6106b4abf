import { rankOf } from './rows.ts';
import type { Read, Store } from './store.ts';

/** What the search finds, and the text that it is found by; in this order it comes to the index. */
const sources = [
  { kind: 'file', table: 'file', text: "replace(path, '/', ' / ')", which: 'true' },
  {
    kind: 'check',
    table: 'evidence_check',
    text: "subject || ' ' || message",
    which: `verdict <> ${rankOf('pass')}`,
  },
  { kind: 'node', table: 'node', text: "body ->> 'name'", which: 'true' },
] as const;
/** Rows at once, so that whoever else waits for the thread waits some milliseconds. */
const rowsAtOnce = 500;

interface ToCome {
  importId: number;
  /** Of which kind rows are being indexed, from `next` to `last`; null before the first. */
  kind: string | null;
  next: number;
  last: number;
}

/**
 * Puts some more words of imports that are already seen into the index of the search: an import does not wait for it, and
 * until its words are there it is searched without. @returns false when there are none to come
 */
export function indexWords(store: Store): boolean {
  return store.load((db) => {
    const toCome = db.get<ToCome>(
      'select import_id as importId, kind, next, last from words_to_come order by import_id limit 1',
    );
    if (toCome === undefined) return false;
    const { importId, kind, next, last } = toCome;
    const place = sources.findIndex((each) => each.kind === kind);
    const source = sources[place];
    if (source !== undefined && next <= last) {
      const before = db.get<{ n: number }>('select coalesce(max(id), 0) as n from searchable')?.n ?? 0;
      db.run(
        `insert into searchable (import_id, kind, ref, text) select import_id, '${source.kind}', id, ${source.text} from ${source.table} where import_id = ? and id between ? and ? and ${source.which}`,
        importId,
        next,
        next + rowsAtOnce - 1,
      );
      db.run('insert into search (rowid, text) select id, text from searchable where id > ?', before);
      db.run('update words_to_come set next = ? where import_id = ?', next + rowsAtOnce, importId);
      return true;
    }
    const following = sources[place + 1];
    if (following === undefined) {
      db.run('delete from words_to_come where import_id = ?', importId);
      return true;
    }
    const range = db.get<{ first: number | null; last: number | null }>(
      `select min(id) as first, max(id) as last from ${following.table} where import_id = ?`,
      importId,
    );
    db.run(
      'update words_to_come set kind = ?, next = ?, last = ? where import_id = ?',
      following.kind,
      range?.first ?? 0,
      range?.last ?? -1,
      importId,
    );
    return true;
  });
}

interface Hit {
  kind: 'file' | 'check' | 'node';
  ref: number;
  importId: number;
  text: string;
}
/** So many of each end of what holds the words are looked at: paths were kept first, things of the lineage last. */
const hitsLookedAt = 200;

/**
 * Words in anything of an import: paths, checks, nodes. Each word must occur; the last may be a beginning. Files whose
 * own name holds a word come before those that only lie in such a folder. @param limit of each kind
 */
export function searchIn(db: Read, importIds: readonly number[], text: string, limit: number): Hit[] {
  const words = text
    .normalize('NFC')
    .split(/[^\p{L}\p{N}_]+/u)
    .filter((word) => word !== '')
    .slice(0, 10);
  if (words.length === 0) return [];
  const hits = importIds.flatMap((importId) =>
    db.get('select 1 as one from words_to_come where import_id = ?', importId) === undefined
      ? indexed(db, importId, words)
      : notIndexed(db, importId, words),
  );
  const lower = words.map((word) => word.toLowerCase());
  const isInName = ({ text: path }: Hit) => {
    const name = path.slice(path.lastIndexOf(' / ') + 1).toLowerCase();
    return lower.some((word) => name.includes(word));
  };
  const files = hits.filter(({ kind }) => kind === 'file');
  const ranked = [...files.filter(isInName), ...files.filter((hit) => !isInName(hit))];
  return [
    ...ranked.slice(0, limit),
    ...(['check', 'node'] as const).flatMap((kind) => hits.filter((hit) => hit.kind === kind).slice(0, limit)),
  ];
}

function indexed(db: Read, importId: number, words: readonly string[]): Hit[] {
  const query = words.map((word, index) => `"${word}"${index === words.length - 1 ? '*' : ''}`).join(' ');
  const ask = (order: 'asc' | 'desc') =>
    db.all<Hit & { id: number }>(
      `select searchable.id as id, kind, ref, import_id as importId, searchable.text as text from search join searchable on searchable.id = search.rowid where search match ? and import_id = ? order by search.rowid ${order} limit ${hitsLookedAt}`,
      query,
      importId,
    );
  const found = new Map([...ask('asc'), ...ask('desc').reverse()].map((hit) => [hit.id, hit]));
  return [...found.values()].map(({ kind, ref, text }) => ({ kind, ref, importId, text }));
}

/** The words of a text as the index has them: letters and digits, without accents, capitals as small ones, blanks between. */
const wordsOf = (text: string): string =>
  ` ${text
    .normalize('NFD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')
    .join(' ')} `;

/** The same hits without the index, row by row: slower the more there are, and no others. */
function notIndexed(db: Read, importId: number, words: readonly string[]): Hit[] {
  const asked = words.map((word, index) => (index === words.length - 1 ? wordsOf(word).trimEnd() : wordsOf(word)));
  // Most rows need no second look: SQLite compares ASCII without regard to capitals, and knows nothing of accents.
  const plain = words.filter((word) => /^[A-Za-z0-9_]+$/.test(word));
  return sources.flatMap(({ table, text, which, kind }) =>
    db
      .all<Pick<Hit, 'ref' | 'text'>>(
        `select id as ref, ${text} as text from ${table} where import_id = ? and ${which}${plain.map(() => ` and (${text} like '%' || ? || '%' or ${text} glob '*[^ -~]*')`).join('')} order by id`,
        importId,
        ...plain,
      )
      .filter(({ text: each }) => {
        const held = wordsOf(each);
        return asked.every((word) => held.includes(word));
      })
      .slice(0, 2 * hitsLookedAt)
      .map((hit) => ({ kind, importId, ...hit })),
  );
}
