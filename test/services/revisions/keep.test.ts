import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TestDatabase } from '../../support/database.ts';
import { createTestDatabase } from '../../support/database.ts';
import { action, addHolder, adRow, NOW, replace, rowsOf } from '../sync/support.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const KEPT = `SELECT currency, metric, old::text, new::text FROM insight_revisions
  WHERE client_id = $1 ORDER BY currency COLLATE "C", metric COLLATE "C"`;

test('a change of currency is the old row gone and the new one new, each in its currency', async () => {
  const holder = await addHolder(database.db);
  const bought = { purchase: action('2', '30') };
  await replace(database.db, { holder, rows: [adRow({ spend: '1.50', reach: null, actions: bought })] });
  const moved = adRow({
    spend: '700',
    reach: null,
    currency: 'KZT',
    actions: { purchase: action('2', '14000') },
  });
  await replace(database.db, { holder, rows: [moved] });

  const sideOf = (currency: string, rows: [metric: string, figure: string][], side: 'old' | 'new') =>
    rows.map(([metric, figure]) => ({ currency, metric, old: null, new: null, [side]: figure }));
  const figures = (spend: string, value: string): [string, string][] => [
    ['action:purchase', '2'],
    ['clicks', '10'],
    ['conversion_value', value],
    ['conversions', '2'],
    ['goal:purchase', '2'],
    ['goal_value:purchase', value],
    ['impressions', '100'],
    ['link_clicks', '5'],
    ['spend', spend],
    ['value:purchase', value],
  ];
  expect(await rowsOf(database.db, KEPT, [holder.clientId])).toEqual([
    ...sideOf('EUR', figures('1.50', '30'), 'old'),
    ...sideOf('KZT', figures('700', '14000'), 'new'),
  ]);
});

test('a goal that another action is chosen for keeps its revisions, and one that comes out alike has none', async () => {
  const holder = await addHolder(database.db);
  const lead = action('4', '0');
  await replace(database.db, { holder, rows: [adRow({ actions: { purchase: action('1', '9'), lead } })] });
  const both = { purchase: action('1', '9'), omni_purchase: action('3', '9'), lead };
  await replace(database.db, { holder, rows: [adRow({ actions: both })] });
  const goals = (await rowsOf(database.db, KEPT, [holder.clientId])).filter(({ metric }) =>
    String(metric).startsWith('goal'),
  );
  expect(goals).toEqual([{ currency: 'EUR', metric: 'goal:purchase', old: '1', new: '3' }]);
});

test('a revision is of when the platform was asked, and never before what it replaces', async () => {
  const holder = await addHolder(database.db);
  const later = (minutes: number) => new Date(NOW.getTime() + minutes * 60_000);
  const runs = [randomUUID(), randomUUID(), randomUUID()];
  await replace(database.db, { holder, rows: [adRow()], readAt: NOW });
  for (const [index, minutes] of [10, 5, 20].entries()) {
    await replace(database.db, {
      holder,
      rows: [adRow({ clicks: String(100 + index) })],
      readAt: later(minutes),
      runId: runs[index] ?? '',
    });
  }
  const kept = await rowsOf(
    database.db,
    'SELECT new::text, at, run_id FROM insight_revisions WHERE client_id = $1 ORDER BY id',
    [holder.clientId],
  );
  expect(kept).toEqual([
    { new: '100', at: later(10), run_id: runs[0] },
    { new: '101', at: later(10), run_id: runs[1] },
    { new: '102', at: later(20), run_id: runs[2] },
  ]);
});
