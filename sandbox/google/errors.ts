import type { Json, JsonObject } from './json.ts';

/** One member, `{ queryError: 'UNRECOGNIZED_FIELD' }`: the kind of an error and its name there. */
export type ErrorCode = Readonly<Record<string, string>>;

/** How long to wait, as a limit says it. */
export interface QuotaDetails {
  rateScope: 'DEVELOPER' | 'ACCOUNT';
  rateName: string;
  /** A protobuf duration: `8962s`, `0.5s`. */
  retryDelay: string;
}

/** A failure as the Google Ads API words it; without an `errorCode` one of the layers before it. */
export class GoogleAdsError extends Error {
  readonly status: number;
  readonly errorCode: ErrorCode | null;
  readonly quota: QuotaDetails | null;
  /** Why, for failures that are not the API's own: `CREDENTIALS_MISSING`. */
  readonly reason: string | null;

  constructor(
    message: string,
    how: { status?: number; errorCode?: ErrorCode; quota?: QuotaDetails | undefined; reason?: string } = {},
  ) {
    super(message);
    this.errorCode = how.errorCode ?? null;
    this.status = how.status ?? statusOf(this.errorCode);
    this.quota = how.quota ?? null;
    this.reason = how.reason ?? null;
  }
}

/** HTTP statuses by kind of error, where not 400. */
const STATUS_OF_KIND: Record<string, number> = {
  authenticationError: 401,
  authorizationError: 403,
  quotaError: 429,
  internalError: 500,
};
const STATUS_OF_NAME: Record<string, number> = { DEADLINE_EXCEEDED: 504, TRANSIENT_ERROR: 503 };

export const GRPC_STATUS: Record<number, string> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
};

function statusOf(errorCode: ErrorCode | null): number {
  const [kind = '', name = ''] = Object.entries(errorCode ?? {})[0] ?? [];
  return STATUS_OF_NAME[name] ?? STATUS_OF_KIND[kind] ?? 400;
}

const SUMMARIES: Record<number, string> = {
  400: 'Request contains an invalid argument.',
  401: 'Request is missing required authentication credential.',
  403: 'The caller does not have permission',
  429: 'Resource has been exhausted (e.g. check quota).',
  500: 'Internal error encountered.',
  503: 'The service is currently unavailable.',
  504: 'Deadline expired before operation could complete.',
};

/** The body of a failure, for a version (`v23`). */
export function errorJson(error: GoogleAdsError, version: string, requestId: string): JsonObject {
  const { status, errorCode, message } = error;
  const head = { code: status, status: GRPC_STATUS[status] ?? 'UNKNOWN' };
  if (errorCode === null) {
    const info = { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', domain: 'googleapis.com' };
    const details: Json = error.reason === null ? undefined : [{ ...info, reason: error.reason }];
    return { error: { ...head, message, details } };
  }
  const details = error.quota === null ? undefined : { quotaErrorDetails: { ...error.quota } };
  const failure = {
    '@type': `type.googleapis.com/google.ads.googleads.${version}.errors.GoogleAdsFailure`,
    errors: [{ errorCode: { ...errorCode }, message, details }],
    requestId,
  };
  return { error: { ...head, message: SUMMARIES[status] ?? message, details: [failure] } };
}

export function queryError(name: string, message: string): GoogleAdsError {
  return new GoogleAdsError(message, { errorCode: { queryError: name } });
}

export function requestError(name: string, message: string): GoogleAdsError {
  return new GoogleAdsError(message, { errorCode: { requestError: name } });
}

export function userPermissionDenied(): GoogleAdsError {
  const message =
    "User doesn't have permission to access customer. Note: If you're accessing a client customer, the manager's " +
    "customer id must be set in the 'login-customer-id' header. See " +
    'https://developers.google.com/google-ads/api/docs/concepts/call-structure#cid';
  return new GoogleAdsError(message, { errorCode: { authorizationError: 'USER_PERMISSION_DENIED' } });
}

/** What every path of a version that is not there answers. */
export const NOT_FOUND_HTML =
  '<!DOCTYPE html>\n<html lang=en>\n  <meta charset=utf-8>\n  <title>Error 404 (Not Found)!!1</title>\n' +
  '  <p><b>404.</b> <ins>That’s an error.</ins>\n  <p>The requested URL was not found on this server.\n</html>\n';
