import { afterAll, beforeAll, describe, it } from 'vitest';
import type { FaultMatch, FaultReply } from '../../sandbox/faults/faults.ts';
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
import type { Crew, CrewAccount } from './support/crew.ts';
import { startCrew } from './support/crew.ts';
import type { Scenario } from './support/scenario.ts';
import { expectPauseKept, expectPromise } from './support/scenario.ts';

const INSIGHTS = /insights$/;

/** The reply strikes the account's calls for insights so often. */
function struck(
  reply: FaultReply,
  times: number,
  match: FaultMatch = { path: INSIGHTS },
): Scenario['arrange'] {
  return ({ app }, { externalId }) =>
    void app.sandbox.meta.faults.add({ match: { ...match, account: externalId }, times, reply });
}

const passing = Object.entries(TRANSIENT)
  .filter(([name]) => name !== 'retryAfter')
  .map(([name, reply]): Scenario => ({
    what: `${name}, twice`,
    arrange: struck(reply, 2),
    ends: 'SUCCEEDED',
  }));

/** A report is only asked for when the plain answer is too large. */
const reported = (name: string, reply: FaultReply, times: number): Scenario => ({
  what: `a report that is ${name}`,
  arrange(crew, account) {
    struck(TOO_MUCH.rows, Infinity, { method: 'GET', path: new RegExp(`${account.externalId}/insights$`) })(
      crew,
      account,
    );
    struck(reply, times, { method: 'GET', path: /^\/v[\d.]+\/\d+$/ })(crew, account);
  },
  ends: 'SUCCEEDED',
});

const SCENARIOS: Scenario[] = [
  ...passing,
  {
    what: 'an answer that breaks off',
    arrange: struck({ kind: 'truncate', atBytes: 300 }, 2),
    ends: 'SUCCEEDED',
  },
  { what: 'a connection that breaks', arrange: struck({ kind: 'close' }, 2), ends: 'SUCCEEDED' },
  { what: 'no answer in time', arrange: struck({ kind: 'hang', ms: 3_000 }, 1), ends: 'SUCCEEDED' },
  { what: 'a page that comes twice', arrange: struck({ kind: 'repeatPage' }, 2), ends: 'SUCCEEDED' },
  { what: 'an empty page with a next one', arrange: struck({ kind: 'emptyPage' }, 2), ends: 'SUCCEEDED' },
  {
    what: 'a cursor that leads to itself, once',
    arrange: struck({ kind: 'loopCursor' }, 1),
    ends: 'SUCCEEDED',
  },
  {
    what: 'cursors that always lead to themselves',
    arrange: struck({ kind: 'loopCursor' }, Infinity),
    ends: 'RETRY',
    mostCalls: 40,
  },
  {
    what: 'pages that are too heavy above 100 rows',
    arrange: struck(TOO_MUCH.heavyPage, Infinity, { path: INSIGHTS, limitAbove: 100 }),
    ends: 'SUCCEEDED',
  },
  { what: 'a question that takes Meta too long', arrange: struck(TOO_MUCH.timeout, 1), ends: 'SUCCEEDED' },
  reported('failing, once', REPORT_ENDS.failed, 1),
  reported('skipped, once', REPORT_ENDS.skipped, 1),
  reported('gone, for a while', REPORT_ENDS.vanished, 3),
  reported('hanging, once', REPORT_ENDS.hanging, 60),
  reported('too large, once', REPORT_ENDS.tooLarge, 1),
  {
    what: 'a server that never comes back',
    arrange: struck(TRANSIENT.html503, Infinity),
    ends: 'RETRY',
    // Six tries each of the three times that the task is tried.
    mostCalls: 18,
  },
  {
    what: 'a token that is dead',
    arrange: struck(REFUSED.expired, Infinity),
    ends: 'REAUTHORIZE',
    mostCalls: 1,
  },
  {
    what: 'a changed password',
    arrange: struck(REFUSED.passwordChanged, Infinity),
    ends: 'REAUTHORIZE',
    mostCalls: 1,
  },
  {
    what: 'a lost permission',
    arrange: struck(REFUSED.permission, Infinity),
    ends: 'REAUTHORIZE',
    mostCalls: 1,
  },
  {
    what: 'a version that is gone',
    arrange: struck(REFUSED.deprecated, Infinity),
    ends: 'FIX',
    mostCalls: 1,
  },
];

/** Every form in which Meta asks for a pause, and for how long at least, in seconds. */
const THROTTLES: { what: string; reply(externalId: string): FaultReply; seconds: number }[] = [
  ...Object.entries(APP_LIMITS)
    .filter(([code]) => code !== '341')
    .map(([code, reply]) => ({ what: `code ${code}`, reply: () => reply, seconds: 30 })),
  ...BUSINESS_LIMIT_CODES.map((code) => ({
    what: `code ${String(code)}, 3 minutes by the header`,
    reply: (externalId: string) => businessLimit(code, externalId, 3),
    seconds: 170,
  })),
  { what: 'the insights header', reply: () => INSIGHTS_THROTTLE, seconds: 30 },
  {
    what: 'Retry-After of two minutes',
    reply: () => ({ kind: 'status', status: 429, body: '{}', headers: { 'retry-after': '120' } }),
    seconds: 110,
  },
];

const idOf = (place: number) => `act_31000000${String(place).padStart(2, '0')}`;

let crew: Crew;
let bystander: CrewAccount;
beforeAll(async () => {
  const accounts = [...SCENARIOS, ...THROTTLES, 'bystander'].map((_, place) => ({
    externalId: idOf(place),
    campaigns: 2,
    adSetsPerCampaign: 2,
    adsPerAdSet: 3,
  }));
  crew = await startCrew({ accounts });
  const last = idOf(SCENARIOS.length + THROTTLES.length);
  bystander = await crew.add('META', last, `sandbox-${last}`);
});
afterAll(() => crew.stop());

describe('Meta misbehaves', () => {
  it.each(SCENARIOS.map((scenario, place) => ({ ...scenario, place })))('$what: $ends', (scenario) =>
    expectPromise(crew, scenario, { platform: 'META', externalId: idOf(scenario.place) }),
  );

  it.each(THROTTLES.map((throttle, place) => ({ ...throttle, place })))(
    'asks for a pause by $what: no call inside it, others go on, and it ends well',
    ({ reply, seconds, place }) =>
      expectPauseKept(crew, idOf(SCENARIOS.length + place), {
        strike: struck(reply(idOf(SCENARIOS.length + place)), 1),
        seconds,
        bystander,
      }),
  );
});
