import type { GoogleFault, GoogleFaultReply } from './faults.ts';

type ErrorReply = Extract<GoogleFaultReply, { kind: 'error' }>;

function failing(kind: string, name: string, message: string): ErrorReply {
  return { kind: 'error', errorCode: { [kind]: name }, message };
}

/** A limit of the developer token or of an account, with the time it says to wait: `quota('0.5s')`. */
export function quota(retryDelay: string, name = 'RESOURCE_EXHAUSTED'): ErrorReply {
  const daily = name === 'RESOURCE_EXHAUSTED';
  return {
    ...failing('quotaError', name, `Too many requests. Retry in ${Number.parseFloat(retryDelay)} seconds.`),
    quotaErrorDetails: {
      rateScope: daily ? 'DEVELOPER' : 'ACCOUNT',
      rateName: daily ? 'Number of operations for explorer access' : 'Requests per service per method',
      retryDelay,
    },
  };
}

export const GOOGLE_FAULTS = {
  /** Operations of the day are used up. */
  dailyQuota: quota('8962s'),
  /** Too many calls a second. */
  briefQuota: quota('1s', 'RESOURCE_TEMPORARILY_EXHAUSTED'),
  internal: failing('internalError', 'INTERNAL_ERROR', 'An internal error has occurred.'),
  transient: failing('internalError', 'TRANSIENT_ERROR', 'A transient internal error has occurred.'),
  deadline: failing('internalError', 'DEADLINE_EXCEEDED', 'The deadline was exceeded.'),
  html503: {
    kind: 'status',
    status: 503,
    body: '<!DOCTYPE html><html><title>Error 503 (Service Unavailable)!!1</title></html>',
    headers: { 'content-type': 'text/html; charset=UTF-8' },
  },
  /** The access token ends in the middle of a run; a new one is good. */
  tokenExpired: failing(
    'authenticationError',
    'OAUTH_TOKEN_EXPIRED',
    'OAuth token in the header has expired.',
  ),
  /** The authorisation itself is gone, as the API says it. */
  tokenRevoked: failing(
    'authenticationError',
    'OAUTH_TOKEN_REVOKED',
    'OAuth token in the header has been revoked.',
  ),
  permission: failing(
    'authorizationError',
    'USER_PERMISSION_DENIED',
    "User doesn't have permission to access customer.",
  ),
  notEnabled: failing(
    'authorizationError',
    'CUSTOMER_NOT_ENABLED',
    "The customer account can't be accessed because it is not yet enabled or has been deactivated.",
  ),
  projectDisabled: failing('authorizationError', 'PROJECT_DISABLED', 'The Google Cloud project is disabled.'),
} satisfies Record<string, GoogleFaultReply>;

/** The token endpoint refuses every authorisation until it is cleared. */
export const INVALID_GRANT: GoogleFault = {
  match: { path: '/token' },
  times: Infinity,
  reply: {
    kind: 'status',
    status: 400,
    body: '{"error":"invalid_grant","error_description":"Token has been expired or revoked."}',
    headers: { 'content-type': 'application/json; charset=utf-8' },
  },
};
