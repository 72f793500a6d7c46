import { afterAll, beforeAll, expect, it } from 'vitest';
import { keepAlive } from '../../src/jobs/liveness.ts';
import { createLog } from '../../src/lib/log.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { waitFor } from '../support/waitFor.ts';

let test: TestDatabase;

beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.drop());

/** The process behind the only advisory lock of this database. */
async function holder(): Promise<number | null> {
  const { rows } = await test.db.pool.query<{ pid: number }>(
    `SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted
     AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
  );
  expect(rows.length).toBeLessThanOrEqual(1);
  return rows[0]?.pid ?? null;
}

it('is held until it is released, and taken again when the connection is lost', async () => {
  const sign = keepAlive({ url: test.url, log: createLog('silent'), workerId: 'w' });
  await sign.held();
  const first = await holder();
  expect(first).not.toBeNull();
  await test.db.queue.query('SELECT pg_terminate_backend($1)', [first]);
  const second = await waitFor(
    async () => {
      const pid = await holder();
      return pid === first ? null : pid;
    },
    { what: 'a new connection' },
  );
  expect(second).not.toBe(first);
  await sign.held();
  await sign.release();
  expect(await waitFor(async () => (await holder()) === null, { what: 'the lock to be free' })).toBe(true);
});

it('can be released while the database is away', async () => {
  const sign = keepAlive({ url: 'postgresql://127.0.0.1:1/none', log: createLog('silent'), workerId: 'w' });
  const waiting = sign.held();
  await sign.release();
  await expect(waiting).resolves.toBeUndefined();
});
