import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/lib/packageRoot.ts';
import type { TestDatabase } from '../support/database.ts';
import { createTestDatabase } from '../support/database.ts';
import { query } from '../support/query.ts';

const script = readFileSync(join(packageRoot(), 'prisma/citus.sql'), 'utf8').replaceAll(/--.*$/gm, '');
const calls = (name: string) =>
  [...script.matchAll(new RegExp(`SELECT ${name}\\('(\\w+)'([^)]*)\\);`, 'g'))].map(
    ([, table = '', rest = '']) => ({
      table,
      rest,
    }),
  );
const references = calls('create_reference_table').map(({ table }) => table);
const distributed = calls('create_distributed_table').map(({ table }) => table);

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

/** Every table of the schema, but the migrations' own list. */
async function tables(): Promise<string[]> {
  const rows = await query<{ name: string }>(
    database.url,
    `SELECT relname AS name FROM pg_class
     WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relname <> '_prisma_migrations'`,
  );
  return rows.map(({ name }) => name).sort();
}

/** Primary and unique keys of a table that lack a column. */
function keysWithout(column: string, of: readonly string[]) {
  return query<{ key: string }>(
    database.url,
    `SELECT key.indexrelid::regclass::text AS key FROM pg_index key
     WHERE key.indrelid::regclass::text = ANY ($1) AND (key.indisunique OR key.indisexclusion)
       AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = key.indrelid AND a.attname = $2
                       AND a.attnum = ANY ((key.indkey::int2[])[0:key.indnkeyatts - 1]))`,
    [of, column],
  );
}

/** Foreign keys as [from, to]. */
async function foreignKeys(): Promise<[string, string][]> {
  const rows = await query<{ from: string; to: string }>(
    database.url,
    `SELECT conrelid::regclass::text AS from, confrelid::regclass::text AS to FROM pg_constraint
     WHERE contype = 'f' AND connamespace = 'public'::regnamespace`,
  );
  return rows.map(({ from, to }) => [from, to]);
}

describe('prisma/citus.sql', () => {
  it('has every table in exactly one list', async () => {
    expect([...references, ...distributed].sort()).toEqual(await tables());
  });

  it('distributes by client_id, all together', () => {
    const [first, ...others] = calls('create_distributed_table');
    expect(first?.rest).toBe(", 'client_id'");
    for (const { rest } of others) expect(rest).toBe(`, 'client_id', colocate_with => '${first?.table}'`);
  });

  it('distributes only tables each of whose keys holds client_id', async () => {
    expect(await keysWithout('client_id', distributed)).toEqual([]);
    // The question finds them where there are some.
    expect(await keysWithout('client_id', ['runs'])).not.toEqual([]);
  });

  it('distributes every table whose own key begins with client_id', async () => {
    const rows = await query<{ name: string }>(
      database.url,
      `SELECT key.indrelid::regclass::text AS name FROM pg_index key
       JOIN pg_attribute a ON a.attrelid = key.indrelid AND a.attnum = key.indkey[0]
       WHERE key.indrelid::regclass::text = ANY ($1) AND a.attname = 'client_id' AND key.indisunique
         AND NOT EXISTS (SELECT FROM pg_attribute id WHERE id.attrelid = key.indrelid AND id.attname = 'id')`,
      [references],
    );
    expect(rows).toEqual([]);
  });

  it('makes what is referred to a reference table first, and lets nothing refer to a distributed one', async () => {
    const keys = await foreignKeys();
    expect(keys.length).toBeGreaterThan(10);
    for (const [from, to] of keys) {
      expect(references).toContain(to);
      if (references.includes(from) && from !== to)
        expect(references.indexOf(to)).toBeLessThan(references.indexOf(from));
    }
  });

  it('lets SET LOCAL reach the workers', () => {
    expect(script).toContain("SET citus.propagate_set_commands = ''local''");
  });
});
