import type { FaultReply } from '../../sandbox/faults/faults.ts';
import {
  APP_LIMITS,
  BUSINESS_LIMIT_CODES,
  businessLimit,
  INSIGHTS_THROTTLE,
  REFUSED,
  REPORT_ENDS,
  TOO_MUCH,
  TRANSIENT,
} from '../../sandbox/faults/presets.ts';

/** How one account misbehaves. */
export interface Misbehaviour {
  name: string;
  reply: FaultReply;
  times: number;
}

/**
 * Every kind of misbehaviour of the sandbox, and a platform that repeats the token it was sent. Each is of an account with
 * a token of its own, `tokenOf(place)`: a token that is dead is asked about no more, for no account.
 */
export function everyMisbehaviour(tokenOf: (place: number) => string, externalId: string): Misbehaviour[] {
  return Object.keys(replies('', externalId)).flatMap((name, place) => {
    const reply = replies(tokenOf(place), externalId)[name];
    // Twice: more would only wait longer for the same code.
    const times = name in REFUSED || name.startsWith('echo') ? Infinity : 2;
    return reply ? [{ name, reply, times }] : [];
  });
}

function replies(token: string, externalId: string): Record<string, FaultReply> {
  const limits = BUSINESS_LIMIT_CODES.map((code) => [code, businessLimit(code, externalId, 1)] as const);
  return {
    ...Object.fromEntries(Object.entries(APP_LIMITS).map(([code, reply]) => [`limit ${code}`, reply])),
    ...Object.fromEntries(limits.map(([code, reply]) => [`limit ${String(code)}`, reply])),
    throttle: INSIGHTS_THROTTLE,
    ...TRANSIENT,
    ...TOO_MUCH,
    ...REFUSED,
    ...REPORT_ENDS,
    truncate: { kind: 'truncate', atBytes: 40 },
    hang: { kind: 'hang', ms: 200 },
    close: { kind: 'close' },
    repeatPage: { kind: 'repeatPage' },
    emptyPage: { kind: 'emptyPage' },
    loopCursor: { kind: 'loopCursor' },
    notJson: json(200, `${token}{`),
    ...echoes(token),
  };
}

function json(status: number, body: string): FaultReply {
  return { kind: 'status', status, body, headers: { 'content-type': 'application/json' } };
}

/** Meta does repeat tokens: in the words of code 190, and in `paging.next`. */
function echoes(token: string): Record<string, FaultReply> {
  const address = `https://graph.facebook.com/v26.0/act_1/insights?access_token=${token}&limit=25`;
  const error = (code: number, message: string): FaultReply => ({
    kind: 'error',
    status: 400,
    error: { code, message },
  });
  return {
    'echo 190': error(190, `Malformed access token ${token}`),
    'echo 100': error(100, `Unsupported get request to ${address} with "${token}"`),
    'echo page': {
      kind: 'status',
      status: 403,
      body: `<html><body>Forbidden: ${token}</body></html>`,
      headers: { 'content-type': 'text/html', 'www-authenticate': `OAuth "${token}"`, location: address },
    },
    'echo next': { kind: 'merge', json: { paging: { next: address }, __debug__: { token } } },
  };
}
