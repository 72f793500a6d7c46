import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeNodeId } from '../../src/schema/ids.ts';
import { createApiKey } from '../../src/services/apiKeys/create.ts';
import { addDays, dayOf } from '../../src/lib/days.ts';
import { monthBefore, monthPlus } from '../../src/services/months/calendar.ts';
import { connectAccount } from '../../src/services/accounts/connect.ts';
import { createClient } from '../../src/services/clients/create.ts';
import { graphql } from '../generated/graphql/gql.ts';
import type { TestApp } from '../support/app.ts';
import { startTestApp } from '../support/app.ts';
import { waitFor } from '../support/waitFor.ts';

const Close = graphql(`
  mutation CloseMonth($input: CloseMonthInput!) {
    closeMonth(input: $input) {
      id
      kind
    }
  }
`);
const Reopen = graphql(`
  mutation ReopenMonth($id: ID!, $reason: String!) {
    reopenMonth(id: $id, reason: $reason) {
      id
      month
      state
      reopenReason
    }
  }
`);
const Months = graphql(`
  query Months($clientId: ID!, $from: String, $to: String) {
    months(clientId: $clientId, from: $from, to: $to) {
      id
      month
      platform
      state
      quality
      reason
      contentHash
      document
      capturedAt
      finalAt
      client {
        name
      }
      totals {
        spend {
          amount
          currency
        }
        impressions
        roas
        goals {
          name
          count
        }
        coverage {
          complete
        }
      }
      campaigns(first: 2) {
        edges {
          cursor
        }
        nodes {
          externalId
          name
          reach
          account {
            externalId
          }
          totals {
            spend {
              amount
            }
            roas
          }
        }
        pageInfo {
          hasNextPage
        }
      }
      adjustments {
        cause
        metric
        old
        new
      }
    }
  }
`);
const Totals = graphql(`
  query MonthTotals($clientId: ID!, $range: DateRange!) {
    totals(clientId: $clientId, range: $range) {
      spend {
        amount
        currency
      }
      impressions
    }
  }
`);

const ACCOUNT = 'act_5000000001';
const LAST = monthBefore(dayOf(new Date(), 'UTC'));
/** Three months ago nothing changes any more. */
const OLD = monthPlus(LAST, -2);

let test: TestApp;
let clientId: string;
let id: string;
let viewer: string;
let stranger: string;

beforeAll(async () => {
  test = await startTestApp({
    sandbox: { accounts: [{ externalId: ACCOUNT, campaigns: 3, adSetsPerCampaign: 1, adsPerAdSet: 1 }] },
  });
  const { system } = test;
  ({ id: clientId } = await createClient(system, { name: 'Books', timezone: 'UTC', currency: 'USD' }));
  await connectAccount(system, { clientId, platform: 'META', externalId: ACCOUNT, token: 'sandbox-1' });
  const other = await createClient(system, { name: 'Other', timezone: 'UTC', currency: 'USD' });
  const keyFor = async (name: string, clientIds: string[]) =>
    (await createApiKey(system, { name, role: 'VIEWER', clientIds })).secret.reveal();
  viewer = await keyFor('viewer', [clientId]);
  stranger = await keyFor('stranger', [other.id]);
  id = encodeNodeId('Client', clientId);
  for (const month of [OLD, monthPlus(OLD, 1)]) await closed(month);
}, 120_000);
afterAll(() => test.stop());

async function closed(month: string): Promise<void> {
  const { closeMonth } = await test.client().request(Close, { input: { month, clientId: id } });
  expect(closeMonth.kind).toBe('MONTH_CLOSE');
  const runId = Buffer.from(closeMonth.id, 'base64url').toString().split(':')[1] ?? '';
  const run = await waitFor(
    () => test.system.db.prisma.run.findFirst({ where: { id: runId, finishedAt: { not: null } } }),
    { within: 60_000, what: `the close of ${month}` },
  );
  const tasks = await test.system.db.prisma.runTask.findMany({ where: { runId } });
  expect([run.status, tasks.map((task) => task.errorReason)]).toEqual([
    'SUCCEEDED',
    [expect.stringMatching(/^SAVED: (FINAL|PROVISIONAL) RICH, 3 campaigns$/)],
  ]);
}

describe('months', () => {
  it('say the same as the figures they froze, under a hash that anybody can check', async () => {
    const { months } = await test.client(viewer).request(Months, { clientId: id, from: OLD, to: OLD });
    const [month] = months;
    const range = { from: `${OLD}-01`, to: addDays(`${monthPlus(OLD, 1)}-01`, -1) };
    const { totals } = await test.client(viewer).request(Totals, { clientId: id, range });
    expect(months).toHaveLength(1);
    expect(month).toMatchObject({
      month: OLD,
      platform: 'META',
      state: 'FINAL',
      quality: 'RICH',
      reason: null,
    });
    expect(month?.totals).toMatchObject({ ...totals, coverage: { complete: true } });
    expect(month?.totals?.roas).not.toBeNull();
    expect(month?.contentHash).toBe(
      createHash('sha256')
        .update(month?.document ?? '')
        .digest('hex'),
    );
    expect(month?.campaigns.nodes).toHaveLength(2);
    expect(month?.campaigns.pageInfo.hasNextPage).toBe(true);
    expect(month?.campaigns.nodes[0]?.account?.externalId).toBe(ACCOUNT);
    // The breakdowns and the reach of the month were read with it.
    expect(Number(month?.campaigns.nodes[0]?.reach)).toBeGreaterThan(0);
    expect(JSON.parse(month?.document ?? '{}')).toMatchObject({
      accounts: [{ breakdownDays: { DEMOGRAPHICS: expect.any(Number) as number } }],
    });
    expect(month?.adjustments).toEqual([]);
  });

  it('come newest first, and cost the same statements however many there are', async () => {
    const client = test.client(viewer);
    await client.request(Months, { clientId: id });
    test.takeQueries();
    const one = await client.request(Months, { clientId: id, from: OLD, to: OLD });
    const few = test.takeQueries().length;
    const both = await client.request(Months, { clientId: id });
    expect(both.months.map(({ month }) => month)).toEqual([monthPlus(OLD, 1), OLD]);
    expect(both.months[1]).toEqual(one.months[0]);
    // Coverage is of days, so each month asks for its own.
    expect(test.takeQueries().length - few).toBeLessThanOrEqual(1);
  });

  it('are nobody else\u2019s, and only admins close and reopen', async () => {
    await expect(test.client(stranger).request(Months, { clientId: id })).rejects.toThrow(/No such client/);
    await expect(test.client(viewer).request(Close, { input: { month: OLD } })).rejects.toThrow(/ADMIN/);
    await expect(test.client(viewer).request(Months, { clientId: id, from: '2026' })).rejects.toThrow(
      /from must/,
    );
    await expect(test.client().request(Close, { input: { month: '2026-13' } })).rejects.toThrow(
      /month must be/,
    );
    await expect(test.client().request(Close, { input: { month: '2099-01' } })).rejects.toThrow(
      /has not begun/,
    );
  });

  it('are reopened with a reason', async () => {
    const { months } = await test.client().request(Months, { clientId: id, from: OLD, to: OLD });
    const monthId = months[0]?.id ?? '';
    await expect(test.client().request(Reopen, { id: monthId, reason: ' ' })).rejects.toThrow(
      /reason must say/,
    );
    const { reopenMonth } = await test
      .client()
      .request(Reopen, { id: monthId, reason: 'an invoice was wrong' });
    expect(reopenMonth).toEqual({
      id: monthId,
      month: OLD,
      state: 'REOPENED',
      reopenReason: 'an invoice was wrong',
    });
    await expect(test.client().request(Reopen, { id: monthId, reason: 'again' })).rejects.toThrow(/REOPENED/);
  });
});
