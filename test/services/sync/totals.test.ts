import { afterAll, beforeAll, expect, test } from 'vitest';
import { ConnectorError } from '../../../src/connectors/errors.ts';
import { daysOf } from '../../../src/lib/days.ts';
import { createTestDatabase } from '../../support/database.ts';
import type { TestDatabase } from '../../support/database.ts';
import { everyDay, look, run } from './look.ts';
import { scene } from './scene.ts';
import { adRow, campaignRow } from './support.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const { slice: sliceOf, spend: spendOf, logs: logsOf } = look(() => database.db);

test("the account's own totals are asked once a window, stored, and compared", async () => {
  const made = await scene(database.db, 4);
  const { holder, platform } = made;
  made.platform.serve = (window) =>
    daysOf(window).flatMap((date) =>
      date === '2026-11-17' ? [] : [adRow({ date, spend: '40' }), campaignRow({ date, spend: '100' })],
    );
  platform.totals = (window) =>
    daysOf(window).map((date) => ({
      date,
      currency: 'EUR',
      spend: date === '2026-11-19' ? '100.99' : '120',
      impressions: '300',
      clicks: '30',
    }));
  await run(made, 0);
  const totals = { total_currency: 'EUR', total_impressions: '300', total_clicks: '30' };
  const differs = "the account's own total is 120.00 EUR, its campaigns add up to 100.00 EUR";
  const empty = "no rows came, but the account's own total is 120.00 EUR and 300 impressions";
  expect(await sliceOf(holder, '2026-11-20')).toMatchObject({ status: 'OK', ...totals, total_spend: '120' });
  expect(await sliceOf(holder, '2026-11-19')).toMatchObject({
    status: 'OK',
    ...totals,
    total_spend: '100.99',
  });
  expect(await sliceOf(holder, '2026-11-18')).toMatchObject({
    status: 'SUSPECT',
    suspect_reason: differs,
    rows: 2,
  });
  expect(await spendOf(holder, '2026-11-18')).toHaveLength(2);
  expect(await sliceOf(holder, '2026-11-17')).toMatchObject({
    status: 'SUSPECT',
    suspect_reason: empty,
    ...totals,
  });
  expect(await logsOf(made)).toEqual([`WARN Suspect: 2026-11-18 (${differs}), 2026-11-17 (${empty}).`]);
  expect(platform.asks.filter((ask) => ask.what === 'TOTALS')).toHaveLength(2);
});

test.each(['FIX', 'RETRY'] as const)('totals that fail with %s are done without', async (failure) => {
  const made = await scene(database.db, 1);
  everyDay(made);
  made.platform.readAccountDays = () => Promise.reject(new ConnectorError('No totals here.', { failure }));
  await run(made, 0);
  expect(await sliceOf(made.holder, '2026-11-20')).toMatchObject({
    status: 'OK',
    rows: 1,
    total_spend: null,
  });
  expect(await logsOf(made)).toEqual([
    "WARN The account's own totals of 2026-11-20…2026-11-20 could not be read: No totals here.",
  ]);
});

test.each(['WAIT', 'REAUTHORIZE'] as const)(
  'totals that fail with %s stop the task; the rows are kept',
  async (failure) => {
    const made = await scene(database.db, 1);
    everyDay(made);
    const { readAccountDays } = made.platform;
    const error = new ConnectorError('Not now.', { failure });
    made.platform.readAccountDays = () => Promise.reject(error);
    await expect(run(made, 0)).rejects.toBe(error);
    made.platform.readAccountDays = readAccountDays;
    made.platform.asks = [];
    await run(made, 0);
    expect(made.platform.asks.map((ask) => ask.what)).toEqual(['TOTALS']);
    expect(await sliceOf(made.holder, '2026-11-20')).toMatchObject({
      status: 'OK',
      rows: 1,
      failure_class: null,
    });
  },
);

test('totals that cannot be right are kept out', async () => {
  const made = await scene(database.db, 1);
  const total = { date: '2026-11-20', currency: 'EUR', spend: '1', impressions: '1', clicks: '1' };
  made.platform.totals = () => [
    { ...total, date: '2026-11-21' },
    { ...total, currency: 'euro' },
    { ...total, spend: 'NaN' },
    { ...total, clicks: '1.5' },
  ];
  await run(made, 0);
  expect(await sliceOf(made.holder, '2026-11-20')).toMatchObject({ status: 'OK', total_spend: null });
  expect(await logsOf(made)).toEqual([
    expect.stringMatching(/^WARN 4 rows kept out: 2 × a total is not a number/),
  ]);
});
