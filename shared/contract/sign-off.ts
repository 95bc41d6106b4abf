import { z } from 'zod';
import { Coverage, Decision, Gate, SignOff, SignOffRole } from '../sign-off.ts';
import { SourceToken } from './host.ts';
import { operation } from './refusals.ts';

const caseId = z.number().int();
const proposal = { decision: Decision, rationale: z.string().trim().max(20_000) };
export const signOff = {
  readiness: operation.input(z.object({ caseId, role: SignOffRole.default('reviewer') })).output(
    z.object({
      gates: z.array(Gate),
      coverage: Coverage,
      mayApprove: z.boolean(),
      mayReject: z.boolean(),
      computedAt: z.string(),
    }),
  ),
  /** What is signed next, byte for byte: its prose, its JSON text and the SHA-256 of that. */
  statement: operation
    .input(
      z.object({
        caseId,
        role: SignOffRole.default('reviewer'),
        ...proposal,
        secondSigner: z.object({ name: z.string(), fingerprint: z.string() }).nullable().default(null),
        /** Who is to sign; who is chosen where null. */
        identityId: z.number().int().nullable().default(null),
      }),
    )
    .output(z.object({ digest: z.string(), prose: z.array(z.string()), json: z.string(), frozen: z.boolean() })),
  list: operation.input(z.object({ caseId })).output(z.array(SignOff)),
  /** Signs the statement that was shown with this digest; refused when another was, or the case changed since. */
  sign: operation
    .input(
      z.object({
        caseId,
        digest: z.string(),
        role: SignOffRole,
        ...proposal,
        identityId: z.number().int(),
        passphrase: z.string().max(1_000),
        secondSigner: z.object({ name: z.string(), fingerprint: z.string() }).nullable().default(null),
      }),
    )
    .output(SignOff),
  /** Writes the package into a new folder below the one chosen; never over something that exists. */
  export: operation
    .input(
      z.object({
        caseId,
        signOffId: z.number().int().nullable().default(null),
        into: SourceToken,
        name: z.string().trim().min(1).max(200),
      }),
    )
    .output(z.object({ path: z.string(), files: z.number().int(), isDraft: z.boolean() })),
  /** The pages of the PDF as they will be exported (base64 of the file), for a look before writing. */
  preview: operation
    .input(z.object({ caseId, signOffId: z.number().int().nullable().default(null) }))
    .output(z.object({ pdf: z.string(), pages: z.number().int() })),
};
