import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toAccountDays, toInsights } from '../../../../src/connectors/ads/google/transform.ts';
import { adName, toAd, toAdSet, toCampaign } from '../../../../src/connectors/ads/google/structure.ts';

const RANGE = { from: '2026-11-01', to: '2026-11-03' };
const CAMPAIGN = { level: 'CAMPAIGN', range: RANGE, customerId: '1' } as const;
const AD = { ...CAMPAIGN, level: 'AD' } as const;

const owner = {
  customer: { resourceName: 'customers/1', id: '1', currencyCode: 'KZT' },
  campaign: { resourceName: 'customers/1/campaigns/5', id: '5', name: 'Brand' },
  segments: { date: '2026-11-02' },
};
const ad = {
  ...owner,
  adGroup: { resourceName: 'customers/1/adGroups/6', id: '6', name: 'Group' },
  adGroupAd: {
    resourceName: 'customers/1/adGroupAds/6~7',
    ad: { resourceName: 'customers/1/ads/7', id: '7', type: 'RESPONSIVE_SEARCH_AD' },
  },
};
const metrics = {
  costMicros: '36150001',
  impressions: '166',
  clicks: '49',
  conversions: 2.5,
  conversionsValue: 310,
  allConversions: 3.75,
  allConversionsValue: 0.1,
};
const counted = (id: string, category: string | undefined, found: object, of: object = owner) => ({
  ...of,
  segments: {
    date: '2026-11-02',
    conversionAction: `customers/1/conversionActions/${id}`,
    conversionActionName: 'Any',
    ...(category === undefined ? {} : { conversionActionCategory: category }),
  },
  metrics: found,
});
const primary = (conversions: number, value: number) => ({
  conversions,
  conversionsValue: value,
  allConversions: conversions,
  allConversionsValue: value,
});
const secondary = (count: number) => ({ conversions: 0, allConversions: count });

describe('a campaign’s row', () => {
  it('is read exactly: money from micros, fractional conversions, clicks as link clicks', () => {
    const read = toInsights({ metrics: [{ ...owner, metrics }], conversions: [] }, CAMPAIGN);
    expect(read).toEqual({
      rejected: [],
      rows: [
        {
          level: 'CAMPAIGN',
          date: '2026-11-02',
          campaignExternalId: '5',
          campaignName: 'Brand',
          adSetExternalId: null,
          adSetName: null,
          adExternalId: null,
          adName: null,
          currency: 'KZT',
          spend: '36.150001',
          impressions: '166',
          clicks: '49',
          linkClicks: '49',
          reach: null,
          actions: {
            conversions: { count: '2.5', value: '310' },
            all_conversions: { count: '3.75', value: '0.1' },
          },
        },
      ],
    });
  });

  it('has its conversion actions under their number and their category, primary and secondary apart', () => {
    const conversions = [
      counted('10', 'PURCHASE', primary(0.1, 10.1)),
      counted('11', 'PURCHASE', primary(0.2, 20.2)),
      counted('12', 'PURCHASE', secondary(7)),
      counted('13', 'UNKNOWN', primary(1, 0)),
      counted('14', undefined, primary(1, 0)),
    ];
    const { rows, rejected } = toInsights({ metrics: [{ ...owner, metrics: {} }], conversions }, CAMPAIGN);
    expect(rejected).toEqual([]);
    expect(rows[0]?.actions).toEqual({
      PURCHASE: { count: '0.3', value: '30.3' },
      'all:PURCHASE': { count: '7.3', value: '30.3' },
      'conversion_action:10': { count: '0.1', value: '10.1' },
      'conversion_action:11': { count: '0.2', value: '20.2' },
      'conversion_action:12': { count: '7', value: '0' },
      'conversion_action:13': { count: '1', value: '0' },
      'conversion_action:14': { count: '1', value: '0' },
    });
  });

  it('counts once what comes twice, and refuses what comes twice with different figures', () => {
    const one = counted('10', 'PURCHASE', primary(1, 5));
    const other = counted('10', 'PURCHASE', primary(2, 5));
    const row = { ...owner, metrics };
    const read = toInsights({ metrics: [row, row], conversions: [one, one, other] }, CAMPAIGN);
    expect(read.rejected).toEqual([
      { reason: 'CAMPAIGN conversions: one conversion action twice, with different figures' },
    ]);
    expect(read.rows).toHaveLength(2);
    for (const { actions } of read.rows) expect(actions['PURCHASE']).toEqual({ count: '1', value: '5' });
  });

  it('that only has conversions stands without cost', () => {
    const conversions = [counted('10', 'PURCHASE', primary(1, 5))];
    const { rows } = toInsights({ metrics: [], conversions }, CAMPAIGN);
    expect(rows).toMatchObject([
      { campaignExternalId: '5', currency: 'KZT', spend: '0', impressions: '0', clicks: '0' },
    ]);
    expect(rows[0]?.actions['PURCHASE']).toEqual({ count: '1', value: '5' });
  });

  it('that was refused does not come back as one without cost', () => {
    const conversions = [counted('10', 'PURCHASE', primary(1, 5))];
    const bad = { ...owner, metrics: { ...metrics, costMicros: '-1' } };
    const { rows, rejected } = toInsights({ metrics: [bad], conversions }, CAMPAIGN);
    expect([rows, rejected]).toEqual([
      [],
      [{ reason: 'CAMPAIGN row: metrics.costMicros is not a plausible amount' }],
    ]);
  });
});

it('reads an ad’s row, and gives ads of one number in two ad groups their own conversions', () => {
  const twin = { ...ad, adGroup: { ...ad.adGroup, id: '66' } };
  const { rows } = toInsights(
    {
      metrics: [ad, twin].map((of) => ({ ...of, metrics })),
      conversions: [counted('10', 'PURCHASE', primary(1, 5), twin)],
    },
    AD,
  );
  expect(rows).toMatchObject([
    {
      level: 'AD',
      adSetExternalId: '6',
      adSetName: 'Group',
      adExternalId: '7',
      adName: 'Responsive search ad 7',
    },
    { adSetExternalId: '66' },
  ]);
  expect(rows.map(({ actions }) => actions['PURCHASE']?.count)).toEqual([undefined, '1']);
});

it.each([
  ['another day', { segments: { date: '2026-11-04' } }, 'lies outside the asked days'],
  ['a day before', { segments: { date: '2026-10-31' } }, 'lies outside the asked days'],
  ['no day', { segments: {} }, 'segments.date is missing'],
  ['a day that does not exist', { segments: { date: '2026-02-30' } }, 'segments.date is not a day'],
  ['another customer', { customer: { id: '2', currencyCode: 'KZT' } }, 'belongs to another account'],
  ['no customer', { customer: undefined }, 'customer Invalid input: expected object, received undefined'],
  ['no currency', { customer: { id: '1' } }, 'customer.currencyCode is missing'],
  ['a number as id', { campaign: { id: 5 } }, 'campaign.id is missing or no text'],
  ['a cost in exponents', { metrics: { costMicros: '1e6' } }, 'metrics.costMicros is not a plausible amount'],
  ['half an impression', { metrics: { impressions: '1.5' } }, 'metrics.impressions is not a plausible count'],
  ['conversions as text', { metrics: { conversions: 'NaN' } }, 'metrics.conversions is not a number'],
  ['negative conversions', { metrics: { conversions: -1 } }, 'metrics.conversions is not a plausible amount'],
  [
    'an absurd value',
    { metrics: { conversionsValue: 1e300 } },
    'metrics.conversionsValue is not a plausible amount',
  ],
])('refuses a row with %s', (_what, change, reason) => {
  const row = { ...owner, metrics, ...change };
  expect(toInsights({ metrics: [row], conversions: [] }, CAMPAIGN)).toEqual({
    rows: [],
    rejected: [{ reason: `CAMPAIGN row: ${reason}` }],
  });
});

it('refuses an ad’s row without an ad, and conversions that name no action', () => {
  const nameless = counted('x', 'PURCHASE', primary(1, 1), ad);
  const read = toInsights({ metrics: [{ ...owner, metrics }], conversions: [nameless] }, AD);
  expect(read.rejected).toEqual([
    { reason: 'AD row: names no ad' },
    { reason: 'AD conversions: segments.conversionAction is not a conversion action' },
  ]);
});

it('never throws, and loses no row of the metrics', () => {
  const value = fc.oneof(fc.jsonValue(), fc.constantFrom('5', '-1', '1e400', 1e21, '\u0000', '\uD800'));
  const row = fc.oneof(
    fc.jsonValue(),
    fc.record({ customer: value, campaign: value, segments: value, metrics: value }),
    fc
      .record({ costMicros: value, clicks: value, conversions: value })
      .map((found) => ({ ...ad, metrics: found })),
  );
  fc.assert(
    fc.property(fc.array(row), fc.array(row), fc.constantFrom(CAMPAIGN, AD), (rows, conversions, asked) => {
      const read = toInsights({ metrics: rows, conversions: [] }, asked);
      expect(read.rows.length + read.rejected.length).toBe(rows.length);
      toInsights({ metrics: rows, conversions }, asked);
      for (const { spend, clicks, actions } of read.rows) {
        const figures = [
          spend,
          clicks,
          ...Object.values(actions).flatMap(({ count, value: worth }) => [count, worth]),
        ];
        for (const text of figures) expect(text).toMatch(/^\d+(\.\d+)?$/);
      }
    }),
  );
});

it('adds category sums without rounding', () => {
  const cents = fc.integer({ min: 0, max: 10_000_000 });
  fc.assert(
    fc.property(fc.array(cents, { minLength: 1, maxLength: 30 }), (list) => {
      const conversions = list.map((amount, at) => counted(String(at), 'PURCHASE', primary(1, amount / 100)));
      const { rows } = toInsights({ metrics: [], conversions }, CAMPAIGN);
      const [whole = '', fraction = ''] = (rows[0]?.actions['PURCHASE']?.value ?? '').split('.');
      expect(Number(whole + fraction.padEnd(2, '0'))).toBe(list.reduce((sum, amount) => sum + amount, 0));
    }),
  );
});

it('takes the account’s days, but no other account’s and no other day', () => {
  const { customer, segments } = owner;
  const rows = [
    { customer, segments, metrics: { costMicros: '1500000' } },
    { customer: { ...customer, id: '2' }, segments, metrics },
    { customer, segments: { date: '2026-12-01' }, metrics },
    { customer, segments, metrics: { costMicros: 'NaN' } },
  ];
  expect(toAccountDays(rows, CAMPAIGN)).toEqual([
    { date: '2026-11-02', currency: 'KZT', spend: '1.5', impressions: '0', clicks: '0' },
  ]);
});

it('describes the structure in Google’s words', () => {
  const campaign = { id: '5', name: 'Brand', status: 'REMOVED', advertisingChannelType: 'PERFORMANCE_MAX' };
  expect(toCampaign({ campaign })).toEqual({
    externalId: '5',
    name: 'Brand',
    status: 'REMOVED',
    objective: 'PERFORMANCE_MAX',
  });
  const adGroup = { id: '6', name: 'Group', status: 'PAUSED' };
  expect(toAdSet({ adGroup, campaign: { id: '5' } })).toEqual({
    externalId: '6',
    campaignExternalId: '5',
    name: 'Group',
    status: 'PAUSED',
  });
  const own = { id: '7', name: '', type: 'IMAGE_AD' };
  expect(
    toAd({ adGroupAd: { ad: own, status: 'ENABLED' }, adGroup: { id: '6' }, campaign: { id: '5' } }),
  ).toEqual({
    externalId: '7',
    adSetExternalId: '6',
    campaignExternalId: '5',
    name: 'Image ad 7',
    status: 'ENABLED',
  });
  expect(toCampaign({ campaign: { id: '9'.repeat(19) } })).toMatchObject({
    name: '',
    status: 'UNKNOWN',
    objective: null,
  });
  for (const broken of [null, {}, { campaign: {} }, { campaign: { id: '../1' } }]) {
    expect([toCampaign(broken), toAdSet(broken), toAd(broken)]).toEqual([null, null, null]);
  }
  expect(adName({ id: '1', name: 'Own name', type: 'IMAGE_AD' })).toBe('Own name');
  expect(adName({ id: '1' })).toBe('Ad 1');
});
