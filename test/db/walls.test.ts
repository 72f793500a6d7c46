import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WALL_ROLES } from '../../src/db/roles.ts';
import type { TestDatabase } from '../support/database.ts';
import { createTestDatabase } from '../support/database.ts';
import { query } from '../support/query.ts';
import { READABLE } from './scene.ts';

let test: TestDatabase;

beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.drop());

const ofOwner = <Row extends Record<string, unknown>>(text: string) => query<Row>(test.url, text);

const TENANT_SEES = (column: string) =>
  `(${column} = ANY ((string_to_array(NULLIF(current_setting('app.client_ids'::text, true), ''::text), ','::text))::uuid[]))`;

/** What is wrong with the walls of the tables that have clients' rows, from the catalogue. */
async function gaps(): Promise<string[]> {
  const tables = await ofOwner<{
    name: string;
    owner: string;
    on: boolean;
    forced: boolean;
    policies: {
      name: string;
      roles: string[];
      command: string;
      using: string;
      check: string;
      wide: boolean;
    }[];
  }>(
    `SELECT c.relname AS name, CASE c.relname WHEN 'clients' THEN 'id' ELSE 'client_id' END AS owner,
       c.relrowsecurity AS on, c.relforcerowsecurity AS forced,
       coalesce((SELECT json_agg(json_build_object('name', p.policyname, 'roles', p.roles, 'command', p.cmd,
                   'using', p.qual, 'check', p.with_check, 'wide', p.permissive = 'PERMISSIVE') ORDER BY p.policyname)
                 FROM pg_policies p WHERE p.schemaname = n.nspname AND p.tablename = c.relname), '[]') AS policies
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'm', 'f', 'v') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'graphile_worker')
       AND (c.relname = 'clients' OR EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'client_id'))
     ORDER BY 1`,
  );
  return tables.flatMap(({ name, owner, on, forced, policies }) => {
    const sees = TENANT_SEES(owner);
    const wanted = [
      { name: 'staff', roles: ['tributary_staff'], command: 'ALL', using: 'true', check: 'true', wide: true },
      { name: 'tenant', roles: ['tributary_tenant'], command: 'ALL', using: sees, check: sees, wide: true },
    ];
    return [
      ...(on ? [] : [`${name}: row-level security is off`]),
      ...(forced ? [] : [`${name}: not forced`]),
      ...(JSON.stringify(policies) === JSON.stringify(wanted)
        ? []
        : [`${name}: ${JSON.stringify(policies)}`]),
    ];
  });
}

/** What a role may do to tables, views, columns and sequences, in any schema but PostgreSQL's own. */
async function rightsOf(role: string): Promise<string[]> {
  const rows = await ofOwner<{ deed: string }>(
    `SELECT r.deed || ' ' || CASE n.nspname WHEN 'public' THEN '' ELSE n.nspname || '.' END || c.relname AS deed
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) AS r (deed)
     WHERE c.relkind IN ('r', 'p', 'm', 'f', 'v') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
       AND n.nspname !~ '^pg_'
       AND CASE WHEN r.deed IN ('SELECT', 'INSERT', 'UPDATE', 'REFERENCES')
                THEN has_any_column_privilege('${role}', c.oid, r.deed) ELSE has_table_privilege('${role}', c.oid, r.deed) END
     UNION ALL
     SELECT r.deed || ' ' || c.relname FROM pg_class c CROSS JOIN unnest(ARRAY['USAGE', 'SELECT', 'UPDATE']) AS r (deed)
     WHERE c.relkind = 'S' AND has_sequence_privilege('${role}', c.oid, r.deed)
     ORDER BY 1`,
  );
  return rows.map((row) => row.deed);
}

/** What is wrong with the roles the process works as. */
async function roleFaults(): Promise<string[]> {
  const faults: string[] = [];
  const roles = await ofOwner<Record<string, unknown>>(
    `SELECT rolname AS name, rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolcanlogin OR rolreplication AS mighty,
       (SELECT count(*)::int FROM pg_class WHERE relowner = pg_roles.oid) AS owned,
       EXISTS (SELECT FROM pg_auth_members WHERE member = pg_roles.oid) AS member
     FROM pg_roles WHERE rolname IN ('${WALL_ROLES.join("','")}') ORDER BY 1`,
  );
  for (const role of WALL_ROLES)
    if (
      JSON.stringify(roles.find(({ name }) => name === role)) !==
      JSON.stringify({ name: role, mighty: false, owned: 0, member: false })
    )
      faults.push(`${role}: ${JSON.stringify(roles)}`);
  const { db } = test;
  const works = { api: db.pool, jobs: db.jobs.pool, tenants: db.forClients([]).pool };
  for (const [name, pool] of Object.entries(works)) {
    const { rows } = await pool.query<{ role: string; mighty: boolean }>(
      `SELECT current_user AS role, current_setting('is_superuser')::bool OR row_security_active('clients') IS FALSE AS mighty`,
    );
    const wanted = name === 'tenants' ? 'tributary_tenant' : 'tributary_staff';
    if (rows[0]?.role !== wanted || rows[0].mighty) faults.push(`${name} works as ${JSON.stringify(rows)}`);
  }
  return faults;
}

describe('the walls, from the catalogue', () => {
  it('every table with clients’ rows has forced policies for both roles, and these alone', async () => {
    expect(await gaps()).toEqual([]);
  });

  it.each([
    ['a table without any', 'CREATE TABLE gap (client_id uuid)', 'DROP TABLE gap'],
    ['a view', 'CREATE VIEW gap AS SELECT client_id FROM runs', 'DROP VIEW gap'],
    [
      'one that is not forced',
      'ALTER TABLE runs NO FORCE ROW LEVEL SECURITY',
      'ALTER TABLE runs FORCE ROW LEVEL SECURITY',
    ],
    [
      'one that is off',
      'ALTER TABLE runs DISABLE ROW LEVEL SECURITY',
      'ALTER TABLE runs ENABLE ROW LEVEL SECURITY',
    ],
    [
      'one policy too many',
      'CREATE POLICY gap ON runs TO tributary_tenant USING (true)',
      'DROP POLICY gap ON runs',
    ],
  ])('would tell of %s', async (_, open, shut) => {
    await ofOwner(open);
    const told = await gaps();
    await ofOwner(shut);
    expect(told).toHaveLength(open.startsWith('CREATE TABLE') || open.startsWith('CREATE VIEW') ? 3 : 1);
    expect(await gaps()).toEqual([]);
  });

  it('tenants may read these tables and do nothing else', async () => {
    expect(await rightsOf('tributary_tenant')).toEqual(READABLE.map((table) => `SELECT ${table}`));
  });

  it('would tell of a right too many, also to one column', async () => {
    await ofOwner('GRANT UPDATE (name) ON users TO tributary_tenant; GRANT SELECT ON audit_log TO PUBLIC');
    const told = await rightsOf('tributary_tenant');
    await ofOwner(
      'REVOKE UPDATE (name) ON users FROM tributary_tenant; REVOKE SELECT ON audit_log FROM PUBLIC',
    );
    expect(told).toEqual(expect.arrayContaining(['UPDATE users', 'SELECT audit_log']));
  });

  it('staff may read and write rows of every table of ours, and only add to the audit log', async () => {
    const tables = await ofOwner<{ name: string }>(
      `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
       AND relname <> '_prisma_migrations' ORDER BY 1`,
    );
    const all = ['DELETE', 'INSERT', 'SELECT', 'UPDATE'].flatMap((right) =>
      tables.map(({ name }) => `${right} ${name}`),
    );
    const kept = new Set(['DELETE audit_log', 'UPDATE audit_log']);
    const rights = (await rightsOf('tributary_staff')).filter((right) => !right.endsWith('_seq'));
    expect(rights).toEqual(all.filter((right) => !kept.has(right)));
  });

  it('only staff may pass the door to the queue, and nobody else has a function that works as its owner', async () => {
    const doors = await ofOwner(
      `SELECT p.proname AS name, has_function_privilege('tributary_staff', p.oid, 'EXECUTE') AS staff,
         has_function_privilege('tributary_tenant', p.oid, 'EXECUTE') AS tenant, p.proconfig AS settings
       FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
       WHERE p.prosecdef AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'graphile_worker')`,
    );
    expect(doors).toEqual([
      {
        name: 'tributary_enqueue',
        staff: true,
        tenant: false,
        settings: ['search_path=pg_catalog, pg_temp'],
      },
    ]);
    const schemas = await ofOwner(
      `SELECT has_schema_privilege('tributary_staff', 'graphile_worker', 'USAGE') AS staff,
         has_schema_privilege('tributary_tenant', 'graphile_worker', 'USAGE') AS tenant,
         has_schema_privilege('tributary_staff', 'public', 'CREATE') AS makes`,
    );
    expect(schemas).toEqual([{ staff: false, tenant: false, makes: false }]);
  });

  it('the process works as neither owner nor superuser nor anyone who passes row-level security', async () => {
    expect(await roleFaults()).toEqual([]);
  });
});
