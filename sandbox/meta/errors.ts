import type { JsonObject } from './json.ts';

/** The `error` object of an answer; all but code, message and type are optional on the real platform too. */
export interface GraphErrorBody extends JsonObject {
  code: number;
  message: string;
  type?: string;
  error_subcode?: number;
  is_transient?: boolean;
}

/** Thrown anywhere below the API's door, answered as `{"error": …}` with its status. */
export class GraphError extends Error {
  override readonly name = 'GraphError';
  readonly status: number;
  readonly body: GraphErrorBody;

  constructor(status: number, body: GraphErrorBody) {
    super(body.message);
    this.status = status;
    this.body = body;
  }
}

let traces = 0;

/** The body as it goes over the wire: with a type and a trace id. */
export function errorJson(body: GraphErrorBody): JsonObject {
  const fbtrace_id = `A${(++traces).toString(36).padStart(10, 'x')}Sandbox`;
  return { error: { type: 'OAuthException', ...body, fbtrace_id } };
}

export function invalidParameter(detail: string): GraphError {
  return new GraphError(400, { code: 100, message: `(#100) ${detail}`, type: 'OAuthException' });
}

export function unknownObject(id: string): GraphError {
  return new GraphError(400, {
    code: 100,
    error_subcode: 33,
    type: 'GraphMethodException',
    message:
      `Unsupported get request. Object with ID '${id}' does not exist, cannot be loaded due to missing ` +
      'permissions, or does not support this operation. Please read the Graph API documentation at ' +
      'https://developers.facebook.com/docs/graph-api',
  });
}

export function unknownPath(path: string): GraphError {
  return new GraphError(400, {
    code: 2500,
    message: `Unknown path components: ${path}`,
    type: 'OAuthException',
  });
}

export function deprecatedVersion(latest: string): GraphError {
  return new GraphError(400, {
    code: 2635,
    message:
      '(#2635) You are calling a deprecated version of the Ads API. ' +
      `Please update to the latest version: ${latest}.`,
    type: 'OAuthException',
  });
}

export function invalidCursor(): GraphError {
  return new GraphError(400, {
    code: 2642,
    message: '(#2642) Invalid cursors values',
    type: 'OAuthException',
  });
}

export function beyondRetention(): GraphError {
  return new GraphError(400, {
    code: 3018,
    message: '(#3018) The start date of the time range cannot be beyond 37 months from the current date',
    type: 'OAuthException',
  });
}

export function tooMuchData(): GraphError {
  return new GraphError(500, {
    code: 1,
    message: "Please reduce the amount of data you're asking for, then retry your request",
    type: 'OAuthException',
  });
}

export function timedOut(): GraphError {
  return new GraphError(400, {
    code: 100,
    error_subcode: 1504018,
    message: '(#100) Your request timed out. Please try a smaller date range, or ask for a report.',
    type: 'OAuthException',
  });
}
