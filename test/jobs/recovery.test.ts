import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Context } from '../../src/context.ts';
import { startRunner } from '../../src/jobs/runner.ts';
import type { Runner, RunnerOptions } from '../../src/jobs/runner.ts';
import type { TaskWork } from '../../src/services/runs/task.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { query } from '../support/query.ts';
import { waitFor } from '../support/waitFor.ts';
import type { Perform } from './support.ts';
import {
  createContext,
  DONE,
  finished,
  jobOf,
  nameOf,
  readRun,
  registryOf,
  signal,
  start,
  task,
  untilStopped,
} from './support.ts';

let test: TestDatabase;
let ctx: Context;
const runners: Runner[] = [];

beforeAll(async () => {
  test = await createTestDatabase({ connections: 12 });
  ctx = createContext(test.db);
});
afterEach(async () => {
  await Promise.all(runners.splice(0).map((runner) => runner.stop()));
});
afterAll(() => test.drop());

async function run(perform: Perform, options: Partial<RunnerOptions> = {}, own = ctx): Promise<Runner> {
  const runner = await startRunner(own, {
    jobs: registryOf(jobOf(perform)),
    concurrency: 4,
    retryDelayMs: () => null,
    ...options,
  });
  runners.push(runner);
  return runner;
}

it('takes over the tasks of a worker that died, and of no other', async () => {
  const begun = signal();
  const release = signal();
  await run(async (work) => {
    if (nameOf(work) !== 'held') return DONE;
    begun.settle();
    await release.promise;
    return DONE;
  });
  const held = await start(ctx, { tasks: [task('held', 'lane of the living')] });
  await begun.promise;
  const { runId } = await abandoned();
  await run(() => Promise.resolve(DONE), {}, createContext(test.db));
  expect(await finished(test.db, runId, 3_000)).toMatchObject({ status: 'SUCCEEDED' });
  expect(await readRun(test.db, held.runId)).toMatchObject({ status: 'RUNNING' });
  release.settle();
  expect(await finished(test.db, held.runId)).toMatchObject({ status: 'SUCCEEDED' });
});

it('takes no job while its sign of life is not held', async () => {
  const workers: (string | null)[] = [];
  const idOf = async (work: TaskWork): Promise<string | null> => {
    const { rows } = await test.db.queue.query<{ locked_by: string | null }>(
      'SELECT locked_by FROM graphile_worker.jobs WHERE key = $1',
      [work.taskId],
    );
    return rows[0]?.locked_by ?? null;
  };
  const noting: Perform = async (work) => {
    workers.push(await idOf(work));
    return DONE;
  };
  await run(noting);
  await finished(test.db, (await start(ctx)).runId);
  const [silenced] = workers.splice(0);
  const client = await test.db.queue.connect();
  try {
    const lock = `hashtextextended('tributary:worker:' || $1, 0)`;
    await client.query(
      `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    );
    await client.query(`SELECT pg_advisory_lock(${lock})`, [silenced]);
    await waitFor(
      async () =>
        (await client.query(`SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`)).rowCount,
      { what: 'the worker to ask for its lock again' },
    );
    await run(noting);
    for (let round = 0; round < 5; round++) await finished(test.db, (await start(ctx)).runId);
    await client.query(`SELECT pg_advisory_unlock(${lock})`, [silenced]);
  } finally {
    client.release();
  }
  expect(workers).toHaveLength(5);
  expect(workers).not.toContain(silenced);
});

it('hands back within its time what does not end, at once and without burning a try', async () => {
  const begun = signal();
  const runner = await run(async (work) => {
    await work.checkpoint(() => Promise.resolve({ records: 1 }));
    begun.settle();
    return untilStopped(work);
  });
  const { runId } = await start(ctx, { tasks: [task('long', 'lane')] });
  await begun.promise;
  const before = performance.now();
  await runner.stop();
  runners.length = 0;
  expect(performance.now() - before).toBeLessThan(2_000);
  expect(await readRun(test.db, runId)).toMatchObject({
    status: 'RUNNING',
    tasks: [{ status: 'QUEUED', attempts: 0, records: 1 }],
  });
  await run(() => Promise.resolve(DONE));
  expect(await finished(test.db, runId, 1_500)).toMatchObject({ status: 'SUCCEEDED', records_synced: '1' });
});

it('stops in time when a task does not listen', async () => {
  const begun = signal();
  const release = signal();
  const runner = await run(
    async () => {
      begun.settle();
      await release.promise;
      return DONE;
    },
    { graceMs: 100 },
  );
  const { runId } = await start(ctx);
  await begun.promise;
  const before = performance.now();
  await runner.stop();
  runners.length = 0;
  expect(performance.now() - before).toBeLessThan(2_000);
  release.settle();
  expect(await readRun(test.db, runId)).toMatchObject({ tasks: [{ status: 'QUEUED' }] });
  await run(() => Promise.resolve(DONE));
  expect(await finished(test.db, runId)).toMatchObject({ status: 'SUCCEEDED' });
});

it('goes on when the database drops every connection', async () => {
  const dropped = signal();
  let tries = 0;
  const own = createContext(test.db);
  await run(
    async (work) => {
      tries++;
      if (nameOf(work) === '3') {
        await dropAll();
        dropped.settle();
      }
      await dropped.promise;
      await work.checkpoint(() => Promise.resolve({ records: 1 }));
      return DONE;
    },
    { retryDelayMs: (failure, retries) => (failure.errorClass === 'RETRY' && retries < 5 ? 0 : null) },
    own,
  );
  const { runId } = await start(ctx, { tasks: ['0', '1', '2', '3', '4', '5'].map((name) => task(name)) });
  const stored = await finished(test.db, runId, 15_000);
  expect(stored).toMatchObject({ status: 'SUCCEEDED', tasks_done: 6, records_synced: '6' });
  expect(tries).toBeGreaterThanOrEqual(6);
});

/** As a kill leaves it: the job locked, the task RUNNING, and nobody behind it. */
async function abandoned(): Promise<{ runId: string }> {
  const own = createContext(test.db, {
    jobs: { enqueueTasks: () => Promise.resolve() },
  });
  const { runId } = await start(own, { tasks: [task('abandoned', 'lane of the dead')] });
  const { rows } = await test.db.pool.query<{ id: string }>('SELECT id FROM run_tasks WHERE run_id = $1', [
    runId,
  ]);
  const taskId = rows[0]?.id ?? '';
  const client = await test.db.queue.connect();
  try {
    await client.query('BEGIN');
    await ctx.jobs.enqueueTasks(client, [{ taskId, serialKey: 'lane of the dead', priority: 0 }]);
    await client.query(
      `UPDATE graphile_worker._private_jobs SET locked_by = 'pool-dead', locked_at = now(), attempts = 1 WHERE key = $1`,
      [taskId],
    );
    await client.query(
      `UPDATE graphile_worker._private_job_queues SET locked_by = 'pool-dead', locked_at = now() WHERE queue_name = $1`,
      ['lane of the dead'],
    );
    await client.query(
      `UPDATE run_tasks SET status = 'RUNNING', started_at = now(), attempts = 1 WHERE id = $1`,
      [taskId],
    );
    await client.query(`UPDATE runs SET status = 'RUNNING' WHERE id = $1`, [runId]);
    await client.query('COMMIT');
  } finally {
    client.release();
  }
  return { runId };
}

/** What a restart of the server does to everybody connected. */
async function dropAll(): Promise<void> {
  await query(
    test.url,
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
  );
}
