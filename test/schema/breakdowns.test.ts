import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeNodeId } from '../../src/schema/ids.ts';
import { graphql } from '../generated/graphql/gql.ts';
import type { TestApp } from '../support/app.ts';
import { ACCOUNT, CAMPAIGNS, cents, DAYS, RANGE, startBreakdowns, sum } from './breakdownScene.ts';

const ReadBreakdowns = graphql(`
  query ReadBreakdowns(
    $clientId: ID!
    $range: DateRange!
    $kind: BreakdownKind!
    $campaignId: ID
    $first: Int!
  ) {
    breakdowns(clientId: $clientId, range: $range, kind: $kind, campaignId: $campaignId) {
      rows(first: $first) {
        segments
        spend {
          amount
          currency
        }
        shareOfSpend
        impressions
        clicks
        linkClicks
        ad {
          id
          name
        }
        adExternalId
        rankedOn
      }
      rowsTotal
      daysExpected
      daysPresent
      complete
      missing(first: 3) {
        account {
          externalId
        }
        date
        reason
      }
    }
  }
`);
const ReadCampaignParts = graphql(`
  query CampaignParts($clientId: ID!, $range: DateRange!, $first: Int!) {
    campaigns(clientId: $clientId, range: $range, first: $first) {
      nodes {
        id
        externalId
        totals(range: $range) {
          spend {
            amount
          }
          impressions
        }
        breakdowns(range: $range, kind: DEMOGRAPHICS) {
          rows(first: 100) {
            spend {
              amount
            }
            impressions
            shareOfSpend
          }
          complete
          missing {
            reason
          }
        }
        reach(range: $range) {
          reach
          frequency
        }
      }
    }
  }
`);
let test: TestApp;
let uuid: string;
let clientId: string;
let viewer: string;
let stranger: string;

beforeAll(async () => {
  ({ test, uuid, clientId, viewer, stranger } = await startBreakdowns());
}, 60_000);
afterAll(() => test.stop());

type Kind = 'DEMOGRAPHICS' | 'PLACEMENTS' | 'RELEVANCE';

async function read(
  kind: Kind,
  changes: { campaignId?: string; range?: typeof RANGE; first?: number; key?: string } = {},
) {
  const { key = viewer, ...variables } = changes;
  const answer = await test
    .client(key)
    .request(ReadBreakdowns, { clientId, range: RANGE, kind, first: 100, ...variables });
  return answer.breakdowns;
}

describe('against the sandbox\u2019s truth', () => {
  it.each(['DEMOGRAPHICS', 'PLACEMENTS'])('%s add up to every campaign-day', async (kind) => {
    const truth = DAYS.flatMap((day) =>
      test.sandbox.meta.truth({ externalId: ACCOUNT, level: 'campaign', day }),
    );
    const { rows } = await test.system.db.pool.query<
      Record<'date' | 'id' | 'spend' | 'impressions' | 'clicks', string>
    >(
      `SELECT date::text AS date, campaign_external_id AS id, sum(spend)::text AS spend,
         sum(impressions)::text AS impressions, sum(clicks)::text AS clicks
       FROM ad_breakdowns WHERE client_id = $1 AND kind = $2 GROUP BY 1, 2 ORDER BY 1, 2`,
      [uuid, kind],
    );
    const told = truth
      .map(({ date, id, spend, impressions, clicks }) => ({ date, id, spend, impressions, clicks }))
      .toSorted((a, b) => (`${a.date}${a.id}` < `${b.date}${b.id}` ? -1 : 1));
    expect(rows.length).toBeGreaterThan(CAMPAIGNS);
    expect(rows).toEqual(told.filter((row) => row.impressions !== '0'));
  });
});

describe('breakdowns', () => {
  it('sums over days and campaigns, the largest share first, and is complete', async () => {
    const report = await read('DEMOGRAPHICS');
    expect(report).toMatchObject({ daysExpected: 3, daysPresent: 3, complete: true, missing: [] });
    expect(report.rowsTotal).toBe(report.rows.length);
    const keys = report.rows.map((row) => JSON.stringify(row.segments));
    expect(new Set(keys).size).toBe(keys.length);
    expect(report.rows[0]?.segments).toMatchObject({ age: '25-34', gender: 'female' });
    const shares = report.rows.map((row) => Number(row.shareOfSpend));
    expect(shares).toEqual(shares.toSorted((a, b) => b - a));
    expect(sum(shares)).toBeCloseTo(1, 4);
    const { rows } = await test.system.db.pool.query<{ spend: string }>(
      `SELECT sum(spend)::text AS spend FROM campaign_days WHERE client_id = $1`,
      [uuid],
    );
    expect(sum(report.rows.map((row) => cents(row.spend.amount)))).toBe(cents(rows[0]?.spend));
  });

  it('gives at most `first` rows and tells how many there are', async () => {
    const whole = await read('PLACEMENTS');
    const report = await read('PLACEMENTS', { first: 2 });
    expect(report.rows).toEqual(whole.rows.slice(0, 2));
    expect(report.rowsTotal).toBe(whole.rows.length);
    await expect(read('PLACEMENTS', { first: 101 })).rejects.toThrow(/first must be from 1 to 100/);
  });

  it('of one campaign: only its own, with shares of its own', async () => {
    const { campaigns } = await test
      .client(viewer)
      .request(ReadCampaignParts, { clientId, range: RANGE, first: 5 });
    const campaign = campaigns.nodes[0];
    if (!campaign) throw new Error('no campaign');
    const report = await read('DEMOGRAPHICS', { campaignId: campaign.id });
    expect(sum(report.rows.map((row) => cents(row.spend.amount)))).toBe(cents(campaign.totals.spend.amount));
    expect(sum(report.rows.map((row) => Number(row.shareOfSpend)))).toBeCloseTo(1, 4);
    expect(report.daysExpected).toBe(3);
  });

  it('RELEVANCE is a row an ad, with its newest rankings', async () => {
    const report = await read('RELEVANCE');
    expect(report.rows.length).toBeGreaterThan(0);
    const ids = report.rows.map((row) => row.adExternalId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const row of report.rows) {
      expect(row.ad?.name).toEqual(expect.any(String));
      expect(Object.keys(row.segments as object)).toContain('quality_ranking');
      expect(row.rankedOn).toMatch(/^2026-10-0[123]$/);
    }
  });

  it('days that were never read are missing, with the reason', async () => {
    const report = await read('DEMOGRAPHICS', { range: { from: '2026-09-29', to: '2026-10-02' } });
    expect(report).toMatchObject({ daysExpected: 4, daysPresent: 2, complete: false });
    expect(report.missing).toEqual(
      ['2026-09-29', '2026-09-30'].map((date) => ({
        account: { externalId: ACCOUNT },
        date,
        reason: 'NOT_FETCHED: the breakdown of this day was never asked for',
      })),
    );
  });

  it('is nobody else\u2019s', async () => {
    await expect(read('DEMOGRAPHICS', { key: stranger })).rejects.toThrow(/No such client/);
    const own = encodeNodeId('Campaign', '00000000-0000-4000-8000-000000000000');
    await expect(read('DEMOGRAPHICS', { campaignId: own })).rejects.toThrow(/No such campaign/);
  });

  it('costs the same statements for one campaign and for thirty', async () => {
    const count = async (first: number) => {
      test.takeQueries();
      const { campaigns } = await test
        .client(viewer)
        .request(ReadCampaignParts, { clientId, range: RANGE, first });
      expect(campaigns.nodes).toHaveLength(first);
      return test.takeQueries();
    };
    const [one, thirty] = [await count(1), await count(CAMPAIGNS)];
    expect(thirty).toHaveLength(one.length);
    expect(thirty.filter((query) => query.startsWith('/* breakdowns.campaigns.bySegments'))).toHaveLength(1);
    expect(thirty.filter((query) => query.startsWith('/* reach.ofCampaigns'))).toHaveLength(1);
  });

  it('every campaign\u2019s parts add up to its own total', async () => {
    const { campaigns } = await test
      .client(viewer)
      .request(ReadCampaignParts, { clientId, range: RANGE, first: CAMPAIGNS });
    for (const { totals, breakdowns, reach } of campaigns.nodes) {
      expect(breakdowns.complete).toBe(true);
      expect(sum(breakdowns.rows.map((row) => cents(row.spend.amount)))).toBe(cents(totals.spend.amount));
      expect(sum(breakdowns.rows.map((row) => row.impressions))).toBe(totals.impressions);
      expect(reach === null ? 0 : reach?.reach).toBeLessThanOrEqual(totals.impressions);
    }
  });
});
