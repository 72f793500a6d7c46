import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSandbox, type Sandbox } from '../../sandbox/index.ts';
import { cents, days, everyRow, graph, NOW, sum, type Wire } from './graph.ts';

const SPEC = 'act_42';
let sandbox: Sandbox;
beforeAll(async () => {
  const spec = {
    externalId: SPEC,
    campaigns: 2,
    adSetsPerCampaign: 2,
    adsPerAdSet: 3,
    hiddenAdsPerCampaign: 1,
  };
  sandbox = await startSandbox({ now: () => NOW, accounts: [spec] });
});
afterAll(() => sandbox.close());

const ad = { level: 'ad', fields: 'campaign_id,ad_id,spend,impressions' };
const texts = (rows: Wire[]): unknown[] => rows.flatMap((row) => Object.values(row));

describe('paging', () => {
  it('is complete and without duplicates for any limit', async () => {
    const query = { ...ad, ...days('2026-11-10', '2026-11-11') };
    const whole = (await graph(sandbox, `${SPEC}/insights`, { ...query, limit: '500' })).json.data;
    expect(whole).toHaveLength(12 * 2);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 30 }), async (limit) => {
        expect(await everyRow(sandbox, `${SPEC}/insights`, { ...query, limit: String(limit) })).toEqual(
          whole,
        );
      }),
      { numRuns: 10 },
    );
  });

  it('lets the limit change on the way and starts with 25', async () => {
    const query = { ...ad, ...days('2026-11-10', '2026-11-14') };
    const first = await graph(sandbox, `${SPEC}/insights`, query);
    expect(first.json.data).toHaveLength(25);
    const { after } = first.json.paging.cursors;
    const rest = await everyRow(sandbox, `${SPEC}/insights`, { ...query, limit: '7', after });
    expect(new Set([...first.json.data, ...rest].map((row) => JSON.stringify(row))).size).toBe(60);
  });

  it('goes on with the same figures when the clock has moved on', async () => {
    const query = { ...ad, ...days('2026-11-20', '2026-11-20'), limit: '6' };
    const first = await graph(sandbox, `${SPEC}/insights`, query);
    sandbox.meta.setNow(new Date('2026-11-20T20:00:00Z'));
    const { after } = first.json.paging.cursors;
    const second = await graph(sandbox, `${SPEC}/insights`, { ...query, after });
    const fresh = await everyRow(sandbox, `${SPEC}/insights`, query);
    sandbox.meta.setNow(null);
    const whole = await everyRow(sandbox, `${SPEC}/insights`, query);
    expect([...first.json.data, ...second.json.data]).toEqual(whole);
    expect(fresh).not.toEqual(whole);
  });

  it('names the next page with the token in it, and none at the end', async () => {
    const query = { ...ad, ...days('2026-11-10', '2026-11-10'), limit: '6' };
    const first = await graph(sandbox, `${SPEC}/insights`, query);
    expect(first.json.paging.next).toContain('access_token=sandbox-test');
    const followed = (await (await fetch(first.json.paging.next ?? '')).json()) as Wire & { data: Wire[] };
    expect(followed.data).toHaveLength(6);
    expect(followed['paging']).not.toHaveProperty('next');
    expect(followed['paging']).toHaveProperty('cursors');
  });

  it('has no paging when there is nothing, and refuses foreign cursors', async () => {
    const future = await graph(sandbox, `${SPEC}/insights`, { ...ad, ...days('2026-12-01', '2026-12-02') });
    expect(future.json).toEqual({ data: [] });
    const { after } = (await graph(sandbox, `${SPEC}/ads`, { limit: '2' })).json.paging.cursors;
    const query = { ...ad, ...days('2026-11-10', '2026-11-10') };
    expect((await graph(sandbox, `${SPEC}/insights`, { ...query, after })).json.error['code']).toBe(2642);
    expect((await graph(sandbox, `${SPEC}/insights`, { ...query, after: 'MAZDZD' })).json.error['code']).toBe(
      2642,
    );
  });
});

describe('rows', () => {
  const all =
    'account_id,account_currency,campaign_id,campaign_name,adset_id,ad_id,spend,impressions,clicks,inline_link_clicks,reach,cpc,ctr,actions,action_values,purchase_roas';

  it('shows only what was asked for, every number as text, and zero as nothing', async () => {
    const query = { level: 'ad', fields: all, ...days('2026-11-01', '2026-11-19'), limit: '900' };
    const rows = await everyRow(sandbox, 'act_1300000001/insights', query);
    expect(rows.length).toBeGreaterThan(100);
    const flat = texts(rows);
    expect(flat.filter((value) => typeof value !== 'string' && !Array.isArray(value))).toEqual([]);
    expect(flat.filter((value) => value === '0' || value === '0.00' || value === '0.000000')).toEqual([]);
    expect(rows.some((row) => !('purchase_roas' in row))).toBe(true);
    const wanted = new Set([...all.split(','), 'date_start', 'date_stop']);
    expect(rows.flatMap(Object.keys).filter((name) => !wanted.has(name))).toEqual([]);
  });

  it('counts one event under several types, equally', async () => {
    const query = { level: 'campaign', fields: 'actions,action_values', ...days('2026-11-01', '2026-11-10') };
    const rows = await everyRow(sandbox, 'act_1100000001/insights', query);
    const entries = rows.map((row) => {
      const actions = (row['actions'] ?? []) as { action_type: string; value: string }[];
      return Object.fromEntries(actions.map(({ action_type, value }) => [action_type, value]));
    });
    expect(entries.some((types) => types['purchase'] !== undefined)).toBe(true);
    for (const types of entries) {
      expect(types['omni_purchase']).toBe(types['purchase']);
      expect(types['offsite_conversion.fb_pixel_purchase']).toBe(types['purchase']);
      expect(types['offsite_conversion.fb_pixel_lead']).toBe(types['lead']);
    }
  });

  it('adds up over all_days and monthly as over days', async () => {
    const range = { time_range: '{"since":"2026-09-10","until":"2026-11-05"}', fields: 'spend' };
    const read = (time_increment: string) =>
      everyRow(sandbox, 'act_1200000001/insights', { ...range, time_increment, limit: '100' });
    const [daily, monthly, whole] = await Promise.all([read('1'), read('monthly'), read('all_days')]);
    const spent = (rows: Wire[]) => sum(rows.map((row) => cents(row['spend'])));
    expect([daily.length, monthly.length, whole.length]).toEqual([57, 3, 1]);
    expect(monthly.map((row) => [row['date_start'], row['date_stop']])[0]).toEqual([
      '2026-09-10',
      '2026-09-30',
    ]);
    expect(spent(daily)).toBe(spent(whole));
    expect(spent(monthly)).toBe(spent(whole));
  });

  it('filters by object and narrows to one; breakdowns add up to the whole', async () => {
    const query = { ...ad, ...days('2026-11-10', '2026-11-10'), limit: '100' };
    const rows = await everyRow(sandbox, `${SPEC}/insights`, query);
    const campaign = String(rows[0]?.['campaign_id']);
    const filtering = JSON.stringify([{ field: 'campaign.id', operator: 'IN', value: [campaign] }]);
    const mine = rows.filter((row) => row['campaign_id'] === campaign);
    expect(await everyRow(sandbox, `${SPEC}/insights`, { ...query, filtering })).toEqual(mine);
    expect(await everyRow(sandbox, `${campaign}/insights`, query)).toEqual(mine);
    const whole = await everyRow(sandbox, `${campaign}/insights`, { ...query, level: 'campaign' });
    const parts = await everyRow(sandbox, `${campaign}/insights`, {
      ...query,
      level: 'campaign',
      breakdowns: 'age,gender',
    });
    expect(parts.length).toBeGreaterThan(10);
    expect(sum(parts.map((row) => cents(row['spend'])))).toBe(sum(whole.map((row) => cents(row['spend']))));
  });

  it('leaves archived and deleted ads out of ad rows and inside their campaign, unless their status is asked for', async () => {
    const path = 'act_1200000001/insights';
    const range = {
      time_range: '{"since":"2026-08-01","until":"2026-11-05"}',
      fields: 'ad_id,spend',
      limit: '500',
    };
    const read = (level: string, filter?: { operator: string; value: string[] }) => {
      const filtering = JSON.stringify(
        filter === undefined ? [] : [{ field: `${level}.effective_status`, ...filter }],
      );
      return everyRow(sandbox, path, { ...range, level, filtering });
    };
    const spent = (rows: Wire[]) => sum(rows.map((row) => cents(row['spend'])));
    const [plain, deleted, kept, campaigns] = await Promise.all([
      read('ad'),
      read('ad', { operator: 'IN', value: ['DELETED', 'ARCHIVED'] }),
      read('ad', { operator: 'NOT_IN', value: ['DELETED', 'ARCHIVED'] }),
      read('campaign', { operator: 'IN', value: ['ACTIVE', 'PAUSED', 'ARCHIVED', 'DELETED'] }),
    ]);
    const plainIds = new Set(plain.map((row) => row['ad_id']));
    expect(deleted.length).toBeGreaterThan(0);
    expect(deleted.filter((row) => plainIds.has(row['ad_id']))).toEqual([]);
    expect(kept).toEqual(plain);
    // The rest was deleted beyond listing.
    expect(spent(campaigns)).toBeGreaterThan(spent(plain) + spent(deleted));
    expect((await read('campaign')).length).toBeLessThan(campaigns.length);
    expect(spent(await read('account'))).toBe(spent(campaigns));
  });

  it('says on every answer how much of the quota is used', async () => {
    const { headers } = await graph(sandbox, `${SPEC}/insights`, { date_preset: 'yesterday' });
    const usage = JSON.parse(headers.get('X-Business-Use-Case-Usage') ?? '{}') as Record<string, Wire[]>;
    expect(usage['42']?.[0]).toMatchObject({ type: 'ads_insights', estimated_time_to_regain_access: 0 });
    expect(headers.get('X-FB-Ads-Insights-Throttle')).toContain('acc_id_util_pct');
  });
});
