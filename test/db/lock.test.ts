import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { heldNames, holdLock, isHeld, tryLock } from '../../src/db/lock.ts';
import { createLog } from '../../src/lib/log.ts';
import type { TestDatabase } from '../support/database.ts';
import { createTestDatabase } from '../support/database.ts';
import { waitFor } from '../support/waitFor.ts';

const log = createLog('silent');

describe('a lock', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());
  const options = () => ({ url: database.url, log });
  const held = (name: string) => isHeld(database.db.pool, name);

  it('is held until it is released, and seen by others without taking it', async () => {
    const lock = await holdLock(options(), 'worker:a');
    expect(lock.isHeld()).toBe(true);
    expect(await held('worker:a')).toBe(true);
    expect(await held('worker:b')).toBe(false);
    expect(await tryLock(options(), 'worker:a')).toBeNull();
    await lock.release();
    expect(lock.isHeld()).toBe(false);
    await waitFor(async () => !(await held('worker:a')), { what: 'the lock to be free' });
  });

  it('passes to the one who waits for it', async () => {
    const first = await tryLock(options(), 'one at a time');
    let got = false;
    const second = holdLock(options(), 'one at a time').then((lock) => {
      got = true;
      return lock;
    });
    await waitFor(isSomebodyWaiting, { what: 'the second to wait' });
    expect(got).toBe(false);
    await first?.release();
    await (await second).release();
    expect(got).toBe(true);
  });

  it('is known by its whole name, whatever the sign of its number', async () => {
    const names = Array.from({ length: 20 }, (_, n) => `name ${String(n)}`);
    const locks = await Promise.all(names.slice(0, 10).map((name) => holdLock(options(), name)));
    expect([...(await heldNames(database.db.pool, names))].sort()).toEqual(names.slice(0, 10).sort());
    await Promise.all(locks.map((lock) => lock.release()));
  });

  it('is free when its holder is gone, and taken again by a holder who only lost the connection', async () => {
    const lock = await holdLock(options(), 'worker:c');
    const { rows } = await database.db.pool.query<{ pid: number }>(
      "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted",
    );
    await database.db.pool.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid]);
    await waitFor(() => !lock.isHeld(), { what: 'the loss to be noticed' });
    await waitFor(() => lock.isHeld(), { what: 'the lock to be taken again' });
    expect(await held('worker:c')).toBe(true);
    await lock.release();
    await waitFor(async () => !(await held('worker:c')), { what: 'the lock to be free' });
  });

  async function isSomebodyWaiting(): Promise<boolean> {
    const { rows } = await database.db.pool.query(
      "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted",
    );
    return rows.length > 0;
  }
});
