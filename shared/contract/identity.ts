import { z } from 'zod';
import { Identity } from '../identity.ts';
import { SourceToken } from './host.ts';
import { operation } from './refusals.ts';

const Passphrase = z.string().min(1).max(1_000);
const NewPassphrase = z.string().min(8).max(1_000);
const id = z.object({ identityId: z.number().int() });
export const identity = {
  list: operation.output(z.array(Identity)),
  /** Who is sitting here; without a key she is named by the account she is logged in as. */
  current: operation.output(z.object({ name: z.string(), identity: Identity.nullable() })),
  choose: operation.input(id).output(Identity),
  create: operation
    .input(
      z.object({
        name: z.string().trim().min(1).max(200),
        role: z.string().trim().max(200).default(''),
        passphrase: NewPassphrase,
      }),
    )
    .output(Identity),
  importPkcs12: operation
    .input(
      z.object({
        token: SourceToken,
        password: z.string().max(1_000),
        passphrase: NewPassphrase,
        name: z.string().trim().max(200).default(''),
      }),
    )
    .output(Identity),
  unlock: operation.input(id.extend({ passphrase: Passphrase })).output(Identity),
  lock: operation.input(id).output(Identity),
  changePassphrase: operation.input(id.extend({ passphrase: Passphrase, next: NewPassphrase })).output(Identity),
};
