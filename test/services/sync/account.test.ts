import { afterAll, beforeAll, expect, test } from 'vitest';
import { ConnectorError } from '../../../src/connectors/errors.ts';
import { daysOf } from '../../../src/lib/days.ts';
import { syncAccount } from '../../../src/services/sync/account.ts';
import { createTestDatabase } from '../../support/database.ts';
import type { TestDatabase } from '../../support/database.ts';
import { scene } from './scene.ts';
import { action, adRow, NOW, rowsOf } from './support.ts';
import type { Holder } from './support.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const slicesOf = (holder: Holder) =>
  rowsOf(
    database.db,
    'SELECT date, status, rows, run_id, fetched_at, failure_class, failure_reason FROM slices WHERE account_id = $1 ORDER BY date DESC',
    [holder.accountId],
  );

const WINDOWS = [
  { from: '2026-11-19', to: '2026-11-20' },
  { from: '2026-11-12', to: '2026-11-18' },
  { from: '2026-11-06', to: '2026-11-11' },
];

test('reads the windows newest first, stores them, counts the records and stamps the account', async () => {
  const { ctx, platform, holder, runId, begin } = await scene(database.db, 15);
  platform.serve = (window) => [
    ...daysOf(window).map((date) => adRow({ date })),
    adRow({ date: window.to, adExternalId: 'a2' }),
  ];
  expect(await syncAccount(ctx, await begin())).toEqual({ status: 'SUCCEEDED' });

  expect(platform.reads).toEqual(WINDOWS);
  const slices = await slicesOf(holder);
  expect(slices).toHaveLength(15);
  expect(slices.every((slice) => slice['status'] === 'OK' && slice['run_id'] === runId)).toBe(true);
  const facts = await rowsOf(
    database.db,
    'SELECT date, count(*)::int AS ads FROM ad_insights WHERE client_id = $1 GROUP BY date ORDER BY date',
    [holder.clientId],
  );
  expect(facts).toHaveLength(15);
  expect(facts.filter((day) => day['ads'] === 2).map((day) => day['date'])).toEqual([
    '2026-11-11',
    '2026-11-18',
    '2026-11-20',
  ]);
  expect(await rowsOf(database.db, 'SELECT records_synced FROM runs WHERE id = $1', [runId])).toEqual([
    { records_synced: '18' },
  ]);
  expect(
    await rowsOf(database.db, 'SELECT last_synced_at FROM ad_accounts WHERE id = $1', [holder.accountId]),
  ).toEqual([{ last_synced_at: NOW }]);
  expect(await rowsOf(database.db, 'SELECT * FROM run_logs WHERE run_id = $1', [runId])).toEqual([]);
});

test('conversions follow the goals of the client; a client without goals gets those of the platform', async () => {
  const { ctx, platform, holder, begin, again } = await scene(database.db, 1);
  platform.defaultGoals = [{ name: 'lead', actionTypes: ['lead'] }];
  platform.serve = ({ to }) => [
    adRow({ date: to, actions: { lead: action('5'), purchase: action('2', '8') } }),
  ];
  const goals =
    'SELECT conversions::text, conversion_value::text AS value FROM ad_insights WHERE client_id = $1';
  await syncAccount(ctx, await begin());
  expect(await rowsOf(database.db, goals, [holder.clientId])).toEqual([{ conversions: '2', value: '8' }]);

  await database.db.pool.query('DELETE FROM goals WHERE client_id = $1', [holder.clientId]);
  await again();
  await syncAccount(ctx, await begin());
  expect(await rowsOf(database.db, goals, [holder.clientId])).toEqual([{ conversions: '5', value: '0' }]);
});

test('when the platform fails, what was read stays, the days left say why, and the error goes on', async () => {
  const { ctx, platform, holder, begin } = await scene(database.db, 15);
  const failure = new ConnectorError('The token has expired.', {
    failure: 'REAUTHORIZE',
    vendorCode: '190/463',
  });
  platform.serve = ({ to }) => {
    if (to === '2026-11-18') throw failure;
    return [adRow({ date: to })];
  };
  await expect(syncAccount(ctx, await begin())).rejects.toBe(failure);

  const slices = await slicesOf(holder);
  const failed = {
    status: 'FAILED',
    rows: 0,
    fetched_at: null,
    failure_class: 'REAUTHORIZE',
    failure_reason: 'The token has expired.',
  };
  expect(
    slices.slice(0, 2).every((slice) => slice['status'] === 'OK' && slice['failure_class'] === null),
  ).toBe(true);
  expect(slices.slice(2)).toHaveLength(13);
  for (const slice of slices.slice(2)) expect(slice).toMatchObject(failed);
  expect(
    await rowsOf(database.db, 'SELECT last_synced_at FROM ad_accounts WHERE id = $1', [holder.accountId]),
  ).toEqual([{ last_synced_at: null }]);
});

test('a failed attempt leaves earlier figures good, and the next one reads exactly what is left', async () => {
  const made = await scene(database.db, 15);
  const { ctx, platform, holder, runId: earlier, begin } = made;
  await syncAccount(ctx, await begin());
  await made.again();
  platform.serve = ({ to }) => {
    if (to === '2026-11-18') throw new ConnectorError('Busy.', { failure: 'WAIT' });
    return [];
  };
  await expect(syncAccount(ctx, await begin())).rejects.toThrow('Busy.');
  const marked = (await slicesOf(holder)).slice(2);
  for (const slice of marked)
    expect(slice).toMatchObject({
      status: 'OK',
      run_id: earlier,
      fetched_at: NOW,
      failure_class: 'WAIT',
      failure_reason: 'Busy.',
    });

  platform.reads = [];
  platform.serve = () => [];
  await syncAccount(ctx, await begin());
  expect(platform.reads).toEqual([
    { from: '2026-11-12', to: '2026-11-18' },
    { from: '2026-11-06', to: '2026-11-11' },
  ]);
  for (const slice of await slicesOf(holder))
    expect(slice).toMatchObject({ run_id: made.runId, failure_class: null, failure_reason: null });
});

test('a task that was done already reads nothing again', async () => {
  const { ctx, platform, begin } = await scene(database.db, 8);
  await syncAccount(ctx, await begin());
  platform.reads = [];
  expect(await syncAccount(ctx, await begin())).toEqual({ status: 'SUCCEEDED' });
  expect(platform.reads).toEqual([]);
});

test('an error that nobody expected is marked as such, without its message', async () => {
  const { ctx, platform, holder, begin } = await scene(database.db, 1);
  platform.serve = () => {
    throw new TypeError('secret inside');
  };
  await expect(syncAccount(ctx, await begin())).rejects.toThrow(TypeError);
  expect(await slicesOf(holder)).toMatchObject([
    { failure_class: 'INTERNAL', failure_reason: 'An unexpected error; the log has it.' },
  ]);
});

test('a stop reaches the platform and is no failure of the days', async () => {
  const { ctx, platform, holder, begin } = await scene(database.db, 15);
  const stop = new AbortController();
  platform.serve = (window, signal) => {
    // The third window is asked for when the first one is stored.
    if (window.to !== WINDOWS[2]?.to) return [];
    return new Promise((_resolve, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason as Error));
      stop.abort(new Error('stopping'));
    });
  };
  await expect(syncAccount(ctx, await begin(stop))).rejects.toThrow('stopping');
  const slices = await slicesOf(holder);
  expect(slices.slice(0, 2).every((slice) => slice['status'] === 'OK')).toBe(true);
  expect(slices.length).toBeGreaterThanOrEqual(2);
  expect(slices.every((slice) => slice['failure_class'] === null)).toBe(true);
});

test('a run that was cancelled stores nothing more and marks nothing', async () => {
  const { ctx, platform, holder, runId, begin } = await scene(database.db, 1);
  platform.serve = async () => {
    await database.db.pool.query(`UPDATE run_tasks SET status = 'CANCELLED' WHERE run_id = $1`, [runId]);
    await database.db.pool.query(`UPDATE runs SET status = 'CANCELLED' WHERE id = $1`, [runId]);
    return [adRow()];
  };
  await expect(syncAccount(ctx, await begin())).rejects.toMatchObject({
    name: 'TaskStopped',
    stopCause: 'CANCELLED',
  });
  expect(await slicesOf(holder)).toEqual([]);
  expect(
    await rowsOf(database.db, 'SELECT 1 FROM ad_insights WHERE client_id = $1', [holder.clientId]),
  ).toEqual([]);
});

test('rows that cannot be right are kept out, counted and told in one line', async () => {
  const { ctx, platform, holder, runId, begin } = await scene(database.db, 1);
  const bad = [
    { spend: '1e400' },
    { spend: 'NaN' },
    { impressions: '1.5' },
    { clicks: '-1' },
    { date: '2026-11-19' },
    { adExternalId: null },
    { campaignExternalId: 'c\0' },
    { currency: 'eur' },
    { actions: { lead: action('1,234.5') } },
    { actions: { 'a\ud800': action('1') } },
    { reach: '9'.repeat(16) },
  ];
  platform.readInsights = async function* () {
    yield {
      rows: [adRow(), ...bad.map((changes) => adRow({ adExternalId: 'bad', ...changes })), adRow()],
      rejected: [{ reason: 'it is broken' }],
      next: null,
    };
    await Promise.resolve();
  };
  await syncAccount(ctx, await begin());
  expect(
    await rowsOf(database.db, 'SELECT ad_external_id AS ad FROM ad_insights WHERE client_id = $1', [
      holder.clientId,
    ]),
  ).toEqual([{ ad: 'a1' }]);
  const logs = await rowsOf(database.db, 'SELECT level, message FROM run_logs WHERE run_id = $1', [runId]);
  expect(logs).toEqual([
    {
      level: 'WARN',
      message:
        '12 rows kept out: 2 × its spend is not a number, 2 × a counter is not a whole number, 2 × an action is not a number, 1 × its day was not asked for, 1 × it has no ad or ad set id, …; 1 rows came again and were merged.',
    },
  ]);
});
