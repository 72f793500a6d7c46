import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { graphql } from '../generated/graphql/gql.ts';
import type { TestApp } from '../support/app.ts';
import { startTestApp } from '../support/app.ts';
import { publishedCsv, SMALL_CSV, SMALL_TOTALS } from '../support/recordedCsv.ts';
import { collectEvents, collectSocket } from '../support/subscribe.ts';

const MONTH = { from: '2026-10-01', to: '2026-10-31' };

const CreateClient = graphql(`
  mutation RecordedClient($input: CreateClientInput!) {
    createClient(input: $input) {
      client {
        id
      }
      run {
        id
      }
    }
  }
`);
const ConnectAccount = graphql(`
  mutation RecordedAccount($input: ConnectAccountInput!) {
    connectAccount(input: $input) {
      id
      externalId
      currency
      timezone
    }
  }
`);
const TriggerSync = graphql(`
  mutation RecordedSync($input: TriggerSyncInput!) {
    triggerSync(input: $input) {
      id
      status
      tasksTotal
    }
  }
`);
const ReadRun = graphql(`
  query RecordedRun($id: ID!) {
    syncRun(id: $id) {
      status
      recordsSynced
      clientsProcessed
      error {
        class
        reason
      }
    }
  }
`);
const ReadFigures = graphql(`
  query RecordedFigures($clientId: ID!, $range: DateRange!) {
    totals(clientId: $clientId, range: $range) {
      spend {
        amount
        currency
      }
      impressions
      clicks
      conversions
      goals {
        name
        count
      }
      coverage {
        expectedSlices
        presentSlices
        complete
        dataThrough
        missing {
          date
        }
      }
    }
    campaigns(clientId: $clientId, range: $range, orderBy: { field: NAME, direction: ASC }) {
      nodes {
        externalId
        totals(range: $range) {
          spend {
            amount
          }
          coverage {
            complete
          }
        }
      }
    }
  }
`);
const CreateKey = graphql(`
  mutation RecordedKey($input: ApiKeyInput!) {
    createApiKey(input: $input) {
      secret
    }
  }
`);

const PROGRESS = `subscription ($runId: ID!) {
  syncProgress(runId: $runId) { seq status tasksTotal tasksDone recordsSynced }
}`;
interface Progress {
  syncProgress: { seq: number; status: string; tasksTotal: number; tasksDone: number; recordsSynced: number };
}

/** What every promise below rests on: one recorded month of one account, read through the front door. */
async function readMonth(test: TestApp, name: string) {
  const admin = test.client();
  const { createClient } = await admin.request(CreateClient, {
    input: { name, timezone: 'America/New_York', currency: 'USD' },
  });
  const clientId = createClient.client.id;
  await admin.request(ConnectAccount, {
    input: { clientId, platform: 'META', externalId: 'act_1000000001', token: 'sandbox-1' },
  });
  return { admin, clientId, ...(await sync(test, clientId)) };
}

async function sync(test: TestApp, clientId: string) {
  const admin = test.client();
  const { triggerSync } = await admin.request(TriggerSync, { input: { clientId, range: MONTH } });
  const runId = triggerSync.id;
  const socket = { url: test.graphqlUrl, key: test.adminKey, query: PROGRESS, variables: { runId } };
  const progress = (await collectSocket<Progress>(socket)).map((message) => message.syncProgress);
  return { runId, progress, run: (await admin.request(ReadRun, { id: runId })).syncRun };
}

/** Rows as they are stored, with the transaction that wrote each. */
async function storedRows(test: TestApp) {
  const tables = ['ad_insights', 'campaign_days', 'client_days'];
  const counts = await test.app.ctx.db.pool.query('SELECT count(*)::int AS n FROM insight_revisions');
  const rows = await Promise.all(
    tables.map(async (table) => {
      const found = await test.app.ctx.db.pool.query(
        `SELECT xmin::text, ctid::text FROM ${table} ORDER BY ctid`,
      );
      return [table, found.rows];
    }),
  );
  return {
    revisions: counts.rows[0].n as number,
    rows: Object.fromEntries(rows) as Record<string, unknown[]>,
  };
}

describe.each([
  { name: 'a small month', csv: null, expected: SMALL_TOTALS, campaigns: ['13.35', '0'] },
  {
    name: 'the published month',
    csv: publishedCsv,
    expected: {
      spend: '58705.23',
      impressions: 213_434_828,
      clicks: 38_165,
      leads: '3264',
      purchases: '1079',
    },
    campaigns: ['55662.15', '149.71', '2893.37'],
  },
])('recorded input through the front door: $name', ({ name, csv, expected, campaigns }) => {
  const there = name === 'a small month' || csv !== null;
  let test: TestApp;
  let folder: string;
  let month: Awaited<ReturnType<typeof readMonth>>;

  beforeAll(async () => {
    if (!there) return;
    folder = await mkdtemp(join(tmpdir(), 'tributary-recorded-'));
    const file = csv ?? join(folder, 'small.csv');
    if (csv === null) await writeFile(file, SMALL_CSV);
    test = await startTestApp({ sandbox: { recorded: { file, month: '2026-10' } } });
    month = await readMonth(test, 'Recorded');
  });
  afterAll(async () => {
    if (!there) return;
    await test.stop();
    await rm(folder, { recursive: true });
  });

  it.runIf(there)('gives the exact totals with complete coverage', async () => {
    const { admin, clientId } = month;
    const { totals } = await admin.request(ReadFigures, { clientId, range: MONTH });
    expect(totals).toMatchObject({
      spend: { amount: expected.spend, currency: 'USD' },
      impressions: expected.impressions,
      clicks: expected.clicks,
      conversions: expected.purchases,
      goals: [
        { name: 'lead', count: expected.leads },
        { name: 'purchase', count: expected.purchases },
      ],
      coverage: {
        expectedSlices: 31,
        presentSlices: 31,
        complete: true,
        dataThrough: '2026-10-31',
        missing: [],
      },
    });
  });

  it.runIf(there)('gives each campaign its own', async () => {
    const { campaigns: found } = await month.admin.request(ReadFigures, {
      clientId: month.clientId,
      range: MONTH,
    });
    expect(found.nodes.map((campaign) => campaign.totals.spend.amount).toSorted()).toEqual(
      campaigns.toSorted(),
    );
    expect(found.nodes.every((campaign) => campaign.totals.coverage.complete)).toBe(true);
  });

  it.runIf(there)(
    'tells progress from the current state to the end, in order, over WebSocket and SSE',
    async () => {
      const last = month.progress.at(-1);
      expect(last).toMatchObject({ status: 'SUCCEEDED', tasksTotal: 1, tasksDone: 1 });
      expect(last?.recordsSynced).toBe(month.run?.recordsSynced);
      const order = month.progress.map((message) => message.seq);
      expect(order).toEqual([...new Set(order)].toSorted((a, b) => a - b));
      const events = await collectEvents<Progress>({
        url: test.graphqlUrl,
        key: test.adminKey,
        query: PROGRESS,
        variables: { runId: month.runId },
      });
      expect(events.map((message) => message.syncProgress)).toEqual([last]);
    },
  );

  it.runIf(there)('changes nothing when it is run again', async () => {
    const before = await storedRows(test);
    expect(before.rows['ad_insights']?.length).toBeGreaterThan(0);
    const again = await sync(test, month.clientId);
    expect(again.run).toMatchObject({ status: 'SUCCEEDED', recordsSynced: month.run?.recordsSynced });
    expect(await storedRows(test)).toEqual({ ...before, revisions: 0 });
  });

  it.runIf(there)('shows none of it to a viewer of another client', async () => {
    const { admin, clientId, runId } = month;
    const { createClient } = await admin.request(CreateClient, {
      input: { name: `Other than ${name}`, timezone: 'UTC', currency: 'EUR' },
    });
    const { createApiKey } = await admin.request(CreateKey, {
      input: { name: 'other', role: 'VIEWER', clientIds: [createClient.client.id] },
    });
    const viewer = test.client(createApiKey.secret);
    await expect(viewer.request(ReadFigures, { clientId, range: MONTH })).rejects.toMatchObject({
      response: { errors: [{ message: 'No such client.', extensions: { code: 'NOT_FOUND' } }] },
    });
    expect((await viewer.request(ReadRun, { id: runId })).syncRun).toBeNull();
    const socket = { url: test.graphqlUrl, key: createApiKey.secret, query: PROGRESS, variables: { runId } };
    await expect(collectSocket(socket)).rejects.toThrow('No such sync run');
  });
});
