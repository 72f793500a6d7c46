import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Actor } from '../../../src/context.ts';
import { carryOut } from '../../../src/services/plans/carryOut.ts';
import type { Plan } from '../../../src/services/plans/make.ts';
import { makeBackfillPlan, makeSyncPlan, previewBackfill } from '../../../src/services/plans/make.ts';
import { createTestDatabase } from '../../support/database.ts';
import type { TestDatabase } from '../../support/database.ts';
import { addAccount, addClient, NOW, rowsOf } from '../sync/support.ts';
import type { PlanScene } from './scene.ts';
import { planScene, refusal, store, tasksOf } from './scene.ts';

let database: TestDatabase;
let scene: PlanScene;
/** West is three months behind and its day is not over; east has nothing. */
let west: { clientId: string; accountId: string };
let east: { clientId: string; accountId: string };

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  await database.db.pool.query('DELETE FROM clients');
  await database.db.pool.query('DELETE FROM runs');
  scene = planScene(database.db, NOW);
  west = await holder('act_west', 'America/New_York');
  east = await holder('act_east', 'Asia/Almaty');
});

async function holder(externalId: string, timezone: string) {
  const clientId = await addClient(database.db);
  return { clientId, accountId: await addAccount(database.db, clientId, { externalId, timezone }) };
}

function backfill(months = 3, force = false): Promise<Plan> {
  return makeBackfillPlan(scene.ctx, { months, force });
}

function start(plan: Plan, actor: Actor = scene.ctx.actor) {
  return carryOut({ ...scene.ctx, actor }, { kind: plan.kind, planId: plan.id });
}

describe('what a plan says', () => {
  test('a backfill: months of every client, newest first, with what would be done', async () => {
    await store(database.db, { ...west, from: '2026-09-01', to: '2026-09-30', final: true });
    await store(database.db, { ...west, from: '2026-10-01', to: '2026-10-31', final: true });
    await store(database.db, { ...west, from: '2026-10-30', to: '2026-10-31' });
    const { summary } = await backfill();
    expect(summary).toMatchObject({
      clients: 2,
      accounts: 2,
      slices: 162,
      slicesPresent: 61,
      slicesToFetch: 103,
    });
    const of = (clientId: string) =>
      summary.months
        .filter((month) => month.clientId === clientId)
        .map(({ month, slices, present, final, toFetch }) => [month, slices, present, final, toFetch]);
    expect(of(west.clientId)).toEqual([
      ['2026-11', 20, 0, 0, 20],
      ['2026-10', 31, 31, 29, 2],
      ['2026-09', 30, 30, 30, 0],
    ]);
    expect(of(east.clientId)).toEqual([
      ['2026-11', 20, 0, 0, 20],
      ['2026-10', 31, 0, 0, 31],
      ['2026-09', 30, 0, 0, 30],
    ]);
    expect(summary.months.map(({ month }) => month)).toEqual([
      ...['2026-11', '2026-11', '2026-10', '2026-10', '2026-09', '2026-09'],
    ]);
    expect(summary.quota).toEqual([{ platform: 'META', unit: 'CALLS', amount: summary.estimatedCalls }]);
    expect(summary.estimatedCalls).toBe(summary.months.reduce((sum, { calls }) => sum + calls, 0));
    expect(summary.months.find(({ toFetch }) => toFetch === 0)?.calls).toBe(0);
  });

  test('forced it reads also what is final', async () => {
    await store(database.db, { ...west, from: '2026-09-01', to: '2026-11-20', final: true });
    const { summary } = await makeBackfillPlan(scene.ctx, { clientIds: [west.clientId], months: 3 });
    expect(summary.slicesToFetch).toBe(0);
    const forced = await makeBackfillPlan(scene.ctx, { clientIds: [west.clientId], months: 3, force: true });
    expect(forced.summary).toMatchObject({ slices: 81, slicesPresent: 81, slicesToFetch: 81 });
  });

  test('a sync: every day of the range, in the zone of each account', async () => {
    scene.setNow(new Date('2026-11-20T20:00:00Z'));
    await store(database.db, { ...west, from: '2026-11-18', to: '2026-11-20', final: true });
    const { summary } = await makeSyncPlan(scene.ctx, { days: 2 });
    expect(summary).toMatchObject({ slices: 4, slicesPresent: 2, slicesToFetch: 4 });
    expect(Object.values(summary.basis).map(({ range }) => range)).toEqual(
      expect.arrayContaining([
        { from: '2026-11-19', to: '2026-11-20' },
        { from: '2026-11-20', to: '2026-11-21' },
      ]),
    );
  });

  test('what cannot be read, and why; it costs no call unless it only has to wait', async () => {
    await database.db.pool.query(
      `UPDATE ad_accounts SET paused_until = $2, pause_reason = 'Busy.' WHERE id = $1`,
      [...[west.accountId, new Date('2026-11-20T11:00:00Z')]],
    );
    const { summary: paused } = await backfill(1);
    expect(paused.unusable).toEqual([
      {
        ...{ accountId: west.accountId, clientId: west.clientId, platform: 'META', externalId: 'act_west' },
        ...{ reason: 'Busy.', pausedUntil: '2026-11-20T11:00:00.000Z' },
      },
    ]);
    scene.setNow(new Date('2026-11-20T12:00:00Z'));
    const { summary: over } = await backfill(1);
    expect(over.unusable).toEqual([]);
    scene.ctx.agencyTokens = new Map();
    const { summary: dead } = await backfill(1);
    expect(dead.unusable.map(({ reason }) => reason)).toEqual(
      Array(2).fill('It has no credential, and there is no agency token: connect it with one.'),
    );
    expect([paused.estimatedCalls, dead.estimatedCalls]).toEqual([over.estimatedCalls, 0]);
  });

  test('a dead credential', async () => {
    const [{ id } = {}] = await rowsOf(
      database.db,
      `INSERT INTO credentials (client_id, platform, ciphertext, key_id, last_four, status)
       VALUES ($1, 'META', '', 'k', '1234', 'REVOKED') RETURNING id`,
      [west.clientId],
    );
    await database.db.pool.query('UPDATE ad_accounts SET credential_id = $2 WHERE id = $1', [
      west.accountId,
      id,
    ]);
    const { summary } = await backfill(1);
    expect(summary.unusable.map(({ externalId, reason }) => [externalId, reason])).toEqual([
      ['act_west', 'The token of Scripted was revoked: connect the account again.'],
    ]);
  });

  test('asks no platform, starts nothing, and a preview keeps nothing', async () => {
    await backfill();
    await makeSyncPlan(scene.ctx, {});
    expect(scene.platform.asks).toEqual([]);
    expect(await rowsOf(database.db, 'SELECT FROM runs')).toEqual([]);
    const count = 'SELECT count(*)::int AS n FROM plans';
    const before = await rowsOf(database.db, count);
    expect((await previewBackfill(scene.ctx, { months: 3 })).slices).toBe(162);
    expect(await rowsOf(database.db, count)).toEqual(before);
  });

  test.each([
    [{ months: 0 }, 'BAD_USER_INPUT months must be at least 1.'],
    [{ months: 38 }, 'BAD_USER_INPUT months must be from 1 to 37: META keeps 37 months.'],
    [{ months: 1.5 }, 'BAD_USER_INPUT months must be a whole number.'],
    [{ months: 1, platform: 'X' }, 'BAD_USER_INPUT platform must be one of META.'],
    [{ months: 1, clientIds: [] }, 'BAD_USER_INPUT clientIds must name a client, or be left out.'],
    [{ months: 1, clientIds: ['00000000-0000-4000-8000-000000000000'] }, 'NOT_FOUND No such client.'],
  ])('%o is refused', async (input, says) => {
    expect(await refusal(makeBackfillPlan(scene.ctx, input))).toBe(says);
  });
});

describe('carrying a plan out', () => {
  test('tasks are newest months first over all clients, without what is final, behind all else', async () => {
    await store(database.db, { ...west, from: '2026-10-01', to: '2026-10-31', final: true });
    const { runId, created } = await start(await backfill());
    expect(created).toBe(true);
    const tasks = await tasksOf(database.db, runId);
    const order = tasks.map(({ month }) => month);
    expect(order).toEqual(['2026-11', '2026-11', '2026-10', '2026-09', '2026-09']);
    expect(tasks.map(({ account }) => account)).toEqual(
      expect.arrayContaining(['act_west', 'act_east', 'act_east', 'act_west', 'act_east']),
    );
    expect(tasks[2]).toEqual({
      ...{ account: 'act_east', month: '2026-10', range: { from: '2026-10-01', to: '2026-10-31' } },
    });
    const places = scene.queued.map(({ priority }) => priority);
    expect(places).toEqual([...places].sort((a, b) => a - b));
    await start(await makeSyncPlan(scene.ctx, { days: 1100 }));
    expect(Math.max(...scene.queued.slice(5).map(({ priority }) => priority))).toBeLessThan(
      Math.min(...places),
    );
    expect(new Set(scene.queued.map(({ serialKey }) => serialKey))).toEqual(
      new Set([west.accountId, east.accountId]),
    );
  });

  test('twice is the same run, also at once, and after it is over', async () => {
    const plan = await backfill();
    const runs = await Promise.all(Array.from({ length: 5 }, () => start(plan)));
    expect(new Set(runs.map(({ runId }) => runId)).size).toBe(1);
    expect(runs.filter(({ created }) => created)).toHaveLength(1);
    await database.db.pool.query(`UPDATE runs SET status = 'SUCCEEDED', finished_at = now()`);
    scene.setNow(new Date('2026-11-21T10:00:00Z'));
    expect(await start(plan)).toEqual({ runId: runs[0]?.runId, created: false });
    expect(await rowsOf(database.db, 'SELECT FROM runs')).toHaveLength(1);
  });

  test('with nothing to read the run is SKIPPED, once, however many ask at once', async () => {
    const all = { from: '2026-11-01', to: '2026-11-20', final: true };
    for (const who of [west, east]) await store(database.db, { ...who, ...all });
    const plan = await backfill(1);
    await Promise.all(Array.from({ length: 5 }, () => start(plan)));
    expect(await rowsOf(database.db, 'SELECT status FROM runs')).toEqual([{ status: 'SKIPPED' }]);
  });

  test('a plan of another kind, or of nobody, is not there', async () => {
    const plan = await backfill();
    expect(await refusal(carryOut(scene.ctx, { kind: 'SYNC', planId: plan.id }))).toBe(
      'NOT_FOUND No such plan.',
    );
    await database.db.pool.query('DELETE FROM plans');
    expect(await refusal(start(plan))).toBe('NOT_FOUND No such plan.');
  });

  test('only an admin plans and carries out', async () => {
    const plan = await backfill();
    const viewer: Actor = {
      kind: 'API_KEY',
      id: plan.id,
      name: 'v',
      role: 'VIEWER',
      clientIds: [west.clientId],
    };
    const ctx = { ...scene.ctx, actor: viewer };
    expect(await refusal(start(plan, viewer))).toMatch(/^FORBIDDEN/);
    expect(await refusal(makeSyncPlan(ctx, {}))).toMatch(/^FORBIDDEN/);
    expect(await refusal(makeBackfillPlan(ctx, { months: 1 }))).toMatch(/^FORBIDDEN/);
  });
});
