import type { Concern, Failure } from '../../errors.ts';

/** What decides about a refused call: never its message. */
export interface Refusal {
  /**
   * `quotaError.RESOURCE_EXHAUSTED` of a GoogleAdsFailure, else the reason of a google.rpc.ErrorInfo, else the status
   * `UNAVAILABLE`; null when the answer had none.
   */
  code: string | null;
  /** HTTP. */
  status: number;
}

export interface Verdict {
  failure: Failure;
  concerns?: Concern;
  /** What it means and what to do, for people. */
  say: string;
  /** WAIT: how long when Google does not say, in seconds. */
  waitSeconds?: number;
  /** WAIT: it passes in seconds, so it is tried again in place before anybody is told. */
  isBrief?: boolean;
  /** RETRY: asking for fewer days helps. */
  askForLess?: boolean;
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;

const dead = (say: string): Verdict => ({ failure: 'REAUTHORIZE', concerns: 'CREDENTIAL', say });
const forbidden = (say: string): Verdict => ({ failure: 'REAUTHORIZE', concerns: 'ACCOUNT', say });
const wait = (say: string, waitSeconds: number): Verdict => ({ failure: 'WAIT', say, waitSeconds });
const retry = (say: string): Verdict => ({ failure: 'RETRY', say });
const fix = (say: string): Verdict => ({ failure: 'FIX', say });

const SIGN_IN = dead('Google no longer takes the authorisation: connect Google again.');
const SECOND_FACTOR = dead(
  'Google asks the person who connected it to set up 2-step verification, then connect again.',
);
const DEVELOPER_TOKEN = 'GOOGLE_DEVELOPER_TOKEN';
const OLD_VERSION = fix('Google does not serve this API version: raise GOOGLE_ADS_VERSION.');
const UNKNOWN_ACCOUNT = fix('Google knows no such account: check its number, and that of its manager.');
const SERVER = retry('Google had a server error.');
const TOO_SLOW: Verdict = { ...retry('Google could not finish the query in time.'), askForLess: true };
const HEAVY = wait('Google limits these queries because they use much of its resources.', 5 * MINUTE);
const BUSY: Verdict = { ...wait('Google limits the rate of the calls.', MINUTE), isBrief: true };
const QUOTA = wait('The calls that Google allows in a day are used up.', HOUR);

/**
 * `category.NAME`. Sources: Google Ads API reference, the enums AuthenticationError, AuthorizationError, QuotaError,
 * InternalError, RequestError, HeaderError, QueryError and DateRangeError, and "Common errors".
 */
const TABLE: Readonly<Record<string, Verdict>> = {
  'authenticationError.AUTHENTICATION_ERROR': SIGN_IN,
  'authenticationError.OAUTH_TOKEN_INVALID': SIGN_IN,
  'authenticationError.OAUTH_TOKEN_HEADER_INVALID': SIGN_IN,
  'authenticationError.OAUTH_TOKEN_EXPIRED': SIGN_IN,
  'authenticationError.OAUTH_TOKEN_REVOKED': SIGN_IN,
  'authenticationError.OAUTH_TOKEN_DISABLED': SIGN_IN,
  'authenticationError.GOOGLE_ACCOUNT_DELETED': dead(
    'The Google account that gave the authorisation was deleted: connect with another.',
  ),
  'authenticationError.NOT_ADS_USER': dead(
    'The Google account that gave the authorisation has no access to Google Ads: connect with another.',
  ),
  'authenticationError.TWO_STEP_VERIFICATION_NOT_ENROLLED': SECOND_FACTOR,
  'authenticationError.ADVANCED_PROTECTION_NOT_ENROLLED': SECOND_FACTOR,
  'authenticationError.CUSTOMER_NOT_FOUND': UNKNOWN_ACCOUNT,
  'authenticationError.CLIENT_CUSTOMER_ID_INVALID': UNKNOWN_ACCOUNT,
  'authenticationError.CLIENT_CUSTOMER_ID_IS_REQUIRED': UNKNOWN_ACCOUNT,
  'authenticationError.DEVELOPER_TOKEN_INVALID': fix(
    `Google refused the developer token: check ${DEVELOPER_TOKEN}.`,
  ),
  'authenticationError.ORGANIZATION_NOT_APPROVED': fix(
    "Google has not approved the organisation of the app's project.",
  ),

  'authorizationError.USER_PERMISSION_DENIED': forbidden(
    'The authorisation does not reach this account: name the manager account that does (loginCustomerId), or connect with a person who may see it.',
  ),
  'authorizationError.CUSTOMER_NOT_ENABLED': fix(
    'The account is not set up or was deactivated in Google Ads.',
  ),
  'authorizationError.INCOMPLETE_SIGNUP': fix('The account is not set up to the end in Google Ads.'),
  'authorizationError.MISSING_TOS': fix("Somebody must accept Google's terms of service in the account."),
  'authorizationError.ACCESS_DENIED_FOR_ACCOUNT_TYPE': fix(
    'Google does not allow this with accounts of this kind.',
  ),
  'authorizationError.METRIC_ACCESS_DENIED': fix(
    'Google does not give these metrics to this developer token.',
  ),
  'authorizationError.ACTION_NOT_PERMITTED_FOR_SUSPENDED_ACCOUNT': fix('The account is suspended.'),
  'authorizationError.DEVELOPER_TOKEN_NOT_APPROVED': fix(
    `The developer token (${DEVELOPER_TOKEN}) is only approved for test accounts: apply for Basic access.`,
  ),
  'authorizationError.DEVELOPER_TOKEN_PROHIBITED': fix(
    `The developer token (${DEVELOPER_TOKEN}) belongs to another Google Cloud project than GOOGLE_CLIENT_ID.`,
  ),
  'authorizationError.PROJECT_DISABLED': fix(
    'The Google Cloud project of GOOGLE_CLIENT_ID has no access to the API.',
  ),

  'headerError.INVALID_LOGIN_CUSTOMER_ID': fix('The manager account (loginCustomerId) is not valid.'),
  'requestError.INVALID_CUSTOMER_ID': UNKNOWN_ACCOUNT,
  'requestError.UNSUPPORTED_VERSION': OLD_VERSION,
  'requestError.RPC_DEADLINE_TOO_SHORT': TOO_SLOW,
  'queryError.REQUESTED_METRICS_FOR_MANAGER': fix('It is a manager account: connect one of its accounts.'),
  'dateRangeError.REQUESTED_DATE_GRANULARITY_NOT_SUPPORTED': fix(
    'Google keeps 37 months of daily figures; the asked days are older.',
  ),

  'quotaError.RESOURCE_EXHAUSTED': QUOTA,
  'quotaError.ACCESS_PROHIBITED': fix(
    `Google gives this developer token (${DEVELOPER_TOKEN}) no calls at all.`,
  ),
  'quotaError.RESOURCE_TEMPORARILY_EXHAUSTED': BUSY,
  'quotaError.EXCESSIVE_SHORT_TERM_QUERY_RESOURCE_CONSUMPTION': HEAVY,
  'quotaError.EXCESSIVE_LONG_TERM_QUERY_RESOURCE_CONSUMPTION': { ...HEAVY, waitSeconds: HOUR },

  'internalError.INTERNAL_ERROR': SERVER,
  'internalError.TRANSIENT_ERROR': SERVER,
  'internalError.DEADLINE_EXCEEDED': TOO_SLOW,
  'databaseError.CONCURRENT_MODIFICATION': SERVER,

  // Without a GoogleAdsFailure: google.rpc.ErrorInfo reasons, then google.rpc.Code.
  ACCESS_TOKEN_SCOPE_INSUFFICIENT: dead(
    'The access to Google Ads was not ticked: connect again and tick it.',
  ),
  SERVICE_DISABLED: fix('Switch the Google Ads API on in the Google Cloud project of GOOGLE_CLIENT_ID.'),
  UNAUTHENTICATED: SIGN_IN,
  PERMISSION_DENIED: forbidden('Google does not allow the call with this authorisation.'),
  RESOURCE_EXHAUSTED: BUSY,
  UNIMPLEMENTED: OLD_VERSION,
  NOT_FOUND: OLD_VERSION,
  UNAVAILABLE: retry('Google is temporarily unavailable.'),
  ABORTED: SERVER,
  INTERNAL: SERVER,
  UNKNOWN: SERVER,
  DEADLINE_EXCEEDED: TOO_SLOW,
};

/** Names that newer versions add to a category mean what the category means. */
const CATEGORIES: Readonly<Record<string, Verdict>> = {
  authenticationError: SIGN_IN,
  authorizationError: forbidden('Google does not allow the call for this account.'),
  quotaError: HEAVY,
  internalError: SERVER,
  queryError: fix('Google refused the query.'),
  requestError: fix('Google refused the call.'),
  headerError: fix('Google refused the call.'),
  dateRangeError: fix('Google refused the asked days.'),
};

const BY_STATUS: Readonly<Record<number, Verdict>> = {
  401: SIGN_IN,
  404: OLD_VERSION,
  408: TOO_SLOW,
  429: BUSY,
  504: TOO_SLOW,
};

/** What to do about Google's refusal. The HTTP status only decides when nothing else is known. */
export function judge({ code, status }: Refusal): Verdict {
  const known = code === null ? undefined : (TABLE[code] ?? CATEGORIES[code.split('.')[0] ?? '']);
  if (known) return known;
  return BY_STATUS[status] ?? (status >= 500 ? SERVER : fix('Google refused the call.'));
}
