import type pg from 'pg';
import { DatabaseError, errorCode } from './errors.ts';

/** Jobs and admins: every client's rows. Viewers: read only, the rows of their clients. */
export const WALL_ROLES = ['tributary_staff', 'tributary_tenant'] as const;
export type WallRole = (typeof WALL_ROLES)[number];

interface RoleRow {
  login: string;
  role: WallRole;
  exists: boolean;
  /** The login may act as it. */
  usable: boolean;
  /** It would pass row-level security. */
  unbound: boolean;
}

/** From 16 on, membership alone does not allow SET ROLE. */
const READ_ROLES = `/* roles.read */
SELECT current_user AS login, wanted.role, found.oid IS NOT NULL AS exists,
  CASE WHEN found.oid IS NULL THEN false
       ELSE pg_has_role(found.oid, CASE WHEN current_setting('server_version_num')::int >= 160000
                                        THEN 'SET' ELSE 'MEMBER' END) END AS usable,
  coalesce(found.rolsuper OR found.rolbypassrls, false) AS unbound
FROM unnest($1::text[]) WITH ORDINALITY AS wanted (role, position)
LEFT JOIN pg_roles AS found ON found.rolname = wanted.role ORDER BY position`;

const REFUSED = '42501';
/** Another database of the server did it in the same moment. */
const DONE_BY_OTHERS = new Set(['42710', '23505', 'XX000']);

/**
 * Makes the two roles the process works as, and lets the login act as them, where that is missing. Roles belong to the
 * whole server, so most starts find them. Throws DatabaseError with what an administrator has to run when the login
 * may not, and when a role is one that row-level security does not bind.
 */
export async function ensureRoles(client: pg.ClientBase): Promise<void> {
  for (const { role, exists, usable } of await readRoles(client)) {
    if (!exists) await attempt(client, `/* roles.create */ CREATE ROLE ${role} NOLOGIN`);
    if (!usable) await attempt(client, `/* roles.grant */ GRANT ${role} TO CURRENT_USER`);
  }
  const problem = rolesProblem(await readRoles(client));
  if (problem) throw new DatabaseError(problem);
}

async function readRoles(client: pg.ClientBase): Promise<RoleRow[]> {
  return (await client.query<RoleRow>(READ_ROLES, [WALL_ROLES])).rows;
}

async function attempt(client: pg.ClientBase, statement: string): Promise<void> {
  try {
    await client.query(statement);
  } catch (error) {
    const code = errorCode(error);
    // What is still missing is found, and told, by reading again; a role that is not there cannot be granted.
    if (code !== REFUSED && code !== UNKNOWN_ROLE && !DONE_BY_OTHERS.has(code)) throw error;
  }
}

const UNKNOWN_ROLE = '42704';

function rolesProblem(rows: readonly RoleRow[]): string | null {
  const unbound = rows.filter((row) => row.unbound).map((row) => row.role);
  if (unbound.length > 0) {
    return (
      `Row-level security does not bind ${unbound.join(' and ')}, so clients would not be held apart. ` +
      `Run as an administrator: ${unbound.map((role) => `ALTER ROLE ${role} NOSUPERUSER NOBYPASSRLS;`).join(' ')}`
    );
  }
  const unusable = rows.filter((row) => !row.usable);
  const [first] = unusable;
  if (!first) return null;
  const creates = unusable.filter((row) => !row.exists).map((row) => `CREATE ROLE ${row.role} NOLOGIN;`);
  const grant = `GRANT ${unusable.map((row) => row.role).join(', ')} TO "${first.login.replaceAll('"', '""')}";`;
  return (
    `The database login ${first.login} may not make the roles ${WALL_ROLES.join(' and ')} that hold clients apart. ` +
    `Let an administrator of the server run once: ${[...creates, grant].join(' ')}`
  );
}
