import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Sandbox } from '../../../sandbox/index.ts';
import { startSandbox } from '../../../sandbox/index.ts';
import type { InsightRow } from '../../../src/connectors/ads/contract.ts';
import type { Context } from '../../../src/context.ts';
import { addDays, daysOf } from '../../../src/lib/days.ts';
import { readMaturity } from '../../../src/services/coverage/maturity/read.ts';
import type { TestDatabase } from '../../support/database.ts';
import { createTestDatabase } from '../../support/database.ts';
import type { Holder } from '../sync/support.ts';
import { action, addAccount, addHolder, adRow, campaignRow, contextOf, replace } from '../sync/support.ts';

let database: TestDatabase;
let ctx: Context;
beforeAll(async () => {
  database = await createTestDatabase();
  ctx = contextOf(database.db);
});
afterAll(() => database.drop());

/** Age, shares of spend, conversions and value, days. */
async function curve({ clientId, accountId }: Holder) {
  const points = await readMaturity(ctx, { clientId, accountIds: [accountId] });
  return points.map(({ age, spend, conversions, conversionValue, slices }) => [
    age,
    ...[spend, conversions, conversionValue].map((share) => share?.toFixed() ?? null),
    slices,
  ]);
}

/** Reads of one day, each replacing it: at this hour of day in November, with these figures. */
interface Reading {
  at: string;
  spend: string;
  leads?: string;
  currency?: string;
  runId?: string;
}

interface Zone {
  timezone: string;
  /** Hours from its clock to UTC. */
  toUtc: number;
}
const UTC: Zone = { timezone: 'UTC', toUtc: 0 };

async function readDay(holder: Holder, date: string, { timezone, toUtc }: Zone, reads: Reading[]) {
  for (const { at, spend, leads, currency = 'EUR', runId } of reads) {
    const actions = leads === undefined ? {} : { purchase: action(leads) };
    await replace(database.db, {
      ...{ holder, timezone, window: { from: date, to: date }, restatementDays: 2 },
      rows: [adRow({ date, spend, currency, actions })],
      readAt: new Date(Date.parse(`2026-11-${at}:00Z`) + toUtc * 3_600_000),
      ...(runId ? { runId } : {}),
    });
  }
}

/** Worked out by hand below. */
async function readHistory(holder: Holder, zone: Zone): Promise<void> {
  await readDay(holder, '2026-11-10', zone, [
    { at: '10T00:00', spend: '5' },
    { at: '10T23:59', spend: '6', leads: '1' },
    { at: '11T00:00', spend: '7', leads: '1' },
    { at: '11T23:59', spend: '8', leads: '1' },
    { at: '12T09:00', spend: '10', leads: '4' },
    { at: '13T00:00', spend: '10', leads: '4' },
  ]);
  await readDay(holder, '2026-11-11', zone, [
    { at: '12T09:00', spend: '20' },
    { at: '13T09:00', spend: '30' },
    { at: '14T09:00', spend: '30' },
    { at: '20T09:00', spend: '40' },
  ]);
  // Known too late, and not final yet.
  await readDay(holder, '2026-11-09', zone, [
    { at: '11T00:00', spend: '900' },
    { at: '15T00:00', spend: '1000' },
  ]);
  await readDay(holder, '2026-11-19', zone, [
    { at: '19T12:00', spend: '900' },
    { at: '20T12:00', spend: '1000' },
  ]);
}

// The 10th ends with 10 of spend and 4 conversions, the 11th with 40 and none; nothing was worth anything.
const CURVE = [
  [0, '0.6', '0.25', null, 1], // the 10th alone: 6 of 10, 1 of 4
  [1, '0.56', '0.25', null, 2], // 8 + 20 of 50
  [2, '0.8', '1', null, 2], // 10 + 30 of 50
];

describe('the maturity of an account', () => {
  it.each<Zone>([
    UTC,
    { timezone: 'Pacific/Kiritimati', toUtc: -14 },
    { timezone: 'Pacific/Pago_Pago', toUtc: 11 },
  ])('is the share of the final value by age, in its own days: $timezone', async (zone) => {
    const holder = await addHolder(database.db, { timezone: zone.timezone });
    await readHistory(holder, zone);
    expect(await curve(holder)).toEqual(CURVE);
  });

  it('is of each account by itself, and all come with one statement', async () => {
    const holder = await addHolder(database.db);
    const neighbour = { ...holder, accountId: await addAccount(database.db, holder.clientId) };
    const third = { ...holder, accountId: await addAccount(database.db, holder.clientId) };
    await readHistory(holder, UTC);
    await readDay(neighbour, '2026-11-10', UTC, [
      { at: '10T12:00', spend: '1' },
      { at: '14T12:00', spend: '3' },
    ]);
    const [a, b, c] = [holder.accountId, neighbour.accountId, third.accountId];
    const points = await readMaturity(ctx, { clientId: holder.clientId, accountIds: [a, b, c] });
    const spends = (accountId: string) =>
      points.filter((point) => point.accountId === accountId).map(({ spend }) => spend?.toFixed() ?? null);
    expect(spends(a)).toEqual(['0.6', '0.56', '0.8']);
    expect(spends(b)).toEqual(['0.333333', '0.333333', '0.333333', '0.333333']);
    expect(spends(c)).toEqual(Array.from({ length: 29 }, () => null));
  });

  it('leaves out days in another currency than the account\u2019s, and conversions of goals chosen anew', async () => {
    const holder = await addHolder(database.db);
    await readHistory(holder, UTC);
    await readDay(holder, '2026-11-12', UTC, [
      { at: '12T12:00', spend: '100', currency: 'KZT' },
      { at: '16T12:00', spend: '9000', currency: 'KZT' },
    ]);
    expect(await curve(holder)).toEqual(CURVE);
    const runId = randomUUID();
    await database.db.pool.query(
      `INSERT INTO runs (id, kind, trigger, client_id, work_key, requested_by)
       VALUES ($1, 'GOALS', 'MANUAL', $2, $3, 'test')`,
      [runId, holder.clientId, runId],
    );
    await readDay(holder, '2026-11-10', UTC, [{ at: '20T12:00', spend: '10', leads: '9', runId }]);
    expect(await curve(holder)).toEqual(
      CURVE.map(([age, spend, , , days]) => [age, spend, null, null, days]),
    );
  });

  it('is not known without history: 28 days of nothing', async () => {
    const points = await curve(await addHolder(database.db));
    expect(points).toEqual(
      daysOf({ from: '2026-01-01', to: '2026-01-29' }).map((_, age) => [age, null, null, null, 0]),
    );
  });

  it('of a client that is not the viewer\u2019s is not there', async () => {
    const { clientId, accountId } = await addHolder(database.db);
    const viewer = { kind: 'API_KEY', id: randomUUID(), name: 'v', role: 'VIEWER', clientIds: [] } as const;
    const asked = (async () =>
      readMaturity({ ...ctx, actor: viewer }, { clientId, accountIds: [accountId] }))();
    await expect(asked).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('the maturity of a sandbox account that was read every day', () => {
  const ACCOUNT = {
    externalId: 'act_2000000001',
    campaigns: 2,
    adSetsPerCampaign: 2,
    adsPerAdSet: 2,
    currency: 'EUR',
  };
  const FIRST = '2026-10-01';
  const LAST = '2026-10-04';
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await startSandbox({ now: () => new Date('2026-11-20T12:00:00Z'), accounts: [ACCOUNT] });
  });
  afterAll(() => sandbox.close());

  const truth = (day: string, askedOn: string) =>
    sandbox.meta.truth({
      externalId: ACCOUNT.externalId,
      level: 'campaign',
      day,
      askedAt: new Date(`${askedOn}T12:00:00Z`),
    });

  const rowsOf = (day: string, askedOn: string): InsightRow[] =>
    truth(day, askedOn).map(({ date, campaignId, spend, impressions, clicks, linkClicks, reach, actions }) =>
      campaignRow({
        date,
        campaignExternalId: campaignId ?? '',
        spend,
        impressions,
        clicks,
        linkClicks,
        reach,
        actions,
      }),
    );

  /** What the sandbox would have said, over all days, at an age. */
  function told(age: number): { spend: number; purchases: number } {
    const rows = daysOf({ from: FIRST, to: LAST }).flatMap((day) => truth(day, addDays(day, age)));
    const sum = (read: (row: (typeof rows)[number]) => string | undefined) =>
      rows.reduce((total, row) => total + Number(read(row) ?? 0), 0);
    return {
      spend: sum((row) => row.spend),
      purchases: sum(({ actions }) => (actions['omni_purchase'] ?? actions['purchase'])?.count),
    };
  }

  it('is how the sandbox restates', async () => {
    const holder = await addHolder(database.db);
    for (const today of daysOf({ from: FIRST, to: addDays(LAST, 29) })) {
      const window = { from: addDays(today, -29), to: today };
      const from = window.from > FIRST ? window.from : FIRST;
      const to = today < LAST ? today : LAST;
      await replace(database.db, {
        ...{ holder, window: { from, to }, readAt: new Date(`${today}T12:00:00Z`) },
        rows: daysOf({ from, to }).flatMap((day) => rowsOf(day, today)),
      });
    }
    const final = told(29);
    const points = await readMaturity(ctx, { clientId: holder.clientId, accountIds: [holder.accountId] });
    expect(points.map(({ age }) => age)).toEqual(Array.from({ length: 29 }, (_, age) => age));
    for (const { age, spend, conversions, slices } of points) {
      const then = told(age);
      expect(slices).toBe(4);
      expect(Number(spend)).toBeCloseTo(then.spend / final.spend, 5);
      expect(Number(conversions)).toBeCloseTo(then.purchases / final.purchases, 5);
    }
    expect(Number(points[0]?.conversions)).toBeLessThan(1);
    expect(Number(points[28]?.conversions)).toBe(1);
  });
});
