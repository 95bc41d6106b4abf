import { z } from 'zod';
import { operation } from './refusals.ts';

/** A path the person chose. The window never sees or names a path of its own: it holds this. */
export const SourceToken = z.string().min(1).max(200);
const Chosen = z.object({ token: SourceToken, name: z.string(), kind: z.enum(['folder', 'file']) });

/** What the shell around the workstation can do. */
export const host = {
  about: operation.output(
    z.object({
      shell: z.enum(['electron', 'browser']),
      version: z.string(),
      hasNativeDialogs: z.boolean(),
      platform: z.string(),
    }),
  ),
  /** Native dialog, where there is one; null when the person cancels. */
  choose: operation.input(z.object({ what: z.enum(['folder', 'file', 'save-folder']) })).output(Chosen.nullable()),
  /** Folder browser, where there are no native dialogs. `at` null starts at home. Folders first, then by name. */
  browse: operation.input(z.object({ at: SourceToken.nullable() })).output(
    z.object({
      here: Chosen,
      parent: Chosen.nullable(),
      entries: z.array(Chosen).max(5_000),
      truncated: z.boolean(),
    }),
  ),
  /** A path the person typed in. */
  locate: operation.input(z.object({ path: z.string().min(1).max(4_096) })).output(Chosen),
};
