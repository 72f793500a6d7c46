import { afterAll, beforeAll, expect, test } from 'vitest';
import { daysOf } from '../../../src/lib/days.ts';
import { refreshBreakdowns } from '../../../src/services/breakdowns/refresh.ts';
import { createTestDatabase } from '../../support/database.ts';
import type { TestDatabase } from '../../support/database.ts';
import { action, NOW, rowsOf } from '../sync/support.ts';
import type { Holder } from '../sync/support.ts';
import { partRow, partsOf, scene, slicesOf, whenWritten } from './scene.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

/** The same work can be asked for again only when it is over. */
const endRuns = (holder: Holder) =>
  database.db.pool.query(`UPDATE runs SET status = 'SUCCEEDED' WHERE client_id = $1`, [holder.clientId]);

const ages = (...names: string[]) => names.map((age) => partRow({ segments: { age, gender: 'female' } }));

test('reads 8 days of each kind, newest first, and notes what it read', async () => {
  const { ctx, platform, holder, begin } = await scene(database.db);
  platform.breakdowns = ['DEMOGRAPHICS', 'PLACEMENTS'];
  platform.serve = ({ kind, range }) => [
    [partRow({ date: range.to })],
    [partRow({ date: range.from, segments: { [kind]: 'x' } })],
  ];
  const { task, runId } = await begin();
  expect(await refreshBreakdowns(ctx, task)).toEqual({ status: 'SUCCEEDED' });

  const windows = [
    { from: '2026-11-19', to: '2026-11-20' },
    { from: '2026-11-13', to: '2026-11-18' },
  ];
  expect(platform.asked).toEqual([
    ...windows.map((range) => ({ kind: 'DEMOGRAPHICS', range })),
    ...windows.map((range) => ({ kind: 'PLACEMENTS', range })),
  ]);
  const slices = await slicesOf(database.db, holder);
  expect(slices).toHaveLength(16);
  for (const slice of slices)
    expect(slice).toMatchObject({ fetched_at: NOW, final: false, run_id: runId, failure_class: null });
  expect(slices.slice(0, 8).map((slice) => slice['rows'])).toEqual([1, 1, 1, 0, 0, 0, 0, 1]);
  expect(await partsOf(database.db, holder)).toHaveLength(8);
  expect(await rowsOf(database.db, 'SELECT records_synced FROM runs WHERE id = $1', [runId])).toEqual([
    { records_synced: '8' },
  ]);
});

test('a re-read takes away what is gone, adds what is new, and touches nothing that agrees', async () => {
  const { ctx, platform, holder, begin } = await scene(database.db);
  const request = { range: { from: '2026-11-20', to: '2026-11-20' } };
  platform.serve = () => [
    [
      ...ages('18-24', '25-34', '35-44'),
      partRow({ segments: { age: '65+' }, actions: { lead: action('1', '2.50') } }),
    ],
  ];
  await refreshBreakdowns(ctx, (await begin(request)).task);
  const before = await whenWritten(database.db, holder);

  const changed = partRow({ segments: { gender: 'female', age: '35-44' }, spend: '9' });
  const same = partRow({ segments: { gender: 'female', age: '25-34' }, spend: '1.5' });
  const sameActions = partRow({ segments: { age: '65+' }, actions: { lead: action('1.0', '2.5') } });
  await endRuns(holder);
  platform.serve = () => [[same, changed, sameActions, ...ages('45-54')]];
  await refreshBreakdowns(ctx, (await begin(request)).task);

  const after = await whenWritten(database.db, holder);
  expect(after.map((row) => row['age'])).toEqual(['25-34', '35-44', '45-54', '65+']);
  const untouched = (rows: typeof after) =>
    rows.filter((row) => ['25-34', '65+'].includes(String(row['age'])));
  expect(untouched(after)).toEqual(untouched(before));
  expect((await partsOf(database.db, holder)).map((row) => row['spend'])).toEqual([
    '1.50',
    '9',
    '1.50',
    '1.50',
  ]);
});

test('other days, kinds and accounts keep theirs', async () => {
  const { ctx, platform, holder, begin } = await scene(database.db);
  platform.breakdowns = ['DEMOGRAPHICS', 'PLACEMENTS'];
  platform.serve = ({ range }) => daysOf(range).map((date) => [partRow({ date })]);
  await refreshBreakdowns(ctx, (await begin({ days: 3 })).task);
  platform.breakdowns = ['PLACEMENTS'];
  platform.serve = () => [];
  await refreshBreakdowns(ctx, (await begin({ days: 1 })).task);
  expect(
    (await partsOf(database.db, holder))
      .map((row) => `${String(row['kind'])} ${String(row['date'])}`)
      .toSorted(),
  ).toEqual([
    'DEMOGRAPHICS 2026-11-18',
    'DEMOGRAPHICS 2026-11-19',
    'DEMOGRAPHICS 2026-11-20',
    'PLACEMENTS 2026-11-18',
    'PLACEMENTS 2026-11-19',
  ]);
});

test('rows that come again are merged, the last one wins; an ad has one row a day whatever its rankings', async () => {
  const { ctx, platform, holder, begin } = await scene(database.db);
  platform.breakdowns = ['DEMOGRAPHICS', 'RELEVANCE'];
  const ranked = (quality: string, spend: string) =>
    partRow({ adExternalId: 'a1', segments: { quality_ranking: quality }, spend });
  platform.serve = ({ kind }) =>
    kind === 'RELEVANCE'
      ? [[ranked('AVERAGE', '1')], [ranked('ABOVE_AVERAGE', '2')]]
      : [[partRow({ spend: '1' })], [partRow({ segments: { gender: 'female', age: '25-34' }, spend: '2' })]];
  const { task, runId } = await begin({ range: { from: '2026-11-20', to: '2026-11-20' } });
  await refreshBreakdowns(ctx, task);
  expect(await partsOf(database.db, holder)).toMatchObject([
    { kind: 'RELEVANCE', spend: '2', segments: { quality_ranking: 'ABOVE_AVERAGE' } },
    { kind: 'DEMOGRAPHICS', spend: '2' },
  ]);
  expect(await rowsOf(database.db, 'SELECT message FROM run_logs WHERE run_id = $1', [runId])).toEqual([
    { message: '2 rows came again and were merged.' },
  ]);
});

test('rows that cannot be believed are kept out, counted and told', async () => {
  const { ctx, platform, holder, begin } = await scene(database.db);
  const bad = [
    partRow({ date: '2026-11-21' }),
    partRow({ spend: 'much' }),
    partRow({ clicks: '1.5' }),
    partRow({ campaignExternalId: '' }),
    partRow({ adExternalId: 'a1' }),
    partRow({ segments: {} }),
    partRow({ segments: { age: '25\u0000' } }),
    partRow({ segments: { age: '\ud83d' } }),
    partRow({ segments: { age: 'x'.repeat(401) } }),
    partRow({ actions: { 'le\u0000ad': action('1') } }),
  ];
  platform.serve = ({ range }) => (range.to === '2026-11-20' ? [[...bad, partRow()]] : []);
  const { task, runId } = await begin({ days: 2 });
  await refreshBreakdowns(ctx, task);
  expect(await partsOf(database.db, holder)).toHaveLength(1);
  const [line] = await rowsOf(database.db, 'SELECT message FROM run_logs WHERE run_id = $1', [runId]);
  expect(line?.['message']).toMatch(/^10 rows kept out: /);
});

test('days are final once the platform no longer changes them, and read once more for it', async () => {
  const { ctx, platform, holder, begin } = await scene(database.db);
  platform.restatementDays = () => Promise.resolve(28);
  platform.serve = ({ range }) => daysOf(range).map((date) => [partRow({ date })]);
  const early = { ...ctx, now: () => new Date('2026-10-22T10:00:00Z') };
  const { task } = await begin({ range: { from: '2026-10-16', to: '2026-10-22' } });
  await refreshBreakdowns(early, task);
  expect((await slicesOf(database.db, holder)).every((slice) => slice['final'] === false)).toBe(true);

  // 2026-11-20 minus 28 days is 10-23: the days before it are settled.
  platform.asked = [];
  await refreshBreakdowns(ctx, (await begin({ days: 2 })).task);
  expect(platform.asked.map(({ range }) => range)).toEqual([
    { from: '2026-11-19', to: '2026-11-20' },
    { from: '2026-10-16', to: '2026-10-22' },
  ]);
  const final = (await slicesOf(database.db, holder)).filter((slice) => slice['final'] === true);
  expect(final.map((slice) => slice['date'])).toEqual(
    daysOf({ from: '2026-10-16', to: '2026-10-22' }).toReversed(),
  );

  platform.asked = [];
  await refreshBreakdowns(ctx, (await begin({ days: 1 })).task);
  expect(platform.asked.map(({ range }) => range.to)).toEqual(['2026-11-20']);
});

test('windows shrink to a day when days are large', async () => {
  const { ctx, platform, begin } = await scene(database.db);
  platform.serve = ({ range }) => [
    Array.from({ length: 6_001 }, (_, at) =>
      partRow({ date: range.to, campaignExternalId: `c${String(at)}` }),
    ),
  ];
  await refreshBreakdowns(ctx, (await begin({ days: 4 })).task);
  expect(platform.asked.map(({ range }) => [range.from, range.to])).toEqual([
    ['2026-11-19', '2026-11-20'],
    ['2026-11-18', '2026-11-18'],
    ['2026-11-17', '2026-11-17'],
  ]);
});

test('a platform that has none of it is skipped', async () => {
  const { ctx, platform, holder, begin } = await scene(database.db);
  platform.breakdowns = [];
  expect(await refreshBreakdowns(ctx, (await begin()).task)).toEqual({
    status: 'SKIPPED',
    reason: 'Scripted has no breakdowns and does not tell reach.',
  });
  expect(await slicesOf(database.db, holder)).toEqual([]);
});
