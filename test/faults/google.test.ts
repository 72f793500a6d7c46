import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GoogleFaultMatch, GoogleFaultReply } from '../../sandbox/google/faults.ts';
import { GOOGLE_FAULTS, INVALID_GRANT, quota } from '../../sandbox/google/presets.ts';
import type { Crew, CrewAccount } from './support/crew.ts';
import { startCrew } from './support/crew.ts';
import type { Scenario } from './support/scenario.ts';
import { allCalls, expectPauseKept, expectPromise, RANGE } from './support/scenario.ts';

const FIGURES = /metrics\./;

/** The reply strikes the account's calls for figures so often. */
function struck(
  reply: GoogleFaultReply,
  times: number,
  match: GoogleFaultMatch = { query: FIGURES },
): Scenario['arrange'] {
  return ({ app }, { externalId }) =>
    void app.sandbox.google.faults.add({ match: { ...match, customer: externalId }, times, reply });
}

const SCENARIOS: Scenario[] = [
  ...(['internal', 'transient', 'deadline', 'html503'] as const).map((name) => ({
    what: `${name}, twice`,
    arrange: struck(GOOGLE_FAULTS[name], 2),
    ends: 'SUCCEEDED' as const,
  })),
  {
    what: 'an answer that breaks off',
    arrange: struck({ kind: 'truncate', atBytes: 300 }, 2),
    ends: 'SUCCEEDED',
  },
  { what: 'a connection that breaks', arrange: struck({ kind: 'close' }, 2), ends: 'SUCCEEDED' },
  { what: 'no answer in time', arrange: struck({ kind: 'hang', ms: 3_000 }, 1), ends: 'SUCCEEDED' },
  {
    what: 'rows that come twice',
    arrange: struck({ kind: 'duplicate', what: 'rows' }, 4),
    ends: 'SUCCEEDED',
  },
  {
    what: 'chunks that come twice',
    arrange: struck({ kind: 'duplicate', what: 'chunks' }, 4),
    ends: 'SUCCEEDED',
  },
  {
    what: 'an access token that ends in the middle',
    arrange: struck(GOOGLE_FAULTS.tokenExpired, 1),
    ends: 'SUCCEEDED',
  },
  {
    what: 'a server that never comes back',
    arrange: struck(GOOGLE_FAULTS.html503, Infinity),
    ends: 'RETRY',
    mostCalls: 18,
  },
  {
    what: 'an authorisation that is gone',
    arrange: struck(GOOGLE_FAULTS.tokenRevoked, Infinity),
    ends: 'REAUTHORIZE',
    // Once more with a fresh access token.
    mostCalls: 2,
  },
  {
    what: 'a lost permission',
    arrange: struck(GOOGLE_FAULTS.permission, Infinity),
    ends: 'REAUTHORIZE',
    mostCalls: 1,
  },
  {
    what: 'a version that is gone',
    arrange: struck(
      { kind: 'status', status: 404, body: '<!DOCTYPE html><title>Error 404 (Not Found)!!1</title>' },
      Infinity,
    ),
    ends: 'FIX',
    mostCalls: 1,
  },
];

const THROTTLES: { what: string; reply: GoogleFaultReply; seconds: number }[] = [
  { what: 'a quota of the account', reply: quota('130s', 'RESOURCE_TEMPORARILY_EXHAUSTED'), seconds: 120 },
  {
    what: 'Retry-After',
    reply: { kind: 'status', status: 429, body: '', headers: { 'retry-after': '120' } },
    seconds: 110,
  },
];

const idOf = (place: number) => `82000000${String(place).padStart(2, '0')}`;

let crew: Crew;
let bystander: CrewAccount;
beforeAll(async () => {
  const ids = [...SCENARIOS, ...THROTTLES, 'dead grant', 'bystander'].map((_, place) => idOf(place));
  const size = { campaigns: 2, adGroupsPerCampaign: 2, adsPerAdGroup: 3, performanceMax: 1 };
  crew = await startCrew({ googleAccounts: ids.map((customerId) => ({ customerId, ...size })) });
  const last = ids.at(-1) ?? '';
  bystander = await crew.add('GOOGLE', last, `sandbox-${last}`);
});
afterAll(() => crew.stop());

describe('Google Ads misbehaves', () => {
  it.each(SCENARIOS.map((scenario, place) => ({ ...scenario, place })))('$what: $ends', (scenario) =>
    expectPromise(crew, scenario, { platform: 'GOOGLE', externalId: idOf(scenario.place) }),
  );

  it.each(THROTTLES.map((throttle, place) => ({ ...throttle, place })))(
    'asks for a pause by $what: no call inside it, others go on, and it ends well',
    ({ reply, seconds, place }) =>
      expectPauseKept(crew, idOf(SCENARIOS.length + place), { strike: struck(reply, 1), seconds, bystander }),
  );

  it('has taken the authorisation back: one question for a token, and no call', async () => {
    const externalId = idOf(SCENARIOS.length + THROTTLES.length);
    const account = await crew.add('GOOGLE', externalId, `sandbox-${externalId}`);
    crew.app.sandbox.google.expireAll();
    const takeBack = crew.app.sandbox.google.faults.add({ ...INVALID_GRANT, times: Infinity });
    const before = allCalls(crew, account);
    const runs = [await crew.sync(account, RANGE)];
    expect(await crew.outcome(runs[0] ?? '')).toMatchObject({ status: 'FAILED', errorClass: 'REAUTHORIZE' });
    takeBack();
    expect(allCalls(crew, account) - before).toBeLessThanOrEqual(1);
  });
});

it('a Performance Max campaign has the total that the platform reports, without any ad', async () => {
  const { google } = crew.app.sandbox;
  await crew.outcome(await crew.sync(bystander, RANGE));
  const { rows } = await crew.ctx.db.pool.query<{
    campaign: string;
    date: string;
    spend: string;
    ads: number;
  }>(
    `SELECT insight.campaign_external_id AS campaign, insight.date::text AS date, sum(insight.spend)::text AS spend,
            count(insight.ad_external_id)::int AS ads
     FROM ad_insights AS insight JOIN ad_campaigns AS campaign
       ON campaign.client_id = insight.client_id AND campaign.account_id = insight.account_id
      AND campaign.external_id = insight.campaign_external_id
     WHERE insight.client_id = $1 AND campaign.objective = 'PERFORMANCE_MAX'
     GROUP BY 1, 2`,
    [bystander.clientId],
  );
  expect(rows).toHaveLength(10);
  for (const { campaign, date, spend, ads } of rows) {
    const truth = google
      .truth({ customerId: bystander.externalId, level: 'campaign', day: date })
      .find((row) => row.campaignId === campaign);
    expect([ads, Number(spend)]).toEqual([0, Number(truth?.spend)]);
  }
});
