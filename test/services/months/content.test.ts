import fc from 'fast-check';
import { expect, test } from 'vitest';
import { contentHash, parseMonth, renderMonth } from '../../../src/services/months/content.ts';
import type { MonthContent } from '../../../src/services/months/content.ts';
import { monthContent, row } from './support.ts';

const hashOf = (content: MonthContent) => contentHash(renderMonth(content)).toString('hex');

const amount = fc.tuple(fc.bigInt(0n, 10n ** 12n), fc.integer({ min: 0, max: 99 }));
const content = fc
  .uniqueArray(fc.tuple(fc.constantFrom('act_1', 'act_2'), fc.integer({ min: 1, max: 40 }), amount), {
    minLength: 1,
    maxLength: 12,
    selector: ([account, campaign]) => `${account} ${String(campaign)}`,
  })
  .map((rows) =>
    monthContent(
      rows.map(([account, id, [units, cents]]) =>
        row({
          account,
          campaign: `c${String(id)}`,
          spend: `${String(units)}.${String(cents).padStart(2, '0')}`,
        }),
      ),
    ),
  );

test('the same content has the same hash, whatever the order and the writing', () => {
  fc.assert(
    fc.property(content, fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), (month, random) => {
      const places = month.campaigns.map(() => Number(random.next().value));
      const shuffled = month.campaigns
        .map((campaign, at) => ({ campaign, place: places[at] ?? 0 }))
        .sort((a, b) => a.place - b.place)
        .map(({ campaign }) => Object.fromEntries(Object.entries(campaign).reverse()) as typeof campaign)
        .map((campaign) => ({ ...campaign, spend: `00${campaign.spend}000` }));
      expect(hashOf({ ...month, campaigns: shuffled, accounts: month.accounts.toReversed() })).toBe(
        hashOf(month),
      );
    }),
  );
});

const FIGURES = [
  'spend',
  'impressions',
  'clicks',
  'linkClicks',
  'conversions',
  'conversionValue',
  'reach',
] as const;

test('any other figure has another hash', () => {
  fc.assert(
    fc.property(content, fc.nat(), fc.constantFrom(...FIGURES), (month, at, figure) => {
      const place = at % month.campaigns.length;
      const campaigns = month.campaigns.map((campaign, index) =>
        index === place ? { ...campaign, [figure]: '987654321987654321' } : campaign,
      );
      expect(hashOf({ ...month, campaigns })).not.toBe(hashOf(month));
    }),
  );
});

test('names, zones, goals, coverage and totals are part of it', () => {
  const month = monthContent([row()]);
  const [account] = month.accounts;
  const [campaign] = month.campaigns;
  if (!account || !campaign) throw new Error('no rows');
  const others: MonthContent[] = [
    { ...month, client: { ...month.client, name: 'Another' } },
    { ...month, campaigns: [{ ...campaign, name: 'Renamed' }] },
    { ...month, campaigns: [{ ...campaign, goals: { purchase: { count: '2', value: '31' } } }] },
    { ...month, accounts: [{ ...account, timezone: 'Asia/Almaty' }] },
    { ...month, accounts: [{ ...account, daysPresent: 29 }] },
    { ...month, accounts: [{ ...account, totals: [] }] },
    { ...month, accounts: [{ ...account, breakdownDays: { DEMOGRAPHICS: 30 } }] },
    { ...month, goals: month.goals.toReversed() },
  ];
  const hashes = new Set([month, ...others].map(hashOf));
  expect(hashes.size).toBe(others.length + 1);
});

test('what was rendered can be read, and renders to the same bytes', () => {
  fc.assert(
    fc.property(content, (month) => {
      const rendered = renderMonth(month);
      expect(renderMonth(parseMonth(rendered))).toBe(rendered);
    }),
  );
  expect(renderMonth(monthContent([row({ spend: '01.50' })]))).toContain('"spend":"1.5"');
});
