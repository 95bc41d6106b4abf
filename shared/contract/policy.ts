import { z } from 'zod';
import { operation } from './refusals.ts';

/** The policy in force: its text, name and the SHA-256 of the text. */
export const PolicyText = z.object({ text: z.string(), name: z.string(), digest: z.string(), isDefault: z.boolean() });
export type PolicyText = z.infer<typeof PolicyText>;

export const policy = {
  get: operation.output(PolicyText),
  /** Holds from the next verification on; a text that is no policy is refused, and the one before stays. */
  set: operation.input(z.object({ text: z.string().max(1_048_576) })).output(PolicyText),
  /** Back to the policy that ships. */
  reset: operation.output(PolicyText),
};
