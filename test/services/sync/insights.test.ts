import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ActionCount, InsightRow } from '../../../src/connectors/ads/contract.ts';
import { DecimalSum } from '../../../src/lib/money.ts';
import { chooseGoals } from '../../../src/services/goals/choose.ts';
import { WindowFacts } from '../../../src/services/sync/insights.ts';
import type { Fact } from '../../../src/services/sync/insights.ts';
import { action, adRow, campaignRow, GOALS } from './support.ts';

function factsOf(rows: readonly InsightRow[]): Fact[] {
  const facts = new WindowFacts(GOALS);
  for (const row of rows) facts.add(row);
  return [...facts.facts()];
}

type Amounts = Record<string, ActionCount>;

const actionsOf = (fact: Fact) => JSON.parse(fact.actions) as Amounts;
const goalsOf = (fact: Fact) => JSON.parse(fact.goals) as Amounts;

function total(facts: readonly Fact[], read: (fact: Fact) => string | undefined): string {
  const sum = new DecimalSum();
  for (const fact of facts) sum.add(read(fact) ?? '0');
  return sum.text();
}

const METRICS = ['spend', 'impressions', 'clicks', 'linkClicks'] as const;
const TYPES = ['omni_purchase', 'purchase', 'lead', 'video_view', '__proto__', 'constructor'];

const whole = fc.nat(1_000).map(String);
const money = fc.tuple(fc.nat(99_999), fc.nat(4)).map(([units, scale]) => {
  const digits = String(units).padStart(scale + 1, '0');
  return scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
});
/** `__proto__` as an own key, as JSON.parse makes it. */
const actions = fc
  .uniqueArray(fc.record({ type: fc.constantFrom(...TYPES), count: money, value: money }), {
    selector: (one) => one.type,
  })
  .map((list) => Object.fromEntries(list.map(({ type, count, value }) => [type, { count, value }])));
const measures = {
  spend: money,
  impressions: whole,
  clicks: whole,
  linkClicks: whole,
  reach: fc.option(whole),
  actions,
};
const days = fc.constantFrom('2026-11-19', '2026-11-20');
const campaigns = fc.constantFrom('c1', 'c2');

const adRows = fc
  .record({
    ...measures,
    date: days,
    campaignExternalId: campaigns,
    adExternalId: fc.constantFrom('a1', 'a2', 'a3'),
  })
  .map((changes) => adRow(changes));
const campaignRows = fc
  .record({ ...measures, date: days, campaignExternalId: campaigns })
  .map((changes) => campaignRow(changes));
const mixes = fc.array(fc.oneof(adRows, campaignRows), { maxLength: 25 });

/** The rows that count when the last one of a key wins. */
function lastOnes(rows: readonly InsightRow[]): InsightRow[] {
  return [
    ...new Map(
      rows.map((row) => [[row.date, row.campaignExternalId, row.adExternalId].join(' '), row]),
    ).values(),
  ];
}

test('the facts of a campaign-day add up to the campaign in every metric, action and goal', () => {
  fc.assert(
    fc.property(mixes, (rows) => {
      const facts = factsOf(rows);
      for (const row of lastOnes(rows).filter((one) => one.level === 'CAMPAIGN')) {
        const own = facts.filter(
          (fact) => fact.date === row.date && fact.campaign === row.campaignExternalId,
        );
        for (const metric of METRICS) {
          expect(total(own, (fact) => fact[metric])).toBe(new DecimalSum().add(row[metric]).text());
        }
        for (const type of TYPES) {
          for (const side of ['count', 'value'] as const) {
            const expected = Object.hasOwn(row.actions, type) ? (row.actions[type]?.[side] ?? '0') : '0';
            const found = total(own, (fact) =>
              Object.hasOwn(actionsOf(fact), type) ? actionsOf(fact)[type]?.[side] : '0',
            );
            expect(found, `${side} of ${type}`).toBe(new DecimalSum().add(expected).text());
          }
        }
        const chosen = chooseGoals(GOALS, row.actions);
        for (const { name } of GOALS) {
          const goal = chosen.find((one) => one.name === name);
          expect(total(own, (fact) => goalsOf(fact)[name]?.count)).toBe(goal?.count ?? '0');
          expect(total(own, (fact) => goalsOf(fact)[name]?.value)).toBe(goal?.value ?? '0');
        }
        expect(total(own, (fact) => fact.conversions)).toBe(
          chosen.find((one) => one.name === 'purchase')?.count ?? '0',
        );
        expect(own.filter((fact) => fact.ad === null).length).toBeLessThanOrEqual(1);
      }
    }),
    { numRuns: 300 },
  );
});

test('every ad-day is one fact, as its last row says; days without a campaign row have no remainder', () => {
  fc.assert(
    fc.property(mixes, (rows) => {
      const facts = factsOf(rows);
      const last = lastOnes(rows);
      const ads = last.filter((row) => row.level === 'AD');
      const found = facts
        .filter((fact) => fact.ad !== null)
        .map((fact) => [fact.date, fact.campaign, fact.ad, fact.spend, fact.reach, fact.actions.length > 1]);
      const expected = ads.map((row) => [
        row.date,
        row.campaignExternalId,
        row.adExternalId,
        row.spend,
        row.reach,
        true,
      ]);
      expect(found.sort()).toEqual(expected.sort());
      const reported = new Set(
        last.filter((row) => row.level === 'CAMPAIGN').map((row) => `${row.date} ${row.campaignExternalId}`),
      );
      for (const fact of facts)
        if (fact.ad === null) expect(reported).toContain(`${fact.date} ${fact.campaign}`);
    }),
  );
});

test('the order of rows of different keys does not matter', () => {
  fc.assert(
    fc.property(mixes, fc.nat(), (rows, by) => {
      const unique = lastOnes(rows);
      const turned = unique
        .map((_, at) => unique[(at + by) % unique.length])
        .filter((row) => row !== undefined);
      const sorted = (facts: Fact[]) =>
        facts
          .map((fact) => ({ ...fact, goals: sortedJson(fact.goals), actions: sortedJson(fact.actions) }))
          .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
      expect(sorted(factsOf(turned))).toEqual(sorted(factsOf(unique)));
    }),
  );
});

const keyOf = (fact: Fact) => [fact.date, fact.campaign, fact.ad ?? ''].join(' ');
const sortedJson = (json: string) => JSON.stringify(Object.entries(JSON.parse(json) as object).sort());

test('nothing is left when ads make up the campaign', () => {
  const facts = factsOf([
    adRow({ actions: { lead: action('1', '2.50') } }),
    campaignRow({ spend: '1.5', actions: { lead: action('1.0', '2.5') } }),
  ]);
  expect(facts.map((fact) => fact.ad)).toEqual(['a1']);
});

test('what is left may be negative, has no reach, and keeps the action the campaign chose', () => {
  const facts = factsOf([
    adRow({ spend: '2', impressions: '120', actions: { purchase: action('3', '30') } }),
    campaignRow({ spend: '1.5', actions: { omni_purchase: action('1', '12') } }),
  ]);
  expect(facts[1]).toEqual({
    date: '2026-11-20',
    campaign: 'c1',
    adSet: null,
    ad: null,
    currency: 'EUR',
    spend: '-0.5',
    impressions: '-20',
    clicks: '0',
    linkClicks: '0',
    reach: null,
    conversions: '-2',
    conversionValue: '-18',
    goals: '{"purchase":{"count":"-2","value":"-18","action":"omni_purchase"}}',
    actions: '{"purchase":{"count":"-3","value":"-30"},"omni_purchase":{"count":"1","value":"12"}}',
  });
});

test('a campaign without ads is all remainder', () => {
  expect(factsOf([campaignRow({ spend: '7' })])).toMatchObject([
    { ad: null, adSet: null, spend: '7', impressions: '100', reach: null },
  ]);
});

test('currencies are kept apart: the remainder knows only its own', () => {
  const facts = factsOf([
    adRow({ spend: '1', currency: 'EUR' }),
    adRow({ adExternalId: 'a2', spend: '100', currency: 'KZT' }),
    campaignRow({ spend: '4', currency: 'EUR' }),
  ]);
  expect(facts.map(({ ad, currency, spend }) => [ad, currency, spend])).toEqual([
    ['a1', 'EUR', '1'],
    ['a2', 'KZT', '100'],
    [null, 'EUR', '3'],
  ]);
});

test('rows that come again are counted', () => {
  const facts = new WindowFacts(GOALS);
  for (const row of [adRow(), adRow(), campaignRow(), adRow({ date: '2026-11-19' }), campaignRow()])
    facts.add(row);
  expect(facts.merged).toBe(2);
});
