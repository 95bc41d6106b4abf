import type { FactOf } from '../../../shared/fact.ts';
import type { FolderListFact, FolderSizeFact } from '../../../shared/folder-facts.ts';
import { digestOf } from '../../integrity/digest.ts';
import type { CheckSink, EvidenceView, Rule } from './rule.ts';

type Stated = FactOf<'folder-digest'>;
const hexOf = (digest: string | null) => digest?.slice(digest.indexOf(':') + 1) ?? '';
const named = 5;
const some = (names: readonly string[]): string =>
  `${names.slice(0, named).join(', ')}${names.length > named ? ` and ${names.length - named} more` : ''}`;

/** Digests that are stated of folders as a whole are computed again from the files in them. */
export const folderDigests: Rule = {
  id: 'folder-digests',
  title: 'Folders are as they were recorded',
  verify(evidence, checks) {
    for (const stated of evidence.facts('folder-size')) holdSize(stated, evidence, checks);
    const facts = evidence.facts('folder-digest');
    if (facts.length === 0) return;
    const lists = new Map(evidence.facts('folder-list').map((list) => [list.digest, list]));
    for (const stated of facts) holdFolder(stated, lists.get(stated.digest), evidence, checks);
  },
};

function holdSize({ place, title, bytes, members }: FolderSizeFact, evidence: EvidenceView, checks: CheckSink): void {
  const files = members.map((member) => evidence.file(member));
  // Of a file that is listed and not here, or was not read, no size is known.
  if (files.some((file) => file === undefined || file.digest === null)) return;
  const actual = files.reduce((sum, file) => sum + (file?.bytes ?? 0), 0);
  if (actual === bytes) return checks.pass('folder-digests', 'content');
  checks.add({
    rule: 'folder-digests',
    aspect: 'content',
    verdict: 'fail',
    code: 'size-mismatch',
    subject: place.path,
    location: place,
    expected: `${bytes} bytes`,
    actual: `${actual} bytes`,
    vouched: 'producer',
    message: `“${title}” states that its files have ${bytes} bytes together, and they have ${actual}: some were added, changed or taken away since.`,
  });
}

function holdFolder(stated: Stated, list: FolderListFact | undefined, evidence: EvidenceView, checks: CheckSink): void {
  const { place, path, name, title, digest, members } = stated;
  const subject = path ?? place.path;
  const base = { rule: 'folder-digests', subject, location: place, vouched: 'producer' } as const;
  if (path === null || members === null || members.length === 0) {
    // An empty folder has a digest too, and no archive or copy keeps it.
    checks.add({
      ...base,
      subject: place.path,
      aspect: 'completeness',
      verdict: 'undecided',
      code: 'data-not-here',
      expected: digest,
      actual: null,
      vouched: 'nobody',
      message:
        members === null
          ? `${title}: the folder ${name} holds too many files to be listed again.`
          : `${title}: the folder ${name} is not here.`,
      settledBy: 'The files of the folder.',
      partial: true,
    });
    return;
  }
  const rows = members.map((member) => ({
    name: member.slice(path === '' ? 0 : path.length + 1),
    md5: hexOf(evidence.digest(member, stated.algorithm)),
    bytes: evidence.file(member)?.bytes ?? 0,
  }));
  const bytes = rows.reduce((sum, row) => sum + row.bytes, 0);
  const actual = `md5:${listDigest(rows)}`;
  const isSame = actual === digest;
  const wrongSize = stated.bytes !== null && stated.bytes !== bytes;
  const wrongCount = stated.count !== null && stated.count !== rows.length;
  if (isSame && !wrongSize && !wrongCount) {
    checks.add({
      ...base,
      aspect: 'content',
      verdict: 'pass',
      code: 'folder-digest-match',
      expected: null,
      actual: null,
      message: `${rows.length === 1 ? `The one file of ${name} gives` : `The ${rows.length} files of ${name} give`} the digest that “${title}” states of the folder, not signed: vouched by the producer alone.`,
    });
    return;
  }
  const counts = [
    wrongCount ? ` ${stated.count} files are stated and ${rows.length} are here.` : '',
    wrongSize ? ` ${stated.bytes} bytes are stated and ${bytes} are here.` : '',
  ].join('');
  checks.add({
    ...base,
    aspect: 'content',
    verdict: 'fail',
    code: isSame ? 'size-mismatch' : 'folder-digest-mismatch',
    expected: isSame ? `${stated.bytes ?? '?'} bytes in ${stated.count ?? '?'} files` : digest,
    actual: isSame ? `${bytes} bytes in ${rows.length} files` : actual,
    message: isSame
      ? `The folder has the digest that “${title}” states, and not the size or count.${counts}`
      : `The files of this folder are not those that “${title}” states.${counts}${differences(rows, list)} It does not say who changed them, or when.`,
  });
}

/** Which files differ, where the list that the digest is of lies in a cache. */
function differences(rows: readonly { name: string; md5: string }[], list: FolderListFact | undefined): string {
  if (list === undefined) return ' The list that the digest is of is not here, so which of them differ cannot be told.';
  const kept = new Map(list.items.map(({ name, md5 }) => [name, md5]));
  const here = new Set(rows.map(({ name }) => name));
  const parts: [string, string[]][] = [
    ['changed', rows.filter(({ name, md5 }) => kept.has(name) && kept.get(name) !== md5).map(({ name }) => name)],
    ['added', rows.filter(({ name }) => !kept.has(name)).map(({ name }) => name)],
    ['absent', list.items.filter(({ name }) => !here.has(name)).map(({ name }) => name)],
  ];
  const said = parts.flatMap(([word, names]) => (names.length === 0 ? [] : [`${word}: ${some(names)}`]));
  return said.length === 0 ? '' : ` By the list in the cache, ${said.join('; ')}.`;
}

/**
 * MD5 of DVC's list of a folder: Python's `json.dumps` of `{md5, relpath}`, sorted by code points of the name
 * (dvc-data, `Tree.as_bytes`). @returns hex
 */
function listDigest(rows: readonly { name: string; md5: string }[]): string {
  const sorted = rows
    .map((row) => ({ ...row, key: Buffer.from(row.name) }))
    .sort((a, b) => Buffer.compare(a.key, b.key));
  const text = sorted.map(({ name, md5 }) => `{"md5": "${md5}", "relpath": ${ascii(name)}}`).join(', ');
  return hexOf(digestOf('md5', Buffer.from(`[${text}]`)));
}

const ascii = (text: string): string =>
  JSON.stringify(text).replace(/[\u0080-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
