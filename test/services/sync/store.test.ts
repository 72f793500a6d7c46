import { afterAll, beforeAll, expect, test } from 'vitest';
import { ConnectorError } from '../../../src/connectors/errors.ts';
import { daysOf } from '../../../src/lib/days.ts';
import { cancelRun } from '../../../src/services/runs/cancel.ts';
import { syncAccount } from '../../../src/services/sync/account.ts';
import { createTestDatabase } from '../../support/database.ts';
import type { TestDatabase } from '../../support/database.ts';
import { everyDay, later, look, run } from './look.ts';
import { scene } from './scene.ts';
import { adRow, campaignRow, NOW, rowsOf } from './support.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const { slice: sliceOf, spend: spendOf, logs: logsOf } = look(() => database.db);

test('a day that comes empty is SUSPECT, keeps its rows until another run says so again, and rows clear it', async () => {
  const made = await scene(database.db, 4);
  const { holder } = made;
  everyDay(made);
  await run(made, 0);
  const first = made.runId;
  everyDay(made, ['2026-11-18']);
  await run(made, 1);
  const reason = 'no rows came where there had been some; they are kept';
  expect(await sliceOf(holder, '2026-11-18')).toMatchObject({
    ...{ status: 'SUSPECT', rows: 1, fetched_at: NOW, suspect_since: later(1), suspect_reason: reason },
    run_id: made.runId,
  });
  expect(made.runId).not.toBe(first);
  expect(await spendOf(holder, '2026-11-18')).toEqual([['a1', '1.50', 'EUR']]);
  expect(await logsOf(made)).toEqual([`WARN Suspect: 2026-11-18 (${reason}).`]);
  expect(await sliceOf(holder, '2026-11-19')).toMatchObject({ status: 'OK', suspect_since: null });

  await run(made, 6.9);
  expect(await sliceOf(holder, '2026-11-18')).toMatchObject({ status: 'SUSPECT', suspect_since: later(1) });
  await run(made, 7);
  expect(await sliceOf(holder, '2026-11-18')).toMatchObject({
    ...{ status: 'OK', rows: 0, suspect_reason: null, fetched_at: later(7) },
  });
  expect(await spendOf(holder, '2026-11-18')).toEqual([]);
  const gone = `SELECT 1 FROM insight_revisions WHERE client_id = $1 AND date = '2026-11-18' AND new IS NULL AND run_id = $2`;
  expect(await rowsOf(database.db, gone, [holder.clientId, made.runId])).not.toEqual([]);
  await run(made, 8);
  expect(await sliceOf(holder, '2026-11-18')).toMatchObject({ status: 'OK', rows: 0 });
  expect(await logsOf(made)).toEqual([]);

  everyDay(made);
  await run(made, 9);
  expect(await sliceOf(holder, '2026-11-18')).toMatchObject({ status: 'OK', rows: 1, suspect_since: null });
});

test('on a first read the day after delivery is SUSPECT too, wherever windows are cut; today never is', async () => {
  const made = await scene(database.db, 5);
  // Windows 19…20 and 16…18: the 19th was read before the 18th was known.
  everyDay(made, ['2026-11-20', '2026-11-19', '2026-11-17']);
  await run(made, 0);
  const statuses = await Promise.all(
    ['2026-11-20', '2026-11-19', '2026-11-18', '2026-11-17', '2026-11-16'].map(
      async (day) => (await sliceOf(made.holder, day))?.['status'],
    ),
  );
  expect(statuses).toEqual(['OK', 'SUSPECT', 'OK', 'SUSPECT', 'OK']);
});

test('ads that are not served leave the campaign whole, with a note', async () => {
  const made = await scene(database.db, 1);
  const cell = {
    level: 'AD' as const,
    date: '2026-11-20',
    campaignExternalId: 'c1',
    reason: 'too much data',
  };
  made.platform.serve = () => [campaignRow({ spend: '9.75' })];
  made.platform.unserved = () => [cell];
  await run(made, 0);
  const note = 'the ads of campaign c1 were not served: too much data';
  expect(await spendOf(made.holder, '2026-11-20')).toEqual([[null, '9.75', 'EUR']]);
  expect(await sliceOf(made.holder, '2026-11-20')).toMatchObject({ status: 'OK', note, rows: 1 });
  expect(await logsOf(made)).toEqual([`WARN Without their ads: 2026-11-20 (${note}).`]);

  made.platform.unserved = () => [];
  await run(made, 1);
  expect(await sliceOf(made.holder, '2026-11-20')).toMatchObject({ status: 'OK', note: null });
});

test('a day whose campaigns are not served is not replaced and says why; its neighbours are', async () => {
  const made = await scene(database.db, 4);
  everyDay(made);
  await run(made, 0);
  const earlier = made.runId;
  made.platform.serve = (window) => daysOf(window).map((date) => adRow({ date, spend: '7' }));
  made.platform.unserved = ({ from, to }) =>
    from <= '2026-11-18' && to >= '2026-11-18'
      ? [{ level: 'CAMPAIGN', date: '2026-11-18', campaignExternalId: null, reason: 'too much data' }]
      : [];
  await run(made, 1);
  const spends = await Promise.all(
    ['2026-11-19', '2026-11-18', '2026-11-17'].map(async (day) => (await spendOf(made.holder, day))[0]?.[1]),
  );
  expect(spends).toEqual(['7', '1.50', '7']);
  const reason = 'The platform would not serve it: too much data';
  expect(await sliceOf(made.holder, '2026-11-18')).toMatchObject({
    ...{ status: 'OK', run_id: earlier, fetched_at: NOW, failure_class: 'FIX', failure_reason: reason },
  });
  expect(await logsOf(made)).toEqual([`WARN Not replaced: 2026-11-18 (${reason}).`]);
  // The task knows that it has been there.
  made.platform.asks = [];
  await syncAccount(made.ctx, await made.begin());
  expect(made.platform.asks).toEqual([]);
});

test('a slice says when it was first read as final', async () => {
  const made = await scene(database.db, 30);
  everyDay(made);
  await run(made, 0);
  expect(await sliceOf(made.holder, '2026-10-22')).toMatchObject({ final: true, final_at: NOW });
  expect(await sliceOf(made.holder, '2026-10-23')).toMatchObject({ final: false, final_at: null });
  await run(made, 24);
  expect(await sliceOf(made.holder, '2026-10-23')).toMatchObject({ final: true, final_at: later(24) });
  await run(made, 25);
  expect(await sliceOf(made.holder, '2026-10-23')).toMatchObject({ final: true, final_at: later(24) });
});

test('when the account changes its currency, every day keeps its own', async () => {
  const made = await scene(database.db, 3);
  made.platform.serve = (window) =>
    daysOf(window).flatMap((date) => {
      const currency = date < '2026-11-19' ? 'USD' : 'KZT';
      return [adRow({ date, currency, spend: '4' }), campaignRow({ date, currency, spend: '10' })];
    });
  await run(made, 0);
  const days = ['2026-11-18', '2026-11-19', '2026-11-20'];
  expect(await Promise.all(days.map((day) => spendOf(made.holder, day)))).toEqual(
    ['USD', 'KZT', 'KZT'].map((currency) => [
      ['a1', '4', currency],
      [null, '6', currency],
    ]),
  );
  expect(
    await rowsOf(
      database.db,
      'SELECT currency, sum(spend)::text AS spend FROM client_days WHERE client_id = $1 GROUP BY 1 ORDER BY 1',
      [made.holder.clientId],
    ),
  ).toEqual([
    { currency: 'KZT', spend: '20' },
    { currency: 'USD', spend: '10' },
  ]);
});

test.each(['ENDED', 'CANCELLED'])('pages that were kept go with a task that is %s', async (how) => {
  const made = await scene(database.db, 3);
  everyDay(made);
  const kept = () =>
    rowsOf(database.db, 'SELECT seq FROM sync_pages WHERE client_id = $1', [made.holder.clientId]);
  made.platform.onAsk = ({ page, window }) => {
    if (page === 1 && window) throw new ConnectorError('Busy.', { failure: 'RETRY' });
  };
  made.platform.pageSizes = () => [1, 1];
  await expect(run(made, 0)).rejects.toThrow('Busy.');
  expect(await kept()).not.toEqual([]);
  if (how === 'ENDED') await made.end();
  else await cancelRun(made.ctx, made.runId);
  expect(await kept()).toEqual([]);
});

test('a stored window leaves a mark instead of its pages', async () => {
  const made = await scene(database.db, 4);
  everyDay(made);
  made.platform.pageSizes = () => [1];
  await run(made, 0);
  expect(
    await rowsOf(
      database.db,
      `SELECT window_to, content FROM sync_pages WHERE task_id = $1 AND window_to IS NOT NULL ORDER BY 1 DESC`,
      [made.taskId],
    ),
  ).toEqual([
    { window_to: '2026-11-20', content: 'S2' },
    { window_to: '2026-11-18', content: 'S2' },
  ]);
});

test('only the try that holds the task keeps pages; a page is getting ahead', async () => {
  const made = await scene(database.db, 1);
  const attempts = async () =>
    (await rowsOf(database.db, 'SELECT attempts FROM run_tasks WHERE id = $1', [made.taskId]))[0]?.[
      'attempts'
    ];
  const page = { seq: 1, window: null, readAt: NOW, next: { after: 'x' }, content: '' };
  await made.begin();
  const dead = await made.begin();
  const alive = await made.begin();
  expect(await attempts()).toBe(3);
  await expect(dead.keep(page)).rejects.toMatchObject({ name: 'TaskStopped', stopCause: 'TAKEN_OVER' });
  expect(dead.signal.aborted).toBe(true);
  expect(await attempts()).toBe(3);
  const undone = alive.keep(page, () => Promise.reject(new Error('not stored')));
  await expect(undone).rejects.toThrow('not stored');
  await alive.keep(page);
  expect(await attempts()).toBe(1);
  expect(
    await rowsOf(database.db, 'SELECT seq, next, content FROM sync_pages WHERE task_id = $1', [made.taskId]),
  ).toEqual([{ seq: 1, next: { after: 'x' }, content: '' }]);
});
