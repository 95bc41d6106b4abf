import { existsSync } from 'node:fs';
import type { FileClaim } from '../../shared/contract/evidence.ts';
import { limits } from '../../shared/limits.ts';
import { markViewed, wasViewed } from '../store/cases.ts';
import {
  factsOf,
  fileById,
  fileByPath,
  filesOf,
  foldersOf,
  formatsOf,
  historyOf,
  moreDigestsOf,
  nodesAt,
  outcomesOf,
  statedFor,
  statesOf,
} from '../store/evidence.ts';
import { sampledIn } from '../store/sampling.ts';
import { hexView, jsonView, tableView, textOf, textView } from './content.ts';
import { actorOf, type Context, commit, digestHex, now, present, theImport } from './context.ts';
import { os } from './implementer.ts';
import { bytesFrom, readBytes } from './read-bytes.ts';

/** Digests that documents state for one file, each held against the file again: what the grid counts, in full. */
const claimsFor = (context: Context, importId: number, path: string, digest: string | null): FileClaim[] =>
  context.store.read((db) => {
    const outcomes = outcomesOf(db, importId);
    const known = [digest ?? '', ...moreDigestsOf(db, importId, path)];
    return statedFor(db, importId, path).flatMap(({ listing, place, digests }) =>
      digests.map((expected): FileClaim => {
        const algorithm = expected.slice(0, expected.indexOf(':') + 1);
        const actual = known.find((each) => each.startsWith(algorithm)) ?? null;
        const outcome = listing.signature === null ? undefined : outcomes.get(listing.signature);
        return {
          listing: listing.place.path,
          role: listing.role,
          title: listing.title,
          place,
          expected,
          actual,
          holds: actual === expected,
          vouched: listing.signature === null ? 'producer' : outcome?.verdict === 'pass' ? 'key' : 'nobody',
        };
      }),
    );
  });

export const evidence = {
  folders: os.evidence.folders.handler(({ input, context }) =>
    context.store.read((db) => foldersOf(db, input.importId, input.parent)),
  ),
  files: os.evidence.files.handler(({ input, context }) =>
    context.store.read((db) =>
      filesOf(db, input.importId, input.filter, input.sort, input.descending, input.after, input.limit),
    ),
  ),
  facets: os.evidence.facets.handler(({ input, context }) =>
    context.store.read((db) => ({
      states: statesOf(db, input.importId),
      formats: formatsOf(db, input.importId),
      sampled: sampledIn(db, input.importId),
    })),
  ),
  fileAt: os.evidence.fileAt.handler(
    ({ input, context }) => context.store.read((db) => fileByPath(db, input.importId, input.path)) ?? null,
  ),
  file: os.evidence.file.handler(({ input, context }) => {
    const { caseId, source } = theImport(context, input.importId);
    const row = present(
      context.store.read((db) => fileById(db, input.importId, input.fileId)),
      'file',
    );
    const by = actorOf(context.store);
    const digest = digestHex(row.digest);
    if (context.store.health.mayWrite && !context.store.read((db) => wasViewed(db, caseId, row.path, digest, by)))
      commit(context, { action: 'file.viewed', caseId, subject: row.path, detail: { digest } }, (db) =>
        markViewed(db, caseId, row.path, digest, by, now(context)),
      );
    const document = context.store
      .read((db) => factsOf(db, input.importId, row.path))
      .find((fact) => fact.kind === 'document');
    return {
      ...row,
      modifiedAt: row.modifiedAt === null ? null : new Date(row.modifiedAt).toISOString(),
      title: document?.title ?? null,
      properties: document?.properties ?? [],
      stated: claimsFor(context, input.importId, row.path, row.digest),
      things: context.store
        .read((db) => nodesAt(db, input.importId, row.path))
        .map(({ id, kind, name }) => ({ nodeId: id, type: kind, name })),
      history: context.store.read((db) => historyOf(db, caseId, row.path)),
      bytesFrom: bytesFrom(context, row.digest, existsSync(source.path)),
    };
  }),
  content: os.evidence.content.handler(async ({ input, context }) => {
    const { source } = theImport(context, input.importId);
    const row = present(
      context.store.read((db) => fileById(db, input.importId, input.fileId)),
      'file',
    );
    if (row.digest === null)
      return {
        view: 'none',
        why:
          row.state === 'missing'
            ? 'This file is listed and not here.'
            : `This file was not read. ${row.unread ?? ''}`.trim(),
      };
    if (input.view === 'hex' || row.bytes > limits.keptBytes) {
      const { bytes, total } = await readBytes(
        context,
        source.path,
        row.path,
        row.digest,
        input.from * 16,
        input.limit * 16,
      );
      return hexView(bytes, input.from * 16, total);
    }
    const { bytes } = await readBytes(context, source.path, row.path, row.digest, 0, limits.keptBytes);
    const text = textOf(bytes);
    if (text === null)
      return hexView(bytes.subarray(input.from * 16, (input.from + input.limit) * 16), input.from * 16, bytes.length);
    const name = row.path.toLowerCase();
    const looksJson = /^\s*[[{]/.test(text) && !/\.(jsonl|ndjson)$/.test(name);
    if (input.view === 'json' || (input.view === 'auto' && looksJson)) {
      const tree = jsonView(text, input.from, input.limit);
      if (tree !== null) return tree;
    }
    if (input.view === 'table' || (input.view === 'auto' && /\.(csv|tsv)$/.test(name)))
      return tableView(text, name.endsWith('.tsv') ? '\t' : ',', input.from, input.limit);
    return textView(text, input.from, input.limit);
  }),
};
