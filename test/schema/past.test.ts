import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeNodeId } from '../../src/schema/ids.ts';
import { createApiKey } from '../../src/services/apiKeys/create.ts';
import { graphql } from '../generated/graphql/gql.ts';
import type { Holder } from '../services/sync/support.ts';
import { action, addAccount, addHolder, adRow, replace } from '../services/sync/support.ts';
import type { TestApp } from '../support/app.ts';
import { startTestApp } from '../support/app.ts';

const CAMPAIGNS = 120;
const DAY = '2026-10-01';
const RANGE = { from: DAY, to: '2026-10-02' };
const FIRST_READ = new Date('2026-10-03T08:00:00Z');
const SECOND_READ = new Date('2026-10-04T08:00:00Z');
const between = new Date('2026-10-03T20:00:00Z');

const PastTotals = graphql(`
  query PastTotals($clientId: ID!, $range: DateRange!, $asOf: DateTime) {
    totals(clientId: $clientId, range: $range, asOf: $asOf) {
      spend {
        amount
        currency
      }
      conversions
      goals {
        name
        count
      }
      coverage {
        presentSlices
        complete
        missing {
          date
          reason
        }
      }
    }
  }
`);
const PastCampaigns = graphql(`
  query PastCampaigns($clientId: ID!, $range: DateRange!, $first: Int, $asOf: DateTime) {
    campaigns(clientId: $clientId, range: $range, first: $first) {
      nodes {
        externalId
        now: totals(range: $range) {
          clicks
        }
        then: totals(range: $range, asOf: $asOf) {
          clicks
          spend {
            amount
          }
          goals {
            name
            count
          }
          coverage {
            presentSlices
            missing {
              date
            }
          }
        }
      }
    }
  }
`);
const ReadRevisions = graphql(`
  query ReadRevisions($clientId: ID!, $range: DateRange!, $since: DateTime, $first: Int, $after: String) {
    revisions(clientId: $clientId, range: $range, since: $since, first: $first, after: $after) {
      nodes {
        at
        date
        account {
          id
        }
        campaign {
          name
        }
        campaignExternalId
        adExternalId
        metric
        currency
        old
        new
        run {
          id
          status
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

let test: TestApp;
let holder: Holder;
let clientId: string;
const run = { own: randomUUID(), everybodys: randomUUID() };

beforeAll(async () => {
  test = await startTestApp({ jobs: false });
  const db = test.system.db.staff;
  holder = await addHolder(db);
  clientId = encodeNodeId('Client', holder.clientId);
  const names = Array.from({ length: CAMPAIGNS }, (_, n) => `c${String(n)}`);
  // The last campaign is known by its figures alone.
  await db.pool.query(
    `INSERT INTO ad_campaigns (client_id, account_id, external_id, name, status)
     SELECT $1, $2, name, 'Campaign ' || name, 'ACTIVE' FROM unnest($3::text[]) AS name`,
    [holder.clientId, holder.accountId, names.slice(0, -1)],
  );
  for (const [id, client] of [
    [run.own, holder.clientId],
    [run.everybodys, null],
  ]) {
    await db.pool.query(
      `INSERT INTO runs (id, kind, trigger, status, client_id, work_key, requested_by)
       VALUES ($1, 'ADS_SYNC', 'SCHEDULE', 'SUCCEEDED', $2, $3, 'test')`,
      [id, client, `of ${String(id)}`],
    );
  }
  const rows = (clicks: string, spend: string) =>
    names.map((campaignExternalId) =>
      adRow({ date: DAY, campaignExternalId, clicks, spend, actions: { lead: action(clicks) } }),
    );
  const window = { from: DAY, to: DAY };
  await replace(db, { holder, window, rows: rows('1', '2'), readAt: FIRST_READ });
  const later = { holder, window, runId: run.own, readAt: SECOND_READ };
  await replace(db, { ...later, rows: rows('5', '2.50') });
});
afterAll(() => test.stop());

const ask = (asOf: Date | null) =>
  test.client().request(PastTotals, { clientId, range: RANGE, asOf: asOf?.toISOString() ?? null });

describe('totals as of a moment', () => {
  it('are those of then', async () => {
    const { totals } = await ask(between);
    expect(totals).toMatchObject({
      spend: { amount: '240', currency: 'EUR' },
      goals: [{ name: 'lead', count: '120' }],
      coverage: { presentSlices: 1, complete: false, missing: [{ date: '2026-10-02' }] },
    });
    expect((await ask(SECOND_READ)).totals).toMatchObject({
      spend: { amount: '300' },
      goals: [{ name: 'lead', count: '600' }],
    });
    expect((await ask(null)).totals.spend.amount).toBe('300');
  });

  it('before anything was read are nothing, of which nothing is known', async () => {
    const { totals } = await ask(new Date(FIRST_READ.getTime() - 1));
    expect(totals).toMatchObject({ spend: { amount: '0', currency: 'EUR' }, conversions: '0', goals: [] });
    expect(totals.coverage).toMatchObject({ presentSlices: 0, complete: false });
    expect(totals.coverage.missing[0]).toEqual({
      date: DAY,
      reason: expect.stringMatching(
        /^NOT_FETCHED: .* 2026-10-03T08:00:00.000Z, after that moment$/,
      ) as unknown,
    });
  });

  it('in the future are refused', async () => {
    const tomorrow = new Date(test.system.now().getTime() + 86_400_000);
    await expect(ask(tomorrow)).rejects.toThrow(/asOf .* is in the future/);
    const asked = test
      .client()
      .request(PastCampaigns, { clientId, range: RANGE, first: 1, asOf: tomorrow.toISOString() });
    await expect(asked).rejects.toThrow('BAD_USER_INPUT');
  });
});

describe('campaigns with totals as of a moment', () => {
  it('take the same number of statements for 5 and for 100 of them', async () => {
    const counts: number[] = [];
    for (const first of [5, 100]) {
      test.takeQueries();
      const asked = { clientId, range: RANGE, first, asOf: between.toISOString() };
      const { campaigns } = await test.client().request(PastCampaigns, asked);
      counts.push(test.takeQueries().length);
      expect(campaigns.nodes).toHaveLength(first);
      for (const { now, then } of campaigns.nodes) {
        expect(now.clicks).toBe(5);
        expect(then).toMatchObject({
          clicks: 1,
          spend: { amount: '2' },
          goals: [{ name: 'lead', count: '1' }],
        });
      }
    }
    expect(counts[0]).toBe(counts[1]);
    expect(counts[1]).toBeLessThanOrEqual(10);
  });
});

describe('revisions', () => {
  const read = async (asked: { first?: number; after?: string | null; since?: string } = {}, key?: string) =>
    (await test.client(key).request(ReadRevisions, { clientId, range: RANGE, first: 100, ...asked }))
      .revisions;

  it('tell what changed, when, from what to what and by which run', async () => {
    const { nodes } = await read();
    const spend = nodes.find(({ metric }) => metric === 'spend');
    expect(spend).toMatchObject({
      ...{
        at: SECOND_READ.toISOString(),
        date: DAY,
        adExternalId: 'a1',
        currency: 'EUR',
        old: '2',
        new: '2.5',
      },
      account: { id: encodeNodeId('AdAccount', holder.accountId) },
      run: { id: encodeNodeId('SyncRun', run.own), status: 'SUCCEEDED' },
    });
    expect(new Set(nodes.map(({ metric }) => metric))).toEqual(
      new Set(['spend', 'clicks', 'action:lead', 'goal:lead']),
    );
    expect(nodes.filter(({ campaign }) => campaign?.name).length).toBeGreaterThan(90);
    expect((await read({ since: SECOND_READ.toISOString() })).nodes).toEqual([]);
  });

  it('come page by page, each of them once, with a number of statements that does not grow', async () => {
    const seen: string[] = [];
    const counts = new Set<number>();
    let after: string | null = null;
    for (const first of [3, 100, 100, 100, 100, 100]) {
      test.takeQueries();
      const page: Awaited<ReturnType<typeof read>> = await read({ first, after });
      counts.add(test.takeQueries().length);
      seen.push(...page.nodes.map(({ campaignExternalId, metric }) => `${campaignExternalId} ${metric}`));
      after = page.pageInfo.endCursor ?? null;
      if (!page.pageInfo.hasNextPage) break;
    }
    expect(seen).toHaveLength(CAMPAIGNS * 4);
    expect(new Set(seen).size).toBe(CAMPAIGNS * 4);
    expect([...counts]).toHaveLength(1);
    expect([...counts][0]).toBeLessThanOrEqual(5);
  });

  it('of a campaign that nobody lists have no campaign but its id', async () => {
    const last = `c${String(CAMPAIGNS - 1)}`;
    const { nodes } = await read();
    expect(nodes.find(({ campaignExternalId }) => campaignExternalId === last)).toMatchObject({
      campaign: null,
    });
  });

  it('show a viewer the run of its client, and not one that was about every client', async () => {
    const created = await createApiKey(test.system, {
      ...{ name: 'viewer', role: 'VIEWER' },
      clientIds: [holder.clientId],
    });
    const key = created.secret.reveal();
    expect((await read({ first: 1 }, key)).nodes[0]?.run?.id).toBe(encodeNodeId('SyncRun', run.own));
    const db = test.system.db.staff;
    const own = { ...holder, accountId: await addAccount(db, holder.clientId) };
    const window = { from: DAY, to: DAY };
    await replace(db, { holder: own, window, rows: [], readAt: FIRST_READ });
    await replace(db, {
      ...{ holder: own, window, runId: run.everybodys, readAt: SECOND_READ },
      rows: [adRow({ date: DAY })],
    });
    expect((await read({ first: 1 }, key)).nodes[0]).toMatchObject({ run: null, campaign: null });
    expect((await read({ first: 1 })).nodes[0]?.run?.id).toBe(encodeNodeId('SyncRun', run.everybodys));
  });
});
