import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Context } from '../../../src/context.ts';
import { endTask } from '../../../src/services/runs/finish.ts';
import { LANES, backfillPriority, priorityAgain, syncPriority } from '../../../src/services/runs/lanes.ts';
import { pauseRun, resumeRun } from '../../../src/services/runs/pause.ts';
import { beginTask, createTaskWork, findLostTasks } from '../../../src/services/runs/perform.ts';
import type { BegunTask } from '../../../src/services/runs/perform.ts';
import { requeue } from '../../../src/services/runs/requeue.ts';
import { createContext, readRun, start, task } from '../../jobs/support.ts';
import { createTestDatabase } from '../../support/database.ts';
import type { TestDatabase } from '../../support/database.ts';

let test: TestDatabase;
let ctx: Context;

beforeAll(async () => {
  test = await createTestDatabase({ connections: 20 });
  ctx = createContext(test.db);
});
afterAll(() => test.drop());

async function taskIds(runId: string): Promise<string[]> {
  const { rows } = await test.db.pool.query<{ id: string }>(
    'SELECT id FROM run_tasks WHERE run_id = $1 ORDER BY position',
    [runId],
  );
  return rows.map((row) => row.id);
}

function begin(taskId = ''): Promise<BegunTask | null> {
  return beginTask(ctx, { taskId, retries: 0 });
}

async function begunOf(taskId = ''): Promise<BegunTask> {
  const begun = await begin(taskId);
  if (!begun) throw new Error('nothing begun');
  return begun;
}

async function jobs(runId: string) {
  const { rows } = await test.db.queue.query<{ key: string; priority: number; late: boolean }>(
    `SELECT key, priority, run_at > now() + interval '30 minutes' AS late FROM graphile_worker.jobs
     WHERE key = ANY ($1) ORDER BY priority`,
    [await taskIds(runId)],
  );
  return rows;
}

it('what is performed loses its task: nothing of it is stored, put back or ended any more', async () => {
  const { runId } = await start(ctx, { tasks: [task('a'), task('b')] });
  const [first] = await taskIds(runId);
  const begun = await begunOf(first);
  const work = createTaskWork(ctx, begun, new AbortController());
  await work.checkpoint(() => Promise.resolve({ records: 3 }));
  await pauseRun(ctx, runId);
  expect(await findLostTasks(test.db.pool, [begun])).toEqual(new Set([first]));
  await expect(work.checkpoint(() => Promise.resolve({ records: 4 }))).rejects.toThrow('Another process');
  expect(work.signal.aborted).toBe(true);
  expect(await endTask(ctx, { ...begun, status: 'SUCCEEDED', errorClass: null, reason: null })).toBe(false);
  let putBack = 0;
  await requeue(ctx, { begun, failure: null, enqueue: () => Promise.resolve(void putBack++) });
  expect(putBack).toBe(0);
  expect(await readRun(test.db, runId)).toMatchObject({
    ...{ status: 'RUNNING', records_synced: '3', tasks_done: 0 },
    tasks: [
      { name: 'a', status: 'QUEUED', attempts: 0, records: 3 },
      { name: 'b', status: 'QUEUED', attempts: 0, records: 0 },
    ],
  });
});

it('no task begins while the run is paused, and each once it goes on', async () => {
  const { runId } = await start(ctx, { tasks: [task('a'), task('b')] });
  await pauseRun(ctx, runId);
  const ids = await taskIds(runId);
  expect(await Promise.all(ids.map((id) => begin(id)))).toEqual([null, null]);
  // The queue gave both out, and is done with them.
  await test.db.queue.query('SELECT graphile_worker.remove_job(key) FROM unnest($1::text[]) AS key', [ids]);
  expect(await jobs(runId)).toEqual([]);
  await resumeRun(ctx, runId);
  expect((await jobs(runId)).map(({ key }) => key).sort()).toEqual([...ids].sort());
  await resumeRun(ctx, runId);
  expect(await jobs(runId)).toHaveLength(2);
  for (const id of ids) expect(await begin(id)).not.toBeNull();
});

it('a task that begins in the moment of the pause is not left begun', async () => {
  for (let round = 0; round < 60; round++) {
    const { runId } = await start(ctx, { tasks: [task('a'), task('b'), task('c')] });
    const ids = await taskIds(runId);
    const [, ...begun] = await Promise.all([pauseRun(ctx, runId), ...ids.map((id) => begin(id))]);
    const { tasks } = await readRun(test.db, runId);
    expect(tasks.map(({ status }) => status)).toEqual(['QUEUED', 'QUEUED', 'QUEUED']);
    const held = begun.filter((one) => one !== null);
    expect((await findLostTasks(test.db.pool, held)).size).toBe(held.length);
  }
});

it('a run that waits for a platform goes on waiting, and its tasks come back in their lanes', async () => {
  const notBefore = new Date(ctx.now().getTime() + 3_600_000);
  const of = (range: { from: string; to: string }) => ({ ...task('a'), parameters: { month: 'm', range } });
  const { runId } = await start(ctx, {
    kind: 'BACKFILL',
    notBefore,
    tasks: [of({ from: '2020-01-01', to: '2020-01-31' }), of({ from: '2020-02-01', to: '2020-02-29' })],
  });
  await pauseRun(ctx, runId);
  await resumeRun(ctx, runId);
  const [older, newer] = await taskIds(runId);
  const queued = await jobs(runId);
  expect(queued.map(({ key, late }) => [key, late])).toEqual([
    [newer, true],
    [older, true],
  ]);
  expect(queued.every(({ priority }) => priority >= LANES.BACKFILL)).toBe(true);
});

it('lanes: today, then what is past, then closes, then backfills, newest first', () => {
  const now = new Date('2026-11-20T10:00:00Z');
  const again = (kind: string, from: string, to: string) => priorityAgain(kind, { range: { from, to } }, now);
  const places = [
    syncPriority(1, true),
    again('ADS_SYNC', '2026-11-14', '2026-11-20'),
    LANES.GOALS,
    LANES.CREDENTIALS,
    syncPriority(1_100, true),
    again('ADS_SYNC', '2026-10-01', '2026-10-07'),
    syncPriority(1_100, false),
    LANES.CLOSES,
    again('BREAKDOWNS', '2026-11-13', '2026-11-20'),
    backfillPriority(0),
    again('BACKFILL', '2026-10-01', '2026-10-31'),
    again('BACKFILL', '2026-09-01', '2026-09-30'),
    backfillPriority(1e9),
  ];
  expect(places).toEqual([...places].sort((a, b) => a - b));
  expect(new Set(places).size).toBe(places.length);
  expect(places.at(-1)).toBeLessThanOrEqual(32_767);
});
