import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeNodeId } from '../../src/schema/ids.ts';
import { connectAccount } from '../../src/services/accounts/connect.ts';
import { createApiKey } from '../../src/services/apiKeys/create.ts';
import { createClient } from '../../src/services/clients/create.ts';
import { triggerSync } from '../../src/services/sync/trigger.ts';
import type { TestApp } from '../support/app.ts';
import { startTestApp } from '../support/app.ts';
import { waitFor } from '../support/waitFor.ts';

const ACCOUNT = 'act_2000000001';
const RANGE = { from: '2026-10-01', to: '2026-10-05' };
const DAYS = ['2026-10-01', '2026-10-02', '2026-10-03', '2026-10-04', '2026-10-05'];

let test: TestApp;
let clientId: string;
let id: string;

beforeAll(async () => {
  test = await startTestApp({
    sandbox: {
      accounts: [
        { externalId: ACCOUNT, campaigns: 4, adSetsPerCampaign: 2, adsPerAdSet: 2, hiddenAdsPerCampaign: 1 },
      ],
    },
  });
  ({ id: clientId } = await createClient(test.system, { name: 'Shop', timezone: 'UTC', currency: 'USD' }));
  id = encodeNodeId('Client', clientId);
  await connectAccount(test.system, { clientId, platform: 'META', externalId: ACCOUNT, token: 'sandbox-1' });
  const { runId } = await triggerSync(test.system, { clientId, range: RANGE });
  await ended(runId);
});
afterAll(() => test.stop());

function ended(runId: string) {
  return waitFor(
    async () => (await test.system.db.prisma.run.findFirst({ where: { id: runId } }))?.status === 'SUCCEEDED',
    { what: 'the run to end' },
  );
}

interface GoalAnswer {
  name: string;
  platform: string;
  primary: boolean;
  position: number;
  actionTypes: string[];
}
interface RunAnswer {
  id: string;
  kind: string;
  status: string;
  tasksDone: number;
  recordsSynced: number;
}
interface Updated {
  updateClient: {
    name: string;
    timezone: string;
    active: boolean;
    goals: GoalAnswer[];
    goalsRun: RunAnswer | null;
  };
}

const CLIENT = `name timezone active goals { name platform primary position actionTypes }
  goalsRun { id kind status tasksDone recordsSynced }`;
const UPDATE = `mutation ($input: UpdateClientInput!) { updateClient(input: $input) { ${CLIENT} } }`;

async function update(changes: object): Promise<Updated['updateClient']> {
  return (await test.client().request<Updated>(UPDATE, { input: { id, ...changes } })).updateClient;
}

const ofMeta = (goals: readonly GoalAnswer[]) => goals.filter(({ platform }) => platform === 'META');
const goal = (name: string, ...actionTypes: string[]) => ({ platform: 'META', name, actionTypes });

/** Waits for the newest run of goals, and returns it. */
function computed(): Promise<RunAnswer> {
  return waitFor(
    async () => {
      const answer = await test
        .client()
        .request<{ client: { goalsRun: RunAnswer } }>(`query ($id: ID!) { client(id: $id) { ${CLIENT} } }`, {
          id,
        });
      return answer.client.goalsRun.status === 'SUCCEEDED' ? answer.client.goalsRun : null;
    },
    { what: 'the goals to be computed' },
  );
}

interface Totals {
  totals: {
    conversions: string;
    conversionValue: { amount: string };
    goals: { name: string; count: string }[];
  };
}
const TOTALS = `query ($id: ID!, $range: DateRange!) {
  totals(clientId: $id, range: $range) { conversions conversionValue { amount } goals { name count } }
}`;
const totals = async () => (await test.client().request<Totals>(TOTALS, { id, range: RANGE })).totals;

/** What the platform reports for the campaigns under one action type. */
function reported(type: string): number {
  return DAYS.flatMap((day) =>
    test.sandbox.meta.truth({ externalId: ACCOUNT, level: 'campaign', day }),
  ).reduce((sum, row) => sum + Number(row.actions[type]?.count ?? 0), 0);
}

describe('one purchase under three action types', () => {
  it('counts once', async () => {
    const purchases = reported('omni_purchase');
    expect(purchases).toBeGreaterThan(0);
    expect(reported('purchase')).toBe(purchases);
    expect(reported('offsite_conversion.fb_pixel_purchase')).toBe(purchases);
    const { conversions, goals } = await totals();
    expect(Number(conversions)).toBe(purchases);
    expect(Number(goals.find(({ name }) => name === 'purchase')?.count)).toBe(purchases);
  });
});

describe('updateClient', () => {
  it('computes the history anew for other goals, and asks the platform nothing', async () => {
    const before = test.sandbox.meta.ledger.requests().length;
    const updated = await update({ goals: [goal('lead', 'lead'), goal('view', 'video_view', 'link_click')] });
    expect(ofMeta(updated.goals)).toEqual([
      { ...goal('lead', 'lead'), primary: true, position: 0 },
      { ...goal('view', 'video_view', 'link_click'), primary: false, position: 1 },
    ]);
    expect(updated.goalsRun?.kind).toBe('GOALS');
    const run = await computed();
    expect(run).toMatchObject({ id: updated.goalsRun?.id, tasksDone: 1 });
    expect(run.recordsSynced).toBeGreaterThan(0);
    expect(test.sandbox.meta.ledger.requests()).toHaveLength(before);

    const { conversions, goals } = await totals();
    expect(Number(conversions)).toBe(reported('lead'));
    expect(goals.map(({ name }) => name).sort()).toEqual(['lead', 'view']);
    const { syncRuns } = await test
      .client()
      .request<{ syncRuns: { nodes: { id: string }[] } }>(
        `query ($id: ID!) { syncRuns(clientId: $id, kind: GOALS) { nodes { id } } }`,
        { id },
      );
    expect(syncRuns.nodes.map((node) => node.id)).toEqual([run.id]);
  });

  it('starts nothing when the goals are the same, and leaves what is not given', async () => {
    const { goalsRun, goals } = await update({});
    const again = await update({
      name: 'Shop & Co',
      goals: goals.map(({ platform, name, actionTypes }) => ({ platform, name, actionTypes })),
    });
    expect(again).toMatchObject({ name: 'Shop & Co', timezone: 'UTC', active: true, goals, goalsRun });
  });

  it('changes name, time zone, currency and whether it is read', async () => {
    await update({ timezone: 'Asia/Almaty', currency: 'KZT', active: false });
    const stored = await test.system.db.prisma.client.findUniqueOrThrow({ where: { id: clientId } });
    expect(stored).toMatchObject({ timezone: 'Asia/Almaty', currency: 'KZT', active: false, slug: 'shop' });
    await update({ timezone: 'UTC', currency: 'USD', active: true });
  });

  it('is not for a VIEWER, who sees the goals and the run', async () => {
    const { secret } = await createApiKey(test.system, { name: 'v', role: 'VIEWER', clientIds: [clientId] });
    const viewer = test.client(secret.reveal());
    await expect(viewer.request(UPDATE, { input: { id, goals: [goal('x', 'y')] } })).rejects.toMatchObject({
      response: { errors: [{ extensions: { code: 'FORBIDDEN' } }] },
    });
    const seen = await viewer.request<{ client: Updated['updateClient'] }>(
      `query ($id: ID!) { client(id: $id) { ${CLIENT} } }`,
      { id },
    );
    expect(ofMeta(seen.client.goals)[0]).toMatchObject({ name: 'lead', primary: true });
    expect(seen.client.goalsRun?.kind).toBe('GOALS');
  });
});

describe('goalTemplates', () => {
  it('are what a client can take as they are; DEFAULT is what a new one has', async () => {
    const { goalTemplates } = await test.client().request<{
      goalTemplates: {
        key: string;
        platform: string;
        label: string;
        description: string;
        goals: GoalAnswer[];
      }[];
    }>(`{ goalTemplates(platform: META) { key platform label description
          goals { name platform primary position actionTypes } } }`);
    const [first] = goalTemplates;
    expect(first).toMatchObject({ key: 'DEFAULT', platform: 'META' });
    for (const { goals } of goalTemplates) {
      const input = goals.map(({ platform, name, actionTypes }) => ({ platform, name, actionTypes }));
      expect(ofMeta((await update({ goals: input })).goals)).toEqual(goals);
    }
    await update({
      goals: first?.goals.map(({ platform, name, actionTypes }) => ({ platform, name, actionTypes })),
    });
    await computed();
    expect(Number((await totals()).conversions)).toBe(reported('omni_purchase'));
  });

  it('ask no more of the database for many clients than for one', async () => {
    const ask = `{ clients(first: 100) { nodes { ${CLIENT} } } }`;
    await test.client().request(ask);
    const counts = [];
    for (const name of ['One more', 'And one more', 'And another']) {
      await createClient(test.system, { name, timezone: 'UTC', currency: 'USD' });
      test.takeQueries();
      await test.client().request(ask);
      counts.push(test.takeQueries().length);
    }
    expect(new Set(counts).size).toBe(1);
  });
});
