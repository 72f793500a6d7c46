import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DayRange } from '../../../src/lib/days.ts';
import { addDays } from '../../../src/lib/days.ts';
import { jobOf } from '../../../src/jobs/index.ts';
import { backfillMonth } from '../../../src/services/backfill/perform.ts';
import { endTask } from '../../../src/services/runs/finish.ts';
import { beginTask, createTaskWork } from '../../../src/services/runs/perform.ts';
import { createTestDatabase } from '../../support/database.ts';
import type { TestDatabase } from '../../support/database.ts';
import { planScene, store } from '../plans/scene.ts';
import { addHolder, NOW, rowsOf } from '../sync/support.ts';
import type { Holder } from '../sync/support.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const SEPTEMBER = { from: '2026-09-01', to: '2026-09-30' };

/** Begins the only task of a backfill of two months back, which is September's, and performs it. */
async function backfill(holder: Holder, force = false, stopAfter = Infinity) {
  const scene = planScene(database.db, NOW);
  await store(database.db, { ...holder, from: '2026-10-01', to: '2026-11-20', final: true });
  const { rows } = await database.db.pool.query<{ id: string; run_id: string }>(
    `WITH run AS (INSERT INTO runs (kind, trigger, work_key, requested_by, tasks_total)
                  VALUES ('BACKFILL', 'MANUAL', $3, 'test', 1) RETURNING id)
     INSERT INTO run_tasks (run_id, client_id, account_id, position, parameters)
     SELECT id, $1, $2, 0, $4 FROM run RETURNING id, run_id`,
    [holder.clientId, holder.accountId, randomUUID(), { month: '2026-09', range: SEPTEMBER, force }],
  );
  const taskId = rows[0]?.id ?? '';
  let asked = 0;
  const stop = new AbortController();
  scene.platform.onAsk = () => {
    if (++asked > stopAfter) stop.abort(new Error('killed'));
  };
  const go = async (signal = stop) => {
    const begun = await beginTask(scene.ctx, { taskId, retries: 0 });
    if (!begun) throw new Error('nothing to begin');
    const outcome = await backfillMonth(scene.ctx, createTaskWork(scene.ctx, begun, signal));
    await endTask(scene.ctx, { ...begun, ...outcome, errorClass: null, reason: outcome.reason ?? null });
    return outcome;
  };
  return { scene, go, runId: rows[0]?.run_id ?? '' };
}

/** The windows that were read, newest first, as one list of ranges without a gap. */
function together(windows: readonly DayRange[]): DayRange[] {
  const ranges: DayRange[] = [];
  for (const window of windows) {
    const last = ranges.at(-1);
    if (last && addDays(window.to, 1) === last.from) last.from = window.from;
    else ranges.push({ ...window });
  }
  return ranges;
}

test('reads the days that are missing or not final, and no other', async () => {
  const holder = await addHolder(database.db);
  await store(database.db, { ...holder, from: '2026-09-05', to: '2026-09-20', final: true });
  await store(database.db, { ...holder, from: '2026-09-12', to: '2026-09-13', final: false });
  const { scene, go } = await backfill(holder);
  expect(await go()).toEqual({ status: 'SUCCEEDED' });
  expect(together(scene.platform.reads)).toEqual([
    { from: '2026-09-21', to: '2026-09-30' },
    { from: '2026-09-12', to: '2026-09-13' },
    { from: '2026-09-01', to: '2026-09-04' },
  ]);
  expect(scene.platform.asks.filter(({ what }) => what === 'STRUCTURE')).toHaveLength(1);
});

test('with nothing to read it is skipped and asks nothing; forced it reads all', async () => {
  const holder = await addHolder(database.db);
  await store(database.db, { ...holder, ...SEPTEMBER, final: true });
  const { scene, go } = await backfill(holder);
  expect(await go()).toEqual({ status: 'SKIPPED', reason: 'Every day of 2026-09 is stored and final.' });
  expect(scene.platform.asks).toEqual([]);
  const forced = await backfill(holder, true);
  expect(await forced.go()).toEqual({ status: 'SUCCEEDED' });
  expect(together(forced.scene.platform.reads)).toEqual([SEPTEMBER]);
});

test('after a kill it goes on where it was, forced or not', async () => {
  for (const force of [false, true]) {
    const holder = await addHolder(database.db);
    const { scene, go, runId } = await backfill(holder, force, 8);
    await expect(go()).rejects.toThrow('killed');
    const [{ n } = {}] = await rowsOf(
      database.db,
      'SELECT count(*)::int AS n FROM slices WHERE run_id = $1',
      [runId],
    );
    expect(n).toBeGreaterThan(0);
    expect(n).toBeLessThan(30);
    scene.platform.reads = [];
    scene.platform.onAsk = () => undefined;
    expect(await go(new AbortController())).toEqual({ status: 'SUCCEEDED' });
    // What was stored is not read again, nor a window that was kept whole.
    const newest = together(scene.platform.reads)[0]?.to ?? '';
    expect(newest <= addDays(SEPTEMBER.to, -Number(n))).toBe(true);
    expect(newest >= SEPTEMBER.from).toBe(true);
    const [all] = await rowsOf(database.db, 'SELECT count(*)::int AS n FROM slices WHERE run_id = $1', [
      runId,
    ]);
    expect(all).toEqual({ n: 30 });
  }
});

test('what a pause of the platform leaves is the rest of the month', async () => {
  const holder = await addHolder(database.db);
  const runId = randomUUID();
  await store(database.db, { ...holder, from: '2026-09-21', to: '2026-09-30' });
  await database.db.pool.query('UPDATE slices SET run_id = $2 WHERE account_id = $1', [
    holder.accountId,
    runId,
  ]);
  const { ctx } = planScene(database.db, NOW);
  const parameters = { month: '2026-09', range: SEPTEMBER, force: true };
  expect(await jobOf('BACKFILL').rest?.(ctx, { ...holder, runId, parameters })).toEqual({
    ...parameters,
    range: { from: '2026-09-01', to: '2026-09-20' },
  });
});
