import { GraphQLError } from 'graphql';
import type { ErrorCode } from '../errors.ts';

/** How a refusal looks over HTTP; the other transports leave it out. */
export interface HttpAnswer {
  status: number;
  headers?: Record<string, string>;
  /** True: clients that accept only `application/json` get 200, as GraphQL over HTTP wants it. */
  spec?: boolean;
}

export interface Refusing {
  code?: ErrorCode;
  http?: HttpAnswer;
  /** More for the caller's program, such as when to come again. */
  also?: Record<string, unknown>;
}

/** Says no before anything is executed: BAD_USER_INPUT unless another code is given. */
export function refusal(message: string, { code, http, also }: Refusing = {}): GraphQLError {
  return new GraphQLError(message, {
    extensions: { ...also, code: code ?? ('BAD_USER_INPUT' satisfies ErrorCode), http: http ?? BAD_DOCUMENT },
  });
}

/** The request was understood, the document in it is not right. */
export const BAD_DOCUMENT: HttpAnswer = { status: 400, spec: true };
/** The request itself is not right. */
export const BAD_REQUEST: HttpAnswer = { status: 400 };

/** The same error as HTTP answers it with this status. */
export function withHttp(error: GraphQLError, http: HttpAnswer): GraphQLError {
  return copyOf(error, { ...error.extensions, http });
}

/** The same error without what only HTTP needs. */
export function withoutHttp(error: GraphQLError): GraphQLError {
  if (!('http' in error.extensions)) return error;
  const { http: _http, ...extensions } = error.extensions;
  return copyOf(error, extensions);
}

/** GraphQL's own messages name what exists: "Did you mean …?" is only for who may ask for the schema. */
export function withoutSuggestion(error: GraphQLError): GraphQLError {
  const message = error.message.replace(/ Did you mean [^]*$/, '');
  return message === error.message ? error : copyOf(error, error.extensions, message);
}

function copyOf(
  error: GraphQLError,
  extensions: Record<string, unknown>,
  message = error.message,
): GraphQLError {
  const { nodes, path, positions, source } = error;
  return new GraphQLError(message, {
    nodes: nodes ?? null,
    path: path ?? null,
    positions: positions ?? null,
    source: source ?? null,
    extensions,
  });
}
