import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { transaction } from '../../src/db/client.ts';
import type { ActorDatabase } from '../../src/db/client.ts';
import { createTenants } from '../../src/db/tenants.ts';
import type { TestDatabase } from '../support/database.ts';
import { createTestDatabase } from '../support/database.ts';
import { addTenant, MODELS, READABLE, tenantPool } from './scene.ts';

let test: TestDatabase;
let a: string;
let b: string;
let c: string;
const seen: string[] = [];
const forClients = (...ids: string[]) => test.db.forClients(ids);

beforeAll(async () => {
  test = await createTestDatabase({ onQuery: (text) => void seen.push(text) });
  [a, b, c] = await Promise.all([addTenant(test.db), addTenant(test.db), addTenant(test.db)]);
});
afterAll(() => test.drop());

/** Whose rows a statement without any filter returns, table by table. */
async function ownersSeen({ pool }: ActorDatabase): Promise<Record<string, string[]>> {
  const tables = READABLE.map(async (table): Promise<[string, string[]]> => {
    const owner = table === 'clients' ? 'id' : 'client_id';
    const { rows } = await pool.query<{ id: string }>(
      `SELECT DISTINCT ${owner} AS id FROM ${table} ORDER BY 1`,
    );
    return [table, rows.map((row) => row.id)];
  });
  return Object.fromEntries(await Promise.all(tables));
}

const owning = (...ids: string[]) =>
  Object.fromEntries(READABLE.map((table) => [table, ids.toSorted((x, y) => (x < y ? -1 : 1))]));

/** What Prisma's models have in common here. */
interface Model {
  findUnique(query: { where: { id: string } }): Promise<{ id: string } | null>;
  findFirst(query: { where: { id: string } }): Promise<{ id: string } | null>;
  findMany(): Promise<{ id: string }[]>;
}
const modelOf = ({ prisma }: ActorDatabase, name: (typeof MODELS)[number]) =>
  prisma[name] as unknown as Model;

describe('a database bound to clients', () => {
  it('sees exactly their rows, however wide the statement', async () => {
    expect(await ownersSeen(forClients(a))).toEqual(owning(a));
    expect(await ownersSeen(forClients(b))).toEqual(owning(b));
    expect(await ownersSeen(forClients(b, a, b))).toEqual(owning(a, b));
    expect(await ownersSeen(forClients())).toEqual(owning());
    expect(await ownersSeen(forClients(randomUUID()))).toEqual(owning());
    expect(await ownersSeen(test.db)).toEqual(owning(a, b, c));
  });

  it.each(MODELS)('sees its own %s alone through Prisma', async (name) => {
    const mine = modelOf(forClients(a), name);
    expect((await mine.findMany()).map((row) => row.id)).toEqual([a]);
    expect(await mine.findUnique({ where: { id: a } })).toMatchObject({ id: a });
    expect(await mine.findUnique({ where: { id: b } })).toBeNull();
    expect(await mine.findFirst({ where: { id: b } })).toBeNull();
  });

  it('sees through relations no further', async () => {
    // A row of A's that points at B's, as a mistake would leave it.
    await test.db.pool.query('UPDATE ad_campaigns SET account_id = $2 WHERE id = $1', [a, b]);
    try {
      const { prisma } = forClients(a);
      expect(await prisma.adAccount.findMany({ include: { campaigns: true, client: true } })).toMatchObject([
        { id: a, client: { id: a }, campaigns: [] },
      ]);
      expect(await prisma.adCampaign.findMany({ where: { account: { id: b } } })).toEqual([]);
      expect(
        await prisma.adCampaign.findUnique({ where: { id: a }, include: { account: true } }),
      ).toMatchObject({
        account: null,
      });
    } finally {
      await test.db.pool.query('UPDATE ad_campaigns SET account_id = $1 WHERE id = $1', [a]);
    }
  });

  it('sees several clients together as one', async () => {
    const { prisma } = forClients(a, c);
    expect(
      (await prisma.client.findMany({ include: { accounts: true } })).flatMap((x) => x.accounts),
    ).toHaveLength(2);
    expect(await prisma.client.count()).toBe(2);
  });

  it.each(MODELS)('1,000 same-tick pairs of %s: nobody gets the other’s', async (name) => {
    const [ofA, ofB] = [modelOf(forClients(a), name), modelOf(forClients(b), name)];
    const again = modelOf(forClients(a), name);
    const asked = Array.from({ length: 1_000 }, (_, n) => {
      const find = n % 50 === 0 ? 'findFirst' : 'findUnique';
      return [
        ofA[find]({ where: { id: a } }),
        ofB[find]({ where: { id: a } }),
        ofB[find]({ where: { id: b } }),
        again[find]({ where: { id: b } }),
      ];
    });
    const answers = await Promise.all(asked.map((four) => Promise.all(four)));
    expect(answers.map((four) => four.map((row) => row?.id ?? null))).toEqual(
      Array.from({ length: 1_000 }, () => [a, null, b, null]),
    );
  });

  it('200 same-tick statements of A, B, both and nobody share five connections without sharing rows', async () => {
    const bindings = [[a], [b], [a, b], []];
    const answers = await Promise.all(
      Array.from({ length: 200 }, async (_, n) => {
        const { rows } = await forClients(...(bindings[n % 4] ?? [])).pool.query<{ id: string }>(
          'SELECT id FROM clients',
        );
        return rows.map((row) => row.id).sort();
      }),
    );
    expect(answers).toEqual(answers.map((_, n) => [...(bindings[n % 4] ?? [])].sort()));
  });

  it('takes no more than three statements for one, sent at once', async () => {
    seen.length = 0;
    await forClients(a).pool.query('/* probe */ SELECT 1');
    expect(seen).toEqual([
      `/* wall.enter */ BEGIN; SET LOCAL app.client_ids = '${a}'`,
      '/* probe */ SELECT 1',
      '/* wall.leave */ COMMIT',
    ]);
  });

  it('takes nothing but UUIDs', () => {
    for (const id of ['', 'x', `${a}'; SET ROLE none; --`, `${a},${b}`, ` ${a}`, `${a}\n`])
      expect(() => forClients(id)).toThrow(TypeError);
    expect(forClients(a.toUpperCase(), b).pool).toBe(forClients(b, a, a).pool);
  });
});

describe('the role of a bound database', () => {
  it.each([
    `INSERT INTO clients (name, slug, timezone, currency) VALUES ('x', 'x', 'UTC', 'EUR')`,
    `UPDATE clients SET name = 'x'`,
    `DELETE FROM runs`,
    `TRUNCATE runs`,
    `CREATE TABLE mine (n int)`,
    `SELECT tributary_enqueue('{}', '{}', '{}', '{}', 0)`,
    `SELECT nextval('run_logs_id_seq')`,
  ])('cannot do %s', async (text) => {
    const { pool } = forClients(a, b, c);
    await expect(pool.query(text)).rejects.toMatchObject({ code: /^(42501|25006)$/ });
    // The read-only transaction is one lock, the role's rights the other.
    const writable = transaction(pool, async (sql) => {
      await sql.query('SET TRANSACTION READ WRITE');
      await sql.query(text);
    });
    await expect(writable).rejects.toMatchObject({ code: '42501' });
  });

  it.each(['users', 'sessions', 'api_keys', 'api_key_clients', 'credentials', 'memberships', 'audit_log'])(
    'cannot read %s',
    async (table) => {
      await expect(forClients(a).pool.query(`SELECT FROM ${table}`)).rejects.toMatchObject({ code: '42501' });
    },
  );

  it('is the connection’s own: RESET ROLE leads back to it, and without its clients it sees nothing', async () => {
    const { pool } = forClients(a);
    await transaction(pool, async (sql) => {
      await sql.query('RESET ROLE');
      const { rows } = await sql.query(
        `SELECT current_user AS role, current_setting('transaction_read_only') AS reads, count(*)::int AS clients
         FROM clients GROUP BY 1`,
      );
      expect(rows).toEqual([{ role: 'tributary_tenant', reads: 'on', clients: 1 }]);
      await sql.query('RESET app.client_ids');
      expect((await sql.query('SELECT FROM clients')).rowCount).toBe(0);
    });
  });
});

it('staff sees all, but changes neither tables nor what the audit log has', async () => {
  const { pool } = test.db;
  await pool.query(
    `INSERT INTO audit_log (actor_kind, actor_name, action, client_id, outcome) VALUES ('SYSTEM', 'x', 'x', $1, 'OK')`,
    [a],
  );
  for (const text of [
    `UPDATE audit_log SET outcome = 'x'`,
    'DELETE FROM audit_log',
    'TRUNCATE audit_log',
    'ALTER TABLE runs DISABLE ROW LEVEL SECURITY',
    'DROP TABLE runs',
    'SELECT FROM graphile_worker._private_jobs',
  ])
    await expect(pool.query(text)).rejects.toMatchObject({ code: '42501' });
  expect((await pool.query('SELECT FROM audit_log')).rowCount).toBe(1);
});

describe('keeping bound databases', () => {
  it('gives the same one again, and forgets the one that was not asked for longest, which still works', async () => {
    const shared = tenantPool(test.url, 2);
    const tenants = createTenants(shared, 2);
    const [first, second] = [tenants([a]), tenants([b])];
    expect(tenants([a])).toBe(first);
    tenants([c]);
    expect(tenants([a])).toBe(first);
    expect(tenants([b])).not.toBe(second);
    await shared.end();
    const held = forClients(a);
    for (let n = 0; n < 300; n++) forClients(randomUUID());
    expect(forClients(a).pool).not.toBe(held.pool);
    expect(await held.prisma.client.findMany()).toMatchObject([{ id: a }]);
  });
});
