import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ReachRow } from '../../../src/connectors/ads/breakdowns.ts';
import { ConnectorError } from '../../../src/connectors/errors.ts';
import type { Context } from '../../../src/context.ts';
import { refreshBreakdowns } from '../../../src/services/breakdowns/refresh.ts';
import { triggerBreakdowns } from '../../../src/services/breakdowns/trigger.ts';
import type { SyncTrigger } from '../../../src/services/sync/trigger.ts';
import { createTestDatabase } from '../../support/database.ts';
import type { TestDatabase } from '../../support/database.ts';
import { scene } from '../breakdowns/scene.ts';
import { beginTask, createTaskWork } from '../../../src/services/runs/perform.ts';
import { rowsOf } from '../sync/support.ts';
import type { Holder } from '../sync/support.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const reached = (reach: string, campaignExternalId: string | null = null): ReachRow => ({
  campaignExternalId,
  reach,
  impressions: '900',
  frequency: '1.8',
});

const storedReach = (holder: Holder) =>
  rowsOf(
    database.db,
    `SELECT date_from::text || '..' || date_to::text AS days, campaign_external_id AS campaign, reach::int AS reach, rolling
     FROM ad_reach WHERE client_id = $1 ORDER BY days, campaign NULLS FIRST`,
    [holder.clientId],
  );

const daysOfReach = async (holder: Holder) => [
  ...new Set((await storedReach(holder)).map((row) => row['days'])),
];

/** One run from beginning to end, at this moment. */
async function refreshAt(
  at: string,
  { ctx, holder }: { ctx: Context; holder: Holder },
  request: SyncTrigger = {},
) {
  const then = { ...ctx, now: () => new Date(at) };
  const { runId } = await triggerBreakdowns(then, { clientId: holder.clientId, ...request });
  const [row] = await rowsOf(database.db, 'SELECT id FROM run_tasks WHERE run_id = $1', [runId]);
  const begun = await beginTask(then, { taskId: String(row?.['id']), retries: 0 });
  if (!begun) throw new Error('nothing to begin');
  try {
    return await refreshBreakdowns(then, createTaskWork(then, begun, new AbortController()));
  } finally {
    await database.db.pool.query(`UPDATE runs SET status = 'SUCCEEDED' WHERE id = $1`, [runId]);
  }
}

test('rolling windows give way to the next day\u2019s, months stay', async () => {
  const scened = await scene(database.db);
  const { platform, holder } = scened;
  platform.tellReach = () => [reached('500'), reached('300', 'c1')];
  await refreshAt('2026-11-19T12:00:00Z', scened);
  await refreshAt('2026-11-20T12:00:00Z', scened);
  expect(await daysOfReach(holder)).toEqual([
    '2026-10-01..2026-10-31',
    '2026-10-21..2026-11-19',
    '2026-11-01..2026-11-19',
    '2026-11-13..2026-11-19',
  ]);
  await refreshAt('2026-12-01T12:00:00Z', scened);
  await refreshAt('2026-12-02T12:00:00Z', scened);
  const stored = await storedReach(holder);
  expect(stored.filter((row) => row['rolling'] === false).map((row) => row['days'])).toEqual([
    '2026-10-01..2026-10-31',
    '2026-10-01..2026-10-31',
    '2026-11-01..2026-11-30',
    '2026-11-01..2026-11-30',
  ]);
  expect(await daysOfReach(holder)).toHaveLength(5);
});

test('the account\u2019s own yesterday counts', async () => {
  const scened = await scene(database.db, { timezone: 'Pacific/Auckland' });
  scened.platform.tellReach = () => [reached('500')];
  // Already the 21st there.
  await refreshAt('2026-11-20T12:00:00Z', scened);
  expect(await daysOfReach(scened.holder)).toContain('2026-11-14..2026-11-20');
});

test('when one window fails, the older ones stay until all are told', async () => {
  const scened = await scene(database.db);
  const { platform, holder } = scened;
  platform.tellReach = () => [reached('500')];
  await refreshAt('2026-11-19T12:00:00Z', scened);
  platform.tellReach = ({ from }) => {
    if (from === '2026-10-21') throw new ConnectorError('Busy.', { failure: 'RETRY' });
    return [reached('501')];
  };
  await expect(refreshAt('2026-11-20T12:00:00Z', scened)).rejects.toThrow('Busy.');
  expect(await daysOfReach(holder)).toEqual(
    expect.arrayContaining(['2026-10-20..2026-11-18', '2026-11-12..2026-11-18']),
  );
});

test('when the platform does not tell one window, the older ones stay', async () => {
  const scened = await scene(database.db);
  const { platform, holder } = scened;
  platform.tellReach = () => [reached('500')];
  await refreshAt('2026-11-19T12:00:00Z', scened);
  platform.tellReach = ({ from }) => (from === '2026-10-21' ? null : [reached('501')]);
  await refreshAt('2026-11-20T12:00:00Z', scened);
  expect(await daysOfReach(holder)).toContain('2026-10-20..2026-11-18');
});

test('a window is replaced whole; campaigns that are gone go', async () => {
  const scened = await scene(database.db);
  const { platform, holder } = scened;
  const request = { range: { from: '2026-11-03', to: '2026-11-05' } };
  platform.tellReach = () => [reached('500'), reached('300', 'c1'), reached('299', 'c2')];
  await refreshAt('2026-11-19T12:00:00Z', scened, request);
  platform.tellReach = () => [reached('510'), reached('1', 'c2'), reached('310', 'c2')];
  await refreshAt('2026-11-20T12:00:00Z', scened, request);
  expect(await storedReach(holder)).toEqual([
    { days: '2026-11-03..2026-11-05', campaign: null, reach: 510, rolling: false },
    { days: '2026-11-03..2026-11-05', campaign: 'c2', reach: 310, rolling: false },
  ]);
});

test('a window that somebody asked for is kept, also when it was a rolling one', async () => {
  const scened = await scene(database.db);
  const { platform, holder } = scened;
  platform.tellReach = () => [reached('500')];
  const lastWeek = { from: '2026-11-13', to: '2026-11-19' };
  await refreshAt('2026-11-20T10:00:00Z', scened, { range: lastWeek });
  await refreshAt('2026-11-20T12:00:00Z', scened);
  await refreshAt('2026-11-21T12:00:00Z', scened);
  expect(await daysOfReach(holder)).toContain('2026-11-13..2026-11-19');
  expect(await daysOfReach(holder)).not.toContain('2026-10-21..2026-11-19');
});

test('a range asks for itself and its whole months', async () => {
  const scened = await scene(database.db);
  scened.platform.tellReach = () => [reached('500')];
  await refreshAt('2026-11-20T12:00:00Z', scened, { range: { from: '2026-09-01', to: '2026-10-31' } });
  expect(scened.platform.windowsAsked).toEqual([
    { from: '2026-09-01', to: '2026-10-31' },
    { from: '2026-10-01', to: '2026-10-31' },
    { from: '2026-09-01', to: '2026-09-30' },
  ]);
});

test('what the platform does not tell is not stored; that nobody was reached is', async () => {
  const scened = await scene(database.db);
  const { platform, holder } = scened;
  platform.tellReach = () => null;
  await refreshAt('2026-11-20T10:00:00Z', scened);
  expect(await storedReach(holder)).toEqual([]);
  platform.tellReach = () => [];
  await refreshAt('2026-11-20T12:00:00Z', scened, { range: { from: '2026-11-03', to: '2026-11-05' } });
  expect(await storedReach(holder)).toEqual([
    { days: '2026-11-03..2026-11-05', campaign: null, reach: 0, rolling: false },
  ]);
});

test('rows that cannot be believed are kept out and told', async () => {
  const scened = await scene(database.db);
  const { platform, holder } = scened;
  platform.tellReach = () => [
    reached('500'),
    reached('1.5', 'c1'),
    reached('-1', 'c2'),
    { ...reached('1', 'c3'), impressions: 'NaN' },
    { ...reached('1', 'c4'), frequency: '1e3' },
    reached('1', 'c\u0000'),
  ];
  await refreshAt('2026-11-20T12:00:00Z', scened, { range: { from: '2026-11-03', to: '2026-11-05' } });
  expect(await storedReach(holder)).toHaveLength(1);
  const lines = await rowsOf(database.db, 'SELECT message FROM run_logs WHERE client_id = $1', [
    holder.clientId,
  ]);
  expect(lines).toEqual([{ message: expect.stringMatching(/^5 rows kept out: /) as string }]);
});
