import { randomUUID } from 'node:crypto';
import { PothosValidationError } from '@pothos/core';
import { GraphQLError } from 'graphql';
import { ConnectorError } from '../connectors/errors.ts';
import type { ErrorCode } from '../errors.ts';
import { AppError, ERROR_CODES } from '../errors.ts';
import type { Logger } from '../lib/log.ts';
import { withoutValues } from './withoutValues.ts';

/**
 * The one mapper from our errors to what a caller sees. AppErrors keep their words and code; a platform's failure is
 * UPSTREAM; what GraphQL itself refuses is BAD_USER_INPUT; anything else is INTERNAL, told only to the log.
 */
export function toGraphQLError(error: unknown, log: Logger): GraphQLError {
  const cause = error instanceof GraphQLError ? (error.originalError ?? error) : error;
  if (cause instanceof AppError) return shown(error, cause.message, { code: cause.code });
  if (cause instanceof ConnectorError) {
    return shown(error, cause.message, { code: 'UPSTREAM', failure: cause.failure });
  }
  if (cause instanceof PothosValidationError) return shown(error, cause.message, { code: 'BAD_USER_INPUT' });
  if (cause instanceof GraphQLError) return withCode(cause, error);
  const errorId = randomUUID();
  log.error({ errorId, err: cause }, 'a request failed unexpectedly');
  return shown(error, `Something went wrong on our side. It is in the log as ${errorId}.`, {
    code: 'INTERNAL',
    errorId,
  });
}

/**
 * What GraphQL refused before any resolver ran (syntax, validation, variables), with our code. `located` is the same
 * error with its place in the answer.
 */
export function withCode(error: GraphQLError, located: unknown = error): GraphQLError {
  if (isOurs(error.extensions['code'])) return error;
  return new GraphQLError(withoutValues(error.message), {
    ...places(located),
    extensions: { ...error.extensions, code: 'BAD_USER_INPUT' satisfies ErrorCode },
  });
}

function isOurs(code: unknown): boolean {
  return ERROR_CODES.some((known) => known === code);
}

function shown(
  error: unknown,
  message: string,
  extensions: { code: ErrorCode; failure?: string; errorId?: string },
): GraphQLError {
  return new GraphQLError(message, { ...places(error), extensions });
}

/** Where in the caller's document it happened; nothing for an error from outside a resolver. */
function places(error: unknown) {
  const { nodes, path, positions, source } = error instanceof GraphQLError ? error : {};
  return { nodes: nodes ?? null, path: path ?? null, positions: positions ?? null, source: source ?? null };
}
