import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { inTransaction } from '../../../src/context.ts';
import type { Context } from '../../../src/context.ts';
import type { Sql } from '../../../src/db/sql.ts';
import type { RunProgress } from '../../../src/pubsub.ts';
import { cancelRun } from '../../../src/services/runs/cancel.ts';
import { endTask } from '../../../src/services/runs/finish.ts';
import { beginTask, createTaskWork } from '../../../src/services/runs/perform.ts';
import type { BegunTask } from '../../../src/services/runs/perform.ts';
import { readProgress } from '../../../src/services/runs/progress.ts';
import { retryFailed } from '../../../src/services/runs/retry.ts';
import { startRun } from '../../../src/services/runs/start.ts';
import { createTestDatabase } from '../../support/database.ts';
import type { TestDatabase } from '../../support/database.ts';
import { createContext, nameOf, readRun, start, task } from '../../jobs/support.ts';

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

async function beginAll(runId: string): Promise<BegunTask[]> {
  const begun: BegunTask[] = [];
  for (const taskId of await taskIds(runId)) {
    const one = await beginTask(ctx, { taskId, retries: 0 });
    if (one) begun.push(one);
  }
  return begun;
}

function end(begun: BegunTask, status: 'SUCCEEDED' | 'SKIPPED' | 'FAILED' = 'SUCCEEDED'): Promise<boolean> {
  const failed = status === 'FAILED';
  return endTask(ctx, {
    ...begun,
    status,
    errorClass: failed ? 'FIX' : null,
    reason: failed ? 'Broken.' : null,
  });
}

async function jobsOf(runId: string): Promise<number> {
  const { rowCount } = await test.db.queue.query('SELECT FROM graphile_worker.jobs WHERE key = ANY ($1)', [
    await taskIds(runId),
  ]);
  return rowCount ?? 0;
}

it('starts one run, however many ask for the same work at once', async () => {
  const asked = await Promise.all(
    Array.from({ length: 20 }, () => start(ctx, { workKey: 'race', tasks: [task('a'), task('b')] })),
  );
  expect(new Set(asked.map((run) => run.runId)).size).toBe(1);
  expect(asked.filter((run) => run.created)).toHaveLength(1);
  const runId = asked[0]?.runId ?? '';
  expect(await jobsOf(runId)).toBe(2);
  for (const begun of await beginAll(runId)) await end(begun);
  const again = await start(ctx, { workKey: 'race' });
  expect(again).toMatchObject({ created: true });
  expect(again.runId).not.toBe(runId);
});

it('starts a new run when the open one finishes before it is found', async () => {
  const open = await start(ctx, { workKey: 'fast' });
  const [begun] = await beginAll(open.runId);
  if (!begun) throw new Error('nothing begun');
  const again = await inTransaction(ctx, (sql) => {
    const slow: Sql = {
      query: async (text, values) => {
        if (text.includes('runs.findOpen')) await end(begun);
        return sql.query(text, values);
      },
    };
    const run = {
      kind: 'TEST',
      trigger: 'MANUAL',
      clientId: null,
      scheduleId: null,
      parameters: {},
    } as const;
    return startRun(ctx, slow, { ...run, workKey: 'fast', tasks: [task()] });
  });
  expect(again.created).toBe(true);
  expect(again.runId).not.toBe(open.runId);
});

it('starts runs of overlapping new lanes at once', async () => {
  for (let round = 0; round < 6; round++) {
    const lanes = Array.from({ length: 400 }, () => randomUUID());
    const started = await Promise.all(
      Array.from({ length: 12 }, (_, turn) => {
        const own = lanes.filter((_lane, index) => (index * (turn + 3)) % 7 < 4 + (turn % 3));
        return start(ctx, { tasks: own.map((lane) => task('a', lane)) });
      }),
    );
    expect(started.filter((run) => run.created)).toHaveLength(12);
  }
});

it('stores run, tasks and jobs together or not at all', async () => {
  const broken = createContext(test.db, {
    jobs: { enqueueTasks: () => Promise.reject(new Error('queue away')) },
  });
  await expect(start(broken, { workKey: 'broken' })).rejects.toThrow('queue away');
  const { rowCount } = await test.db.pool.query(`SELECT FROM runs WHERE work_key = 'broken'`);
  expect(rowCount).toBe(0);
});

it('skips a run without tasks at once, and says why', async () => {
  const { runId, created } = await start(ctx, { tasks: [] });
  expect(created).toBe(true);
  expect(await readRun(test.db, runId)).toMatchObject({
    status: 'SKIPPED',
    error_reason: 'There was nothing to do.',
  });
});

it.each([
  [['SUCCEEDED', 'SUCCEEDED'], 'SUCCEEDED', null],
  [['SUCCEEDED', 'FAILED'], 'PARTIAL', '1 of 2 tasks failed: Broken.'],
  [['FAILED', 'FAILED'], 'FAILED', '2 of 2 tasks failed: Broken.'],
  [['SKIPPED', 'SKIPPED'], 'SKIPPED', null],
] as const)('%o make a run %s', async (ends, status, reason) => {
  const { runId } = await start(ctx, { tasks: [task('a'), task('b')] });
  const begun = await beginAll(runId);
  for (const [index, one] of begun.entries()) await end(one, ends[index]);
  expect(await readRun(test.db, runId)).toMatchObject({ status, tasks_done: 2, error_reason: reason });
});

it('ends a task and its run exactly once, also when all tasks end at the same moment', async () => {
  const scheduleId = await addSchedule();
  const tasks = Array.from({ length: 8 }, (_, index) => task(String(index)));
  const { runId } = await start(ctx, { tasks, scheduleId });
  const begun = await beginAll(runId);
  const ended = await Promise.all([...begun, ...begun, ...begun].map((one) => end(one)));
  expect(ended.filter(Boolean)).toHaveLength(8);
  expect(await readRun(test.db, runId)).toMatchObject({ status: 'SUCCEEDED', tasks_done: 8 });
  const { rows } = await test.db.pool.query('SELECT * FROM schedules WHERE id = $1', [scheduleId]);
  expect(rows[0]).toMatchObject({ run_count: 1, success_count: 1, error_count: 0, last_status: 'SUCCEEDED' });
  expect(rows[0]).toHaveProperty('last_duration_ms', expect.any(Number));
});

it('counts nothing for a try that lost its task', async () => {
  const { runId } = await start(ctx);
  const [old] = await beginAll(runId);
  const [young] = await beginAll(runId);
  if (!old || !young) throw new Error('nothing begun');
  const write = () => Promise.resolve({ records: 5 });
  const stop = new AbortController();
  await expect(createTaskWork(ctx, old, stop).checkpoint(write)).rejects.toMatchObject({
    stopCause: 'TAKEN_OVER',
  });
  expect(stop.signal.aborted).toBe(true);
  expect(await end(old)).toBe(false);
  await createTaskWork(ctx, young, new AbortController()).checkpoint(write);
  expect(await end(young)).toBe(true);
  expect(await readRun(test.db, runId)).toMatchObject({
    status: 'SUCCEEDED',
    tasks_done: 1,
    records_synced: '5',
  });
});

it('stores a write and its count together or not at all', async () => {
  const { runId } = await start(ctx);
  const [begun] = await beginAll(runId);
  if (!begun) throw new Error('nothing begun');
  const work = createTaskWork(ctx, begun, new AbortController());
  await expect(
    work.checkpoint(async (sql) => {
      await sql.query(`INSERT INTO run_logs (run_id, level, message) VALUES ($1, 'INFO', 'half')`, [runId]);
      throw new Error('disk full');
    }),
  ).rejects.toThrow('disk full');
  expect(await readRun(test.db, runId)).toMatchObject({ records_synced: '0' });
  expect((await test.db.pool.query('SELECT FROM run_logs WHERE run_id = $1', [runId])).rowCount).toBe(0);
});

it('rolls a write back when the run is cancelled during it', async () => {
  const { runId } = await start(ctx, { tasks: [task('a'), task('b')] });
  const begun = await beginTask(ctx, { taskId: (await taskIds(runId))[0] ?? '', retries: 0 });
  if (!begun) throw new Error('nothing begun');
  const stop = new AbortController();
  const work = createTaskWork(ctx, begun, stop);
  await work.checkpoint(() => Promise.resolve({ records: 1 }));
  await expect(
    work.checkpoint(async (sql) => {
      await sql.query(`INSERT INTO run_logs (run_id, level, message) VALUES ($1, 'INFO', 'late')`, [runId]);
      await cancelRun(ctx, runId);
      return { records: 7 };
    }),
  ).rejects.toMatchObject({ stopCause: 'CANCELLED' });
  let wrote = false;
  await expect(
    createTaskWork(ctx, begun, new AbortController()).checkpoint(() => {
      wrote = true;
      return Promise.resolve({ records: 7 });
    }),
  ).rejects.toMatchObject({ stopCause: 'CANCELLED' });
  expect(wrote).toBe(false);
  expect(await end(begun)).toBe(false);
  expect(await readRun(test.db, runId)).toMatchObject({
    status: 'CANCELLED',
    records_synced: '1',
    tasks: [{ status: 'CANCELLED' }, { status: 'CANCELLED' }],
  });
  expect(await beginAll(runId)).toEqual([]);
});

it('refuses to cancel what is over, unknown or not ours', async () => {
  const { runId } = await start(ctx, { tasks: [] });
  await expect(cancelRun(ctx, runId)).rejects.toMatchObject({ code: 'CONFLICT' });
  await expect(cancelRun(ctx, randomUUID())).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(cancelRun(ctx, 'no id')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  const open = await start(ctx);
  const viewer = createContext(test.db, {
    actor: { kind: 'API_KEY', id: 'k', name: 'k', role: 'VIEWER', clientIds: [] },
  });
  await expect(cancelRun(viewer, open.runId)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  await expect(retryFailed(viewer, runId)).rejects.toMatchObject({ code: 'FORBIDDEN' });
});

it('retries only what failed, once while that is open', async () => {
  const { runId } = await start(ctx, {
    tasks: [task('good'), task('bad'), task('worse')],
    parameters: { days: 3 },
  });
  await expect(retryFailed(ctx, runId)).rejects.toMatchObject({ code: 'CONFLICT' });
  const [good, ...bad] = await beginAll(runId);
  if (good) await end(good);
  for (const one of bad) await end(one, 'FAILED');
  const [retry, same] = await Promise.all([retryFailed(ctx, runId), retryFailed(ctx, runId)]);
  expect(retry.runId).toBe(same.runId);
  const begun = await beginAll(retry.runId);
  expect(begun.map(nameOf)).toEqual(['bad', 'worse']);
  const { rows } = await test.db.pool.query('SELECT trigger, parameters, kind FROM runs WHERE id = $1', [
    retry.runId,
  ]);
  expect(rows).toEqual([{ trigger: 'RETRY', parameters: { days: 3 }, kind: 'TEST' }]);
  for (const one of begun) await end(one);
  await expect(retryFailed(ctx, retry.runId)).rejects.toMatchObject({ code: 'CONFLICT' });
});

it('tells subscribers every change with a growing seq, and the end', async () => {
  const messages = ctx.pubsub.subscribe('runProgress');
  const ends = ctx.pubsub.subscribe('runFinished');
  const { runId } = await start(ctx);
  const [begun] = await beginAll(runId);
  if (!begun) throw new Error('nothing begun');
  await createTaskWork(ctx, begun, new AbortController()).checkpoint(() =>
    Promise.resolve({ records: 4, message: 'act_1 done' }),
  );
  await end(begun);
  const seen: RunProgress[] = [];
  for await (const progress of messages) {
    if (progress.runId === runId) seen.push(progress);
    if (progress.runId === runId && progress.status === 'SUCCEEDED') break;
  }
  expect(seen.map(({ status, recordsSynced, message }) => [status, recordsSynced, message])).toEqual([
    ['RUNNING', 0, null],
    ['RUNNING', 4, 'act_1 done'],
    ['SUCCEEDED', 4, null],
  ]);
  expect(seen.map((progress) => progress.seq)).toEqual(
    seen.map((progress) => progress.seq).toSorted((a, b) => a - b),
  );
  expect(await readProgress(test.db.pool, runId)).toMatchObject({
    seq: seen.at(-1)?.seq,
    status: 'SUCCEEDED',
  });
  expect(await ends.next()).toMatchObject({ value: { runId, clientId: null } });
  await ends.return?.();
});

async function addSchedule(): Promise<string> {
  const { rows } = await test.db.pool.query<{ id: string }>(
    `INSERT INTO schedules (kind, cron, timezone) VALUES ('TEST', '0 0 1 1 *', $1) RETURNING id`,
    [randomUUID()],
  );
  return rows[0]?.id ?? '';
}
