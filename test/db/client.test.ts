import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectAlone, openDatabase, transaction } from '../../src/db/client.ts';
import { createLog } from '../../src/lib/log.ts';
import type { TestDatabase } from '../support/database.ts';
import { createTestDatabase } from '../support/database.ts';
import { waitFor } from '../support/waitFor.ts';

const ROLE = /-c role=\w+/;
const blank = (text: string) => ' '.repeat(text.length);

describe('the database pool', () => {
  let database: TestDatabase;
  const seen: string[] = [];
  beforeAll(async () => {
    database = await createTestDatabase({ onQuery: (text) => void seen.push(text) });
    await database.db.queue.query(
      'CREATE TABLE notes (n int PRIMARY KEY); GRANT SELECT, INSERT ON notes TO tributary_staff',
    );
  });
  afterAll(() => database.drop());
  const notes = async () => (await database.db.pool.query<{ n: number }>('SELECT n FROM notes')).rows;

  it('is in UTC, reads days as text, and has a role and limits to waiting', async () => {
    const { db } = database;
    const session = async (pool: pg.Pool) =>
      (
        await pool.query<Record<string, string>>(
          `SELECT current_setting('TimeZone') AS zone, current_setting('statement_timeout') AS statement,
             current_setting('lock_timeout') AS lock, current_setting('idle_in_transaction_session_timeout') AS idle,
             date '2026-03-29' AS day, current_user AS role`,
        )
      ).rows;
    const request = { statement: '10s', lock: '5s', idle: '10s' };
    const patient = { statement: '2min', lock: '30s', idle: '2min' };
    const always = { zone: 'UTC', day: '2026-03-29' };
    const owner = decodeURIComponent(new URL(database.url).username);
    expect(await session(db.pool)).toEqual([{ ...always, ...request, role: 'tributary_staff' }]);
    expect(await session(db.forClients([]).pool)).toEqual([
      { ...always, ...request, role: 'tributary_tenant' },
    ]);
    expect(await session(db.jobs.pool)).toEqual([{ ...always, ...patient, role: 'tributary_staff' }]);
    expect(await session(db.queue)).toEqual([{ ...always, ...patient, role: owner }]);
  });

  it('is in UTC and staff also when the URL brings options of its own', async () => {
    const url = new URL(database.url);
    url.searchParams.set('options', '-c work_mem=5MB -c TimeZone=Asia/Almaty -c role=none');
    const db = openDatabase({ url: url.href, log: createLog('silent'), connections: 1 });
    const { rows } = await db.pool.query(
      `SELECT current_setting('TimeZone') AS zone, current_setting('work_mem') AS memory, current_user AS role`,
    );
    await db.close();
    expect(rows).toEqual([{ zone: 'UTC', memory: '5MB', role: 'tributary_staff' }]);
  });

  it('works for nobody where something in between drops the role', async () => {
    const { hostname, port } = new URL(database.url);
    const pooler = createServer((near) => {
      const far = connect(Number(port), hostname);
      near.on('data', (sent: Buffer) => far.write(sent.toString('latin1').replace(ROLE, blank), 'latin1'));
      far.pipe(near);
      for (const end of [near, far])
        end.on('error', () => undefined).on('close', () => (near.destroy(), far.destroy()));
    });
    await new Promise<void>((resolve) => pooler.listen(0, '127.0.0.1', resolve));
    const url = new URL(database.url);
    url.port = String((pooler.address() as AddressInfo).port);
    const db = openDatabase({ url: url.href, log: createLog('silent'), connections: 1 });
    await expect(db.pool.query('SELECT 1')).rejects.toThrow(/works as \w+ and not as tributary_staff/);
    await expect(db.jobs.prisma.client.findMany()).rejects.toThrow();
    await expect(db.forClients([]).pool.query('SELECT 1')).rejects.toThrow(/not as tributary_tenant/);
    await expect(db.forClients([]).pool.connect()).rejects.toThrow(/not as tributary_tenant/);
    await db.close();
    pooler.close();
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
        const { rows } = await database.db.queue.query(
          "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid()",
        );
        return rows.length > 0;
      },
      { what: 'the busy connection' },
    );
    await database.db.queue.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
    );
  }
});
