import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { ConnectorError } from '../../src/connectors/errors.ts';
import type { Context } from '../../src/context.ts';
import { startRunner } from '../../src/jobs/runner.ts';
import type { Runner, RunnerOptions } from '../../src/jobs/runner.ts';
import { cancelRun } from '../../src/services/runs/cancel.ts';
import { TaskStopped } from '../../src/services/runs/stopped.ts';
import type { TaskWork } from '../../src/services/runs/task.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
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

it('performs every task once and counts what was stored', async () => {
  const seen: string[] = [];
  await run(async (work) => {
    seen.push(nameOf(work));
    await work.checkpoint(() => Promise.resolve({ records: 2 }));
    await work.checkpoint(() => Promise.resolve({ records: 3 }));
    return DONE;
  });
  const names = Array.from({ length: 10 }, (_, index) => String(index));
  const { runId } = await start(ctx, { tasks: names.map((name) => task(name)) });
  const stored = await finished(test.db, runId);
  expect(stored).toMatchObject({
    status: 'SUCCEEDED',
    tasks_done: 10,
    records_synced: '50',
    error_class: null,
  });
  expect(seen.sort()).toEqual(names);
});

it('keeps tasks of one key apart and lets others run beside them', async () => {
  let together = 0;
  let most = 0;
  const other = signal();
  await run(async (work) => {
    if (nameOf(work) === 'other') return DONE;
    most = Math.max(most, ++together);
    if (nameOf(work) === 'first') await other.promise;
    together--;
    return DONE;
  });
  const { runId } = await start(ctx, {
    tasks: [task('first', 'lane'), task('second', 'lane'), task('third', 'lane'), task('other')],
  });
  await waitFor(async () => (await readRun(test.db, runId)).tasks[3]?.status === 'SUCCEEDED', {
    what: 'the task without a key',
  });
  other.settle();
  expect(await finished(test.db, runId)).toMatchObject({ status: 'SUCCEEDED' });
  expect(most).toBe(1);
});

it('lets no failing task stop the others, and says what failed', async () => {
  await run((work) => {
    if (nameOf(work) === 'reauthorize') {
      throw new ConnectorError('The token is dead.', { failure: 'REAUTHORIZE' });
    }
    if (nameOf(work) === 'bug') throw new TypeError('secret-in-a-bug');
    return Promise.resolve(DONE);
  });
  const names = ['reauthorize', 'fine', 'bug', 'fine'];
  const { runId } = await start(ctx, { tasks: names.map((name) => task(name)) });
  const stored = await finished(test.db, runId);
  expect(stored).toMatchObject({ status: 'PARTIAL', tasks_done: 4, error_class: 'INTERNAL' });
  expect(stored.tasks.map((one) => one.class)).toEqual(['REAUTHORIZE', null, 'INTERNAL', null]);
  expect(JSON.stringify(stored)).not.toContain('secret-in-a-bug');
});

it('tries a failure that may pass again, and gives up in the end', async () => {
  let tries = 0;
  await run(
    (work) => {
      if (nameOf(work) === 'passing' && ++tries === 3) return Promise.resolve(DONE);
      throw new ConnectorError('No answer.', { failure: 'RETRY' });
    },
    { retryDelayMs: (failure, retries) => (failure.errorClass === 'RETRY' && retries < 2 ? 0 : null) },
  );
  const { runId } = await start(ctx, { tasks: [task('passing'), task('lasting')] });
  const stored = await finished(test.db, runId);
  expect(stored).toMatchObject({ status: 'PARTIAL', error_class: 'RETRY' });
  expect(stored.tasks.map(({ status, attempts }) => [status, attempts])).toEqual([
    ['SUCCEEDED', 3],
    ['FAILED', 3],
  ]);
});

it('finishes a task once, however often it is performed', async () => {
  const let1 = signal();
  const seen: TaskWork[] = [];
  await run(async (work) => {
    seen.push(work);
    if (seen.length === 1) await let1.promise;
    await work.checkpoint(() => Promise.resolve({ records: 1 }));
    return DONE;
  });
  const { runId } = await start(ctx, { tasks: [task('a'), task('b', 'never')] });
  await waitFor(() => seen.length === 2, { what: 'both tasks' });
  await unlockAll();
  await waitFor(() => seen.length === 3, { what: 'the first task to be performed again', within: 8_000 });
  const stored = await finished(test.db, runId);
  let1.settle();
  await expect(seen[0]?.checkpoint(() => Promise.resolve({ records: 100 }))).rejects.toBeInstanceOf(
    TaskStopped,
  );
  expect(await readRun(test.db, runId)).toEqual(stored);
  expect(stored).toMatchObject({ status: 'SUCCEEDED', tasks_done: 2, records_synced: '2' });
});

it.each([
  ['at once in this process', () => ctx],
  ['soon when another process cancels', () => createContext(test.db)],
])('stops a running task %s', async (_, canceller) => {
  const begun = signal();
  const stopped = signal<unknown>();
  await run(async (work) => {
    begun.settle();
    try {
      return await untilStopped(work);
    } finally {
      stopped.settle(work.signal.reason);
    }
  });
  const { runId } = await start(ctx, { tasks: [task('running'), task('waiting', 'x')] });
  await begun.promise;
  await cancelRun(canceller(), runId);
  expect(await stopped.promise).toBeInstanceOf(TaskStopped);
  expect(await readRun(test.db, runId)).toMatchObject({
    status: 'CANCELLED',
    tasks: [{ status: 'CANCELLED' }, { status: 'CANCELLED' }],
  });
});

it('starts a task soon after it was queued', async () => {
  let begun = 0;
  await run(() => {
    begun = performance.now();
    return Promise.resolve(DONE);
  });
  const waits: number[] = [];
  for (let round = 0; round < 9; round++) {
    const before = performance.now();
    const { runId } = await start(ctx);
    await finished(test.db, runId);
    waits.push(begun - before);
  }
  // Generous for a busy machine; alone it is some milliseconds. Polling would take a second.
  expect(waits.sort((a, b) => a - b)[4]).toBeLessThan(250);
});

/** As if every worker had lost its sign of life. */
async function unlockAll(): Promise<void> {
  await test.db.queue.query(
    `SELECT graphile_worker.force_unlock_workers(array_agg(locked_by)) FROM graphile_worker.jobs
     WHERE locked_by IS NOT NULL`,
  );
}
