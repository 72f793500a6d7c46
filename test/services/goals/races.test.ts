import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { GoalDefinition } from '../../../src/connectors/ads/contract.ts';
import type { Context } from '../../../src/context.ts';
import { JOBS } from '../../../src/jobs/index.ts';
import { createJobQueue } from '../../../src/jobs/queue.ts';
import { startRunner } from '../../../src/jobs/runner.ts';
import type { Runner } from '../../../src/jobs/runner.ts';
import { recomputeAccount } from '../../../src/services/goals/recompute.ts';
import { endTask } from '../../../src/services/runs/finish.ts';
import { beginTask, createTaskWork } from '../../../src/services/runs/perform.ts';
import { triggerSync } from '../../../src/services/sync/trigger.ts';
import { finished, readRun, signal } from '../../jobs/support.ts';
import { createTestDatabase } from '../../support/database.ts';
import type { TestDatabase } from '../../support/database.ts';
import type { Holder } from '../sync/support.ts';
import {
  action,
  addHolder,
  adRow,
  campaignRow,
  contextOf,
  rowsOf,
  scriptedPlatform,
  WHEN_WRITTEN,
} from '../sync/support.ts';
import { changeGoals, perform, queuedTasks, store } from './support.ts';

let database: TestDatabase;
let runner: Runner | null = null;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterEach(async () => {
  await runner?.stop();
  runner = null;
});
afterAll(() => database.drop());

const goal = (type: string): GoalDefinition[] => [{ name: 'goal', actionTypes: [type] }];
const ACTIONS = { purchase: action('1'), lead: action('2'), view: action('3') };
/** Two days that are a window each. */
const DAYS = ['2026-11-20', '2026-11-19'];
const ADS = 1_501;
/** Thousands of rows on a machine that has other work too. */
const LONG = 120_000;
const WINDOW = { from: '2026-11-19', to: '2026-11-20' };

const rows = DAYS.flatMap((date) => [
  ...Array.from({ length: ADS }, (_, at) =>
    adRow({ date, adExternalId: `a${String(at)}`, actions: ACTIONS }),
  ),
]);

/** Conversions a day, newest first. */
async function conversions({ clientId }: Holder): Promise<unknown[]> {
  const query = `SELECT conversions::int AS conversions FROM client_days WHERE client_id = $1 ORDER BY date DESC`;
  return (await rowsOf(database.db, query, [clientId])).map((day) => day['conversions']);
}

async function twoWindows(): Promise<{ ctx: Context; holder: Holder }> {
  const holder = await addHolder(database.db);
  await store(database.db, { holder, goals: goal('purchase'), rows, window: WINDOW });
  return { ctx: { ...contextOf(database.db), jobs: createJobQueue() }, holder };
}

async function end(ctx: Context, taskId: string, token: string): Promise<void> {
  await endTask(ctx, { taskId, token, status: 'SUCCEEDED', errorClass: null, reason: null });
}

test(
  'a sync that began with the goals before does not have the last word',
  async () => {
    const platform = scriptedPlatform();
    const ctx: Context = { ...contextOf(database.db, platform), jobs: createJobQueue() };
    const holder = await addHolder(database.db);
    const asked = signal();
    const answer = signal();
    platform.serve = async ({ to }) => {
      asked.settle();
      await answer.promise;
      return [adRow({ date: to, actions: ACTIONS }), campaignRow({ date: to, actions: ACTIONS })];
    };
    runner = await startRunner(ctx, { jobs: JOBS, concurrency: 4 });
    const sync = await triggerSync(ctx, { clientId: holder.clientId, days: 2 });
    await asked.promise;
    const runId = await changeGoals(ctx, holder.clientId, goal('view'));
    answer.settle();
    expect(await finished(database.db, sync.runId, 40_000)).toMatchObject({ status: 'SUCCEEDED' });
    expect(await finished(database.db, runId ?? '', 40_000)).toMatchObject({
      status: 'SUCCEEDED',
      records_synced: '1',
    });
    expect(await conversions(holder)).toEqual([3]);
  },
  LONG,
);

test(
  'goals that change while they are computed: the open run does again what had begun',
  async () => {
    const { ctx, holder } = await twoWindows();
    const runId = (await changeGoals(ctx, holder.clientId, goal('lead'))) ?? '';
    const [taskId = ''] = await queuedTasks(database.db, runId);
    const begun = await beginTask(ctx, { taskId, retries: 0 });
    if (!begun) throw new Error('nothing to begin');
    const work = createTaskWork(ctx, begun, new AbortController());
    let windows = 0;
    await recomputeAccount(ctx, {
      ...work,
      checkpoint: async (write) => {
        await work.checkpoint(write);
        if (++windows === 1) expect(await changeGoals(ctx, holder.clientId, goal('view'))).toBe(runId);
      },
    });
    await end(ctx, taskId, begun.token);
    expect(windows).toBe(2);
    expect(await conversions(holder)).toEqual([2 * ADS, 3 * ADS]);
    expect(await readRun(database.db, runId)).toMatchObject({
      status: 'RUNNING',
      tasks_total: 2,
      tasks_done: 1,
    });

    runner = await startRunner(ctx, { jobs: JOBS, concurrency: 4 });
    expect(await finished(database.db, runId, 40_000)).toMatchObject({
      ...{ status: 'SUCCEEDED', tasks_total: 2, tasks_done: 2 },
      records_synced: String(3 * ADS),
    });
    expect(await conversions(holder)).toEqual([3 * ADS, 3 * ADS]);
  },
  LONG,
);

test(
  'a task that has not begun sees the newest goals, so it is not added again',
  async () => {
    const { ctx, holder } = await twoWindows();
    const runId = (await changeGoals(ctx, holder.clientId, goal('lead'))) ?? '';
    expect(await changeGoals(ctx, holder.clientId, goal('view'))).toBe(runId);
    expect(await readRun(database.db, runId)).toMatchObject({ status: 'QUEUED', tasks_total: 1 });
    runner = await startRunner(ctx, { jobs: JOBS, concurrency: 4 });
    expect(await finished(database.db, runId, 40_000)).toMatchObject({ status: 'SUCCEEDED', tasks_done: 1 });
    expect(await conversions(holder)).toEqual([3 * ADS, 3 * ADS]);
  },
  LONG,
);

test(
  'changes that come at the same moment end with the goals that are stored',
  async () => {
    const holder = await addHolder(database.db);
    const ctx: Context = { ...contextOf(database.db), jobs: createJobQueue() };
    await store(database.db, { holder, goals: goal('purchase'), rows: rows.slice(0, 10), window: WINDOW });
    runner = await startRunner(ctx, { jobs: JOBS, concurrency: 4 });
    const types = Array.from({ length: 12 }, (_, at) => ['lead', 'view', 'purchase'][at % 3] ?? '');
    await Promise.all(types.map((type) => changeGoals(ctx, holder.clientId, goal(type))));
    const ids = await rowsOf(database.db, 'SELECT id FROM runs WHERE client_id = $1', [holder.clientId]);
    for (const { id } of ids)
      expect(await finished(database.db, String(id), 40_000)).toMatchObject({ status: 'SUCCEEDED' });
    const [last] = await rowsOf(
      database.db,
      'SELECT action_types[1] AS type FROM goals WHERE client_id = $1',
      [holder.clientId],
    );
    const each = Number(ACTIONS[last?.['type'] as keyof typeof ACTIONS].count);
    expect(await conversions(holder)).toEqual([10 * each]);
  },
  LONG,
);

test(
  'after a kill it goes on, and what was right already is not written',
  async () => {
    const { ctx, holder } = await twoWindows();
    const runId = (await changeGoals(ctx, holder.clientId, goal('lead'))) ?? '';
    const [taskId = ''] = await queuedTasks(database.db, runId);
    const begun = await beginTask(ctx, { taskId, retries: 0 });
    if (!begun) throw new Error('nothing to begin');
    const work = createTaskWork(ctx, begun, new AbortController());
    const dead = async () => {
      let windows = 0;
      await recomputeAccount(ctx, {
        ...work,
        checkpoint: async (write) => {
          if (++windows === 2) throw new Error('killed');
          await work.checkpoint(write);
        },
      });
    };
    await expect(dead()).rejects.toThrow('killed');
    expect(await conversions(holder)).toEqual([2 * ADS, ADS]);
    const newest = async () =>
      await rowsOf(
        database.db,
        WHEN_WRITTEN.replaceAll('client_id = $1', `client_id = $1 AND date = '2026-11-20'`),
        [holder.clientId],
      );
    const before = await newest();
    await perform(ctx, taskId);
    expect(await newest()).toEqual(before);
    expect(await conversions(holder)).toEqual([2 * ADS, 2 * ADS]);
    expect(await readRun(database.db, runId)).toMatchObject({ records_synced: String(2 * ADS) });
    const kept = await rowsOf(
      database.db,
      `SELECT run_id, count(*)::int AS revisions FROM insight_revisions WHERE client_id = $1 AND metric = 'conversions' GROUP BY 1`,
      [holder.clientId],
    );
    expect(kept).toEqual([{ run_id: runId, revisions: 2 * ADS }]);
  },
  LONG,
);
