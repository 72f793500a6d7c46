import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { TOO_MUCH } from '../../../../sandbox/faults/presets.ts';
import type { Json } from '../../../../sandbox/meta/json.ts';
import type { Sandbox } from '../../../../sandbox/index.ts';
import { startSandbox } from '../../../../sandbox/index.ts';
import type { BreakdownKind, BreakdownPage } from '../../../../src/connectors/ads/breakdowns.ts';
import type { AdPlatform } from '../../../../src/connectors/ads/contract.ts';
import { GOAL_TEMPLATES } from '../../../../src/connectors/ads/meta/goals.ts';
import type { DayRange } from '../../../../src/lib/days.ts';
import { addDays, daysOf } from '../../../../src/lib/days.ts';
import { collect, failureOf, NOW } from './graphServer.ts';
import { ACCESS, ACCOUNT, metaAccountsOf, metaAt, readInPieces, TODAY } from './readingWorld.ts';

const THREE: DayRange = { from: addDays(TODAY, -12), to: addDays(TODAY, -10) };
const { externalId } = ACCOUNT;
let sandbox: Sandbox;
let meta: AdPlatform;

beforeAll(async () => {
  sandbox = await startSandbox({ now: () => NOW, accounts: [ACCOUNT] });
  meta = metaAt(sandbox, { syncDays: 2 });
});
afterEach(() => {
  sandbox.meta.faults.clear();
  sandbox.meta.ledger.clear();
});
afterAll(() => sandbox.close());

const requests = () => sandbox.meta.ledger.requests();
const read = (kind: BreakdownKind): Promise<BreakdownPage[]> =>
  collect(meta.readBreakdowns(ACCESS, { kind, range: THREE }));
const cents = (text: string): number => Math.round(Number(text) * 100);
const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);
const truth = (level: 'account' | 'campaign' | 'ad') =>
  daysOf(THREE).flatMap((day) => sandbox.meta.truth({ externalId, level, day }));

describe('breakdowns', () => {
  test.each<[BreakdownKind, string[]]>([
    ['DEMOGRAPHICS', ['age', 'gender']],
    ['PLACEMENTS', ['publisher_platform', 'platform_position']],
  ])('%s: parts of every campaign-day that add up in spend and impressions', async (kind, names) => {
    const pages = await read(kind);
    const rows = pages.flatMap((page) => page.rows);
    expect(pages.flatMap((page) => page.rejected)).toEqual([]);
    for (const whole of truth('campaign')) {
      const parts = rows.filter((row) => row.date === whole.date && row.campaignExternalId === whole.id);
      expect(parts.length).toBeGreaterThan(4);
      expect(sum(parts.map((part) => cents(part.spend)))).toBe(cents(whole.spend));
      expect(sum(parts.map((part) => Number(part.impressions)))).toBe(Number(whole.impressions));
    }
    for (const row of rows) {
      expect(Object.keys(row.segments)).toEqual(names);
      expect(Object.values(row.segments).every((value) => value !== '')).toBe(true);
      expect([row.adExternalId, row.currency]).toEqual([null, 'KZT']);
    }
    const keys = rows.map((row) => JSON.stringify([row.date, row.campaignExternalId, row.segments]));
    expect(new Set(keys).size).toBe(keys.length);
  });

  test('RELEVANCE: the rankings of ads, without those that have none', async () => {
    const rows = (await read('RELEVANCE')).flatMap((page) => page.rows);
    expect(rows.length).toBeGreaterThan(20);
    const ads = new Map(truth('ad').map((row) => [`${row.date} ${row.id}`, row]));
    for (const row of rows) {
      expect(Object.keys(row.segments)).toEqual([
        'quality_ranking',
        'engagement_rate_ranking',
        'conversion_rate_ranking',
      ]);
      expect(Object.values(row.segments)).not.toEqual(['UNKNOWN', 'UNKNOWN', 'UNKNOWN']);
      const ad = ads.get(`${row.date} ${row.adExternalId}`);
      expect([row.spend, row.impressions, row.campaignExternalId]).toEqual([
        ad?.spend,
        ad?.impressions,
        ad?.campaignId,
      ]);
    }
  });

  test.each<[string, object, number]>([
    [
      'all unknown',
      { quality_ranking: 'UNKNOWN', engagement_rate_ranking: 'UNKNOWN', conversion_rate_ranking: 'UNKNOWN' },
      0,
    ],
    [
      'none at all',
      { quality_ranking: undefined, engagement_rate_ranking: undefined, conversion_rate_ranking: undefined },
      0,
    ],
    [
      'one known',
      { quality_ranking: 'AVERAGE', engagement_rate_ranking: 'UNKNOWN', conversion_rate_ranking: undefined },
      1,
    ],
  ])('RELEVANCE with %s', async (_name, rankings, share) => {
    const rewrite = (json: Json): Json => {
      const { data, ...rest } = json as { data: object[] };
      return { ...rest, data: data.map((row) => ({ ...row, ...rankings })) };
    };
    sandbox.meta.faults.add({
      match: { path: '/insights', method: 'GET' },
      times: Infinity,
      reply: { kind: 'rewrite', rewrite },
    });
    const rows = (await read('RELEVANCE')).flatMap((page) => page.rows);
    expect(rows).toHaveLength(share * truth('ad').length);
    for (const { segments } of rows) {
      expect(segments).toEqual({
        quality_ranking: 'AVERAGE',
        engagement_rate_ranking: 'UNKNOWN',
        conversion_rate_ranking: 'UNKNOWN',
      });
    }
  });

  test.each<BreakdownKind>(['DEMOGRAPHICS', 'PLACEMENTS', 'RELEVANCE'])(
    '%s: stopped after every page, the same rows',
    async (kind) => {
      sandbox.meta.faults.add({
        match: { path: '/insights', limitAbove: 40 },
        times: Infinity,
        reply: TOO_MUCH.heavyPage,
      });
      const whole = await read(kind);
      const asked = { kind, range: THREE };
      const pieces = await readInPieces((from) => meta.readBreakdowns(ACCESS, asked, from));
      expect(pieces.length).toBeGreaterThan(2);
      expect(pieces.flatMap((page) => page.rows)).toEqual(whole.flatMap((page) => page.rows));
    },
  );

  test('what cannot be served is told, the rest is there', async () => {
    const [ad] = truth('ad');
    sandbox.meta.faults.poison({ id: ad?.adId ?? '', day: ad?.date ?? '' });
    const pages = await read('RELEVANCE');
    expect(pages.flatMap((page) => page.unserved ?? [])).toEqual([
      { range: { from: ad?.date, to: ad?.date }, reason: expect.stringMatching(/time/) },
    ]);
    expect(pages.flatMap((page) => page.rows).length).toBeGreaterThan(20);
  });
});

describe('totals of the account', () => {
  test('a row for each day, as exact as the sum of its campaigns', async () => {
    expect(await meta.readAccountDays(ACCESS, THREE)).toEqual(
      truth('account').map(({ date, spend, impressions, clicks }) => ({
        date,
        currency: 'KZT',
        spend,
        impressions,
        clicks,
      })),
    );
    expect(requests().filter(({ query }) => query['filtering'] !== undefined)).toEqual([]);
  });

  test.each([
    ['one that is no figure', '"spend":"1,5"'],
    ['one below zero', '"spend":"-4"'],
  ])('%s makes them worthless', async (_name, wrong) => {
    const rewrite = (json: Json): Json =>
      JSON.parse(JSON.stringify(json).replace(/"spend":"[^"]*"/, wrong)) as Json;
    const match = { path: '/insights', method: 'GET' };
    sandbox.meta.faults.add({ match, times: Infinity, reply: { kind: 'rewrite', rewrite } });
    expect((await failureOf(meta.readAccountDays(ACCESS, THREE))).failure).toBe('RETRY');
  });

  test('a part of them is no answer', async () => {
    sandbox.meta.faults.add({ match: { path: /\/insights$/ }, times: Infinity, reply: TOO_MUCH.timeout });
    expect((await failureOf(meta.readAccountDays(ACCESS, THREE))).failure).toBe('RETRY');
  });
});

describe('reach of a window', () => {
  test('of the account and of each campaign, asked as a whole and not by day', async () => {
    const rows = (await meta.readReach(ACCESS, THREE)) ?? [];
    const campaigns = new Set(truth('campaign').map((row) => row.id));
    expect(rows[0]?.campaignExternalId).toBeNull();
    expect(new Set(rows.slice(1).map((row) => row.campaignExternalId))).toEqual(campaigns);
    const impressions = sum(truth('account').map((row) => Number(row.impressions)));
    expect(Number(rows[0]?.impressions)).toBe(impressions);
    for (const row of rows) {
      expect(Number(row.reach)).toBeLessThan(Number(row.impressions));
      expect(Number(row.frequency)).toBeCloseTo(Number(row.impressions) / Number(row.reach), 5);
    }
    expect(requests()).toHaveLength(2);
    for (const { query } of requests()) {
      expect(query).not.toHaveProperty('time_increment');
      expect(JSON.parse(query['time_range'] ?? '')).toEqual({ since: THREE.from, until: THREE.to });
    }
  });
});

describe('archived and deleted objects keep their history', () => {
  test('every campaign and ad of the demo accounts that ever delivered, while it is archived or deleted now', async () => {
    const statuses = new Set<string>();
    for (const account of metaAccountsOf(sandbox)) {
      const access = { ...ACCESS, externalId: account.externalId };
      const structure = await collect(meta.readStructure(access));
      const status = new Map(
        structure
          .flatMap((page) => [...page.campaigns, ...page.ads])
          .map((one) => [one.externalId, one.status]),
      );
      for (const day of ['2026-03-10', '2025-11-01', '2026-10-28', '2026-05-05']) {
        const rows = (await collect(meta.readInsights(access, { from: day, to: day }))).flatMap(
          (page) => page.rows,
        );
        for (const level of ['campaign', 'ad'] as const) {
          const found = rows.filter((row) => row.level === level.toUpperCase());
          const ids = found.map((row) => row.adExternalId ?? row.campaignExternalId).toSorted();
          const expected = sandbox.meta.truth({ externalId: account.externalId, level, day });
          expect(ids).toEqual(expected.map((row) => row.id).toSorted());
          for (const id of ids) statuses.add(`${level} ${status.get(id)}`);
        }
        // The account's own total contains everything: what the campaigns lack would be seen.
        const [total] = await meta.readAccountDays(access, { from: day, to: day });
        const campaigns = rows.filter((row) => row.level === 'CAMPAIGN');
        expect(sum(campaigns.map((row) => cents(row.spend)))).toBe(cents(total?.spend ?? '0'));
      }
    }
    expect([...statuses]).toEqual(
      expect.arrayContaining(['campaign ARCHIVED', 'campaign DELETED', 'ad ARCHIVED', 'ad DELETED']),
    );
  });
});

test('goal templates: named once, every list ends in types Meta reports by itself, the first goal is the primary one', () => {
  expect(GOAL_TEMPLATES.map((template) => [template.key, template.goals.map((goal) => goal.name)])).toEqual([
    ['BOOKING_FUNNEL', ['reservation', 'booking_step_1', 'booking_step_2', 'booking_step_3']],
    ['ECOMMERCE', ['purchase', 'add_to_cart', 'checkout', 'view_content']],
    ['LEAD_GENERATION', ['lead', 'message', 'call']],
  ]);
  for (const goal of GOAL_TEMPLATES.flatMap((template) => template.goals)) {
    expect(new Set(goal.actionTypes).size).toBe(goal.actionTypes.length);
    expect(goal.actionTypes.at(-1)).not.toContain('custom');
  }
  const [reservation] = GOAL_TEMPLATES[0]?.goals ?? [];
  expect(reservation?.actionTypes.slice(0, 2)).toEqual([
    'offsite_conversion.fb_pixel_custom.reservation',
    'omni_purchase',
  ]);
});
