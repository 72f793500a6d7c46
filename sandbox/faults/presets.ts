import type { GraphErrorBody } from '../meta/errors.ts';
import type { FaultReply } from './faults.ts';

type ErrorReply = Extract<FaultReply, { kind: 'error' }>;

function failing(status: number, error: GraphErrorBody, headers?: Record<string, string>): ErrorReply {
  return headers === undefined ? { kind: 'error', status, error } : { kind: 'error', status, error, headers };
}

function transient(status: number, code: number, message: string): ErrorReply {
  return failing(status, { code, message, is_transient: true });
}

/** Limits of the whole app, the user or a page: no header says when they end. */
export const APP_LIMITS: Record<number, ErrorReply> = {
  4: failing(403, {
    code: 4,
    error_subcode: 1504022,
    message: '(#4) Application request limit reached',
    is_transient: true,
  }),
  17: failing(400, {
    code: 17,
    error_subcode: 2446079,
    message: '(#17) User request limit reached',
    is_transient: true,
  }),
  32: transient(400, 32, '(#32) Page request limit reached'),
  613: failing(400, {
    code: 613,
    error_subcode: 5044001,
    message: '(#613) Calls to this api have exceeded the rate limit.',
    is_transient: false,
  }),
  341: transient(400, 341, '(#341) Application limit reached'),
};

/** Limits of one business object and one use of it; the header says in minutes when calls are welcome again. */
const BUSINESS_USES: Record<number, string> = {
  80000: 'ads_insights',
  80001: 'pages',
  80002: 'instagram',
  80003: 'custom_audience',
  80004: 'ads_management',
  80005: 'leadgen',
  80006: 'messenger',
  80008: 'whatsapp_business_management',
  80009: 'catalog_management',
  80014: 'catalog_batch',
};

export const BUSINESS_LIMIT_CODES: readonly number[] = Object.keys(BUSINESS_USES).map(Number);

/** Codes 80000-80014 for an account (`act_…`), with the header that announces when it ends. */
export function businessLimit(code: number, externalId: string, minutes: number): ErrorReply {
  const use = {
    type: BUSINESS_USES[code] ?? 'ads_insights',
    call_count: 100,
    total_cputime: 23,
    total_time: 23,
  };
  const entry = { ...use, estimated_time_to_regain_access: minutes, ads_api_access_tier: 'standard_access' };
  const error = {
    code,
    error_subcode: 2446079,
    is_transient: true,
    message:
      `(#${code}) There have been too many calls from this ad-account. Wait a bit and try again. For more info, ` +
      'please refer to https://developers.facebook.com/docs/graph-api/overview/rate-limiting.',
  };
  return failing(400, error, {
    'x-business-use-case-usage': JSON.stringify({ [externalId.slice(4)]: [entry] }),
  });
}

/** The insights limit that speaks through its own header. */
export const INSIGHTS_THROTTLE: ErrorReply = failing(
  400,
  {
    code: 4,
    error_subcode: 1504022,
    message: 'There are too many API requests to ad insights.',
    is_transient: true,
  },
  {
    'x-fb-ads-insights-throttle':
      '{"app_id_util_pct":100,"acc_id_util_pct":100,"ads_api_access_tier":"standard_access"}',
  },
);

/** Passing trouble: worth another try. */
export const TRANSIENT = {
  unknown: failing(500, { code: 1, error_subcode: 99, message: 'An unknown error occurred' }),
  unavailable: transient(500, 2, '(#2) Service temporarily unavailable'),
  connectionReset: transient(400, 104, 'Connection reset by peer'),
  html503: {
    kind: 'status',
    status: 503,
    body: '<!DOCTYPE html><html><head><title>Error</title></head><body>Sorry, something went wrong.</body></html>',
    headers: { 'content-type': 'text/html; charset=utf-8' },
  },
  gateway502: { kind: 'status', status: 502, body: 'Bad Gateway', headers: { 'content-type': 'text/plain' } },
  gateway504: { kind: 'status', status: 504, body: '', headers: {} },
  retryAfter: { kind: 'status', status: 429, body: '{}', headers: { 'retry-after': '2' } },
  emptyBody: { kind: 'status', status: 200, body: '', headers: { 'content-type': 'application/json' } },
  wrongType: {
    kind: 'status',
    status: 200,
    body: '"surprise"',
    headers: { 'content-type': 'application/json' },
  },
} satisfies Record<string, FaultReply>;

/** The call asked for too much at once. */
export const TOO_MUCH = {
  /** Together with `match: { limitAbove }`: smaller pages work. */
  heavyPage: failing(500, {
    code: 1,
    message: "Please reduce the amount of data you're asking for, then retry your request",
  }),
  rows: failing(400, {
    code: 100,
    error_subcode: 1487534,
    message: '(#100) Data query exceeds the limit of rows per call.',
  }),
  timeout: failing(400, {
    code: 2,
    error_subcode: 1504038,
    message: 'Your request timed out.',
    is_transient: true,
  }),
} satisfies Record<string, FaultReply>;

/** The credential is dead, or lacks a right. */
export const REFUSED = {
  expired: failing(400, {
    code: 190,
    error_subcode: 463,
    message: 'Error validating access token: Session has expired on Friday, 18-Aug-26 03:00:00 PDT.',
  }),
  passwordChanged: failing(400, {
    code: 190,
    error_subcode: 460,
    message:
      'Error validating access token: The session has been invalidated because the user changed their password.',
  }),
  appRemoved: failing(400, {
    code: 190,
    error_subcode: 458,
    message: 'Error validating access token: The user has not authorized application 1234567890.',
  }),
  permission: failing(403, {
    code: 200,
    message: '(#200) Requires business_management permission to manage the object.',
  }),
  deprecated: failing(400, {
    code: 2635,
    message:
      '(#2635) You are calling a deprecated version of the Ads API. Please update to the latest version: v27.0.',
  }),
} satisfies Record<string, FaultReply>;

/** Right answers whose headers tell that a quota is nearly or wholly used, in each of the four forms. */
export const USAGE = {
  app: (percent: number): HeadersReply =>
    headed('x-app-usage', { call_count: percent, total_time: 5, total_cputime: 5 }),
  account: (percent: number, resetSeconds: number): HeadersReply =>
    headed('x-ad-account-usage', {
      acc_id_util_pct: percent,
      reset_time_duration: resetSeconds,
      ads_api_access_tier: 'standard_access',
    }),
  useCase: (externalId: string, percent: number, minutes: number): HeadersReply =>
    headed('x-business-use-case-usage', {
      [externalId.slice(4)]: [
        {
          type: 'ads_insights',
          call_count: percent,
          total_cputime: 5,
          total_time: 5,
          estimated_time_to_regain_access: minutes,
          ads_api_access_tier: 'standard_access',
        },
      ],
    }),
  insights: (percent: number): HeadersReply =>
    headed('x-fb-ads-insights-throttle', {
      app_id_util_pct: 1,
      acc_id_util_pct: percent,
      ads_api_access_tier: 'standard_access',
    }),
};

type HeadersReply = Extract<FaultReply, { kind: 'headers' }>;

function headed(name: string, usage: object): HeadersReply {
  return { kind: 'headers', headers: { [name]: JSON.stringify(usage) } };
}

/** Ends of an asynchronous report other than the good one; for polls of the report. */
export const REPORT_ENDS = {
  failed: {
    kind: 'merge',
    json: {
      async_status: 'Job Failed',
      is_running: false,
      error_code: -2,
      error_subcode: 2490547,
      error_message: 'Report Failed',
    },
  },
  skipped: { kind: 'merge', json: { async_status: 'Job Skipped', is_running: false } },
  /** Too much for one report: smaller questions work. */
  tooLarge: {
    kind: 'merge',
    json: {
      async_status: 'Job Failed',
      is_running: false,
      error_code: -3,
      error_subcode: 1504045,
      error_message: 'Report Too Large',
    },
  },
  /** It is there no longer, or not yet. */
  vanished: failing(400, {
    code: 100,
    error_subcode: 33,
    type: 'GraphMethodException',
    message: "Unsupported get request. Object with ID '6044775548468' does not exist.",
  }),
  /** It goes on to a point and no further. */
  hanging: {
    kind: 'merge',
    json: { async_status: 'Job Running', async_percent_completion: 63, is_running: true },
  },
  stuck: {
    kind: 'merge',
    json: { async_status: 'Job Not Started', async_percent_completion: 0, is_running: true },
  },
  /** 100 % and still not done. */
  lingering: {
    kind: 'merge',
    json: { async_status: 'Job Running', async_percent_completion: 100, is_running: true },
  },
} satisfies Record<string, FaultReply>;
