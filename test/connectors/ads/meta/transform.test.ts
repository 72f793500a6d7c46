import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { InsightQuestion } from '../../../../src/connectors/ads/meta/transform.ts';
import { toInsightPage } from '../../../../src/connectors/ads/meta/transform.ts';

const ASKED: InsightQuestion = {
  level: 'AD',
  range: { from: '2026-06-01', to: '2026-06-07' },
  accountId: '1000000001',
};

const ROW = {
  account_id: '1000000001',
  account_currency: 'USD',
  campaign_id: '120200000000000001',
  campaign_name: 'Summer - leads',
  adset_id: '120200000000000011',
  adset_name: 'Almaty',
  ad_id: '120200000000000111',
  ad_name: 'Video A',
  date_start: '2026-06-01',
  date_stop: '2026-06-01',
  impressions: '185',
  reach: '171',
  clicks: '9',
  inline_link_clicks: '7',
  spend: '14.35',
  actions: [
    { action_type: 'link_click', value: '7', '7d_click': '7' },
    { action_type: 'omni_purchase', value: '2' },
    { action_type: 'purchase', value: '2' },
  ],
  action_values: [{ action_type: 'omni_purchase', value: '90.5' }],
  quality_ranking: 'AVERAGE',
};

const one = (changes: Record<string, unknown>, asked = ASKED) =>
  toInsightPage([{ ...ROW, ...changes }], asked);

describe('toInsightPage', () => {
  test('an ad row', () => {
    expect(one({})).toEqual({
      rejected: [],
      rows: [
        {
          level: 'AD',
          date: '2026-06-01',
          campaignExternalId: '120200000000000001',
          campaignName: 'Summer - leads',
          adSetExternalId: '120200000000000011',
          adSetName: 'Almaty',
          adExternalId: '120200000000000111',
          adName: 'Video A',
          currency: 'USD',
          spend: '14.35',
          impressions: '185',
          clicks: '9',
          linkClicks: '7',
          reach: '171',
          actions: {
            link_click: { count: '7', value: '0' },
            omni_purchase: { count: '2', value: '90.5' },
            purchase: { count: '2', value: '0' },
          },
        },
      ],
    });
  });

  test('a campaign row carries no ad, also when the platform sends one', () => {
    const page = one({}, { ...ASKED, level: 'CAMPAIGN' });
    expect(page.rows[0]).toMatchObject({
      level: 'CAMPAIGN',
      adSetExternalId: null,
      adExternalId: null,
      adName: null,
    });
  });

  test('what the platform leaves out is zero; reach is unknown', () => {
    const { account_currency, campaign_id, date_start, date_stop } = ROW;
    const page = toInsightPage([{ account_currency, campaign_id, date_start, date_stop }], {
      ...ASKED,
      level: 'CAMPAIGN',
    });
    expect(page.rows[0]).toMatchObject({
      spend: '0',
      impressions: '0',
      clicks: '0',
      linkClicks: '0',
      reach: null,
      actions: {},
    });
  });

  test.each<[string, Record<string, unknown>, string]>([
    ['NaN', { spend: 'NaN' }, 'spend'],
    ['a negative amount', { spend: '-0.01' }, 'spend'],
    ['a thousands separator', { spend: '1,234.5' }, 'spend'],
    ['an exponent as text', { spend: '1e400' }, 'spend'],
    ['an exponent as a number', { spend: JSON.parse('1e400') as number }, 'spend'],
    ['a huge amount', { spend: '1000000000000001' }, 'spend'],
    ['an empty figure', { impressions: '' }, 'impressions'],
    ['part of an impression', { impressions: '1.5' }, 'impressions'],
    ['a figure that is an object', { clicks: {} }, 'clicks'],
    ['a missing campaign', { campaign_id: undefined }, 'campaign_id'],
    ['an id that is a number', { campaign_id: 120200000000000001 }, 'campaign_id'],
    ['an id that is no number', { ad_id: '12; drop' }, 'ad_id'],
    ['a missing ad', { ad_id: undefined }, 'ad_id'],
    ['a missing ad set', { adset_id: null }, 'adset_id'],
    ['a day that does not exist', { date_start: '2026-06-31', date_stop: '2026-06-31' }, 'date_start'],
    ['a moment instead of a day', { date_start: '2026-06-01T00:00:00' }, 'date_start'],
    ['a day before the asked ones', { date_start: '2026-05-31', date_stop: '2026-05-31' }, 'outside'],
    ['a day after the asked ones', { date_start: '2026-06-08', date_stop: '2026-06-08' }, 'outside'],
    ['several days in one row', { date_stop: '2026-06-02' }, 'more than one day'],
    ['a currency that is none', { account_currency: 'US dollar' }, 'account_currency'],
    ['another account', { account_id: '1000000002' }, 'another account'],
    [
      'an action that is not counted',
      { actions: [{ action_type: 'lead', value: 'NaN' }] },
      'actions.0.value',
    ],
    [
      'an action worth less than nothing',
      { action_values: [{ action_type: 'lead', value: '-1' }] },
      'action_values',
    ],
    ['actions that are no list', { actions: { lead: 1 } }, 'actions'],
    [
      'one action twice with different figures',
      { actions: ['1', '2'].map((value) => ({ action_type: 'lead', value })) },
      'twice',
    ],
  ])('rejects %s and says where', (_name, changes, reason) => {
    const page = one(changes);
    expect(page.rows).toEqual([]);
    expect(page.rejected).toHaveLength(1);
    expect(page.rejected[0]?.reason).toContain(reason);
  });

  test('the same action twice with the same figure counts once', () => {
    const entry = { action_type: 'lead', value: '3' };
    expect(one({ actions: [entry, entry], action_values: null }).rows[0]?.actions).toEqual({
      lead: { count: '3', value: '0' },
    });
  });

  test('unknown action types and a worth without a count are kept as reported', () => {
    const page = one({
      actions: [{ action_type: '__proto__', value: '1' }],
      action_values: [{ action_type: 'offsite_conversion.custom.77', value: '5' }],
    });
    expect(Object.entries(page.rows[0]?.actions ?? {})).toEqual([
      ['__proto__', { count: '1', value: '0' }],
      ['offsite_conversion.custom.77', { count: '0', value: '5' }],
    ]);
  });

  test('names keep everything that can be stored', () => {
    const page = one({ ad_name: 'a\0b\ud800c', adset_name: 17, campaign_name: 'ж'.repeat(10_000) });
    expect(page.rows[0]).toMatchObject({
      adName: 'ab\ufffdc',
      adSetName: null,
      campaignName: 'ж'.repeat(10_000),
    });
  });

  test('a reason never quotes what was sent', () => {
    const page = one({ spend: 'owner@example.com', campaign_id: 'owner@example.com' });
    expect(JSON.stringify(page.rejected)).not.toContain('owner');
  });
});

describe('any payload', () => {
  const figure = fc.oneof(
    fc.constantFrom('0', '1', '14.35', 'NaN', '-1', '1,234.5', '1e400', '', 'Infinity', '1'.repeat(50)),
    fc.double(),
    fc.jsonValue(),
  );
  const entries = fc.oneof(
    fc.array(fc.record({ action_type: fc.oneof(fc.string(), fc.constant('__proto__')), value: figure })),
    fc.jsonValue(),
  );
  const changes = fc.record(
    {
      ...Object.fromEntries(Object.keys(ROW).map((key) => [key, figure])),
      campaign_name: fc.string({ unit: 'binary' }),
      date_start: fc.constantFrom('2026-06-01', '2026-06-30', '2026-02-30', ''),
      actions: entries,
      action_values: entries,
    },
    { requiredKeys: [] },
  );
  const row = fc.oneof(
    { weight: 3, arbitrary: changes.map((some) => ({ ...ROW, ...some })) },
    fc.jsonValue(),
  );

  test('rows and rejected rows add up, and no row holds what the database cannot', () => {
    fc.assert(
      fc.property(
        fc.array(row, { maxLength: 8 }),
        fc.constantFrom('AD' as const, 'CAMPAIGN' as const),
        (rows, level) => {
          const page = toInsightPage(rows, { ...ASKED, level });
          expect(page.rows.length + page.rejected.length).toBe(rows.length);
          for (const { actions, spend, impressions, clicks, linkClicks, reach, date } of page.rows) {
            const worths = Object.values(actions).flatMap(({ count, value }) => [count, value]);
            for (const text of [spend, impressions, clicks, linkClicks, reach ?? '0', ...worths]) {
              expect(text).toMatch(/^\d+(\.\d+)?$/);
              expect(Number(text)).toBeLessThanOrEqual(1e15);
            }
            expect(date >= ASKED.range.from && date <= ASKED.range.to).toBe(true);
          }
          expect(JSON.stringify(page.rows)).not.toMatch(/\\u0000|\\ud[89a-f]/);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
