import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { graphql } from '../generated/graphql/gql.ts';
import type { TestApp } from '../support/app.ts';
import { waitFor } from '../support/waitFor.ts';
import { ACCOUNT, CAMPAIGNS, DAYS, RANGE, startBreakdowns, sum } from './breakdownScene.ts';

const ReadReach = graphql(`
  query ReadReach($clientId: ID!, $range: DateRange!, $platform: Platform) {
    reach(clientId: $clientId, range: $range, platform: $platform) {
      account {
        externalId
      }
      campaign {
        externalId
      }
      campaignExternalId
      from
      to
      reach
      impressions
      frequency
    }
    reachWindows(clientId: $clientId) {
      account {
        externalId
      }
      from
      to
      rolling
    }
  }
`);
const Trigger = graphql(`
  mutation TriggerBreakdowns($input: TriggerBreakdownsInput!) {
    triggerBreakdowns(input: $input) {
      id
      kind
      status
    }
  }
`);

let test: TestApp;
let clientId: string;
let viewer: string;
let stranger: string;

beforeAll(async () => {
  ({ test, clientId, viewer, stranger } = await startBreakdowns());
}, 60_000);
afterAll(() => test.stop());

describe('reach', () => {
  it('is nobody else\u2019s', async () => {
    await expect(test.client(stranger).request(ReadReach, { clientId, range: RANGE })).rejects.toThrow(
      /No such client/,
    );
  });

  it('reach is the platform\u2019s own of the window, not a sum of days', async () => {
    const { reach } = await test.client(viewer).request(ReadReach, { clientId, range: RANGE });
    const account = reach.find((row) => row.campaignExternalId === null);
    const daily = DAYS.map((day) =>
      Number(test.sandbox.meta.truth({ externalId: ACCOUNT, level: 'account', day })[0]?.reach ?? 0),
    );
    expect(account?.reach).toBeGreaterThanOrEqual(Math.max(...daily));
    const campaigns = reach.filter((row) => row.campaignExternalId !== null);
    expect(campaigns.length).toBeGreaterThan(CAMPAIGNS / 2);
    expect(sum(campaigns.map((row) => row.impressions))).toBe(account?.impressions);
    expect(sum(campaigns.map((row) => row.reach))).not.toBe(account?.reach);
  });

  it('answers only exactly the days that were asked for, and tells which those are', async () => {
    const client = test.client(viewer);
    const asked = await client.request(ReadReach, { clientId, range: RANGE });
    expect(asked.reach[0]).toMatchObject({
      account: { externalId: ACCOUNT },
      campaign: null,
      campaignExternalId: null,
      ...RANGE,
    });
    for (const row of asked.reach.slice(1)) expect(row.campaign?.externalId).toBe(row.campaignExternalId);
    expect(asked.reachWindows).toEqual([{ account: { externalId: ACCOUNT }, ...RANGE, rolling: false }]);
    for (const range of [
      { from: '2026-10-01', to: '2026-10-02' },
      { from: '2026-10-01', to: '2026-10-04' },
      { from: '2026-10-02', to: '2026-10-03' },
    ])
      expect((await client.request(ReadReach, { clientId, range })).reach).toEqual([]);
    expect((await client.request(ReadReach, { clientId, range: RANGE, platform: 'META' })).reach).toEqual(
      asked.reach,
    );
  });

  it('costs the same statements however many campaigns there are', async () => {
    test.takeQueries();
    const { reach } = await test.client(viewer).request(ReadReach, { clientId, range: RANGE });
    expect(reach.length).toBeGreaterThan(10);
    expect(test.takeQueries().length).toBeLessThan(10);
  });
});

describe('triggerBreakdowns', () => {
  it('starts a run of its own kind once, and is for admins', async () => {
    const input = { clientId, days: 2 };
    const [first, second] = await Promise.all([
      test.client().request(Trigger, { input }),
      test.client().request(Trigger, { input }),
    ]);
    expect(first.triggerBreakdowns).toMatchObject({ kind: 'BREAKDOWNS' });
    expect(second.triggerBreakdowns.id).toBe(first.triggerBreakdowns.id);
    await expect(test.client(viewer).request(Trigger, { input })).rejects.toThrow(/ADMIN/);
    await expect(test.client().request(Trigger, { input: { ...input, days: 0 } })).rejects.toThrow(/days/);
    await expect(test.client().request(Trigger, { input: { ...input, range: RANGE } })).rejects.toThrow(
      /not both/,
    );
    const run = await waitFor(
      () =>
        test.system.db.prisma.run.findFirst({
          where: { kind: 'BREAKDOWNS', finishedAt: { not: null }, parameters: { path: ['days'], equals: 2 } },
        }),
      { within: 30_000, what: 'the run to end' },
    );
    expect(run.status).toBe('SUCCEEDED');
    const { reachWindows } = await test.client(viewer).request(ReadReach, { clientId, range: RANGE });
    expect(reachWindows.filter((window) => window.rolling).length).toBeGreaterThanOrEqual(2);
  });
});
