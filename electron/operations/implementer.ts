import { randomUUID } from 'node:crypto';
import { implement, ORPCError } from '@orpc/server';
import { contract } from '../../shared/contract/index.ts';
import { Failure } from '../../shared/failure.ts';
import type { Context } from './context.ts';

/** A refusal as the contract declares it; anything else is a bug: logged with an id, and the caller sees only that. */
export function asRefusal(error: unknown, context: Context): ORPCError<string, unknown> {
  if (error instanceof ORPCError) return error;
  if (error instanceof Failure)
    return new ORPCError(error.code, { defined: true, status: 422, message: error.message, data: error.parts });
  const id = randomUUID();
  context.log(`${id} ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  return new ORPCError('INTERNAL_SERVER_ERROR', {
    status: 500,
    message: `A fault of Assay itself. It is in the log under ${id}.`,
  });
}

export const os = implement(contract)
  .$context<Context>()
  .use(async ({ context, next }) => {
    try {
      return await next();
    } catch (error) {
      throw asRefusal(error, context);
    }
  });

/** The same for a stream: what is thrown between two of its events is no less refused, or logged. */
export async function* refusing<T>(context: Context, stream: AsyncGenerator<T>): AsyncGenerator<T> {
  try {
    yield* stream;
  } catch (error) {
    throw asRefusal(error, context);
  }
}
