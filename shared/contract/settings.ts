import { z } from 'zod';
import { operation } from './refusals.ts';

const idsAtMost = 100;
const Id = z.string().min(1).max(60);
const few = (held: object) => Object.keys(held).length <= idsAtMost;
/** Without usual values: what a change does not name stays as it is. */
const Chosen = z.object({
  theme: z.enum(['system', 'light', 'dark']),
  lockAfterMinutes: z.number().int().min(1).max(480),
  /** Width of panes that were dragged, px. */
  panes: z.record(Id, z.number().int().min(40).max(4_000)).refine(few),
  /** Columns that are not shown, by grid. */
  columns: z.record(Id, z.array(Id).max(idsAtMost)).refine(few),
});
export const Settings = z.object({
  theme: Chosen.shape.theme.default('system'),
  lockAfterMinutes: Chosen.shape.lockAfterMinutes.default(15),
  panes: Chosen.shape.panes.default({}),
  columns: Chosen.shape.columns.default({}),
});
export type Settings = z.infer<typeof Settings>;
export const settings = {
  get: operation.output(Settings),
  set: operation.input(Chosen.partial()).output(Settings),
  limits: operation.output(z.array(z.object({ name: z.string(), value: z.string() }))),
  /** The documents that ship with the application, as plain Markdown text. */
  help: operation.output(z.array(z.object({ name: z.string(), title: z.string(), text: z.string() }))),
};
