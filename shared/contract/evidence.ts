import { z } from 'zod';
import { Digest, FileState, Place } from '../evidence.ts';
import { Verdict, Vouched } from '../verdict.ts';
import { operation } from './refusals.ts';

const importId = z.number().int();
export const FolderRow = z.object({
  id: z.number().int(),
  name: z.string(),
  path: z.string(),
  /** Files below, at any depth. */
  files: z.number().int(),
  worst: Verdict.nullable(),
  hasFolders: z.boolean(),
});
export type FolderRow = z.infer<typeof FolderRow>;
export const FileRow = z.object({
  id: z.number().int(),
  path: z.string(),
  bytes: z.number(),
  digest: Digest.nullable(),
  format: z.string().nullable(),
  state: FileState,
  claims: z.number().int(),
  vouched: Vouched,
  verdict: Verdict.nullable(),
  isReviewed: z.boolean(),
});
export type FileRow = z.infer<typeof FileRow>;
export const FileSort = z.enum(['path', 'bytes', 'state', 'format']);
export const FileFilter = z.object({
  /** Folder id: everything below it. */
  folder: z.number().int().nullable().default(null),
  path: z.string().max(500).default(''),
  state: FileState.nullable().default(null),
  format: z.string().max(100).nullable().default(null),
  unreviewed: z.boolean().default(false),
  /** Only those that a sampling plan picked. */
  sampled: z.boolean().default(false),
});
export type FileFilter = z.infer<typeof FileFilter>;

/** A digest that some document states for this file, and whether the file has it. */
export const FileClaim = z.object({
  listing: z.string(),
  role: z.string(),
  title: z.string(),
  place: Place,
  expected: Digest,
  actual: Digest.nullable(),
  holds: z.boolean(),
  vouched: Vouched,
});
export type FileClaim = z.infer<typeof FileClaim>;

export const FileDetail = FileRow.extend({
  unread: z.string().nullable(),
  modifiedAt: z.string().nullable(),
  title: z.string().nullable(),
  properties: z.array(z.object({ name: z.string(), value: z.string(), pointer: z.string().optional() })),
  stated: z.array(FileClaim),
  things: z.array(z.object({ nodeId: z.number().int(), type: z.string(), name: z.string() })),
  /** Digest of the same path in each import of the case, oldest first. */
  history: z.array(
    z.object({
      importId: z.number().int(),
      number: z.number().int(),
      importedAt: z.string(),
      digest: z.string().nullable(),
    }),
  ),
  /** Whether its bytes can be shown: kept in the store, still at the source, or gone. */
  bytesFrom: z.enum(['store', 'source', 'nowhere']),
});
export type FileDetail = z.infer<typeof FileDetail>;

/** Content for the viewer. Always text or numbers; never markup to be rendered. Controls and bidi are escaped. */
export const Content = z.discriminatedUnion('view', [
  z.object({
    view: z.literal('text'),
    lines: z.array(z.object({ number: z.number().int(), text: z.string() })),
    totalLines: z.number().int().nullable(),
    more: z.boolean(),
  }),
  z.object({
    view: z.literal('hex'),
    offset: z.number(),
    rows: z.array(z.object({ offset: z.number(), hex: z.string(), text: z.string() })),
    totalBytes: z.number(),
    more: z.boolean(),
  }),
  z.object({
    view: z.literal('json'),
    /** Depth-first rows of the tree; `pointer` is RFC 6901, `depth` from 0. */
    rows: z.array(
      z.object({
        pointer: z.string(),
        depth: z.number().int(),
        key: z.string(),
        value: z.string().nullable(),
        children: z.number().int(),
        line: z.number().int(),
      }),
    ),
    more: z.boolean(),
  }),
  z.object({
    view: z.literal('table'),
    columns: z.array(z.string()),
    rows: z.array(z.object({ number: z.number().int(), cells: z.array(z.string()) })),
    totalRows: z.number().int().nullable(),
    more: z.boolean(),
  }),
  z.object({ view: z.literal('none'), why: z.string() }),
]);
export type Content = z.infer<typeof Content>;
export const ContentView = z.enum(['auto', 'text', 'json', 'table', 'hex']);

export const evidence = {
  folders: operation.input(z.object({ importId, parent: z.number().int().nullable() })).output(z.array(FolderRow)),
  /** Keyset page: `after` is the cursor of the page before. */
  files: operation
    .input(
      z.object({
        importId,
        filter: FileFilter,
        sort: FileSort.default('path'),
        descending: z.boolean().default(false),
        after: z.string().nullable().default(null),
        limit: z.number().int().min(1).max(1_000).default(200),
      }),
    )
    .output(z.object({ rows: z.array(FileRow), cursor: z.string().nullable(), total: z.number().int() })),
  facets: operation.input(z.object({ importId })).output(
    z.object({
      states: z.array(z.object({ state: FileState, count: z.number().int() })),
      formats: z.array(z.object({ format: z.string(), count: z.number().int() })),
      sampled: z.number().int(),
    }),
  ),
  /** Journals that the file was viewed (once per person and file). */
  file: operation.input(z.object({ importId, fileId: z.number().int() })).output(FileDetail),
  fileAt: operation.input(z.object({ importId, path: z.string() })).output(FileRow.nullable()),
  content: operation
    .input(
      z.object({
        importId,
        fileId: z.number().int(),
        view: ContentView.default('auto'),
        from: z.number().int().min(0).default(0),
        limit: z.number().int().min(1).max(5_000).default(500),
      }),
    )
    .output(Content),
};
