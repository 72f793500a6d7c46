import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { carryOut } from '../../../src/services/plans/carryOut.ts';
import type { Plan } from '../../../src/services/plans/make.ts';
import { makeBackfillPlan, makeSyncPlan } from '../../../src/services/plans/make.ts';
import { createTestDatabase } from '../../support/database.ts';
import type { TestDatabase } from '../../support/database.ts';
import { addAccount, addHolder, NOW, rowsOf } from '../sync/support.ts';
import type { Holder } from '../sync/support.ts';
import type { PlanScene } from './scene.ts';
import { planScene, refusal, store } from './scene.ts';

let database: TestDatabase;
let scene: PlanScene;
let west: Holder;
let east: Holder;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  await database.db.pool.query('DELETE FROM clients');
  await database.db.pool.query('DELETE FROM runs');
  scene = planScene(database.db, NOW);
  west = await addHolder(database.db, { externalId: 'act_west', timezone: 'America/New_York' });
  east = await addHolder(database.db, { externalId: 'act_east', timezone: 'Asia/Almaty' });
});

function backfill(): Promise<Plan> {
  return makeBackfillPlan(scene.ctx, { months: 3 });
}

function start(plan: Plan) {
  return carryOut(scene.ctx, { kind: plan.kind, planId: plan.id });
}

const STALE = 'PLAN_STALE The plan does not hold any more: ';
const query = (text: string, values: unknown[] = []) => database.db.pool.query(text, values);

test.each<[string, string, () => Promise<unknown>]>([
  [
    'an account was connected',
    'act_new was connected.',
    () => addAccount(database.db, west.clientId, { externalId: 'act_new' }),
  ],
  [
    'an account was removed',
    'act_west was removed.',
    () => query('DELETE FROM ad_accounts WHERE id = $1', [west.accountId]),
  ],
  [
    'a client was deactivated',
    'act_east was removed.',
    () => query('UPDATE clients SET active = false WHERE id = $1', [east.clientId]),
  ],
  [
    'days were read for the first time',
    'act_west was read meanwhile.',
    () => store(database.db, { ...west, from: '2026-10-05', to: '2026-10-05' }),
  ],
  [
    'days were read again',
    'act_east was read meanwhile.',
    () => store(database.db, { ...east, from: '2026-11-01', to: '2026-11-01', at: '2026-11-20T09:59:00Z' }),
  ],
  [
    'days became final',
    'act_east was read meanwhile.',
    () => query('UPDATE slices SET final = true WHERE account_id = $1', [east.accountId]),
  ],
  [
    'another credential',
    'act_west has another credential.',
    () =>
      query(
        `INSERT INTO credentials (client_id, platform, ciphertext, key_id, last_four, kind)
           VALUES ($1, 'META', '', 'k', '1234', 'OAUTH')`,
        [west.clientId],
      ),
  ],
  [
    'a new day began',
    'act_east has a new day.',
    () => {
      scene.setNow(new Date('2026-11-20T19:10:00Z'));
      return Promise.resolve();
    },
  ],
  [
    'the plan is an hour old',
    'It is older than an hour.',
    () => {
      scene.setNow(new Date('2026-11-20T19:50:00Z'));
      return Promise.resolve();
    },
  ],
])('%s', async (_, says, moves) => {
  scene.setNow(new Date('2026-11-20T18:50:00Z'));
  await store(database.db, { ...east, from: '2026-11-01', to: '2026-11-03' });
  const plan = await backfill();
  await moves();
  expect(await refusal(start(plan))).toBe(`${STALE}${says} Make a new plan.`);
  expect(await rowsOf(database.db, 'SELECT FROM runs')).toEqual([]);
  const again = await backfill();
  expect((await start(again)).created).toBe(true);
});

test('the one client of a plan is gone', async () => {
  const plan = await makeSyncPlan(scene.ctx, { clientId: west.clientId });
  await query('DELETE FROM clients WHERE id = $1', [west.clientId]);
  expect(await refusal(start(plan))).toBe(`${STALE}No such client. Make a new plan.`);
});

test('what is of other clients, of other days, or no change at all, does not matter', async () => {
  const plan = await makeBackfillPlan(scene.ctx, { clientIds: [west.clientId], months: 1 });
  await store(database.db, { ...west, from: '2026-10-30', to: '2026-10-31' });
  await store(database.db, { ...east, from: '2026-11-01', to: '2026-11-05' });
  await addAccount(database.db, east.clientId, { externalId: 'act_new' });
  scene.setNow(new Date('2026-11-20T10:59:59Z'));
  expect((await start(plan)).created).toBe(true);
});
