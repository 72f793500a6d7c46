import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JobDefinition } from '../../src/jobs/define.ts';
import { startScheduler } from '../../src/jobs/scheduler.ts';
import type { Scheduler } from '../../src/jobs/scheduler.ts';
import { setDatabaseClock } from '../support/databaseClock.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { waitFor } from '../support/waitFor.ts';
import { createContext, DONE, jobOf, registryOf, start } from './support.ts';

let test: TestDatabase;
const databases: TestDatabase[] = [];
const schedulers: Scheduler[] = [];

beforeEach(async () => {
  test = await createTestDatabase();
  databases.push(test);
});
afterEach(async () => {
  await Promise.all(schedulers.splice(0).map((scheduler) => scheduler.stop()));
});
afterAll(() => Promise.all(databases.map((database) => database.drop())));

async function add(cron: string, timezone = 'UTC', createdAt?: string): Promise<void> {
  await test.db.pool.query(
    `INSERT INTO schedules (kind, cron, timezone, created_at, updated_at)
     SELECT 'TEST', $1, $2, t.at, t.at FROM (SELECT coalesce($3::timestamptz, now()) AS at) AS t`,
    [cron, timezone, createdAt ?? null],
  );
}

async function schedule(job: JobDefinition<unknown>, now?: () => Date): Promise<void> {
  const ctx = createContext(test.db, now ? { now } : {});
  schedulers.push(await startScheduler(ctx, { jobs: registryOf(job) }));
}

/** Counts milliseconds by the database between a moment and the start of its job. */
async function lateness(): Promise<number[]> {
  const { rows } = await test.db.pool.query<{ late: number }>(
    `SELECT extract(epoch FROM claimed_at - fire_at)::float8 * 1000 AS late FROM schedule_fires ORDER BY fire_at`,
  );
  return rows.map((row) => row.late);
}

describe('a process whose own clock is wrong', () => {
  it.each([
    ['90 s behind', -90_000],
    ['90 s ahead', 90_000],
    ['5 min ahead', 300_000],
  ])('%s starts each moment once, on time by the database', async (_what, skewMs) => {
    await add('* * * * * *');
    const fired: Date[] = [];
    const job = jobOf(() => Promise.resolve(DONE), {
      start: (_ctx, { fireAt }) => Promise.resolve((fired.push(fireAt), null)),
    });
    await schedule(job, () => new Date(Date.now() + skewMs));
    const late = await waitFor(
      async () => {
        const found = await lateness();
        return found.length >= 3 ? found : null;
      },
      { what: 'three fires', within: 8_000 },
    );
    expect(Math.min(...late)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...late)).toBeLessThan(2_000);
    expect(new Set(fired.map(Number)).size).toBe(fired.length);
  });
});

describe('a server that was down over two month ends', () => {
  const NOW = new Date('2026-11-20T10:30:00Z');

  async function caughtUp(catchUp: 'EVERY' | 'LATEST', expected: number): Promise<unknown[]> {
    await setDatabaseClock(test.url, { from: NOW });
    await add('0 2 1 * *', 'Europe/Warsaw', '2026-09-15T00:00:00Z');
    const closed: unknown[] = [];
    const close = jobOf(() => Promise.resolve(DONE), {
      catchUp,
      start: (ctx, { fireAt, trigger, scheduleId }) => {
        closed.push([fireAt.toISOString(), trigger]);
        return start(ctx, { trigger, scheduleId, workKey: `close ${fireAt.toISOString()}` });
      },
    });
    await schedule(close);
    const runs = async () =>
      (
        await test.db.pool.query(
          `SELECT FROM schedule_fires JOIN runs ON id = run_id WHERE trigger = 'CATCH_UP'`,
        )
      ).rowCount;
    await waitFor(async () => (await runs()) === expected, { what: 'what was missed' });
    return closed;
  }

  it('closes both months, oldest first, each with its own moment', async () => {
    // 02:00 in Warsaw: in October summer time, in November winter time.
    expect(await caughtUp('EVERY', 2)).toEqual([
      ['2026-10-01T00:00:00.000Z', 'CATCH_UP'],
      ['2026-11-01T01:00:00.000Z', 'CATCH_UP'],
    ]);
  });

  it('starts only the newest where that is enough', async () => {
    expect(await caughtUp('LATEST', 1)).toEqual([['2026-11-01T01:00:00.000Z', 'CATCH_UP']]);
  });
});
