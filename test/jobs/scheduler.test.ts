import { afterAll, afterEach, beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import type { Context } from '../../src/context.ts';
import type { JobDefinition } from '../../src/jobs/define.ts';
import { createDefaultSchedules, startScheduler } from '../../src/jobs/scheduler.ts';
import type { Scheduler } from '../../src/jobs/scheduler.ts';
import { pauseScheduler, resumeScheduler } from '../../src/services/schedules/pause.ts';
import { setDatabaseClock } from '../support/databaseClock.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { waitFor } from '../support/waitFor.ts';
import { createContext, DONE, jobOf, registryOf, start } from './support.ts';

let test: TestDatabase;
let ctx: Context;
let looks = 0;
const schedulers: Scheduler[] = [];
const databases: TestDatabase[] = [];

beforeEach(async () => {
  test = await createTestDatabase({
    connections: 8,
    onQuery: (text) => (looks += text.includes('schedules.active') ? 1 : 0),
  });
  databases.push(test);
  ctx = createContext(test.db);
});
afterEach(async () => {
  await Promise.all(schedulers.splice(0).map((scheduler) => scheduler.stop()));
});
afterAll(() => Promise.all(databases.map((database) => database.drop())));

const job = (changes: Partial<JobDefinition<unknown>> = {}) => jobOf(() => Promise.resolve(DONE), changes);

async function schedule(own: Context, ...jobs: JobDefinition<unknown>[]): Promise<Scheduler> {
  const scheduler = await startScheduler(own, { jobs: registryOf(...jobs) });
  schedulers.push(scheduler);
  return scheduler;
}

async function add(cron: string, changes: { kind?: string; timezone?: string; createdAt?: string } = {}) {
  const { kind = 'TEST', timezone = 'UTC', createdAt = new Date().toISOString() } = changes;
  const { rows } = await test.db.pool.query<{ id: string }>(
    `INSERT INTO schedules (kind, cron, timezone, created_at, updated_at) VALUES ($1, $2, $3, $4, $4) RETURNING id`,
    [kind, cron, timezone, createdAt],
  );
  return rows[0]?.id ?? '';
}

interface Fire {
  fire_at: Date;
  trigger: string | null;
}

async function fires(): Promise<Fire[]> {
  const { rows } = await test.db.pool.query<Fire>(
    `SELECT f.fire_at, r.trigger FROM schedule_fires f LEFT JOIN runs r ON r.id = f.run_id ORDER BY f.fire_at`,
  );
  return rows;
}

async function runs(): Promise<number> {
  return (await test.db.pool.query('SELECT FROM runs')).rowCount ?? 0;
}

it('claims each moment once, with several schedulers on one database', async () => {
  await add('* * * * * *');
  const own = [ctx, createContext(test.db), createContext(test.db)];
  await Promise.all(own.map((one) => schedule(one, job())));
  await waitFor(async () => (await fires()).length >= 3, { what: 'three fires', within: 8_000 });
  await Promise.all(schedulers.splice(0).map((scheduler) => scheduler.stop()));
  const claimed = await fires();
  expect(await runs()).toBe(claimed.length);
  expect(claimed.every((fire) => fire.trigger === 'SCHEDULE' && fire.fire_at.getMilliseconds() === 0)).toBe(
    true,
  );
  const gaps = claimed
    .slice(1)
    .map((fire, index) => fire.fire_at.getTime() - (claimed[index]?.fire_at.getTime() ?? 0));
  expect(new Set(gaps)).toEqual(new Set([1000]));
});

it('fires nothing after it was stopped', async () => {
  await add('* * * * * *');
  let started = 0;
  const counting = job({
    start: () => {
      started++;
      return Promise.resolve(null);
    },
  });
  const scheduler = await schedule(ctx, counting);
  await waitFor(() => started > 0, { what: 'a fire' });
  await scheduler.stop();
  const before = started;
  await schedule(ctx, job());
  await waitFor(async () => (await runs()) === 2, { what: 'two fires of another scheduler' });
  expect(started).toBe(before);
});

/** Until the scheduler has fired all it found due: it looks again only then. */
async function settled(scheduler: Scheduler): Promise<void> {
  const before = looks;
  scheduler.reload();
  await waitFor(() => looks > before + 1 || (scheduler.reload(), false), { what: 'the scheduler to look' });
}

const NOW = new Date('2026-11-20T10:30:00Z');
const away = { createdAt: '2026-11-20T06:30:00Z' };

/** The database shows this moment and goes no further; to be called before anything else. */
async function itIsNow(): Promise<void> {
  await setDatabaseClock(test.url, { from: NOW });
}

it('catches up the latest moment, once, as such', async () => {
  await itIsNow();
  await add('5 * * * *', away);
  await schedule(ctx, job({ catchUp: 'LATEST' }));
  await waitFor(async () => (await fires()).length > 0, { what: 'the fire that was missed' });
  expect(await fires()).toEqual([{ fire_at: new Date('2026-11-20T10:05:00Z'), trigger: 'CATCH_UP' }]);
  await settled(await schedule(ctx, job({ catchUp: 'LATEST' })));
  expect(await runs()).toBe(1);
});

it('catches up every moment, oldest first, where the job asks for it', async () => {
  await itIsNow();
  await add('5 * * * *', away);
  const order: string[] = [];
  const every = job({
    catchUp: 'EVERY',
    start: (own, { trigger, scheduleId }) => {
      order.push(trigger);
      return start(own, { trigger, scheduleId });
    },
  });
  await schedule(ctx, every);
  await waitFor(async () => (await fires()).length === 4, { what: 'four fires' });
  expect(order).toEqual(['CATCH_UP', 'CATCH_UP', 'CATCH_UP', 'CATCH_UP']);
});

it('misses nothing that was due before the schedule was made or last changed', async () => {
  await itIsNow();
  await add('5 * * * *', { createdAt: '2026-11-20T10:10:00Z' });
  await add('10 * * * *', away);
  await schedule(ctx, job());
  await waitFor(async () => (await fires()).length > 0, { what: 'a fire' });
  expect((await fires()).map((fire) => fire.fire_at.toISOString())).toEqual(['2026-11-20T10:10:00.000Z']);
});

it('goes on when a schedule is broken or its job cannot start', async () => {
  await itIsNow();
  await add('not a cron', away);
  await add('5 * * * *', { ...away, timezone: 'Mars/Olympus' });
  await add('5 * * * *', { ...away, kind: 'UNKNOWN' });
  const failing = await add('4 * * * *', { ...away, kind: 'FAILING' });
  await add('5 * * * *', away);
  const strict = job({ kind: 'FAILING', parameters: z.object({ needed: z.string() }) });
  await schedule(ctx, strict, job());
  await waitFor(async () => (await runs()) === 1, { what: 'the schedule that is fine' });
  const counts = await waitFor(
    async () => {
      const { rows } = await test.db.pool.query<{ run_count: number }>(
        'SELECT run_count, error_count, last_status FROM schedules WHERE id = $1',
        [failing],
      );
      return rows[0]?.run_count ? rows[0] : null;
    },
    { what: 'the schedule whose job cannot start to be counted' },
  );
  expect(counts).toEqual({ run_count: 1, error_count: 1, last_status: 'FAILED' });
});

it('leaves a moment to the next process when it cannot reach the database', async () => {
  await itIsNow();
  await add('5 * * * *', away);
  let tries = 0;
  const flaky = job({
    start: (own, { trigger, scheduleId }) => {
      if (++tries === 1) throw Object.assign(new Error('gone'), { code: '57P01' });
      return start(own, { trigger, scheduleId });
    },
  });
  await schedule(ctx, flaky);
  // The claim is committed after the run that it started.
  await waitFor(async () => (await fires()).length === 1, { what: 'the second try' });
  expect(await fires()).toMatchObject([{ trigger: 'CATCH_UP' }]);
  expect(await runs()).toBe(1);
});

it('sees a new schedule at once when told to', async () => {
  await itIsNow();
  const scheduler = await schedule(ctx, job());
  await add('5 * * * *', away);
  scheduler.reload();
  await waitFor(async () => (await fires()).length === 1, { what: 'the new schedule', within: 2_000 });
});

it('pauses as a whole, in every process', async () => {
  await itIsNow();
  await add('5 * * * *', away);
  await pauseScheduler(ctx);
  const scheduler = await schedule(ctx, job());
  await settled(scheduler);
  expect(await fires()).toEqual([]);
  await resumeScheduler(ctx);
  scheduler.reload();
  await waitFor(async () => (await fires()).length === 1, { what: 'the fire after the pause' });
});

it('starts nothing by a schedule that was changed, disabled or deleted since it was found due', async () => {
  await itIsNow();
  const ids = [];
  for (const minute of [5, 6, 7, 8, 9]) {
    ids.push(await add(`${minute} * * * *`, { createdAt: `2026-11-20T06:3${minute}:00Z` }));
  }
  const [first, changed, disabled, deleted, narrowed] = ids;
  const begun: unknown[] = [];
  const one = job({
    start: async (own, { scheduleId, parameters, trigger }) => {
      begun.push([scheduleId, parameters]);
      if (scheduleId === first) {
        const { pool } = own.db;
        await pool.query(`UPDATE schedules SET cron = '6 1 * * *', updated_at = $2 WHERE id = $1`, [
          changed,
          NOW,
        ]);
        await pool.query('UPDATE schedules SET enabled = false WHERE id = $1', [disabled]);
        await pool.query('DELETE FROM schedules WHERE id = $1', [deleted]);
        await pool.query(`UPDATE schedules SET parameters = '{"days":7}' WHERE id = $1`, [narrowed]);
      }
      return start(own, { trigger, scheduleId });
    },
  });
  await settled(await schedule(ctx, one));
  expect(begun).toEqual([
    [first, {}],
    [narrowed, { days: 7 }],
  ]);
});

it('skips the moments of a client that is not active, and says so', async () => {
  await itIsNow();
  const { rows } = await test.db.pool.query<{ id: string }>(
    `INSERT INTO clients (name, slug, timezone, currency, active) VALUES ('Off', 'off', 'UTC', 'EUR', false) RETURNING id`,
  );
  const id = await add('5 * * * *', away);
  await test.db.pool.query('UPDATE schedules SET client_id = $2 WHERE id = $1', [id, rows[0]?.id]);
  let started = 0;
  const counting = job({ start: () => Promise.resolve((started++, null)) });
  await settled(await schedule(ctx, counting));
  expect(started).toBe(0);
  const found = await test.db.pool.query(
    `SELECT r.status, r.error_reason, r.trigger, s.last_status, s.run_count, s.success_count, s.error_count
     FROM schedule_fires f JOIN runs r ON r.id = f.run_id JOIN schedules s ON s.id = f.schedule_id`,
  );
  expect(found.rows).toEqual([
    {
      status: 'SKIPPED',
      error_reason: 'The client is not active.',
      trigger: 'CATCH_UP',
      last_status: 'SKIPPED',
      ...{ run_count: 1, success_count: 1, error_count: 0 },
    },
  ]);
});

it('creates default schedules once, also when two processes start together', async () => {
  const first = job({ defaultSchedule: { cron: '5 * * * *', timezone: 'UTC' } });
  const kinds = async () =>
    (await test.db.pool.query<{ kind: string }>('SELECT kind FROM schedules ORDER BY kind')).rows.map(
      (row) => row.kind,
    );
  const create = (...jobs: JobDefinition<unknown>[]) => createDefaultSchedules(ctx, registryOf(...jobs));
  await Promise.all([create(first), create(first), create(first)]);
  expect(await kinds()).toEqual(['TEST']);
  await test.db.pool.query('DELETE FROM schedules');
  await create(first);
  expect(await kinds()).toEqual([]);
  const later = job({ kind: 'LATER', defaultSchedule: { cron: '0 1 * * *', timezone: 'UTC' } });
  await create(first, later, job({ kind: 'BY_HAND' }));
  expect(await kinds()).toEqual(['LATER']);
});
