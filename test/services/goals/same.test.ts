import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { GoalDefinition, InsightRow } from '../../../src/connectors/ads/contract.ts';
import { syncAccount } from '../../../src/services/sync/account.ts';
import { createTestDatabase } from '../../support/database.ts';
import type { TestDatabase } from '../../support/database.ts';
import { scene } from '../sync/scene.ts';
import { action, addHolder, adRow, campaignRow, contextOf, rowsOf } from '../sync/support.ts';
import { changeGoals, perform, queuedTasks, store, stored } from './support.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const WINDOW = { from: '2026-11-18', to: '2026-11-20' };
const TYPES = ['omni_purchase', 'purchase', 'lead', 'video_view', '__proto__', 'constructor'];

const goals: fc.Arbitrary<GoalDefinition[]> = fc.uniqueArray(
  fc.record({
    name: fc.constantFrom('purchase', 'lead', 'view', 'constructor'),
    actionTypes: fc.uniqueArray(fc.constantFrom(...TYPES), { minLength: 1, maxLength: 4 }),
  }),
  { selector: (goal) => goal.name, minLength: 1, maxLength: 3 },
);

/** Small numbers, so that ads often add up to their campaign, or nearly. */
const count = fc.constantFrom('0', '1', '2', '3', '0.5');
const actions = fc
  .uniqueArray(fc.record({ type: fc.constantFrom(...TYPES), count, value: count }), {
    selector: (one) => one.type,
    maxLength: 3,
  })
  .map((list) => Object.fromEntries(list.map(({ type, ...counted }) => [type, counted])));
const measures = {
  ...{ spend: count, impressions: fc.constantFrom('0', '1', '2'), actions },
  ...{
    clicks: fc.constant('1'),
    linkClicks: fc.constant('0'),
    currency: fc.constantFrom('EUR', 'EUR', 'EUR', 'USD'),
  },
};
const ad = fc
  .record({ ...measures, adExternalId: fc.constantFrom('a1', 'a2', 'a3') })
  .map((row) => adRow(row));

/** The campaign's own row: none, any, or exactly the sum of its ads. */
const own = fc.oneof(
  fc.constant('NONE' as const),
  fc.constant('SUM' as const),
  fc.constant('SUM' as const),
  fc.record(measures).map((row) => campaignRow(row)),
);

function sumOf(ads: readonly InsightRow[]): InsightRow {
  const sum = (read: (row: InsightRow) => string | undefined) =>
    String(ads.reduce((total, row) => total + Number(read(row) ?? '0'), 0));
  const types = new Set(ads.flatMap((row) => Object.keys(row.actions)));
  const own = (row: InsightRow, type: string) =>
    Object.hasOwn(row.actions, type) ? row.actions[type] : undefined;
  return campaignRow({
    currency: ads[0]?.currency ?? 'EUR',
    spend: sum((row) => row.spend),
    impressions: sum((row) => row.impressions),
    clicks: sum((row) => row.clicks),
    linkClicks: sum((row) => row.linkClicks),
    actions: Object.fromEntries(
      [...types].map((type) => [
        type,
        action(
          sum((row) => own(row, type)?.count),
          sum((row) => own(row, type)?.value),
        ),
      ]),
    ),
  });
}

const campaignDay = fc
  .record({
    date: fc.constantFrom('2026-11-18', '2026-11-20'),
    campaignExternalId: fc.constantFrom('c1', 'c2', '__proto__'),
    ads: fc.uniqueArray(ad, { selector: (row) => row.adExternalId ?? '', maxLength: 3 }),
    own,
  })
  .map(({ date, campaignExternalId, ads, own: reported }) => {
    const campaign = reported === 'NONE' ? [] : [reported === 'SUM' ? sumOf(ads) : reported];
    return {
      key: `${date} ${campaignExternalId}`,
      rows: [...ads, ...campaign].map((row) => ({ ...row, date, campaignExternalId })),
    };
  });
const rows = fc
  .uniqueArray(campaignDay, { selector: (day) => day.key, minLength: 1, maxLength: 4 })
  .map((days) => days.flatMap((day) => day.rows));

test('a history computed anew for other goals is the one that a sync with these goals would have stored', async () => {
  const { db } = database;
  const ctx = contextOf(db);
  await fc.assert(
    fc.asyncProperty(rows, goals, goals, async (read, first, second) => {
      const changed = await addHolder(db);
      await db.pool.query('DELETE FROM goals WHERE client_id = $1', [changed.clientId]);
      for (const [position, goal] of first.entries()) {
        await db.pool.query(
          `INSERT INTO goals (client_id, platform, name, position, action_types) VALUES ($1, 'META', $2, $3, $4)`,
          [changed.clientId, goal.name, position, goal.actionTypes],
        );
      }
      await store(db, { holder: changed, goals: first, rows: read, window: WINDOW });
      for (const list of [second, first, second]) {
        const runId = await changeGoals(ctx, changed.clientId, list);
        for (const taskId of runId ? await queuedTasks(db, runId) : []) {
          await perform(ctx, taskId);
          await db.pool.query(`UPDATE run_tasks SET status = 'SUCCEEDED' WHERE run_id = $1`, [runId]);
          await db.pool.query(`UPDATE runs SET status = 'SUCCEEDED' WHERE id = $1`, [runId]);
        }
        const direct = await addHolder(db);
        await store(db, { holder: direct, goals: list, rows: read, window: WINDOW });
        expect(await stored(db, changed)).toEqual(await stored(db, direct));
      }
    }),
    { numRuns: 25 },
  );
}, 120_000);

test('ads without a row of their campaign get no remainder; a campaign that adds up keeps its own choice', async () => {
  const { db } = database;
  const { ctx, platform, holder, runId: syncId, begin } = await scene(db, 1);
  const ads = [
    adRow({ adExternalId: 'a1', actions: { omni_purchase: action('2') } }),
    adRow({ adExternalId: 'a2', actions: { purchase: action('3') } }),
  ];
  const lone = ads.map((row) => ({ ...row, campaignExternalId: 'lone' }));
  platform.serve = () => [...ads, sumOf(ads), ...lone];
  await db.pool.query('DELETE FROM goals WHERE client_id = $1', [holder.clientId]);
  platform.defaultGoals = [{ name: 'lead', actionTypes: ['lead'] }];
  await syncAccount(ctx, await begin());
  const campaigns = () =>
    rowsOf(
      db,
      `SELECT campaign_external_id AS campaign, conversions::text FROM campaign_days WHERE client_id = $1 ORDER BY 1`,
      [holder.clientId],
    );
  expect(await campaigns()).toEqual([
    { campaign: 'c1', conversions: '0' },
    { campaign: 'lone', conversions: '0' },
  ]);
  const goal = { name: 'sale', actionTypes: ['omni_purchase', 'purchase'] };
  const runId = await changeGoals(ctx, holder.clientId, [goal]);
  expect(runId).not.toBe(syncId);
  for (const taskId of await queuedTasks(db, runId ?? '')) await perform(ctx, taskId);
  expect(await campaigns()).toEqual([
    { campaign: 'c1', conversions: '2' },
    { campaign: 'lone', conversions: '5' },
  ]);
});
