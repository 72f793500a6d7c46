import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { actingAs } from '../../../src/context.ts';
import type { Context } from '../../../src/context.ts';
import { isFinished } from '../../../src/db/enums.ts';
import type { PubSub, RunProgress } from '../../../src/pubsub.ts';
import { startRunner } from '../../../src/jobs/runner.ts';
import { watchProgress } from '../../../src/services/runs/watch.ts';
import { addTenant } from '../../db/scene.ts';
import { createTestDatabase } from '../../support/database.ts';
import type { TestDatabase } from '../../support/database.ts';
import { createContext, DONE, jobOf, registryOf, signal, start, task } from '../../jobs/support.ts';

let test: TestDatabase;

beforeAll(async () => {
  test = await createTestDatabase({ connections: 10 });
});
afterAll(() => test.drop());

async function collect(states: AsyncIterable<RunProgress>): Promise<RunProgress[]> {
  const seen: RunProgress[] = [];
  for await (const state of states) seen.push(state);
  return seen;
}

/** Performs the run in `worker`, watches it in `watcher`; three records in all. */
async function watchRun(worker: Context, watcher: Context): Promise<RunProgress[]> {
  const watching = signal();
  const jobs = registryOf(
    jobOf(async (work) => {
      await watching.promise;
      for (let step = 0; step < 3; step++) await work.checkpoint(() => Promise.resolve({ records: 1 }));
      return DONE;
    }),
  );
  const runner = await startRunner(worker, { jobs, concurrency: 2 });
  try {
    const { runId } = await start(worker, { tasks: [task('a'), task('b')] });
    const states = watchProgress(watcher, runId);
    const first = await states.next();
    watching.settle();
    return [first.value as RunProgress, ...(await collect(states))];
  } finally {
    await runner.stop();
  }
}

function expectOrdered(seen: RunProgress[]): void {
  const seqs = seen.map((state) => state.seq);
  expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
  expect(seen.slice(0, -1).every((state) => !isFinished(state.status))).toBe(true);
  expect(seen.at(-1)).toMatchObject({ status: 'SUCCEEDED', tasksDone: 2, tasksTotal: 2, recordsSynced: 6 });
}

it('yields the present state, then newer ones, and ends after the final one', async () => {
  const ctx = createContext(test.db);
  const seen = await watchRun(ctx, ctx);
  expectOrdered(seen);
  expect(seen.length).toBeGreaterThan(2);
});

it('follows a run of another process', async () => {
  expectOrdered(await watchRun(createContext(test.db), createContext(test.db)));
});

it('follows runs of another process for viewers of different clients at the same time', async () => {
  const [a, b] = [await addTenant(test.db), await addTenant(test.db)];
  const worker = createContext(test.db);
  const here = createContext(test.db);
  const watched = await Promise.all(
    [a, b].map(async (clientId) => {
      const { runId } = await start(worker, { clientId });
      const viewer = actingAs(here, {
        kind: 'API_KEY',
        id: 'x',
        name: 'x',
        role: 'VIEWER',
        clientIds: [clientId],
      });
      const states = watchProgress(viewer, runId);
      await states.next();
      return { runId, states };
    }),
  );
  const runner = await startRunner(worker, {
    jobs: registryOf(jobOf(() => Promise.resolve(DONE))),
    concurrency: 2,
  });
  for (const { runId, states } of watched)
    expect((await collect(states)).at(-1)).toMatchObject({ runId, status: 'SUCCEEDED' });
  await runner.stop();
});

it('yields the final state of a run that is over, and ends', async () => {
  const ctx = createContext(test.db);
  const { runId } = await start(ctx, { tasks: [] });
  expect(await collect(watchProgress(ctx, runId))).toMatchObject([{ runId, status: 'SKIPPED' }]);
});

it('rejects for a run that is not there', async () => {
  const ctx = createContext(test.db);
  await expect(watchProgress(ctx, randomUUID()).next()).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

it('ends at once when it is left, and leaves nobody listening', async () => {
  const ctx = createContext(test.db);
  let listening = 0;
  const counted: PubSub = {
    ...ctx.pubsub,
    subscribe: (topic, options) => {
      const inner = ctx.pubsub.subscribe(topic, options);
      listening++;
      let open = true;
      return {
        next: () => inner.next(),
        return: async () => {
          if (open) listening--;
          open = false;
          return (await inner.return?.()) ?? { done: true, value: undefined };
        },
        [Symbol.asyncIterator]() {
          return this;
        },
      };
    },
  };
  const { runId } = await start(ctx);
  const states = watchProgress({ ...ctx, pubsub: counted }, runId);
  await states.next();
  const waiting = states.next();
  await states.return?.();
  expect(await waiting).toMatchObject({ done: true });
  expect(listening).toBe(0);
});
