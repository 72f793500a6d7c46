import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeNodeId } from '../../src/schema/ids.ts';
import { connectAccount } from '../../src/services/accounts/connect.ts';
import { createApiKey } from '../../src/services/apiKeys/create.ts';
import { createClient } from '../../src/services/clients/create.ts';
import { triggerSync } from '../../src/services/sync/trigger.ts';
import { graphql } from '../generated/graphql/gql.ts';
import type { TestApp } from '../support/app.ts';
import { startTestApp } from '../support/app.ts';
import { waitFor } from '../support/waitFor.ts';

const ACCOUNT = 'act_2000000001';
const CAMPAIGNS = 130;
const RANGE = { from: '2026-10-01', to: '2026-10-03' };

const ReadCampaigns = graphql(`
  query CampaignList(
    $clientId: ID!
    $range: DateRange!
    $first: Int
    $after: String
    $orderBy: CampaignOrder
  ) {
    campaigns(clientId: $clientId, range: $range, first: $first, after: $after, orderBy: $orderBy) {
      nodes {
        id
        externalId
        name
        platform
        account {
          name
        }
        totals(range: $range) {
          spend {
            amount
            currency
          }
          impressions
          cpc {
            amount
          }
          goals {
            name
            count
          }
          coverage {
            complete
            presentSlices
          }
        }
        adSets(first: 5) {
          nodes {
            name
          }
        }
        ads(first: 5) {
          nodes {
            name
          }
          pageInfo {
            hasNextPage
          }
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);
const ReadClients = graphql(`
  query ClientList {
    clients(first: 100) {
      nodes {
        name
        accounts {
          name
          coverage(range: { from: "2026-10-01", to: "2026-10-03" }) {
            presentSlices
          }
        }
        goals {
          name
        }
      }
    }
  }
`);
const ReadNode = graphql(`
  query OneNode($id: ID!) {
    node(id: $id) {
      __typename
      id
    }
  }
`);

let test: TestApp;
let clientId: string;
let runId: string;
let otherViewer: string;

beforeAll(async () => {
  test = await startTestApp({
    sandbox: {
      accounts: [{ externalId: ACCOUNT, campaigns: CAMPAIGNS, adSetsPerCampaign: 1, adsPerAdSet: 2 }],
    },
  });
  const { system } = test;
  const client = await createClient(system, { name: 'Many', timezone: 'UTC', currency: 'USD' });
  await connectAccount(system, {
    clientId: client.id,
    platform: 'META',
    externalId: ACCOUNT,
    token: 'sandbox-1',
  });
  ({ runId } = await triggerSync(system, { clientId: client.id, range: RANGE }));
  await waitFor(
    async () => (await system.db.prisma.run.findFirst({ where: { id: runId } }))?.status === 'SUCCEEDED',
    { within: 20_000, what: 'the sync to succeed' },
  );
  const other = await createClient(system, { name: 'Other', timezone: 'UTC', currency: 'USD' });
  const created = await createApiKey(system, { name: 'other', role: 'VIEWER', clientIds: [other.id] });
  otherViewer = created.secret.reveal();
  clientId = encodeNodeId('Client', client.id);
});
afterAll(() => test.stop());

/** Follows the cursors to the end. */
async function allPages(
  first: number,
  orderBy: { field: 'NAME' | 'SPEND' | 'CLICKS'; direction: 'ASC' | 'DESC' },
) {
  const found: { id: string; name: string; spend: number }[] = [];
  let after: string | null = null;
  for (;;) {
    const page: Awaited<ReturnType<typeof readPage>> = await readPage(first, after, orderBy);
    found.push(
      ...page.nodes.map(({ id, name, totals }) => ({ id, name, spend: Number(totals.spend.amount) })),
    );
    if (!page.pageInfo.hasNextPage) return found;
    after = page.pageInfo.endCursor ?? null;
  }
}

async function readPage(
  first: number,
  after: string | null,
  orderBy: { field: 'NAME' | 'SPEND' | 'CLICKS'; direction: 'ASC' | 'DESC' },
) {
  return (await test.client().request(ReadCampaigns, { clientId, range: RANGE, first, after, orderBy }))
    .campaigns;
}

describe('a list of campaigns', () => {
  it('takes the same number of statements for 5 and for 100 of them, totals and children included', async () => {
    const counts: number[] = [];
    for (const first of [5, 100]) {
      test.takeQueries();
      const page = await readPage(first, null, { field: 'SPEND', direction: 'DESC' });
      expect(page.nodes).toHaveLength(first);
      counts.push(test.takeQueries().length);
    }
    expect(counts[0]).toBe(counts[1]);
    expect(counts[1]).toBeLessThanOrEqual(10);
  });

  it('gives every campaign once, in order, whatever the page size', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 17, max: 100 }),
        fc.constantFrom('NAME' as const, 'SPEND' as const, 'CLICKS' as const),
        fc.constantFrom('ASC' as const, 'DESC' as const),
        async (first, field, direction) => {
          const found = await allPages(first, { field, direction });
          expect(new Set(found.map((campaign) => campaign.id)).size).toBe(CAMPAIGNS);
          expect(found).toHaveLength(CAMPAIGNS);
          if (field !== 'SPEND') return;
          const spends = found.map((campaign) => campaign.spend);
          expect(spends).toEqual(spends.toSorted((a, b) => (direction === 'ASC' ? a - b : b - a)));
        },
      ),
      { numRuns: 6 },
    );
  });

  it('adds up to what the platform reported for the account', async () => {
    const campaigns = await allPages(100, { field: 'NAME', direction: 'ASC' });
    const cents = campaigns.reduce((total, { spend }) => total + Math.round(spend * 100), 0);
    const days = ['2026-10-01', '2026-10-02', '2026-10-03'];
    const served = days.map((date) =>
      Math.round(Number(test.sandbox.meta.ledger.spend(ACCOUNT, date)) * 100),
    );
    expect(cents).toBe(served.reduce((total, day) => total + day, 0));
    expect(cents).toBeGreaterThan(0);
  });
});

describe('a list of clients', () => {
  it('takes a number of statements that does not grow with them', async () => {
    const admin = test.client();
    test.takeQueries();
    await admin.request(ReadClients);
    const few = test.takeQueries().length;
    for (let n = 0; n < 10; n++) {
      await createClient(test.system, { name: `Brand ${n}`, timezone: 'UTC', currency: 'EUR' });
    }
    test.takeQueries();
    const { clients } = await admin.request(ReadClients);
    expect(clients.nodes.length).toBeGreaterThan(10);
    expect(test.takeQueries()).toHaveLength(few);
  });
});

describe('a viewer of another client', () => {
  it('gets for every node what a missing id gets', async () => {
    const viewer = test.client(otherViewer);
    const { prisma } = test.system.db;
    const [account, campaign, ad, adSet] = await Promise.all([
      prisma.adAccount.findFirstOrThrow(),
      prisma.adCampaign.findFirstOrThrow(),
      prisma.ad.findFirstOrThrow(),
      prisma.adSet.findFirstOrThrow(),
    ]);
    const ids = [
      clientId,
      encodeNodeId('SyncRun', runId),
      encodeNodeId('AdAccount', account.id),
      encodeNodeId('Campaign', campaign.id),
      encodeNodeId('Ad', ad.id),
      encodeNodeId('AdSet', adSet.id),
    ];
    for (const id of ids) {
      const admin = await test.client().request(ReadNode, { id });
      expect(admin.node?.id, 'the admin sees it').toBe(id);
      const type = Buffer.from(id, 'base64url').toString().split(':')[0] ?? '';
      const missing = encodeNodeId(type, '00000000-0000-4000-8000-000000000000');
      expect(await viewer.request(ReadNode, { id })).toEqual(await viewer.request(ReadNode, { id: missing }));
      expect((await viewer.request(ReadNode, { id })).node).toBeNull();
    }
  });
});
