import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Settings } from '../../shared/contract/settings.ts';
import { limits } from '../../shared/limits.ts';
import { findingsOf } from '../store/cases.ts';
import { importsOf } from '../store/imports.ts';
import { setSetting, settingOf } from '../store/people.ts';
import { searchIn } from '../store/search.ts';
import { type Context, commit, theCase } from './context.ts';
import { os } from './implementer.ts';

export const settingsNow = (context: Context): Settings =>
  Settings.parse(JSON.parse(context.store.read((db) => settingOf(db, 'window')) ?? '{}'));

const limitNames: Record<keyof typeof limits, string> = {
  entries: 'Entries of an archive',
  folderEntries: 'Files of a folder',
  totalBytes: 'Bytes of an archive, unpacked',
  entryBytes: 'Bytes of one entry',
  ratio: 'Growth when unpacked, to one',
  ratioFromBytes: 'Growth counts from bytes',
  pathBytes: 'Bytes of a path',
  nameBytes: 'Bytes of a name',
  depth: 'Folders deep',
  nestedArchives: 'Archives in archives',
  jsonDepth: 'Levels of JSON',
  jsonBytes: 'Bytes of a JSON document',
  jsonValues: 'Values in a JSON document',
  lineBytes: 'Bytes of a line of a ledger',
  yamlDepth: 'Levels of YAML',
  yamlAliases: 'Aliases in YAML',
  yamlBytes: 'Bytes of YAML',
  pickleOpcodes: 'Opcodes of a pickle',
  tensorHeaderBytes: 'Bytes of a tensor header',
  certificateBytes: 'Bytes of a certificate',
  certificateChain: 'Certificates in a chain',
  readerSeconds: 'Seconds without progress, of one reader',
  readerMemoryMiB: 'MiB of memory, of a thread that reads',
  keptBytes: 'Bytes of a document kept in the store',
  keptUnknownBytes: 'Bytes kept of files that no reader knows, in all',
};

export const settings = {
  get: os.settings.get.handler(({ context }) => settingsNow(context)),
  set: os.settings.set.handler(({ input, context }) => {
    const given = Object.entries(input).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value] as const],
    );
    const detail = Object.fromEntries(
      given.map(([name, value]) => [name, typeof value === 'object' ? JSON.stringify(value) : value]),
    );
    const next = Settings.parse({ ...settingsNow(context), ...Object.fromEntries(given) });
    commit(context, { action: 'settings.changed', caseId: null, subject: '', detail }, (db) =>
      setSetting(db, 'window', JSON.stringify(next)),
    );
    context.keys.lockAfter(next.lockAfterMinutes);
    return next;
  }),
  limits: os.settings.limits.handler(() =>
    Object.entries(limits).map(([name, value]) => ({
      name: limitNames[name as keyof typeof limits],
      value: value.toLocaleString('en'),
    })),
  ),
  help: os.settings.help.handler(({ context }) => {
    const folder = join(context.resources, 'docs');
    if (!existsSync(folder)) return [];
    const place = (name: string) => [...helpOrder, name].indexOf(name);
    return readdirSync(folder)
      .filter((name) => name.endsWith('.md'))
      .sort((a, b) => place(a) - place(b) || (a < b ? -1 : 1))
      .map((name) => {
        const text = readFileSync(join(folder, name), 'utf8');
        return { name, title: /^# (.+)$/m.exec(text)?.[1] ?? name, text };
      });
  }),
};

/** What somebody who begins wants first; whatever else there is follows. */
const helpOrder = [
  'first-steps.md',
  'command-line.md',
  'report-format.md',
  'policy.md',
  'performance.md',
  'disagreements.md',
];

export const search = {
  find: os.search.find.handler(({ input, context }) => {
    const { id: caseId } = theCase(context, input.caseId);
    const { text } = input;
    return context.store.read((db) => {
      const imports = importsOf(db, caseId).filter(({ isLatest }) => isLatest);
      const found = searchIn(
        db,
        imports.map(({ id }) => id),
        text,
        30,
      ).map(({ kind, ref, importId, text: detail }) => ({
        kind,
        id: ref,
        importId,
        title: kind === 'file' ? detail.replaceAll(' / ', '/') : detail.slice(0, 160),
        detail: kind,
      }));
      const findings = findingsOf(db, caseId)
        .filter(({ title, rationale }) => `${title} ${rationale}`.toLowerCase().includes(text.toLowerCase()))
        .map(({ id, number, title }) => ({
          kind: 'finding' as const,
          id,
          importId: null,
          title,
          detail: `F-${String(number).padStart(2, '0')}`,
        }));
      return [...findings, ...found].slice(0, 100);
    });
  }),
};
