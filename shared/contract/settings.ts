import { z } from 'zod';
import { operation } from './refusals.ts';

export const Settings = z.object({
  theme: z.enum(['system', 'light', 'dark']).default('system'),
  lockAfterMinutes: z.number().int().min(1).max(480).default(15),
});
export type Settings = z.infer<typeof Settings>;
export const settings = {
  get: operation.output(Settings),
  set: operation.input(Settings.partial()).output(Settings),
  limits: operation.output(z.array(z.object({ name: z.string(), value: z.string() }))),
  /** The documents that ship with the application, as plain Markdown text. */
  help: operation.output(z.array(z.object({ name: z.string(), title: z.string(), text: z.string() }))),
};
