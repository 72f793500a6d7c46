import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSandbox, type Sandbox } from '../../sandbox/index.ts';
import { at, failureOf, micros, post, rowsOf, stream, TAU, ZIELONA } from './google.ts';
import { NOW, sum, type Wire } from './graph.ts';

const BIG = { customer: '5000000001' };
const SPEC = { campaigns: 4, adGroupsPerCampaign: 2, adsPerAdGroup: 2 };

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({
    now: () => NOW,
    googleAccounts: [
      { customerId: BIG.customer, ...SPEC, adsPerAdGroup: 40, performanceMax: 1, hiddenAdsPerCampaign: 2 },
      {
        customerId: '5000000002',
        ...SPEC,
        removedCampaigns: 1,
        firstDay: '2026-11-01',
        removedOn: '2026-11-10',
      },
      { customerId: '5000000003', ...SPEC, managerId: '5900000002', currency: 'JPY', timezone: 'Asia/Tokyo' },
      {
        customerId: '5900000002',
        campaigns: 0,
        adGroupsPerCampaign: 0,
        adsPerAdGroup: 0,
        manager: true,
        managerId: '5900000001',
      },
    ],
  });
});
afterAll(() => sandbox.close());

const DAY = "segments.date = '2026-11-01'";
const figures = 'metrics.impressions, metrics.clicks, metrics.cost_micros';

describe('the wire', () => {
  const query =
    'SELECT campaign.id, campaign.name, campaign.status, campaign.advertising_channel_type, campaign.start_date_time, ' +
    `campaign_budget.amount_micros, segments.date, ${figures}, metrics.conversions, metrics.conversions_value, ` +
    `metrics.ctr, metrics.average_cpc, metrics.view_through_conversions FROM campaign WHERE ${DAY}`;

  it('writes int64 as text, doubles as numbers, enums as names and only what was selected', async () => {
    const { status, headers, json } = await stream(sandbox, TAU, query);
    expect(status).toBe(200);
    const [chunk] = json as [Wire];
    expect(chunk).toEqual({
      results: expect.any(Array),
      fieldMask:
        'campaign.id,campaign.name,campaign.status,campaign.advertisingChannelType,campaign.startDateTime,' +
        'campaignBudget.amountMicros,segments.date,metrics.impressions,metrics.clicks,metrics.costMicros,' +
        'metrics.conversions,metrics.conversionsValue,metrics.ctr,metrics.averageCpc,metrics.viewThroughConversions',
      requestId: headers.get('request-id'),
      queryResourceConsumption: expect.stringMatching(/^\d+$/),
    });
    const int64 = expect.stringMatching(/^\d+$/);
    expect((chunk['results'] as Wire[])[0]).toEqual({
      campaign: {
        resourceName: expect.stringMatching(/^customers\/7100000001\/campaigns\/\d+$/),
        id: int64,
        name: 'Бренд',
        status: 'ENABLED',
        advertisingChannelType: 'SEARCH',
        startDateTime: '2024-11-01 00:00:00',
      },
      campaignBudget: { resourceName: expect.stringContaining('/campaignBudgets/'), amountMicros: int64 },
      segments: { date: '2026-11-01' },
      metrics: {
        impressions: int64,
        clicks: int64,
        costMicros: int64,
        conversions: expect.any(Number),
        conversionsValue: expect.any(Number),
        ctr: expect.any(Number),
        averageCpc: expect.any(Number),
        viewThroughConversions: int64,
      },
    });
  });

  it('counts conversions in fractions', async () => {
    const rows = await rowsOf(sandbox, TAU, query);
    expect(rows.some((row) => !Number.isInteger(at(row, 'metrics.conversions')))).toBe(true);
  });

  it('describes an ad inside its place in a group, without what it does not have', async () => {
    const rows = await rowsOf(
      sandbox,
      TAU,
      'SELECT ad_group_ad.ad.id, ad_group_ad.ad.name, ad_group_ad.ad.type, ad_group_ad.ad.final_urls FROM ad_group_ad',
    );
    const [ad] = rows;
    const id = at(ad!, 'adGroupAd.ad.id') as string;
    expect(ad).toEqual({
      adGroupAd: {
        resourceName: expect.stringMatching(new RegExp(`^customers/7100000001/adGroupAds/\\d+~${id}$`)),
        ad: {
          resourceName: `customers/7100000001/ads/${id}`,
          id: expect.stringMatching(/^\d+$/),
          type: 'RESPONSIVE_SEARCH_AD',
          finalUrls: [expect.any(String)],
        },
      },
    });
    const banner = rows.find((row) => at(row, 'adGroupAd.ad.type') === 'IMAGE_AD');
    expect(Object.keys(at(banner!, 'adGroupAd.ad') as Wire).sort()).toEqual([
      'id',
      'name',
      'resourceName',
      'type',
    ]);
  });

  it('answers nothing with a chunk without results', async () => {
    const none = await stream(
      sandbox,
      TAU,
      "SELECT campaign.id, segments.date, metrics.clicks FROM campaign WHERE segments.date = '2027-01-01'",
    );
    expect(none.status).toBe(200);
    expect(none.json).toEqual([expect.not.objectContaining({ results: expect.anything() })]);
    const page = await post(sandbox, ZIELONA, {
      method: 'search',
      body: { query: 'SELECT campaign.id FROM campaign WHERE campaign.id IN (1)' },
    });
    expect(page.json).not.toHaveProperty('results');
    expect(page.json).not.toHaveProperty('nextPageToken');
  });

  it('streams in chunks of ten thousand rows and pages the same rows', async () => {
    const query = `SELECT ad_group_ad.ad.id, segments.date, metrics.impressions FROM ad_group_ad WHERE segments.date BETWEEN '2026-10-01' AND '2026-11-10'`;
    const chunks = (await stream(sandbox, BIG, query)).json as { results: Wire[] }[];
    expect(chunks.map(({ results }) => results.length)).toEqual([10_000, 3_120]);
    const ask = async (more: Wire) =>
      (await post(sandbox, BIG, { method: 'search', body: { query, ...more } })).json as Wire;
    const first = await ask({ searchSettings: { returnTotalResultsCount: true } });
    expect(first).toMatchObject({ totalResultsCount: '13120', nextPageToken: expect.any(String) });
    const second = await ask({ pageToken: first['nextPageToken'] });
    expect(second).not.toHaveProperty('nextPageToken');
    const other = await ask({ pageToken: first['nextPageToken'], query: query.replace('10-01', '10-02') });
    expect(failureOf({ json: other })).toMatchObject({ errorCode: { requestError: 'INVALID_PAGE_TOKEN' } });
    expect([first['results'], second['results']].flat()).toEqual(chunks.flatMap(({ results }) => results));
  });

  it('leaves out rows whose metrics are all zero only beside a segment', async () => {
    const where = "WHERE segments.date BETWEEN '2026-11-12' AND '2026-11-13'";
    const asked = { customer: '5000000002' };
    const daily = await rowsOf(
      sandbox,
      asked,
      `SELECT campaign.name, segments.date, metrics.clicks FROM campaign ${where}`,
    );
    expect(daily).toHaveLength(8);
    const whole = await rowsOf(sandbox, asked, `SELECT campaign.name, metrics.clicks FROM campaign ${where}`);
    expect(whole.map((row) => at(row, 'campaign.name'))).toContain('Removed 1');
  });

  it('keeps the figures of a removed campaign', async () => {
    const rows = await rowsOf(
      sandbox,
      { customer: '5000000002' },
      `SELECT campaign.status, segments.date, metrics.cost_micros FROM campaign WHERE campaign.status = REMOVED AND segments.date DURING LAST_30_DAYS`,
    );
    expect(rows.map((row) => at(row, 'segments.date'))).toEqual(
      Array.from({ length: 9 }, (_, i) => `2026-11-0${i + 1}`),
    );
    expect(rows.every((row) => Number(at(row, 'metrics.costMicros')) > 0)).toBe(true);
  });
});

describe('the levels', () => {
  const total = async (from: string, customer = BIG.customer) =>
    sum(
      (
        await rowsOf(
          sandbox,
          { customer },
          `SELECT segments.date, metrics.cost_micros FROM ${from} WHERE ${DAY}`,
        )
      ).map((row) => BigInt(at(row, 'metrics.costMicros') as string)),
    );

  it('add up to the account, and ads to less than their campaigns', async () => {
    const [account, campaigns, groups, ads] = await Promise.all(
      ['customer', 'campaign', 'ad_group', 'ad_group_ad'].map((from) => total(from)),
    );
    expect(campaigns).toBe(account);
    // Performance Max has no groups, and hidden ads are only in their groups.
    expect(groups).toBeLessThan(campaigns!);
    expect(ads).toBeLessThan(groups!);
  });

  it('agree where every ad is listed', async () => {
    expect(await total('ad_group_ad', '5000000002')).toBe(await total('campaign', '5000000002'));
  });

  it('knows no ads of Performance Max, but its cost', async () => {
    const of = (from: string) =>
      rowsOf(
        sandbox,
        TAU,
        `SELECT campaign.id, segments.date, metrics.cost_micros FROM ${from} WHERE ${DAY} AND campaign.advertising_channel_type = 'PERFORMANCE_MAX'`,
      );
    expect(await of('ad_group_ad')).toEqual([]);
    expect(await of('campaign')).toHaveLength(1);
  });

  it('costs whole minor units of the currency', async () => {
    const rows = await rowsOf(
      sandbox,
      { customer: '5000000003', login: '5900000001' },
      `SELECT segments.date, metrics.cost_micros FROM campaign WHERE ${DAY}`,
    );
    expect(rows).not.toHaveLength(0);
    expect(rows.every((row) => Number(at(row, 'metrics.costMicros')) % 1_000_000 === 0)).toBe(true);
  });

  it('adds conversion actions up to the conversions exactly', async () => {
    const base = await rowsOf(
      sandbox,
      TAU,
      `SELECT campaign.id, segments.date, metrics.conversions, metrics.conversions_value, metrics.all_conversions FROM campaign WHERE ${DAY}`,
    );
    const parts = await rowsOf(
      sandbox,
      TAU,
      `SELECT campaign.id, segments.conversion_action_name, segments.conversion_action_category, segments.date, metrics.conversions, metrics.conversions_value, metrics.all_conversions FROM campaign WHERE ${DAY}`,
    );
    expect(base).not.toHaveLength(0);
    for (const row of base) {
      const own = parts.filter((part) => at(part, 'campaign.id') === at(row, 'campaign.id'));
      for (const metric of ['metrics.conversions', 'metrics.conversionsValue', 'metrics.allConversions'])
        expect(sum(own.map((part) => micros(at(part, metric))))).toBe(micros(at(row, metric)));
    }
    expect(new Set(parts.map((part) => at(part, 'segments.conversionActionCategory')))).toContain(
      'PAGE_VIEW',
    );
  });
});
