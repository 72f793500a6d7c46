import { createHash, randomUUID } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { packageRoot } from '../lib/packageRoot.ts';
import type { Logger } from '../lib/log.ts';
import { DatabaseError, errorCode, errorText } from './errors.ts';
import { connectAlone } from './client.ts';
import { ensureRoles } from './roles.ts';

/** One folder of prisma/migrations. */
interface Migration {
  name: string;
  text: string;
  /** sha256 in hex of the file, as Prisma stores it. */
  checksum: string;
}

interface AppliedRow {
  migration_name: string;
  checksum: string;
  finished: boolean;
}

export interface MigrateOptions {
  log: Logger;
  /** Defaults to prisma/migrations of this package. */
  folder?: string;
}

/** NULLS NOT DISTINCT, which the key of the facts rests on, came with 15. */
const OLDEST_MAJOR = 15;

/** The key `prisma migrate` locks with, so that it and we never run at the same time. */
const LOCK_KEY = 72707369;

/** As Prisma writes it: prisma-engines, schema-connectors/sql-schema-connector, `create_migrations_table`. */
const CREATE_TABLE = `/* migrate.table */
CREATE TABLE IF NOT EXISTS _prisma_migrations (
  id VARCHAR(36) PRIMARY KEY NOT NULL,
  checksum VARCHAR(64) NOT NULL,
  finished_at TIMESTAMPTZ,
  migration_name VARCHAR(255) NOT NULL,
  logs TEXT,
  rolled_back_at TIMESTAMPTZ,
  started_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  applied_steps_count INTEGER NOT NULL DEFAULT 0
)`;

/**
 * Applies the migrations the database does not have yet, in the order of their names, each in a transaction of its
 * own, and returns the names. Processes that start together wait for one another. `prisma migrate deploy` stays
 * usable: the rows in `_prisma_migrations` are the ones it writes.
 * Makes the roles the process works as, too. Throws DatabaseError when the server is too old, the login may not make
 * the roles, an applied file was changed, or a migration fails.
 */
export async function applyMigrations(url: string, options: MigrateOptions): Promise<string[]> {
  const migrations = await readMigrations(options.folder ?? ownFolder());
  const client = await connectAlone({ url, log: options.log });
  try {
    await refuseOldServer(client);
    // A long migration must be able to wait for, and to make wait, as long as it needs.
    await client.query('/* migrate.timeouts */ SET statement_timeout = 0; SET lock_timeout = 0');
    await client.query('/* migrate.lock */ SELECT pg_advisory_lock($1)', [LOCK_KEY]);
    await ensureRoles(client);
    await client.query(CREATE_TABLE);
    const applied = await readApplied(client);
    warnOfUnknown(migrations, applied, options.log);
    const pending = pendingMigrations(migrations, applied);
    for (const migration of pending) {
      await applyOne(client, migration);
      options.log.info({ migration: migration.name }, 'migration applied');
    }
    return pending.map((migration) => migration.name);
  } finally {
    // Closing the connection frees the lock, also when the statement before failed.
    await client.end();
  }
}

/** The names of the migrations a database does not have yet. Changes nothing. Throws what `applyMigrations` throws. */
export async function findPendingMigrations(url: string, options: MigrateOptions): Promise<string[]> {
  const migrations = await readMigrations(options.folder ?? ownFolder());
  const client = await connectAlone({ url, log: options.log });
  try {
    await refuseOldServer(client);
    const { rows } = await client.query<{ exists: boolean }>(
      `/* migrate.exists */ SELECT to_regclass('_prisma_migrations') IS NOT NULL AS exists`,
    );
    const applied = rows[0]?.exists ? await readApplied(client) : [];
    return pendingMigrations(migrations, applied).map((migration) => migration.name);
  } finally {
    await client.end();
  }
}

function ownFolder(): string {
  return join(packageRoot(), 'prisma', 'migrations');
}

/** Of this package, in the order in which they are applied. */
export async function migrationNames(folder = ownFolder()): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

async function readMigrations(folder: string): Promise<Migration[]> {
  return Promise.all((await migrationNames(folder)).map((name) => readMigration(folder, name)));
}

async function readMigration(folder: string, name: string): Promise<Migration> {
  const text = await readFile(join(folder, name, 'migration.sql'), 'utf8');
  return { name, text, checksum: sha256Hex(text) };
}

function sha256Hex(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

/** Like Prisma, takes a file for unchanged when only its line ends were (git does that on Windows). */
function isUnchanged(migration: Migration, checksum: string): boolean {
  const lines = migration.text.replaceAll('\r\n', '\n');
  return [lines, lines.replaceAll('\n', '\r\n')].some((text) => sha256Hex(text) === checksum);
}

async function refuseOldServer(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ version: string; number: number }>(
    `/* migrate.version */ SELECT current_setting('server_version') AS version,
       current_setting('server_version_num')::int AS number`,
  );
  const problem = rows[0] ? oldServerProblem(rows[0]) : null;
  if (problem) throw new DatabaseError(problem);
}

/** Null when the server is new enough; `number` is its server_version_num, such as 150004. */
export function oldServerProblem({ version, number }: { version: string; number: number }): string | null {
  if (number >= OLDEST_MAJOR * 10_000) return null;
  return `The database server is PostgreSQL ${version}, and ${String(OLDEST_MAJOR)} or newer is needed.`;
}

async function readApplied(client: pg.Client): Promise<AppliedRow[]> {
  const { rows } = await client.query<AppliedRow>(
    `/* migrate.applied */ SELECT migration_name, checksum, finished_at IS NOT NULL AS finished
       FROM _prisma_migrations WHERE rolled_back_at IS NULL`,
  );
  return rows;
}

/** A newer version of this program was here. It may work, so it is told and not refused. */
function warnOfUnknown(migrations: readonly Migration[], applied: readonly AppliedRow[], log: Logger): void {
  const known = new Set(migrations.map((migration) => migration.name));
  const unknown = applied.map((row) => row.migration_name).filter((name) => !known.has(name));
  if (unknown.length > 0)
    log.warn({ migrations: unknown }, 'the database has migrations that this version does not');
}

/** Those the database does not have. Throws when what it has is not what stands in the folder. */
function pendingMigrations(migrations: readonly Migration[], applied: readonly AppliedRow[]): Migration[] {
  const byName = new Map(applied.map((row) => [row.migration_name, row]));
  return migrations.filter((migration) => {
    const row = byName.get(migration.name);
    if (!row) return true;
    if (!row.finished) {
      throw new DatabaseError(
        `Migration ${migration.name} was begun by \`prisma migrate\` and never finished. ` +
          `Repair it with \`prisma migrate resolve\` first.`,
      );
    }
    if (!isUnchanged(migration, row.checksum)) {
      throw new DatabaseError(
        `Migration ${migration.name} was changed after this database applied it. ` +
          `Put the file back as it was and write a new migration for the change.`,
      );
    }
    return false;
  });
}

async function applyOne(client: pg.Client, migration: Migration): Promise<void> {
  try {
    await client.query('BEGIN');
    await client.query(
      `/* migrate.record */ INSERT INTO _prisma_migrations
         (id, checksum, migration_name, started_at, applied_steps_count) VALUES ($1, $2, $3, now(), 1)`,
      [randomUUID(), migration.checksum, migration.name],
    );
    await client.query(migration.text);
    await client.query(
      `/* migrate.finish */ UPDATE _prisma_migrations SET finished_at = clock_timestamp()
         WHERE migration_name = $1 AND rolled_back_at IS NULL`,
      [migration.name],
    );
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw failedMigration(migration, error);
  }
}

function failedMigration(migration: Migration, error: unknown): DatabaseError {
  const code = errorCode(error);
  const position = error instanceof pg.DatabaseError ? Number(error.position ?? Number.NaN) : Number.NaN;
  const line = Number.isNaN(position)
    ? ''
    : ` at line ${String(migration.text.slice(0, position).split('\n').length)}`;
  return new DatabaseError(
    `Migration ${migration.name}/migration.sql failed${line}: ${errorText(error)}${code ? ` (${code})` : ''}. ` +
      `Nothing of it was stored.`,
    { cause: error },
  );
}
