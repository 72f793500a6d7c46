import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectAlone, openDatabase, transaction } from '../../src/db/client.ts';
import { createLog } from '../../src/lib/log.ts';
import type { TestDatabase } from '../support/database.ts';
import { createTestDatabase } from '../support/database.ts';
import { waitFor } from '../support/waitFor.ts';

describe('the database pool', () => {
  let database: TestDatabase;
  const seen: string[] = [];
  beforeAll(async () => {
    database = await createTestDatabase({ onQuery: (text) => void seen.push(text) });
    await database.db.pool.query('CREATE TABLE notes (n int PRIMARY KEY)');
  });
  afterAll(() => database.drop());
  const notes = async () => (await database.db.pool.query<{ n: number }>('SELECT n FROM notes')).rows;

  it('is in UTC, reads days as text, and has limits to waiting', async () => {
    const { rows } = await database.db.pool.query(
      `SELECT current_setting('TimeZone') AS zone, current_setting('statement_timeout') AS statement,
         current_setting('lock_timeout') AS lock, current_setting('idle_in_transaction_session_timeout') AS idle,
         date '2026-03-29' AS day`,
    );
    expect(rows).toEqual([{ zone: 'UTC', statement: '2min', lock: '30s', idle: '2min', day: '2026-03-29' }]);
  });

  it('is in UTC also when the URL brings options of its own', async () => {
    const url = new URL(database.url);
    url.searchParams.set('options', '-c work_mem=5MB -c TimeZone=Asia/Almaty');
    const db = openDatabase({ url: url.href, log: createLog('silent'), connections: 1 });
    const { rows } = await db.pool.query(
      "SELECT current_setting('TimeZone') AS zone, current_setting('work_mem') AS memory",
    );
    await db.close();
    expect(rows).toEqual([{ zone: 'UTC', memory: '5MB' }]);
  });

  it('shows every statement to its observer, Prisma’s too', async () => {
    seen.length = 0;
    await database.db.prisma.client.findMany();
    await transaction(database.db.pool, (sql) => sql.query('/* probe */ SELECT 1'));
    expect(seen.filter((text) => text.includes('FROM "public"."clients"'))).toHaveLength(1);
    expect(seen.slice(-3)).toEqual(['BEGIN', '/* probe */ SELECT 1', 'COMMIT']);
  });

  it('stores all of a transaction or nothing, and gives the connection back', async () => {
    await transaction(database.db.pool, (sql) => sql.query('INSERT INTO notes VALUES (1)'));
    const failing = transaction(database.db.pool, async (sql) => {
      await sql.query('INSERT INTO notes VALUES (2)');
      await sql.query('INSERT INTO notes VALUES (1)');
    });
    await expect(failing).rejects.toMatchObject({ code: '23505' });
    expect(await notes()).toEqual([{ n: 1 }]);
    expect(database.db.pool.idleCount).toBe(database.db.pool.totalCount);
  });

  it('lives on when the server ends its connections, idle, busy and in a transaction, and logs it', async () => {
    const lines: string[] = [];
    const sink = new Writable({ write: (line: Buffer, _, done) => (lines.push(line.toString()), done()) });
    const db = openDatabase({ url: database.url, log: createLog('warn', sink), connections: 3 });
    const isLossTold = () => lines.some((line) => line.includes('connection lost'));
    const idle = await db.pool.connect();
    const inTransaction = transaction(db.pool, async (sql) => {
      await sql.query('INSERT INTO notes VALUES (3)');
      await killAll();
      await waitFor(isLossTold, { what: 'the loss of the connection in between' });
      await sql.query('INSERT INTO notes VALUES (4)');
    });
    const busy = db.pool.query('SELECT pg_sleep(60)');
    idle.release();
    await Promise.all([
      expect(inTransaction).rejects.toThrow(),
      expect(busy).rejects.toThrow(/terminating connection|Connection terminated/),
    ]);
    // Nothing of the connection itself, which pg hangs on the error.
    for (const line of lines)
      expect(Object.keys(JSON.parse(line) as object)).toEqual(['level', 'time', 'reason', 'msg']);
    expect((await db.pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    expect(await notes()).toEqual([{ n: 1 }]);
    expect(lines.join('')).not.toContain(new URL(database.url).password);
    await Promise.all([db.close(), db.close()]);
  });

  it('gives up on a server that does not answer', async () => {
    const db = openDatabase({ url: 'postgresql://nobody@127.0.0.1:1/none', log: createLog('silent') });
    await expect(db.pool.query('SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await db.close();
  });

  it('tells where it cannot connect and why, without the password', async () => {
    const url = new URL(database.url);
    url.password = 'hunter2';
    const refusal = connectAlone({ url: url.href, log: createLog('silent') });
    await expect(refusal).rejects.toThrow(
      `Cannot connect to the database ${url.pathname.slice(1)} at ${url.host}: password authentication failed`,
    );
    await expect(refusal).rejects.not.toThrow('hunter2');
    await expect(
      connectAlone({ url: 'postgresql://x:hunter2@localhost:1/none', log: createLog('silent') }),
    ).rejects.toThrow(/none at localhost:1: .*ECONNREFUSED.*Check DATABASE_URL/);
  });

  async function killAll(): Promise<void> {
    await waitFor(
      async () => {
        const { rows } = await database.db.pool.query(
          "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid()",
        );
        return rows.length > 0;
      },
      { what: 'the busy connection' },
    );
    await database.db.pool.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
    );
  }
});
