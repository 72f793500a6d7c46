import { describe, expect, it } from 'vitest';
import { judge } from '../../../../src/connectors/ads/google/errors.ts';
import { durationSeconds } from '../../../../src/connectors/ads/google/pause.ts';

const verdictOf = (code: string | null, status = 400) => {
  const { failure, concerns = 'ACCOUNT' } = judge({ code, status });
  return `${failure} ${concerns}`;
};

it.each([
  ['authenticationError.OAUTH_TOKEN_EXPIRED', 'REAUTHORIZE CREDENTIAL'],
  ['authenticationError.OAUTH_TOKEN_INVALID', 'REAUTHORIZE CREDENTIAL'],
  ['authenticationError.OAUTH_TOKEN_REVOKED', 'REAUTHORIZE CREDENTIAL'],
  ['authenticationError.GOOGLE_ACCOUNT_DELETED', 'REAUTHORIZE CREDENTIAL'],
  ['authenticationError.NOT_ADS_USER', 'REAUTHORIZE CREDENTIAL'],
  ['authenticationError.TWO_STEP_VERIFICATION_NOT_ENROLLED', 'REAUTHORIZE CREDENTIAL'],
  ['authenticationError.CUSTOMER_NOT_FOUND', 'FIX ACCOUNT'],
  ['authenticationError.CLIENT_CUSTOMER_ID_INVALID', 'FIX ACCOUNT'],
  ['authenticationError.DEVELOPER_TOKEN_INVALID', 'FIX ACCOUNT'],
  ['authenticationError.SOMETHING_NEW', 'REAUTHORIZE CREDENTIAL'],
  ['authorizationError.USER_PERMISSION_DENIED', 'REAUTHORIZE ACCOUNT'],
  ['authorizationError.CUSTOMER_NOT_ENABLED', 'FIX ACCOUNT'],
  ['authorizationError.DEVELOPER_TOKEN_NOT_APPROVED', 'FIX ACCOUNT'],
  ['authorizationError.DEVELOPER_TOKEN_PROHIBITED', 'FIX ACCOUNT'],
  ['authorizationError.PROJECT_DISABLED', 'FIX ACCOUNT'],
  ['authorizationError.ACCESS_DENIED_FOR_ACCOUNT_TYPE', 'FIX ACCOUNT'],
  ['authorizationError.METRIC_ACCESS_DENIED', 'FIX ACCOUNT'],
  ['authorizationError.ACTION_NOT_PERMITTED_FOR_SUSPENDED_ACCOUNT', 'FIX ACCOUNT'],
  ['authorizationError.SOMETHING_NEW', 'REAUTHORIZE ACCOUNT'],
  ['queryError.BAD_FIELD_NAME', 'FIX ACCOUNT'],
  ['queryError.REQUESTED_METRICS_FOR_MANAGER', 'FIX ACCOUNT'],
  ['requestError.UNSUPPORTED_VERSION', 'FIX ACCOUNT'],
  ['requestError.INVALID_CUSTOMER_ID', 'FIX ACCOUNT'],
  ['headerError.INVALID_LOGIN_CUSTOMER_ID', 'FIX ACCOUNT'],
  ['quotaError.RESOURCE_EXHAUSTED', 'WAIT ACCOUNT'],
  ['quotaError.RESOURCE_TEMPORARILY_EXHAUSTED', 'WAIT ACCOUNT'],
  ['quotaError.EXCESSIVE_SHORT_TERM_QUERY_RESOURCE_CONSUMPTION', 'WAIT ACCOUNT'],
  ['quotaError.EXCESSIVE_LONG_TERM_QUERY_RESOURCE_CONSUMPTION', 'WAIT ACCOUNT'],
  ['quotaError.ACCESS_PROHIBITED', 'FIX ACCOUNT'],
  ['quotaError.SOMETHING_NEW', 'WAIT ACCOUNT'],
  ['internalError.INTERNAL_ERROR', 'RETRY ACCOUNT'],
  ['internalError.TRANSIENT_ERROR', 'RETRY ACCOUNT'],
  ['internalError.DEADLINE_EXCEEDED', 'RETRY ACCOUNT'],
  ['internalError.SOMETHING_NEW', 'RETRY ACCOUNT'],
  ['ACCESS_TOKEN_SCOPE_INSUFFICIENT', 'REAUTHORIZE CREDENTIAL'],
  ['UNAUTHENTICATED', 'REAUTHORIZE CREDENTIAL'],
  ['UNAVAILABLE', 'RETRY ACCOUNT'],
])('%s: %s, whatever the status', (code, expected) => {
  for (const status of [200, 400, 401, 403, 429, 500, 503]) expect(verdictOf(code, status)).toBe(expected);
});

it.each([
  [401, 'REAUTHORIZE CREDENTIAL'],
  [404, 'FIX ACCOUNT'],
  [429, 'WAIT ACCOUNT'],
  [400, 'FIX ACCOUNT'],
  [500, 'RETRY ACCOUNT'],
  [503, 'RETRY ACCOUNT'],
  [504, 'RETRY ACCOUNT'],
])('a code that nobody knows, with HTTP %s: %s', (status, expected) => {
  expect(verdictOf('newError.NEW', status)).toBe(expected);
  expect(verdictOf(null, status)).toBe(expected);
});

describe('a duration', () => {
  it.each([
    ['8962s', 8962],
    ['0.5s', 0.5],
    ['10.000000001s', 10.000000001],
    ['999999999s', 86_400],
    ['-5s', 0],
    ['5', 0],
    ['5m', 0],
    ['', 0],
    [null, 0],
    [undefined, 0],
  ])('%s is %s seconds', (text, seconds) => {
    expect(durationSeconds(text)).toBe(seconds);
  });
});
