import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BreakdownQuestion } from '../../../src/connectors/ads/breakdowns.ts';
import { ConnectorError } from '../../../src/connectors/errors.ts';
import { daysOf } from '../../../src/lib/days.ts';
import { refreshBreakdowns } from '../../../src/services/breakdowns/refresh.ts';
import { createTestDatabase } from '../../support/database.ts';
import type { TestDatabase } from '../../support/database.ts';
import { NOW, rowsOf } from '../sync/support.ts';
import type { Holder } from '../sync/support.ts';
import { partRow, partsOf, scene, slicesOf } from './scene.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

/** The same work can be asked for again only when it is over. */
const endRuns = (holder: Holder) =>
  database.db.pool.query(`UPDATE runs SET status = 'SUCCEEDED' WHERE client_id = $1`, [holder.clientId]);

test('when the platform fails, what was read stays and the days left say why', async () => {
  const { ctx, platform, holder, begin } = await scene(database.db);
  platform.serve = ({ range }) => daysOf(range).map((date) => [partRow({ date })]);
  const first = await begin();
  await refreshBreakdowns(ctx, first.task);
  await endRuns(holder);
  const earlier = await partsOf(database.db, holder);

  const failure = new ConnectorError('Too many calls.', { failure: 'WAIT', retryAt: NOW });
  platform.serve = async function* ({ range }: BreakdownQuestion) {
    yield [partRow({ date: range.to, spend: '7' })];
    await Promise.resolve();
    if (range.to !== '2026-11-20') throw failure;
  };
  const { task, runId } = await begin({ days: 9 });
  await expect(refreshBreakdowns(ctx, task)).rejects.toBe(failure);

  const kept = await partsOf(database.db, holder);
  expect(kept.slice(0, -1)).toEqual(earlier.slice(0, -2));
  expect(kept.at(-1)).toMatchObject({ date: '2026-11-20', spend: '7' });
  const slices = await slicesOf(database.db, holder);
  const said = { failure_class: 'WAIT', failure_reason: 'Too many calls.' };
  for (const slice of slices.slice(0, 2)) expect(slice).toMatchObject({ run_id: runId, failure_class: null });
  for (const slice of slices.slice(2, 8))
    expect(slice).toMatchObject({ ...said, run_id: first.runId, fetched_at: NOW, rows: 1 });
  expect(slices[8]).toMatchObject({ ...said, run_id: runId, fetched_at: null, rows: 0 });

  // A later success takes the words back.
  platform.serve = () => [];
  await endRuns(holder);
  await refreshBreakdowns(ctx, (await begin({ days: 9 })).task);
  for (const slice of await slicesOf(database.db, holder))
    expect(slice).toMatchObject({ failure_class: null, failure_reason: null, fetched_at: NOW });
});

test('a kind that the platform refuses does not keep the others from being read', async () => {
  const { ctx, platform, holder, begin } = await scene(database.db);
  platform.breakdowns = ['DEMOGRAPHICS', 'PLACEMENTS'];
  platform.tellReach = () => [{ campaignExternalId: null, reach: '5', impressions: '9', frequency: null }];
  platform.serve = ({ kind, range }) => {
    if (kind === 'DEMOGRAPHICS') throw new ConnectorError('Not this one.', { failure: 'FIX' });
    return [[partRow({ date: range.to })]];
  };
  await expect(refreshBreakdowns(ctx, (await begin({ days: 2 })).task)).rejects.toThrow('Not this one.');
  expect(await slicesOf(database.db, holder)).toMatchObject([
    { kind: 'DEMOGRAPHICS', failure_class: 'FIX', fetched_at: null },
    { kind: 'DEMOGRAPHICS', failure_class: 'FIX', fetched_at: null },
    { kind: 'PLACEMENTS', failure_class: null, rows: 1 },
    { kind: 'PLACEMENTS', failure_class: null, rows: 0 },
  ]);
  expect(platform.windowsAsked).toHaveLength(4);
});

test('days that the platform would not serve whole keep what an earlier read stored, and say why', async () => {
  const { ctx, platform, holder, begin } = await scene(database.db);
  const range = { from: '2026-11-18', to: '2026-11-20' };
  platform.serve = ({ range: asked }) => daysOf(asked).map((date) => [partRow({ date })]);
  const first = await begin({ range });
  await refreshBreakdowns(ctx, first.task);
  await endRuns(holder);
  platform.serve = ({ range: asked }) => daysOf(asked).map((date) => [partRow({ date, spend: '8' })]);
  platform.unserved = [{ range: { from: '2026-11-16', to: '2026-11-19' }, reason: 'Too much data.' }];
  const second = await begin({ range });
  expect(await refreshBreakdowns(ctx, second.task)).toEqual({ status: 'SUCCEEDED' });
  expect((await partsOf(database.db, holder)).map((row) => row['spend'])).toEqual(['1.50', '1.50', '8']);
  const refused = {
    run_id: first.runId,
    fetched_at: NOW,
    failure_class: 'FIX',
    failure_reason: 'Too much data.',
  };
  expect(await slicesOf(database.db, holder)).toMatchObject([
    { date: '2026-11-20', run_id: second.runId, failure_class: null, rows: 1 },
    { date: '2026-11-19', ...refused },
    { date: '2026-11-18', ...refused },
  ]);
  expect(await rowsOf(database.db, 'SELECT records_synced FROM runs WHERE id = $1', [second.runId])).toEqual([
    { records_synced: '1' },
  ]);
});

test('a window of which no row can be believed was not served', async () => {
  const { ctx, platform, holder, begin } = await scene(database.db);
  platform.serve = ({ range }) => [[partRow({ date: range.to })]];
  await refreshBreakdowns(ctx, (await begin({ days: 1 })).task);
  await endRuns(holder);
  platform.serve = () => [[partRow({ spend: 'much' })], [partRow({ clicks: 'some' })]];
  await refreshBreakdowns(ctx, (await begin({ days: 1 })).task);
  expect(await partsOf(database.db, holder)).toHaveLength(1);
  expect(await slicesOf(database.db, holder)).toMatchObject([
    { rows: 1, failure_class: 'FIX', failure_reason: 'None of the rows can be believed.' },
  ]);
});

test('a dead credential stops the task at once and every kind says so', async () => {
  const { ctx, platform, holder, begin } = await scene(database.db);
  platform.breakdowns = ['DEMOGRAPHICS', 'PLACEMENTS'];
  platform.serve = () => {
    throw new ConnectorError('Log in again.', { failure: 'REAUTHORIZE', concerns: 'CREDENTIAL' });
  };
  await expect(refreshBreakdowns(ctx, (await begin({ days: 1 })).task)).rejects.toThrow('Log in again.');
  expect(platform.asked).toHaveLength(1);
  expect(platform.windowsAsked).toEqual([]);
  expect(await slicesOf(database.db, holder)).toMatchObject([
    { kind: 'DEMOGRAPHICS', failure_class: 'REAUTHORIZE' },
    { kind: 'PLACEMENTS', failure_class: 'REAUTHORIZE' },
  ]);
});

test('after a kill the days and windows of this run that were stored are not read again', async () => {
  const { ctx, platform, holder, begin } = await scene(database.db);
  platform.breakdowns = ['DEMOGRAPHICS', 'PLACEMENTS'];
  platform.serve = ({ range }) => daysOf(range).map((date) => [partRow({ date })]);
  platform.tellReach = () => [{ campaignExternalId: null, reach: '5', impressions: '9', frequency: '1.8' }];
  const { task, again } = await begin({ days: 4 });
  // Dies between the reading of the third window and its checkpoint, and later after the second window of reach.
  let checkpoints = 0;
  const dying = (work: typeof task, after: number): typeof task => ({
    ...work,
    checkpoint: async (write) => {
      if (checkpoints === after) throw new Error('killed');
      checkpoints += 1;
      await work.checkpoint(write);
    },
  });
  await expect(refreshBreakdowns(ctx, dying(task, 2))).rejects.toThrow('killed');
  await expect(refreshBreakdowns(ctx, dying(await again(), 6))).rejects.toThrow('killed');
  expect(await refreshBreakdowns(ctx, await again())).toEqual({ status: 'SUCCEEDED' });

  const asked = platform.asked.map(({ kind, range }) => `${kind} ${range.from}..${range.to}`);
  expect(asked).toEqual([
    'DEMOGRAPHICS 2026-11-19..2026-11-20',
    'DEMOGRAPHICS 2026-11-17..2026-11-18',
    'PLACEMENTS 2026-11-19..2026-11-20',
    'PLACEMENTS 2026-11-19..2026-11-20',
    'PLACEMENTS 2026-11-17..2026-11-18',
  ]);
  const windows = platform.windowsAsked.map(({ from, to }) => `${from}..${to}`);
  expect(windows.filter((text, at) => windows.indexOf(text) !== at)).toHaveLength(1);
  expect(await partsOf(database.db, holder)).toHaveLength(8);
});

test('a stop is no failure of the days', async () => {
  const { ctx, platform, holder, begin } = await scene(database.db);
  const stop = new AbortController();
  platform.serve = () => {
    stop.abort(new Error('stopping'));
    throw new ConnectorError('Cut off.', { failure: 'RETRY' });
  };
  const { task } = await begin();
  await expect(refreshBreakdowns(ctx, { ...task, signal: stop.signal })).rejects.toThrow('Cut off.');
  expect(await slicesOf(database.db, holder)).toEqual([]);
});
