import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { setDatabaseClock } from '../support/databaseClock.ts';
import type { RunningClock } from '../support/databaseClock.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { query } from '../support/query.ts';
import { waitFor } from '../support/waitFor.ts';
import { keepFastTime } from './fastScheduler.ts';

const CHILD = fileURLToPath(new URL('schedulerChild.mjs', import.meta.url));
const FIRES = 500;
const SPEED = 40;
const FROM = new Date('2026-11-20T10:00:00Z');
const UNTIL = new Date(FROM.getTime() + FIRES * 1000);
/** Of ten processes these three have a wrong clock, and are processes of their own. */
const SKEWS = [-90_000, 90_000, 300_000];

let test: TestDatabase;
const stops: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  test = await createTestDatabase();
});
afterEach(() => Promise.all(stops.splice(0).map((stop) => stop())));
afterAll(() => test.drop());

async function startChild(clock: RunningClock, skewMs: number): Promise<void> {
  const child = spawn(process.execPath, [CHILD, test.url, JSON.stringify(clock), String(skewMs)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  stops.push(() => {
    child.stdin.end();
    return ended;
  });
  const first = await Promise.race([once(child.stdout, 'data'), ended]);
  expect(String(first[0])).toContain('started');
}

it('ten processes on one database start each of 500 moments once, three of them with a wrong clock', async () => {
  // It begins to go when the processes had time to start.
  const clock = await setDatabaseClock(test.url, { from: FROM, until: UNTIL, speed: SPEED, delayMs: 6_000 });
  await Promise.all([
    ...SKEWS.map((skewMs) => startChild(clock, skewMs)),
    ...Array.from({ length: 7 }, async () => {
      const { stop } = await keepFastTime({ url: test.url, clock, skewMs: 0 });
      stops.push(stop);
    }),
  ]);
  await query(
    test.url,
    `INSERT INTO schedules (kind, cron, timezone, created_at, updated_at) VALUES ('TEST', '* * * * * *', 'UTC', $1, $1)`,
    [FROM],
  );
  const count = async () =>
    (await query<{ fires: number }>(test.url, 'SELECT count(*)::int AS fires FROM schedule_fires'))[0]?.fires;
  await waitFor(async () => (await count()) === FIRES, { what: `${FIRES} fires`, within: 60_000 });
  await Promise.all(stops.splice(0).map((stop) => stop()));

  const fires = await query<{ fire_at: Date; claimed_at: Date; runs: number }>(
    test.url,
    `SELECT f.fire_at, f.claimed_at, (SELECT count(*)::int FROM runs r WHERE r.id = f.run_id) AS runs
     FROM schedule_fires f ORDER BY f.fire_at`,
  );
  const seconds = Array.from({ length: FIRES }, (_, index) => FROM.getTime() + (index + 1) * 1000);
  expect(fires.map((fire) => fire.fire_at.getTime())).toEqual(seconds);
  const [{ runs } = { runs: 0 }] = await query<{ runs: number }>(
    test.url,
    'SELECT count(*)::int AS runs FROM runs',
  );
  expect(runs).toBe(FIRES);
  expect(fires.every((fire) => fire.runs === 1)).toBe(true);
  // None before its moment: what the database showed when it was claimed.
  const shownAt = (real: Date) => FROM.getTime() + Math.max(0, real.getTime() - clock.start) * SPEED;
  expect(fires.filter((fire) => shownAt(fire.claimed_at) < fire.fire_at.getTime())).toEqual([]);
}, 90_000);
