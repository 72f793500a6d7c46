import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ConnectorError } from '../../../src/connectors/errors.ts';
import type { Context } from '../../../src/context.ts';
import { beginTask, createTaskWork } from '../../../src/services/runs/perform.ts';
import type { TaskWork } from '../../../src/services/runs/task.ts';
import { syncAccount } from '../../../src/services/sync/account.ts';
import { triggerSync } from '../../../src/services/sync/trigger.ts';
import { createTestDatabase } from '../../support/database.ts';
import type { TestDatabase } from '../../support/database.ts';
import {
  action,
  addHolder,
  adRow,
  campaignRow,
  contextOf,
  NOW,
  rowsOf,
  scriptedPlatform,
} from './support.ts';
import type { Holder, ScriptedPlatform } from './support.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

interface Scene {
  ctx: Context;
  platform: ScriptedPlatform;
  holder: Holder;
  runId: string;
  taskId: string;
  /** The task in the hands of the real runner code. */
  begin(stop?: AbortController): Promise<TaskWork>;
}

/** A client, its account and a triggered run of these days. */
async function scene(days: number): Promise<Scene> {
  const platform = scriptedPlatform();
  const ctx = contextOf(database.db, platform);
  const holder = await addHolder(database.db);
  const { runId } = await triggerSync(ctx, { clientId: holder.clientId, days });
  const [task] = await rowsOf(database.db, 'SELECT id FROM run_tasks WHERE run_id = $1', [runId]);
  const taskId = String(task?.['id']);
  const begin = async (stop = new AbortController()) => {
    const begun = await beginTask(ctx, { taskId, retries: 0 });
    if (!begun) throw new Error('nothing to begin');
    return createTaskWork(ctx, begun, stop);
  };
  return { ctx, platform, holder, runId, taskId, begin };
}

const slicesOf = (holder: Holder) =>
  rowsOf(
    database.db,
    'SELECT date, status, rows, run_id, fetched_at, failure_class, failure_reason FROM slices WHERE account_id = $1 ORDER BY date DESC',
    [holder.accountId],
  );

const WINDOWS = [
  { from: '2026-11-14', to: '2026-11-20' },
  { from: '2026-11-07', to: '2026-11-13' },
  { from: '2026-11-06', to: '2026-11-06' },
];

test('reads the windows newest first, stores them, counts the records and stamps the account', async () => {
  const { ctx, platform, holder, runId, begin } = await scene(15);
  platform.serve = ({ to }) => [adRow({ date: to }), adRow({ date: to, adExternalId: 'a2' })];
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
  expect(facts).toEqual([
    { date: '2026-11-06', ads: 2 },
    { date: '2026-11-13', ads: 2 },
    { date: '2026-11-20', ads: 2 },
  ]);
  expect(await rowsOf(database.db, 'SELECT records_synced FROM runs WHERE id = $1', [runId])).toEqual([
    { records_synced: '6' },
  ]);
  expect(
    await rowsOf(database.db, 'SELECT last_synced_at FROM ad_accounts WHERE id = $1', [holder.accountId]),
  ).toEqual([{ last_synced_at: NOW }]);
  expect(await rowsOf(database.db, 'SELECT * FROM run_logs WHERE run_id = $1', [runId])).toEqual([]);
});

test('conversions follow the goals of the client; a client without goals gets those of the platform', async () => {
  const { ctx, platform, holder, begin } = await scene(1);
  platform.defaultGoals = [{ name: 'lead', actionTypes: ['lead'] }];
  platform.serve = ({ to }) => [
    adRow({ date: to, actions: { lead: action('5'), purchase: action('2', '8') } }),
  ];
  const goals =
    'SELECT conversions::text, conversion_value::text AS value FROM ad_insights WHERE client_id = $1';
  await syncAccount(ctx, await begin());
  expect(await rowsOf(database.db, goals, [holder.clientId])).toEqual([{ conversions: '2', value: '8' }]);

  await database.db.pool.query('DELETE FROM goals WHERE client_id = $1', [holder.clientId]);
  await database.db.pool.query('DELETE FROM slices WHERE client_id = $1', [holder.clientId]);
  await syncAccount(ctx, await begin());
  expect(await rowsOf(database.db, goals, [holder.clientId])).toEqual([{ conversions: '5', value: '0' }]);
});

test('when the platform fails, what was read stays, the days left say why, and the error goes on', async () => {
  const { ctx, platform, holder, begin } = await scene(15);
  const failure = new ConnectorError('The token has expired.', {
    failure: 'REAUTHORIZE',
    vendorCode: '190/463',
  });
  platform.serve = ({ to }) => {
    if (to === '2026-11-13') throw failure;
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
    slices.slice(0, 7).every((slice) => slice['status'] === 'OK' && slice['failure_class'] === null),
  ).toBe(true);
  expect(slices.slice(7)).toHaveLength(8);
  for (const slice of slices.slice(7)) expect(slice).toMatchObject(failed);
  expect(
    await rowsOf(database.db, 'SELECT last_synced_at FROM ad_accounts WHERE id = $1', [holder.accountId]),
  ).toEqual([{ last_synced_at: null }]);
});

test('a failed attempt leaves earlier figures good, and the next one reads exactly what is left', async () => {
  const { ctx, platform, holder, runId, begin } = await scene(15);
  await syncAccount(ctx, await begin());
  const earlier = randomUUID();
  await database.db.pool.query('UPDATE slices SET run_id = $2 WHERE account_id = $1', [
    holder.accountId,
    earlier,
  ]);
  platform.serve = ({ to }) => {
    if (to === '2026-11-13') throw new ConnectorError('Busy.', { failure: 'WAIT' });
    return [];
  };
  await expect(syncAccount(ctx, await begin())).rejects.toThrow('Busy.');
  const marked = (await slicesOf(holder)).slice(7);
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
  expect(platform.reads).toEqual(WINDOWS.slice(1));
  for (const slice of await slicesOf(holder))
    expect(slice).toMatchObject({ run_id: runId, failure_class: null, failure_reason: null });
});

test('a task that was done already reads nothing again', async () => {
  const { ctx, platform, begin } = await scene(8);
  await syncAccount(ctx, await begin());
  platform.reads = [];
  expect(await syncAccount(ctx, await begin())).toEqual({ status: 'SUCCEEDED' });
  expect(platform.reads).toEqual([]);
});

test('an error that nobody expected is marked as such, without its message', async () => {
  const { ctx, platform, holder, begin } = await scene(1);
  platform.serve = () => {
    throw new TypeError('secret inside');
  };
  await expect(syncAccount(ctx, await begin())).rejects.toThrow(TypeError);
  expect(await slicesOf(holder)).toMatchObject([
    { failure_class: 'INTERNAL', failure_reason: 'An unexpected error; the log has it.' },
  ]);
});

test('a stop reaches the platform and is no failure of the days', async () => {
  const { ctx, platform, holder, begin } = await scene(8);
  const stop = new AbortController();
  platform.serve = (window, signal) => {
    if (window.to === '2026-11-20') return [];
    return new Promise((_resolve, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason as Error));
      stop.abort(new Error('stopping'));
    });
  };
  await expect(syncAccount(ctx, await begin(stop))).rejects.toThrow('stopping');
  const slices = await slicesOf(holder);
  expect(slices).toHaveLength(7);
  expect(slices.every((slice) => slice['failure_class'] === null)).toBe(true);
});

test('a run that was cancelled stores nothing more and marks nothing', async () => {
  const { ctx, platform, holder, runId, begin } = await scene(1);
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
  const { ctx, platform, holder, runId, begin } = await scene(1);
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

test('structure is stored, changed in place, and completed by what insights name', async () => {
  const { ctx, platform, holder, begin } = await scene(1);
  const campaign = { externalId: 'c1', name: 'Listed', status: 'ACTIVE', objective: 'SALES' };
  platform.structure = {
    campaigns: [
      { ...campaign, name: 'Old name' },
      campaign,
      { ...campaign, externalId: 'c9', name: 'N\0UL' },
    ],
    adSets: [{ externalId: 's1', campaignExternalId: 'c1', name: 'Set', status: 'PAUSED' }],
    ads: [
      { externalId: 'a1', adSetExternalId: 's1', campaignExternalId: 'c1', name: 'Ad', status: 'ACTIVE' },
    ],
  };
  platform.serve = ({ to }) => [
    adRow({ date: to }),
    adRow({
      date: to,
      adExternalId: 'gone',
      adName: 'Gone ad',
      adSetExternalId: 's2',
      adSetName: null,
      campaignExternalId: 'c2',
    }),
    campaignRow({ date: to, campaignExternalId: 'c3', campaignName: 'Only campaign' }),
  ];
  await syncAccount(ctx, await begin());
  const stored = (table: string, columns: string) =>
    rowsOf(
      database.db,
      `SELECT external_id AS id, name, status, ${columns} FROM ${table} WHERE account_id = $1 ORDER BY 1`,
      [holder.accountId],
    );
  expect(await stored('ad_campaigns', 'objective')).toEqual([
    { id: 'c1', name: 'Listed', status: 'ACTIVE', objective: 'SALES' },
    { id: 'c2', name: 'Campaign one', status: 'UNKNOWN', objective: null },
    { id: 'c3', name: 'Only campaign', status: 'UNKNOWN', objective: null },
    { id: 'c9', name: 'N\uFFFDUL', status: 'ACTIVE', objective: 'SALES' },
  ]);
  expect(await stored('ad_sets', 'campaign_external_id AS campaign')).toEqual([
    { id: 's1', name: 'Set', status: 'PAUSED', campaign: 'c1' },
    { id: 's2', name: 's2', status: 'UNKNOWN', campaign: 'c2' },
  ]);
  expect(await stored('ads', 'ad_set_external_id AS set')).toEqual([
    { id: 'a1', name: 'Ad', status: 'ACTIVE', set: 's1' },
    { id: 'gone', name: 'Gone ad', status: 'UNKNOWN', set: 's2' },
  ]);

  const written = `SELECT external_id AS id, ctid::text, xmin::text, xmax::text FROM ad_campaigns WHERE account_id = $1 AND external_id <> 'c2' ORDER BY 1`;
  const before = await rowsOf(database.db, written, [holder.accountId]);
  await database.db.pool.query('DELETE FROM slices WHERE account_id = $1', [holder.accountId]);
  platform.structure.campaigns.push({
    externalId: 'c2',
    name: 'Found again',
    status: 'PAUSED',
    objective: null,
  });
  await syncAccount(ctx, await begin());
  expect(await rowsOf(database.db, written, [holder.accountId])).toEqual(before);
  expect((await stored('ad_campaigns', 'objective'))[1]).toMatchObject({
    name: 'Found again',
    status: 'PAUSED',
  });
});
