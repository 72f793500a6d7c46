import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSandbox, type Sandbox } from '../../sandbox/index.ts';
import { days, everyRow, graph, NOW, type Call } from './graph.ts';

let sandbox: Sandbox;
beforeAll(async () => {
  const spec = { externalId: 'act_7', campaigns: 1, adSetsPerCampaign: 1, adsPerAdSet: 1, token: 'agency' };
  sandbox = await startSandbox({ now: () => NOW, accounts: [{ ...spec, status: 'DISABLED' as const }] });
});
afterAll(() => sandbox.close());

const ALL = '["ACTIVE","PAUSED","ARCHIVED","DELETED","CAMPAIGN_PAUSED","ADSET_PAUSED"]';
const fields = 'id,name,effective_status';

describe('structure', () => {
  it('lists archived and deleted objects only when they are asked for', async () => {
    const path = 'act_1200000001/campaigns';
    const usual = await everyRow(sandbox, path, { fields });
    const all = await everyRow(sandbox, path, { fields, effective_status: ALL });
    const statuses = new Set(all.map((row) => row['effective_status']));
    expect(new Set(usual.map((row) => row['effective_status']))).toEqual(new Set(['ACTIVE', 'PAUSED']));
    expect(statuses).toEqual(new Set(['ACTIVE', 'PAUSED', 'ARCHIVED', 'DELETED']));
    const archived = await everyRow(sandbox, path, { fields, effective_status: '["ARCHIVED"]' });
    expect(archived).toEqual(all.filter((row) => row['effective_status'] === 'ARCHIVED'));
  });

  it('shows just the fields asked for, nested ones too, and refuses unknown ones', async () => {
    const { json } = await graph(sandbox, 'act_1300000001/ads', {
      fields: 'name,creative{object_type}',
      limit: '1',
    });
    const creative = json.data[0]?.['creative'] as object;
    expect(Object.keys(json.data[0] ?? {}).toSorted()).toEqual(['creative', 'id', 'name']);
    expect(Object.keys(creative).toSorted()).toEqual(['id', 'object_type']);
    const refused = await graph(sandbox, 'act_1300000001/ads', { fields: 'colour' });
    expect(refused.json.error['code']).toBe(100);
  });

  it('walks from account to campaign to ad set to ad', async () => {
    const [campaign] = await everyRow(sandbox, 'act_1300000001/campaigns', { fields });
    const adSets = await everyRow(sandbox, `${String(campaign?.['id'])}/adsets`, {
      fields: 'id,campaign_id',
    });
    const ads = await everyRow(sandbox, `${String(adSets[0]?.['id'])}/ads`, {
      fields: 'id,adset_id,campaign_id',
    });
    expect(adSets.length).toBeGreaterThan(1);
    expect(ads.length).toBeGreaterThan(1);
    expect(adSets.every((adSet) => adSet['campaign_id'] === campaign?.['id'])).toBe(true);
    expect(ads.every((ad) => ad['adset_id'] === adSets[0]?.['id'])).toBe(true);
    const { json } = await graph(
      sandbox,
      `${String(ads[0]?.['id'])}/insights`,
      days('2026-11-18', '2026-11-18'),
    );
    expect(json.data.length).toBeLessThanOrEqual(1);
  });

  it('describes accounts and lists them all to any good token', async () => {
    const asked = 'account_id,name,currency,timezone_name,account_status';
    const accounts = await everyRow(sandbox, 'me/adaccounts', { fields: asked, limit: '2' });
    expect(accounts.map((account) => account['id'])).toEqual([
      ...sandbox.demoClients
        .flatMap((client) => client.accounts)
        .flatMap(({ platform, externalId }) => (platform === 'META' ? [externalId] : [])),
      'act_7',
    ]);
    const { json } = await graph(sandbox, 'act_7', { fields: asked }, { token: 'agency' });
    expect(json).toMatchObject({ account_id: '7', currency: 'USD', timezone_name: 'UTC', account_status: 2 });
  });
});

describe('refusals', () => {
  const range = (since: string, until: string) => ({ time_range: JSON.stringify({ since, until }) });
  const cases: [string, string, Record<string, string>, Call, [number, number, number?]][] = [
    ['an expired token', 'act_7', {}, { token: 'sandbox-expired-1' }, [400, 190, 463]],
    ['a revoked token', 'act_7/ads', {}, { token: 'sandbox-revoked' }, [400, 190, 458]],
    ['a token without permission', 'act_7/insights', {}, { token: 'sandbox-nopermission' }, [403, 200]],
    ['a foreign token', 'act_7', {}, { token: 'EAAx' }, [401, 190]],
    ['an old version', 'act_7', {}, { version: '/v23.0' }, [400, 2635]],
    ['no version', 'act_7', {}, { version: '' }, [400, 2635]],
    ['an unknown account', 'act_8', {}, {}, [400, 100, 33]],
    ['an unknown object', '120000000000000000/insights', {}, {}, [400, 100, 33]],
    ['an unknown path', 'act_7/nothing', {}, {}, [400, 2500]],
    ['since after until', 'act_7/insights', range('2026-11-02', '2026-11-01'), {}, [400, 100]],
    ['a day that is none', 'act_7/insights', range('2026-02-30', '2026-03-01'), {}, [400, 100]],
    ['a start 38 months ago', 'act_7/insights', range('2023-09-20', '2026-11-01'), {}, [400, 3018]],
    ['an unknown level', 'act_7/insights', { level: 'pixel' }, {}, [400, 100]],
    ['an unknown metric', 'act_7/insights', { fields: 'spend,luck' }, {}, [400, 100]],
    ['a limit of nothing', 'act_7/ads', { limit: '0' }, {}, [400, 100]],
  ];

  it.each(cases)('%s', async (_, path, query, call, [status, code, subcode]) => {
    const reply = await graph(sandbox, path, query, call);
    expect(reply.status).toBe(status);
    expect(reply.json.error).toMatchObject({ code, type: expect.any(String), message: expect.any(String) });
    expect(reply.json.error['error_subcode']).toBe(subcode);
    expect(reply.json.error['fbtrace_id']).toMatch(/^A/);
  });

  it('accepts a start exactly 37 months ago', async () => {
    expect((await graph(sandbox, 'act_7/insights', range('2023-10-20', '2026-11-01'))).status).toBe(200);
  });

  it('takes the token as a parameter too, and asks for one', async () => {
    const url = `${sandbox.urls.meta}/v26.0/act_7`;
    expect((await fetch(`${url}?access_token=sandbox-x`)).status).toBe(200);
    expect(await (await fetch(url)).json()).toMatchObject({ error: { code: 104 } });
  });
});

describe('debug_token', () => {
  it('describes tokens, dead ones as well', async () => {
    const look = async (input_token: string) =>
      (await graph(sandbox, 'debug_token', { input_token }, { token: '123|secret' })).json.data;
    expect(await look('sandbox-fine')).toMatchObject({
      is_valid: true,
      scopes: ['ads_read', 'read_insights', 'business_management'],
      expires_at: expect.any(Number),
    });
    expect(await look('sandbox-expired')).toMatchObject({
      is_valid: false,
      error: { code: 190, subcode: 463 },
    });
    expect(await look('sandbox-revoked')).toMatchObject({
      is_valid: false,
      error: { code: 190, subcode: 458 },
    });
    expect(await look('sandbox-nopermission')).toMatchObject({ is_valid: true, scopes: ['public_profile'] });
    expect(await look('nonsense')).toMatchObject({ is_valid: false });
  });
});

describe('asynchronous reports', () => {
  it('go from not started over running to completed, and serve what the direct call serves', async () => {
    const query = { level: 'ad', fields: 'ad_id,spend', ...days('2026-11-01', '2026-11-05') };
    const started = await graph(sandbox, 'act_1300000002/insights', query, { method: 'POST' });
    const id = String(started.json['report_run_id']);
    const states: unknown[] = [];
    for (let look = 0; look < 3; look++) {
      const early = await graph(sandbox, `${id}/insights`);
      expect(early.json.error['error_subcode']).toBe(33);
      const { json } = await graph(sandbox, id);
      states.push([json['async_status'], json['async_percent_completion']]);
    }
    expect(states).toEqual([
      ['Job Not Started', 0],
      ['Job Running', 47],
      ['Job Completed', 100],
    ]);
    const direct = await everyRow(sandbox, 'act_1300000002/insights', query);
    expect(await everyRow(sandbox, `${id}/insights`, { limit: '4' })).toEqual(direct);
    expect(direct.length).toBeGreaterThan(4);
  });

  it('refuse wrong parameters at once', async () => {
    const { json } = await graph(sandbox, 'act_7/insights', { level: 'no' }, { method: 'POST' });
    expect(json.error['code']).toBe(100);
  });
});

describe('batch', () => {
  it('answers each call by itself, the body as text', async () => {
    const batch = JSON.stringify([
      { method: 'GET', relative_url: 'v25.0/act_7?fields=name' },
      { method: 'GET', relative_url: 'v25.0/act_9' },
    ]);
    const url = `${sandbox.urls.meta}/v25.0/`;
    const body = new URLSearchParams({ batch, access_token: 'sandbox-x' });
    const replies = (await (await fetch(url, { method: 'POST', body })).json()) as {
      code: number;
      body: string;
    }[];
    expect(replies.map(({ code }) => code)).toEqual([200, 400]);
    expect(JSON.parse(replies[0]?.body ?? '')).toEqual({ name: 'Account 7', id: 'act_7' });
  });
});
