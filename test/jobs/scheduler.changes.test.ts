import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import type { Context } from '../../src/context.ts';
import { openDatabase } from '../../src/db/client.ts';
import { startScheduler } from '../../src/jobs/scheduler.ts';
import type { Scheduler } from '../../src/jobs/scheduler.ts';
import { createSchedule } from '../../src/services/schedules/create.ts';
import { deleteSchedule } from '../../src/services/schedules/delete.ts';
import { pauseScheduler, resumeScheduler } from '../../src/services/schedules/pause.ts';
import { updateSchedule } from '../../src/services/schedules/update.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { query } from '../support/query.ts';
import { waitFor } from '../support/waitFor.ts';
import { createContext, DONE, jobOf, registryOf } from './support.ts';

/** Two processes: pools of their own each, and nothing in common but the database. */
let processes: TestDatabase[];
let schedulers: Scheduler[];
let looks: number[];
let ctx: Context;
const job = jobOf(() => Promise.resolve(DONE), { start: () => Promise.resolve(null) });

beforeAll(async () => {
  const first = await createTestDatabase({ connections: 3 });
  const log = createContext(first.db).log;
  const observed = [0, 1].map((index) =>
    openDatabase({
      url: first.url,
      log,
      connections: 3,
      onQuery: (text) => {
        if (text.includes('schedules.active')) looks[index] = (looks[index] ?? 0) + 1;
      },
    }),
  );
  processes = [first, ...observed.map((db) => ({ url: first.url, db, drop: () => db.close() }))];
  const jobCatalogue = new Map([['TEST', { label: 'Test', parameters: z.strictObject({}) }]]);
  ctx = createContext(first.db, { jobCatalogue });
});
afterAll(async () => {
  for (const database of processes.toReversed()) await database.drop();
});

beforeEach(async () => {
  looks = [0, 0];
  schedulers = await Promise.all(
    processes.slice(1).map(({ db }) => startScheduler(createContext(db), { jobs: registryOf(job) })),
  );
  // At the start, and again once it listens.
  await waitFor(() => looks.every((count) => count >= 2), { what: 'both schedulers to listen' });
});
afterEach(() => Promise.all(schedulers.map((scheduler) => scheduler.stop())));

/** The change is known in both processes within a second, long before they look by themselves. */
async function noticed(change: () => Promise<unknown>): Promise<number> {
  const before = [...looks];
  await change();
  const start = performance.now();
  await waitFor(() => looks.every((count, index) => count > (before[index] ?? 0)), {
    what: 'both schedulers to look again',
    within: 1_000,
  });
  return performance.now() - start;
}

it('every change of the schedules reaches every process within a second', async () => {
  const input = { kind: 'TEST', cron: '0 0 1 1 *', timezone: 'UTC' };
  let id = '';
  const changes = [
    async () => (id = (await createSchedule(ctx, input)).id),
    () => updateSchedule(ctx, id, { ...input, enabled: false }),
    () => pauseScheduler(ctx),
    () => resumeScheduler(ctx),
    () => deleteSchedule(ctx, id),
  ];
  for (const change of changes) expect(await noticed(change)).toBeLessThan(1_000);
});

it('a lost connection is renewed, and what was changed meanwhile is read', async () => {
  const [first] = processes;
  const before = [...looks];
  const ended = await query(
    first?.url ?? '',
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND query LIKE '/* notify.listen */%'`,
  );
  expect(ended).toHaveLength(2);
  await waitFor(() => looks.every((count, index) => count > (before[index] ?? 0)), {
    what: 'both schedulers to look again',
    within: 5_000,
  });
  await noticed(() => resumeScheduler(ctx));
});
