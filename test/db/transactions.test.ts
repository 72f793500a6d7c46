import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { transaction } from '../../src/db/client.ts';
import { createTenants } from '../../src/db/tenants.ts';
import type { TestDatabase } from '../support/database.ts';
import { createTestDatabase } from '../support/database.ts';
import { addTenant, tenantPool } from './scene.ts';

let test: TestDatabase;
let a: string;
let b: string;
const forClients = (...ids: string[]) => test.db.forClients(ids);

beforeAll(async () => {
  test = await createTestDatabase();
  [a, b] = await Promise.all([addTenant(test.db), addTenant(test.db)]);
});
afterAll(() => test.drop());

describe('transactions of a bound database', () => {
  it('see its clients, ours and Prisma’s', async () => {
    const { pool, prisma } = forClients(a);
    const clients = 'SELECT id FROM clients';
    expect(await transaction(pool, async (sql) => (await sql.query(clients)).rows)).toEqual([{ id: a }]);
    const together = await prisma.$transaction([prisma.client.findMany(), prisma.run.count()]);
    expect(together).toMatchObject([[{ id: a }], 1]);
    const stepwise = await prisma.$transaction(
      async (tx) => [await tx.client.count(), await tx.client.findUnique({ where: { id: b } })],
      { isolationLevel: 'RepeatableRead' },
    );
    expect(stepwise).toEqual([1, null]);
  });

  it('keep order and bounds when statements are not waited for', async () => {
    const client = await forClients(a).pool.connect();
    const look = () =>
      client.query<{ id: string; begun: string }>('SELECT id, now()::text AS begun FROM clients');
    const [, first, second, , outside] = await Promise.all([
      client.query('BEGIN'),
      look(),
      look(),
      client.query('COMMIT'),
      look(),
    ]);
    // now() is the moment the transaction began.
    expect(second.rows).toEqual(first.rows);
    expect(outside.rows).not.toEqual(first.rows);
    expect([first, outside].map(({ rows }) => rows.map((row) => row.id))).toEqual([[a], [a]]);
    expect(client.getTransactionStatus()).toBe('I');
    client.release();
  });

  it('leave nothing on the connection, neither when all is well nor after errors and roll backs', async () => {
    const shared = tenantPool(test.url, 1);
    const { pool, prisma } = createTenants(shared)([a]);
    const bare = async () => {
      const { rows } = await shared.query(
        `SELECT current_user AS role, coalesce(current_setting('app.client_ids', true), '') AS ids,
           (SELECT count(*)::int FROM clients) AS clients`,
      );
      return rows;
    };
    const nothing = [{ role: 'tributary_tenant', ids: '', clients: 0 }];
    expect((await pool.query('SELECT FROM clients')).rowCount).toBe(1);
    expect(await bare()).toEqual(nothing);
    await expect(pool.query('SELECT nothing')).rejects.toMatchObject({ code: '42703' });
    expect(await bare()).toEqual(nothing);
    await expect(transaction(pool, (sql) => sql.query('SELECT 1 / 0'))).rejects.toMatchObject({
      code: '22012',
    });
    expect(await bare()).toEqual(nothing);
    const changing = prisma.$transaction(async (tx) => {
      expect(await tx.client.count()).toBe(1);
      throw new Error('changed my mind');
    });
    await expect(changing).rejects.toThrow('changed my mind');
    expect(await bare()).toEqual(nothing);
    expect(shared.totalCount).toBe(1);
    const client = await pool.connect();
    await client.query('BEGIN');
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    // Given back in the middle of a transaction: nobody gets that connection.
    client.release();
    expect(await bare()).toEqual(nothing);
    expect((await shared.query('SELECT pg_backend_pid() AS pid')).rows).not.toEqual(rows);
    await shared.end();
  });

  it('give no answer of a frame that could not be entered', async () => {
    const shared = tenantPool(test.url, 1);
    const { pool } = createTenants(shared)([a]);
    const client = await shared.connect();
    const query = client.query.bind(client);
    client.query = ((asked: string) =>
      query(asked.replace('BEGIN;', 'BEGIN; SELECT 1 / 0;'))) as typeof client.query;
    client.release();
    await expect(pool.query('SELECT id FROM clients')).rejects.toMatchObject({ code: '22012' });
    await shared.end();
  });
});
