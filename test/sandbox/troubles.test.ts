import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { REPORT_ENDS, USAGE } from '../../sandbox/faults/presets.ts';
import type { FaultReply } from '../../sandbox/faults/faults.ts';
import { startSandbox, type Sandbox } from '../../sandbox/index.ts';
import { days, everyRow, graph, NOW, type Wire } from './graph.ts';

const ID = 'act_51';
const TOKEN = 'sandbox-51';
let sandbox: Sandbox;
beforeAll(async () => {
  const spec = { externalId: ID, campaigns: 2, adSetsPerCampaign: 1, adsPerAdSet: 3 };
  sandbox = await startSandbox({ now: () => NOW, accounts: [spec] });
});
afterEach(() => {
  sandbox.meta.faults.clear();
  sandbox.meta.ledger.clear();
});
afterAll(() => sandbox.close());

const DAY = days('2026-11-10', '2026-11-10');
const query = { level: 'ad', fields: 'campaign_id,ad_id,spend,impressions', limit: '100' };
const ask = (more: Record<string, string> = {}, path = `${ID}/insights`) =>
  graph(sandbox, path, { ...query, ...DAY, ...more });
const only = (id: string): string => JSON.stringify([{ field: 'campaign.id', operator: 'IN', value: [id] }]);

async function report(more: Record<string, string> = {}): Promise<{ id: string; last: Wire }> {
  const started = await graph(sandbox, `${ID}/insights`, { ...query, ...DAY, ...more }, { method: 'POST' });
  const id = String(started.json['report_run_id']);
  let last: Wire = {};
  for (let look = 0; look < 3; look++) last = (await graph(sandbox, id)).json;
  return { id, last };
}

describe('poison', () => {
  const objects = async () => {
    const rows = (await ask()).json.data;
    const [first, last] = [rows[0], rows.at(-1)];
    return {
      ad: String(first?.['ad_id']),
      mine: String(first?.['campaign_id']),
      other: String(last?.['campaign_id']),
    };
  };

  it('an ad: questions about ads of its day fail, those without it do not', async () => {
    const { ad, mine, other } = await objects();
    const takeBack = sandbox.meta.faults.poison({ id: ad, day: '2026-11-10' });
    expect((await ask()).json.error).toMatchObject({ code: 100, error_subcode: 1504018 });
    expect((await ask({ filtering: only(mine) })).status).toBe(400);
    expect((await ask(days('2026-11-01', '2026-11-15'))).status).toBe(400);
    expect((await ask({ level: 'campaign' })).status).toBe(200);
    expect((await ask({ filtering: only(other) })).status).toBe(200);
    expect((await ask(days('2026-11-11', '2026-11-15'))).status).toBe(200);
    expect((await report()).last).toMatchObject({ async_status: 'Job Failed', error_subcode: 1504038 });
    expect((await report({ filtering: only(other) })).last).toMatchObject({ async_status: 'Job Completed' });
    takeBack();
    expect((await ask()).status).toBe(200);
  });

  it('a campaign: its own rows fail too, the account does not', async () => {
    const { mine, other } = await objects();
    sandbox.meta.faults.poison({ id: mine });
    expect((await ask({ level: 'campaign' })).status).toBe(400);
    expect((await ask({ level: 'campaign', filtering: only(other) })).status).toBe(200);
    expect((await ask({ level: 'account' })).status).toBe(200);
    expect((await ask({}, `${mine}/insights`)).status).toBe(400);
  });
});

describe('reports', () => {
  it.each<[string, FaultReply, object]>([
    ['failed', REPORT_ENDS.failed, { async_status: 'Job Failed', error_code: -2 }],
    [
      'too large',
      REPORT_ENDS.tooLarge,
      { async_status: 'Job Failed', error_code: -3, error_subcode: 1504045 },
    ],
    ['skipped', REPORT_ENDS.skipped, { async_status: 'Job Skipped' }],
    ['hanging', REPORT_ENDS.hanging, { async_status: 'Job Running', async_percent_completion: 63 }],
    ['vanished', REPORT_ENDS.vanished, { error: { code: 100, error_subcode: 33 } }],
  ])('%s', async (_name, reply, expected) => {
    sandbox.meta.faults.add({ match: { path: /\/\d+$/ }, times: Infinity, reply });
    expect((await report()).last).toMatchObject(expected);
  });
});

describe('a token that expires on the way', () => {
  const me = (): Promise<{ status: number; json: Wire }> => graph(sandbox, 'me', {}, { token: TOKEN });
  const inspected = async (): Promise<Wire> => {
    const app = { token: '1234567890|secret' };
    return (await graph(sandbox, 'debug_token', { input_token: TOKEN }, app)).json.data as unknown as Wire;
  };

  it('is good for so many calls, then for none, and is told to be dead', async () => {
    sandbox.meta.faults.expireToken(TOKEN, 2);
    const statuses = [];
    for (let call = 0; call < 4; call++) statuses.push((await me()).status);
    expect(statuses).toEqual([200, 200, 400, 400]);
    expect((await me()).json['error']).toMatchObject({ code: 190, error_subcode: 463 });
    expect(await inspected()).toMatchObject({ is_valid: false });
    expect((await graph(sandbox, 'me', {}, { token: 'sandbox-other' })).status).toBe(200);
    sandbox.meta.faults.clear();
    expect((await me()).status).toBe(200);
  });

  it('can be made to over HTTP, as poison can', async () => {
    const post = (body: object) =>
      fetch(`${sandbox.urls.meta}/_sandbox/faults`, { method: 'POST', body: JSON.stringify(body) });
    expect((await post({ expireToken: TOKEN })).status).toBe(201);
    expect((await me()).status).toBe(400);
    const id = String((await ask()).json.data[0]?.['ad_id']);
    expect((await post({ poison: { id } })).status).toBe(201);
    expect((await ask()).status).toBe(400);
    expect((await post({ poison: {} })).status).toBe(400);
  });
});

it.each<[string, FaultReply, string, object]>([
  ['app', USAGE.app(97), 'x-app-usage', { call_count: 97 }],
  [
    'account',
    USAGE.account(100, 40),
    'x-ad-account-usage',
    { acc_id_util_pct: 100, reset_time_duration: 40 },
  ],
  ['insights', USAGE.insights(99), 'x-fb-ads-insights-throttle', { acc_id_util_pct: 99 }],
  [
    'use case',
    USAGE.useCase(ID, 98, 7),
    'x-business-use-case-usage',
    { 51: [{ call_count: 98, estimated_time_to_regain_access: 7 }] },
  ],
])('usage of the %s in the headers of a right answer', async (_name, reply, header, expected) => {
  sandbox.meta.faults.add({ reply });
  const answer = await ask();
  expect(answer.status).toBe(200);
  expect(JSON.parse(answer.headers.get(header) ?? '{}')).toMatchObject(expected);
});

describe('ledger of answers in parts', () => {
  const status = {
    field: 'ad.effective_status',
    operator: 'IN',
    value: ['ACTIVE', 'PAUSED', 'ARCHIVED', 'DELETED'],
  };
  const fields = 'campaign_id,adset_id,ad_id,spend,impressions,clicks,inline_link_clicks,reach';
  const rows = () => sandbox.meta.ledger.rows({ externalId: ID, level: 'ad', date: '2026-11-10' });
  const truth = () => sandbox.meta.truth({ externalId: ID, level: 'ad', day: '2026-11-10' });
  const fetchAll = (more: Record<string, string>) =>
    everyRow(sandbox, `${ID}/insights`, { ...query, ...DAY, ...more });

  it('by campaign and by field make the whole', async () => {
    for (const id of new Set(truth().map((row) => row.campaignId ?? ''))) {
      const filtering = JSON.stringify([status, { field: 'campaign.id', operator: 'IN', value: [id] }]);
      await fetchAll({ fields, filtering });
      await fetchAll({ fields: 'ad_id,actions,action_values', filtering });
    }
    expect(rows()).toEqual(truth());
    await fetchAll({ fields: 'campaign_id', filtering: JSON.stringify([status]) });
    expect(rows()).toEqual(truth());
  });
});
